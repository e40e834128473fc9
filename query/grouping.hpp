// Which group each row belongs to: the ground of group by, context by, pivot by, distinct and the joins.
//
// The table is chosen by what is known of the keys: dictionary codes and small integer ranges index an array,
// keys that come sorted become runs, everything else hashes. Several keys are packed into one integer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "storage/block_pool.hpp"
#include "storage/column.hpp"

namespace pelorus {

/// Integer codes of a key column whose order is the order of the keys, nulls first.
struct key_codes {
  scratch<uint32_t> codes;
  uint64_t range = 1;  ///< all codes are below; small when the keys allow it
};

/// Groups are numbered in the order of their keys (texts alphabetically, nulls first).
struct grouping {
  scratch<uint32_t> ids;         ///< group of each row
  scratch<uint32_t> first_rows;  ///< first row of each group
  uint32_t groups() const { return static_cast<uint32_t>(first_rows.size()); }
};

/// Codes of one column. Throws script_error for types that have no order (tuples, array vectors).
key_codes encode_keys(const column& keys);

/// Groups rows by all key columns together; all columns have `rows` elements. No keys: one group (or none when
/// there are no rows).
grouping group_rows(std::span<const column_ptr> keys, size_t rows);

/// Rows sorted by group, keeping their order inside each group: group g is rows[offsets[g] .. offsets[g+1]).
struct grouped_order {
  scratch<uint32_t> rows;
  std::vector<uint32_t> offsets;
  bool is_identity = false;  ///< rows are 0, 1, 2, ..: the input was already in order
};
grouped_order order_by_group(std::span<const uint32_t> ids, uint32_t groups);

/// Groups the rows of two tables by one numbering: equal keys have equal ids on both sides.
struct shared_groups {
  scratch<uint32_t> left, right;
  uint32_t groups = 0;
};
shared_groups group_both(std::span<const column_ptr> left, std::span<const column_ptr> right,
                         size_t left_rows, size_t right_rows);

} // namespace pelorus
