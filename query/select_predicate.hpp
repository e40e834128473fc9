// Conditions simple enough to be decided by typed loops, block statistics and partition schemes: a column compared
// with a constant, between two constants, or in a set of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/select_expression.hpp"
#include "query/syntax.hpp"
#include "storage/block_pool.hpp"

namespace pelorus {

struct predicate {
  enum class form : uint8_t { compare, between, in };
  form kind = form::compare;
  size_t column = 0;
  std::string function;  ///< applied to the column first ("date", "month", ..); empty for the column itself
  op how = op::eq;       ///< of compare
  value operand;         ///< of compare; the low end of between
  value high;            ///< of between
  column_ptr set;        ///< of in

  /// True when the typed loops below decide it: types agree and no function is applied.
  bool is_typed(const schema& columns) const;
};

/// The condition as a predicate, if it is one; constants are evaluated.
std::optional<predicate> simple_predicate(const node_ptr& condition, expression_binder& binder);
/// Conjuncts of a condition: a and b and c.
void split_conjunction(const node_ptr& condition, node_list& into);

/// Rows of the column that satisfy a typed predicate.
row_list matching_rows(const predicate& p, const column& col);
/// False when no element between low and high (both inclusive, of the column's type) can satisfy it.
bool can_match(const predicate& p, const value& low, const value& high);

} // namespace pelorus
