// update, delete and insert: on in-memory tables here, stored ones are changed by query/stored_change.hpp.
#pragma once

#include "query/syntax.hpp"
#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

class evaluator;

void run_update(const update_node& u, evaluator& eval);
void run_delete(const delete_node& d, evaluator& eval);
void run_insert(const insert_node& i, evaluator& eval);

/// The statement on the rows of an in-memory table, whatever table it names.
void update_rows(const update_node& u, const table_ptr& t, evaluator& eval);
void delete_rows(const delete_node& d, const table_ptr& t, evaluator& eval);

/// Appends rows to a table in place, converting them to its types by position. Throws script_error naming the
/// column that does not fit.
void append_rows(table& to, const table& rows);

} // namespace pelorus
