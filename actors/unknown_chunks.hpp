// Chunks of a data node that the controller does not know: they go out of the way, never away.
#pragma once

#include "actors/cache_keeper.hpp"
#include "actors/messages.hpp"
#include "storage/chunk_files.hpp"

namespace pelorus {

/// Moves them to `<volume>/.quarantine`, with the record of each beside its files. Chunks that are being written, or were
/// since they were reported, stay. `keeper` may be null. For the chunk store's thread.
expected<void> put_unknown_away(chunk_files& files, cache_keeper* keeper, const quarantine& order, int64_t now_ms);

} // namespace pelorus
