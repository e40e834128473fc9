// Writes the rows of neighbouring segments of a chunk as one segment.
#pragma once

#include <span>
#include <string>

#include "query/sorted_chunk.hpp"
#include "storage/dfs.hpp"
#include "storage/segment.hpp"

namespace pelorus {

/// `<directory>/<name>` with the rows of `sources`, files or rows in memory: as they follow each other, or in a table with sort columns in their
/// order, of equal keys those that keepDuplicates leaves; nothing else of the chunk lies between the sources, so what
/// goes here would go in every read. All columns that are stored stay, dropped ones too: an older snapshot may read them.
/// `info` is the table as it is stored (`as_stored`). Memory: one column, the sort columns and 16 bytes a row at a time.
/// Errors: those of files; not_supported when the sources cannot be one file. Throws memory_exceeded.
expected<segment_ref> merge_segments(const std::string& directory, std::span<const segment_ref> sources, const table_info& info,
                                     const std::string& name, bool sync, unsigned threads);

} // namespace pelorus
