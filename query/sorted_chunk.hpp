// The order in which rows of a TSDB chunk are read: by the sort columns, equal keys in the order of their commits, of
// which keepDuplicates may leave the first or the last one only. Each segment is sorted; a reader merges those that it
// needs, and compaction (query/merge_segments.hpp) makes them few.
#pragma once

#include <optional>
#include <vector>

#include "query/select_source.hpp"
#include "storage/chunk_reader.hpp"
#include "storage/dfs.hpp"
#include "storage/segment.hpp"

namespace pelorus {

struct chunk_order {
  enum class duplicates : uint8_t { all, first, last };
  std::vector<size_t> keys;  ///< positions of the sort columns; empty: rows come as they were committed
  duplicates keep = duplicates::all;
  bool is_key(size_t column) const;
};

/// Throws script_error when a sort column is not among the columns.
chunk_order order_of(const table_info& info);
/// Fewer rows may be read than were committed: the metadata cannot tell how many.
bool drops_duplicates(const table_info& info);

/// What is known of the order of rows before any of them is read.
struct sorted_runs {
  std::vector<uint32_t> starts;  ///< the first row of each run that is sorted by the keys; empty: nothing is known
  bool distinct = false;         ///< no two rows of a run agree in the keys
  /// The rows are in order, and none has to go.
  bool is_order(chunk_order::duplicates keep) const {
    return starts.size() == 1 && (distinct || keep == chunk_order::duplicates::all);
  }
};
/// The segments of a chunk, when every one with rows in `blocks` (ascending) was sorted by the keys of `order`.
sorted_runs runs_of(const chunk_reader& reader, const std::vector<size_t>& blocks, const chunk_order& order);

/// Row numbers in sort order, of equal keys those that stay; nothing when that is all rows as they are. `keys` are the sort
/// columns, their rows in the order of commits.
std::optional<row_list> rows_in_order(const std::vector<column_ptr>& keys, size_t rows, chunk_order::duplicates keep,
                                      const sorted_runs& runs = {});

/// The order in which rows of a table are stored: by its sort columns, if it has any; of equal keys those that keepDuplicates
/// leaves, as they came.
std::optional<row_list> stored_order(const table_info& info, const table& rows);
/// What `options` say of a segment of the table whose rows are in that order, and the columns' codecs.
void describe_order(const table_info& info, segment_options& options);

/// The rows of `source`, which come in the order of commits, in order.
row_source_ptr in_order(row_source_ptr source, const chunk_order& order);
/// These rows of `source`.
row_source_ptr rows_of(row_source_ptr source, row_list rows);

} // namespace pelorus
