// update and delete on stored tables: the chunks that the conditions leave over are rewritten in one transaction.
#pragma once

#include <string>
#include <vector>

#include "query/partitioned_table.hpp"
#include "query/services.hpp"
#include "query/syntax.hpp"

namespace pelorus {

class evaluator;

/// Rows of chunks that a transaction has locked.
class stored_rows {
public:
  stored_rows(const table_snapshot& locked, session& who) : locked_(locked), who_(who) {}
  /// All rows of a chunk, of all columns or the named ones. Throws script_error.
  table_ptr read(size_t chunk, const std::vector<std::string>& columns = {}) const;

private:
  const table_snapshot& locked_;
  session& who_;
};

/// Readers see all of the change or nothing. Conditions and values must be decided row by row; with context by the groups
/// must lie within partitions. Throws script_error; conflict when a partition is being written by somebody else.
void update_stored(const update_node& u, const partitioned_table& stored, evaluator& eval);
void delete_stored(const delete_node& d, const partitioned_table& stored, evaluator& eval);

} // namespace pelorus
