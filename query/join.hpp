// Joins of in-memory tables: which rows of the right table go with which of the left.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/block_pool.hpp"
#include "storage/table.hpp"

namespace pelorus {

/// Pairs of row numbers in the order of the result; `absent` stands for "no row there".
struct join_rows {
  static constexpr uint32_t absent = 0xffffffff;
  row_list left, right;
};

using column_list = std::vector<column_ptr>;

/// All matching pairs, in left order and, for one left row, in right order. Null keys match null keys. Key
/// columns correspond by position; those of the right are converted to the left's type (type_mismatch thrown).
join_rows inner_join(const column_list& left, const column_list& right);
/// The same, and left rows without a match once, with `absent`.
join_rows left_join(const column_list& left, const column_list& right);
/// Each left row once, with its first match or `absent`.
join_rows left_semi_join(const column_list& left, const column_list& right);
/// left_join, then the right rows that matched nothing.
join_rows full_join(const column_list& left, const column_list& right);
/// Each left row once, with the last right row of equal leading keys whose last key is not larger.
join_rows asof_join(const column_list& left, const column_list& right);

/// Per left row the right rows order[begin .. end) with equal leading keys and a last key within [key+low,
/// key+high]. `order` holds the right rows sorted by all keys. With `prevailing` the newest row before the window
/// counts as well, unless a row stands exactly at its begin. The last key must be an integer or temporal column.
struct window_rows {
  row_list order;
  row_list begin, end;
};
window_rows window_join(const column_list& left, const column_list& right, int64_t low, int64_t high,
                        bool prevailing);

/// Names and columns of a join's result: all of the left, then the right ones that are not `skipped`;
/// a name the left already has becomes `prefix_name`.
table_ptr joined_table(const table& left, const table& right, const join_rows& rows,
                       const std::vector<std::string>& skipped, const std::string& right_name);

/// Left-major product of two tables.
table_ptr cross_join(const table& left, const table& right, const std::string& right_name);

} // namespace pelorus
