// Keeps writes of transactions that are over away from a chunk: one whose id is older than what the chunk has seen.
#pragma once

#include "storage/chunk_catalog.hpp"

namespace pelorus {

/// ec::stale when the chunk here was written, or is being written, by a younger transaction than `tid`. The controller
/// locks a chunk for one transaction at a time, so the older one was rolled back and its coordinator does not know yet.
expected<void> check_fence(const chunk_catalog& catalog, const chunk_id& id, tid_t tid);

} // namespace pelorus
