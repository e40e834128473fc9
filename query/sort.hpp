// Row order by several keys: stable, nulls as the smallest value unless told otherwise.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/block_pool.hpp"
#include "storage/column.hpp"

namespace pelorus {

struct sort_key {
  enum class nulls : uint8_t { smallest, first, last };
  column_ptr keys;
  bool descending = false;
  nulls place = nulls::smallest;  ///< `smallest`: first when ascending, last when descending
};

/// Row numbers in sorted order; only the first `limit` of them when it is smaller than the number of rows.
/// Throws script_error for types without an order.
row_list sorted_rows(const std::vector<sort_key>& keys, size_t rows,
                                  size_t limit = SIZE_MAX);

/// One unsigned number a row whose order is that of the elements, nulls smallest. For texts it is a rank, so two
/// columns are only comparable when they are numbers.
scratch<uint64_t> order_bits(const column& col);
/// The same for a key of a sort: its direction and the place of nulls are in the numbers.
scratch<uint64_t> order_bits(const sort_key& key);

} // namespace pelorus
