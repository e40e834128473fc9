// SQL: where the interpreter hands select, update, delete and insert trees over to the engine.
#pragma once

#include "query/syntax.hpp"
#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

class evaluator;  // query/interpreter.hpp: evaluates expression nodes in a scope

/// Runs a select or exec tree. Sources are in-memory tables, partitioned tables (planned per chunk and merged
/// here) and joins of them. Throws script_error.
value execute_select(const node& select, evaluator& eval);
/// Runs an update, delete or insert tree; answers nothing.
value execute_change(const node& change, evaluator& eval);

} // namespace pelorus
