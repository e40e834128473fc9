// One select over one source, step by step: where, grouping, items, having, distinct, order, limit.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "query/select_expression.hpp"
#include "query/select_source.hpp"
#include "query/syntax.hpp"

namespace pelorus {

/// Columns on their way to the result; scalars still stand for a whole column.
struct result_columns {
  std::vector<std::string> names;
  std::vector<value> values;
  void add(std::string name, value x) {
    names.push_back(std::move(name));
    values.push_back(std::move(x));
  }
};

struct row_limit {
  int64_t from = 0;
  int64_t count = INT64_MAX;  ///< negative: the last ones of each context by group
  bool is_set() const { return from != 0 || count != INT64_MAX; }
};

class select_pipeline {
public:
  select_pipeline(const select_node& query, row_source_ptr source, const column_names& names, evaluator& eval);

  /// The rows as a table, before exec makes a vector of it.
  table_ptr run();
  /// A matrix of exec .. pivot by; null for every other query.
  bool is_matrix() const { return query_.is_exec && query_.grouping == group_kind::pivot_by; }

private:
  table_ptr plain();       // no grouping
  table_ptr scanned();     // select_scan.cpp; null when one pass cannot answer
  table_ptr grouped();     // select_group.cpp
  table_ptr in_context();  // select_context.cpp
  table_ptr pivoted();     // select_pivot.cpp

  result_columns evaluate_items();
  void add_item(result_columns& into, const node_ptr& item, value x);
  void add_star(result_columns& into);
  bool items_are_elementwise();
  bool sort_early();
  /// What an order by expression stands for: an item's expression when it names one.
  node_ptr order_expression(const node_ptr& expr) const;
  column_ptr order_column(const order_item& item, const table& result);
  table_ptr finish(table_ptr result);  // having is done; distinct, order, limit
  table_ptr order(table_ptr result);

  /// The result of a group by: keys with one element a group, and `one_each` for the items.
  table_ptr assemble_groups(const std::vector<column_ptr>& keys, const std::function<column_ptr(const node_ptr&)>& one_each);
  std::vector<column_ptr> evaluate_keys(const node_list& keys);
  column_ptr grouped_item(const node_ptr& item, grouped_frame& groups, const grouping& found);
  bool grouped_rows_pass(uint32_t groups, const std::function<column_ptr(const node_ptr&)>& one_each, row_list& rows);
  bool is_result_column(const order_item& item, const table& result) const;
  void sort_context(grouped_order& order);
  void limit_context(grouped_order& order);
  /// The rows that limit leaves of each group, when these are few and found without sorting all; null otherwise.
  std::optional<grouped_order> few_of_groups(const grouping& found);
  column_ptr moving_item(const bound_expression& e, const grouped_order& order, std::span<const uint32_t> lengths);
  value context_item(const node_ptr& item, const grouped_order& order, std::vector<uint32_t>& lengths);

  const select_node& query_;
  evaluator& eval_;
  const column_names& names_;
  row_frame frame_;
  expression_binder binder_;
  row_limit limit_;
  bool is_filtered_ = false;  ///< the where clause was applied
  bool ordered_early_ = false;
  std::vector<column_ptr> order_columns_;  ///< of a grouped query, for keys that are no results; else null
};

/// Keeps the rows that satisfy all conditions, one after the other.
void apply_where(const node_list& where, row_frame& frame, expression_binder& binder);
/// Row numbers where the (scalar or vector) condition holds.
row_list rows_where(const value& condition, size_t rows);
/// top and limit of a query as numbers.
row_limit limit_of(const node_ptr& top, const node_ptr& limit, const node_ptr& offset, evaluator& eval);
/// A name not yet in `names`: the name itself, name1, name2, ..
std::string unique_name(const std::vector<std::string>& names, const std::string& wanted);
/// Equal lengths for all columns.
table_ptr make_table(result_columns columns);
/// Distinct rows in order of first appearance.
table_ptr distinct_rows(const table_ptr& t);
/// A pivoted table as a matrix: the first of the `key_columns` labels the rows, the other names the columns.
value matrix_of_pivot(const table_ptr& t, size_t key_columns);
/// exec's result: the only column as a vector, its only element as a scalar when it is an aggregate.
value exec_value(const select_node& query, const table_ptr& result);

} // namespace pelorus
