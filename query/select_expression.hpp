// Expressions of a select, bound to the columns they use and evaluated on whole columns.
//
// Binding puts a literal in the place of every column, group key and aggregate; evaluating fills these places and
// asks the interpreter for the rest. So the interpreter needs to know nothing of tables, and one bound expression
// serves all rows, one group after the other, or one value a group.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/aggregate.hpp"
#include "query/grouping.hpp"
#include "query/select_source.hpp"
#include "query/syntax.hpp"

namespace pelorus {

class evaluator;

/// A literal whose constant changes between evaluations.
using place = std::shared_ptr<literal_node>;

struct aggregate_use;
struct window_use;

struct bound_expression {
  static constexpr size_t row_count = SIZE_MAX;  ///< the "column" of count(*) outside group by

  struct column_place {
    size_t column;
    place at;
  };
  node_ptr tree;
  std::vector<column_place> columns;  ///< read row by row
  std::vector<column_place> keys;     ///< group keys by number
  std::vector<aggregate_use> aggregates;
  std::vector<window_use> windows;
  bool elementwise = true;  ///< of the tree around the places
};

/// An aggregate call inside an expression: its inputs are evaluated per row, its result stands in `at`.
struct aggregate_use {
  const aggregate_kind* kind = nullptr;
  std::vector<bound_expression> inputs;
  node_list parameters;
  place at;
};

/// f(..) over (..) inside an expression: a column of the frame.
struct window_use {
  std::shared_ptr<const window_node> window;
  place at;
};

/// What expressions are bound against.
class expression_binder {
public:
  expression_binder(const column_names& names, evaluator& eval) : names_(names), eval_(eval) {}
  /// Expressions equal to these are keys; only with `grouped` binding.
  void set_keys(node_list keys) { keys_ = std::move(keys); }

  /// With `grouped`, aggregate calls and keys become places; otherwise the interpreter calls aggregates.
  bound_expression bind(const node_ptr& expr, bool grouped);
  bool is_column(const node& n) const { return find(n).has_value(); }
  /// The column a name or `t.name` stands for.
  std::optional<size_t> find(const node& n) const;
  evaluator& eval() { return eval_; }
  const column_names& names() const { return names_; }

private:
  node_ptr replace(const node_ptr& n, bound_expression& into, bool grouped);
  node_ptr replace_call(const node_ptr& n, bound_expression& into, bool grouped);
  node_ptr replace_macro(const node_ptr& n, bound_expression& into);
  node_ptr column_at(size_t column, text_position at, bound_expression& into);

  const column_names& names_;
  evaluator& eval_;
  node_list keys_;
};

/// Rows in groups, with the group keys as columns of one element a group.
struct grouped_frame {
  row_frame& frame;
  grouped_rows by;
  std::vector<column_ptr> keys;
};

/// Over the rows of a frame; aggregates bound as places are not allowed.
value evaluate_rows(bound_expression& e, row_frame& frame, evaluator& eval);
/// Over the rows of a grouped frame; aggregates give their group's value to each of its rows.
value evaluate_in_groups(bound_expression& e, grouped_frame& groups, evaluator& eval);
/// One value a group.
value evaluate_groups(bound_expression& e, grouped_frame& groups, evaluator& eval);
/// The aggregate as one element a group.
column_ptr run_aggregate(aggregate_use& use, grouped_frame& groups, evaluator& eval);

/// Evaluates the expression for each group by itself, on the columns in group order.
class group_evaluator {
public:
  group_evaluator(row_frame& frame, const grouped_order& order) : frame_(frame), order_(order) {}
  std::vector<value> operator()(bound_expression& e, evaluator& eval);
  /// The column in group order.
  column_ptr ordered(size_t column);

private:
  row_frame& frame_;
  const grouped_order& order_;
  std::vector<column_ptr> columns_;
};

/// A scalar as `rows` equal elements, a vector as it is. Throws when the length differs; `name` is for the message.
column_ptr as_column(const value& x, size_t rows, const std::string& name);
/// Joins columns of possibly different number types into one.
column_ptr concatenate(const std::vector<value>& parts, std::span<const uint32_t> lengths, bool stretch_scalars);
/// A query's result inside an expression: one cell as a scalar, one column as a vector.
value query_value(value result);

} // namespace pelorus
