// The highest ids of transactions and commits that a node has met. A controller that was put back to an old state must give
// out none of them again.
#pragma once

#include "storage/dfs.hpp"

namespace pelorus {

struct seen_ids { tid_t tid = 0; cid_t cid = 0; };

} // namespace pelorus
