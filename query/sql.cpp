#include "query/sql.hpp"

#include <algorithm>

#include "query/column_conversion.hpp"
#include "query/interpreter.hpp"
#include "query/plan.hpp"
#include "query/plan_windows.hpp"
#include "query/select_from.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/sort.hpp"
#include "query/sql_change.hpp"

namespace pelorus {

namespace {

table_ptr run_query(const node& query, evaluator& eval);

/// exec .. pivot by: the cells as a matrix with labels.
value pivot_matrix(const select_node& s, const table_ptr& t) { return matrix_of_pivot(t, s.group_by.size() - 1); }

/// select without from: one row, or the length of its vectors.
table_ptr select_constants(const select_node& s, evaluator& eval) {
  auto one = std::make_shared<table>();
  column_names names;
  return select_pipeline{s, std::make_shared<table_source>(one), names, eval}.run();
}

table_ptr run_select(const select_node& s, evaluator& eval) {
  named_queries with;
  for (auto& w : s.with) with[w.name] = value{run_query(*w.query, eval)};
  if (!s.from) return select_constants(s, eval);
  if (auto result = aggregate_over_windows(s, with, eval)) return result;
  auto from = resolve_from(s.from, with, eval, &s);
  if (from.stored) return execute_distributed(s, from, eval);
  auto names = from.names();
  return select_pipeline{s, std::make_shared<table_source>(from.rows), names, eval}.run();
}

/// The right table's columns under the left's types, widened where they differ.
table_ptr stack(const table& a, const table& b) {
  if (a.width() != b.width())
    throw script_error{ec::type_mismatch, "The queries of a union must have the same number of columns."};
  auto result = std::make_shared<table>();
  for (size_t c = 0; c < a.width(); ++c)
    result->add(a.name(c), concatenate({value{a.col(c)}, value{b.col(c)}}, {}, false));
  return result;
}

table_ptr combine(const set_operation_node& s, const table_ptr& left, const table_ptr& right) {
  auto both = stack(*left, *right);
  if (s.how == set_kind::union_all) return both;
  if (s.how == set_kind::union_) return distinct_rows(both);
  auto groups = group_rows(both->columns(), both->rows());
  std::vector<int64_t> in_right(groups.groups(), 0);
  for (auto i = left->rows(); i < both->rows(); ++i) ++in_right[groups.ids[i]];
  auto intersect = s.how == set_kind::intersect || s.how == set_kind::intersect_all;
  auto all = s.how == set_kind::intersect_all || s.how == set_kind::minus_all;
  std::vector<uint32_t> kept;
  for (uint32_t i = 0; i < left->rows(); ++i) {
    auto& n = in_right[groups.ids[i]];
    if ((n > 0) == intersect) kept.push_back(i);
    if (all) --n;
  }
  auto result = left->gather(kept);
  return all ? result : distinct_rows(result);
}

table_ptr run_set_operation(const set_operation_node& s, evaluator& eval) {
  auto result = combine(s, run_query(*s.left, eval), run_query(*s.right, eval));
  if (s.order_by.empty() && !s.limit && !s.offset) return result;
  select_node rest{s.at};
  rest.items = {std::make_shared<star_node>(s.at)};
  rest.order_by = s.order_by;
  rest.limit = s.limit;
  rest.offset = s.offset;
  column_names names{result->schema()};
  return select_pipeline{rest, std::make_shared<table_source>(result), names, eval}.run();
}

table_ptr run_query(const node& query, evaluator& eval) {
  if (auto* s = try_as<select_node>(&query)) return run_select(*s, eval);
  if (auto* s = try_as<set_operation_node>(&query)) return run_set_operation(*s, eval);
  throw script_error{ec::bad_argument, "A query is needed here.", query.at};
}

} // namespace

value execute_select(const node& query, evaluator& eval) {
  auto result = run_query(query, eval);
  auto* s = try_as<select_node>(&query);
  if (s == nullptr) return value{result};
  if (s->is_exec && s->grouping == group_kind::pivot_by) return pivot_matrix(*s, result);
  return exec_value(*s, result);
}

value execute_change(const node& change, evaluator& eval) {
  if (auto* u = try_as<update_node>(&change)) run_update(*u, eval);
  else if (auto* d = try_as<delete_node>(&change)) run_delete(*d, eval);
  else if (auto* i = try_as<insert_node>(&change)) run_insert(*i, eval);
  return value::nothing();
}

} // namespace pelorus
