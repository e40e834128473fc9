// Rows of several segments as one table, to be written as one segment.
#pragma once

#include <string>
#include <vector>

#include "storage/segment.hpp"

namespace pelorus {

/// All rows of the segments in order, under `columns` by their stored names; a segment that lacks a column has nulls there.
/// Reads past the cache of columns. Errors: those of reading, corrupt for a column of another type.
expected<table_ptr> merge_segments(const std::string& directory, const std::vector<segment_ref>& segments, const schema& columns);

/// The name of the file that stands for these segments.
std::string merged_name(const std::vector<segment_ref>& segments);

} // namespace pelorus
