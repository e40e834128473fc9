// update, delete and insert on in-memory tables; insert also appends to stored ones.
#pragma once

#include "query/syntax.hpp"
#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

class evaluator;

void run_update(const update_node& u, evaluator& eval);
void run_delete(const delete_node& d, evaluator& eval);
void run_insert(const insert_node& i, evaluator& eval);

/// Appends rows to a table in place, converting them to its types by position. Throws script_error naming the
/// column that does not fit.
void append_rows(table& to, const table& rows);

} // namespace pelorus
