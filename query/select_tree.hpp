// Small tools on expression trees: rewriting, naming of results, and what kind of function calls they hold.
#pragma once

#include <functional>
#include <string>

#include "query/syntax.hpp"

namespace pelorus {

/// Answers what stands in a node's place, or null to look into its children.
using replace_node = std::function<node_ptr(const node_ptr&)>;

/// A copy of the tree with nodes replaced; shares whatever did not change. Bodies of lambdas, metacode and nested
/// selects are left alone, so are the names of called functions. `case` becomes nested conditionals.
node_ptr rewrite(const node_ptr& tree, const replace_node& replace);

/// Calls `visit` for every node that `rewrite` would reach, parents first.
void visit_nodes(const node_ptr& tree, const std::function<void(const node_ptr&)>& visit);

/// The column name of an unaliased result: sum(qty) is sum_qty, price is price, count(*) is count.
std::string result_name(const node& n);

/// True when each element of the result depends on the same element of the columns only, so that an expression over
/// all rows at once gives what one group at a time would give.
bool is_elementwise(const node_ptr& tree);

/// The expression without its alias, and the alias (the first of several) or "".
node_ptr unaliased(const node_ptr& n);
std::string alias_of(const node_ptr& n);

/// The parameter part of the tree: nothing in it can be a column.
bool is_constant(const node_ptr& tree, const std::function<bool(const node&)>& is_column);

} // namespace pelorus
