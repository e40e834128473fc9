// The order in which rows of a TSDB chunk are read: by the sort columns, equal keys in the order of their commits, of
// which keepDuplicates may leave the first or the last one only. Segments are sorted one by one and never merged on
// disk, so that a reader puts their rows in order.
#pragma once

#include <optional>
#include <vector>

#include "query/select_source.hpp"
#include "storage/dfs.hpp"

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

/// Row numbers in sort order, of equal keys those that stay; nothing when that is all rows as they are. `keys` are the sort
/// columns, their rows in the order of commits.
std::optional<row_list> rows_in_order(const std::vector<column_ptr>& keys, size_t rows, chunk_order::duplicates keep);

/// The order in which rows of a table are stored: by its sort columns, if it has any, equal keys as they came.
std::optional<row_list> stored_order(const table_info& info, const table& rows);

/// The rows of `source`, which come in the order of commits, in order.
row_source_ptr in_order(row_source_ptr source, const chunk_order& order);

} // namespace pelorus
