// Turns rows that a data node has in memory into segment files.
#pragma once

#include <vector>

#include "storage/chunk_files.hpp"
#include "storage/segment.hpp"

namespace pelorus {

/// Merges the committed cached rows of each chunk, run by run, into one file each, sorted as the table wants; then one change
/// of the catalog makes them what the newest version consists of. A chunk that cannot be written keeps its rows in memory and
/// in the log; the first error is answered after the others were done.
expected<void> flush_chunks(chunk_files& files, const std::vector<chunk_id>& chunks, const segment_options& options);

} // namespace pelorus
