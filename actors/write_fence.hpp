// Keeps writes of transactions that are over away from a chunk: one whose id is older than what the chunk has seen, or what
// an earlier start of its coordinator says.
#pragma once

#include "storage/chunk_catalog.hpp"

namespace pelorus {

/// ec::stale when the chunk here was written, or is being written, by a younger transaction than `tid`. The controller
/// locks a chunk for one transaction at a time, so the older one was rolled back and its coordinator does not know yet.
expected<void> check_fence(const chunk_catalog& catalog, const chunk_id& id, tid_t tid);

/// ec::stale when rows that `tid` has staged here are of another start of their coordinator than the one that speaks. 0 is
/// the controller, which has decided; rows of which the start is not recorded are taken for the speaker's.
expected<void> check_speaker(const chunk_catalog& catalog, tid_t tid, uint64_t incarnation);

} // namespace pelorus
