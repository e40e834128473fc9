// upsert! on rows: new rows replace those with the same key, the others are added.
#pragma once

#include <string>
#include <vector>

#include "query/partitioned_table.hpp"
#include "storage/table.hpp"

namespace pelorus {

struct upsert_options {
  std::vector<std::string> keys;          ///< columns that make a row the same
  bool ignore_null = false;               ///< a null of a new row leaves the old cell as it is
  std::vector<std::string> sort_columns;  ///< changed rows are put in this order; empty: as they come
};

/// Both tables have the same columns. Of several old rows with one key the first is replaced; of new rows with one key the
/// last wins, cell by cell with `ignore_null`. Added rows follow the old ones in their order.
table_ptr upsert_rows(const table& old, const table& fresh, const upsert_options& options);

/// The same on a stored table, in one transaction; keys hold within a partition. Columns go by position. Answers the rows
/// written. Throws script_error naming the parameter or column.
uint64_t upsert_into(session& who, const partitioned_table& to, const table& rows, const upsert_options& options);

} // namespace pelorus
