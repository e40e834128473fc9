// The map side of moving windows over chunks: a chunk's own rows, and those before them that its windows reach.
#pragma once

#include "query/select_source.hpp"
#include "query/syntax.hpp"

namespace pelorus {

class evaluator;

/// Names of the parameters that make a map side one over windows (query/plan_windows.cpp writes them).
namespace window_parameter {
constexpr auto reach = "plan_reach";    ///< INT: rows that the windows look back
constexpr auto halo = "plan_halo";      ///< table: the last rows of each group before the chunk; the columns it needs
constexpr auto then = "plan_then";      ///< ANY: text, parameters and functions of a select over the result
} // namespace window_parameter

/// What `query`, a select with context by over columns, gives for the rows of the chunk when the rows of `halo` come before
/// them. Only the first `reach` rows of each group are worked out twice.
table_ptr run_windows(const select_node& query, row_source_ptr rows, const table_ptr& halo, size_t reach, evaluator& eval);

/// Of each group of the keys, which are columns, the last `rows` rows, groups in order.
table_ptr last_of_groups(const table_ptr& t, const node_list& keys, size_t rows);
/// The same of two tables, one behind the other, both of which have no more of any group, groups in order.
table_ptr last_rows_with(const table_ptr& older, const table_ptr& newer, const node_list& keys, size_t rows);

} // namespace pelorus
