#include "query/select_from.hpp"

#include <algorithm>
#include <unordered_set>

#include "query/interpreter.hpp"
#include "query/join_columns.hpp"
#include "query/join.hpp"
#include "query/plan.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_predicate.hpp"
#include "query/select_tree.hpp"

namespace pelorus {

namespace {

const std::unordered_set<std::string_view>& table_joins() {
  static const std::unordered_set<std::string_view> names{"ej", "lj", "lsj", "fj", "aj", "wj", "pwj",
                                                          "cj", "pj", "sej", "inner", "left"};
  return names;
}

/// The name a table expression goes by.
std::string table_name(const node& n) {
  if (auto* name = try_as<name_node>(&n)) return name->name;
  if (auto* aliased = try_as<aliased_node>(&n)) return aliased->names.front();
  return "";
}

/// loadTable(database, table) as the clause itself: its chunks come with it, in one question to the controller instead of two.
std::optional<from_clause> load_with_chunks(const node& n, evaluator& eval) {
  auto* call = try_as<call_node>(&n);
  if (call == nullptr || called_name(n) != "loadTable" || call->arguments.size() != 2) return std::nullopt;
  for (auto& a : call->arguments)
    if (!a.name.empty() || !a.expr) return std::nullopt;
  if (!eval.evaluate(*call->function).as<builtin_function>()) return std::nullopt;
  auto path = eval.evaluate(*call->arguments[0].expr), name = eval.evaluate(*call->arguments[1].expr);
  try {
    auto from = stored_table_name(path, name, "loadTable");
    from_clause result;
    result.snapshot = std::make_shared<table_snapshot>(unwrap(eval.who().node->snapshot(from.database, from.table)));
    result.stored = std::make_shared<partitioned_table>(result.snapshot->table);
    return result;
  } catch (script_error& e) {
    e.locate(n.at);
    throw;
  }
}

from_clause of_value(const value& x, text_position at) {
  from_clause result;
  if ((result.stored = x.as<partitioned_table>())) return result;
  if ((result.rows = x.as<table>())) return result;
  throw script_error{ec::type_mismatch, "The from clause needs a table.", at};
}

/// Equality pairs of an on condition as key columns, everything else left for a filter.
struct join_condition {
  column_list left, right;
  node_list rest;
};

join_condition split_condition(const node_ptr& on, const from_clause& left, const from_clause& right) {
  join_condition result;
  node_list parts;
  split_conjunction(on, parts);
  auto left_names = left.names(), right_names = right.names();
  auto column = [](const node& n, const column_names& names) -> std::optional<size_t> {
    if (auto* name = try_as<name_node>(&n)) return names.find(name->name);
    if (auto* member = try_as<member_node>(&n))
      if (auto* t = try_as<name_node>(member->object)) return names.find(t->name, member->name);
    return std::nullopt;
  };
  for (auto& part : parts) {
    auto* b = try_as<binary_node>(part);
    auto key = [&](const node& l, const node& r) {
      auto i = column(l, left_names), k = column(r, right_names);
      if (!i || !k) return false;
      result.left.push_back(left.rows->col(*i));
      result.right.push_back(right.rows->col(*k));
      return true;
    };
    if (b == nullptr || b->op != op::eq || (!key(*b->left, *b->right) && !key(*b->right, *b->left)))
      result.rest.push_back(part);
  }
  return result;
}

table_ptr join_tables(const join_node& j, const from_clause& left, const from_clause& right) {
  auto right_name = right.qualifiers.empty() ? "right" : right.qualifiers.front();
  if (j.how == join_kind::cross || !j.on) return cross_join(*left.rows, *right.rows, right_name);
  auto condition = split_condition(j.on, left, right);
  if (condition.left.empty() || (!condition.rest.empty() && j.how != join_kind::inner))
    throw script_error{ec::not_supported, "An on condition needs column = column, joined by and.", j.on->at};
  join_rows rows;
  switch (j.how) {
    case join_kind::inner: rows = inner_join(condition.left, condition.right); break;
    case join_kind::left: rows = left_join(condition.left, condition.right); break;
    case join_kind::left_semi: rows = left_semi_join(condition.left, condition.right); break;
    case join_kind::full: rows = full_join(condition.left, condition.right); break;
    default: {  // a right join is a left join seen from the other side
      auto turned = left_join(condition.right, condition.left);
      rows.left = std::move(turned.right);
      rows.right = std::move(turned.left);
    }
  }
  return joined_table(*left.rows, *right.rows, rows, {}, right_name);
}

from_clause resolve_join(const join_node& j, const named_queries& with, evaluator& eval) {
  auto left = resolve_from(j.left, with, eval), right = resolve_from(j.right, with, eval);
  for (auto* side : {&left, &right})
    if (side->stored) side->rows = all_rows(*side, eval);
  from_clause result;
  result.rows = join_tables(j, left, right);
  result.qualifiers = left.qualifiers;
  result.qualifiers.insert(result.qualifiers.end(), right.qualifiers.begin(), right.qualifiers.end());
  if (!j.on) return result;
  auto condition = split_condition(j.on, left, right);
  if (condition.rest.empty()) return result;
  auto names = result.names();
  expression_binder binder{names, eval};
  row_frame frame{std::make_shared<table_source>(result.rows)};
  for (auto& part : condition.rest) {
    auto bound = binder.bind(part, false);
    auto kept = rows_where(evaluate_rows(bound, frame, eval), frame.rows());
    result.rows = result.rows->gather(kept);
    frame = row_frame{std::make_shared<table_source>(result.rows)};
  }
  return result;
}

} // namespace

column_names from_clause::names() const {
  column_names result{stored ? stored->info.columns : rows->schema()};
  for (auto& q : qualifiers) result.add_qualifier(q);
  return result;
}

std::shared_ptr<const table_snapshot> chunks_of(const from_clause& from, session& who) {
  if (from.snapshot) return from.snapshot;
  auto& info = from.stored->info;
  return std::make_shared<table_snapshot>(unwrap(who.node->snapshot(info.database, info.name)));
}

table_ptr all_rows(const from_clause& from, evaluator& eval) {
  select_node all{text_position{}};
  all.items = {std::make_shared<star_node>(text_position{})};
  return execute_distributed(all, from, eval);
}

from_clause resolve_from(const node_ptr& from, const named_queries& with, evaluator& eval, const select_node* query) {
  if (auto* j = try_as<join_node>(from)) return resolve_join(*j, with, eval);
  auto expr = unaliased(from);
  from_clause result;
  auto* name = try_as<name_node>(expr);
  if (name != nullptr && with.contains(name->name)) result = of_value(with.find(name->name)->second, from->at);
  else if (auto joined = query ? read_joined_columns(expr, *query, eval) : nullptr)
    result = of_value(eval.evaluate(*joined), from->at);
  else if (auto loaded = load_with_chunks(*expr, eval)) result = *std::move(loaded);
  else result = of_value(eval.evaluate(*expr), from->at);
  if (auto known = table_name(*from); !known.empty()) result.qualifiers.push_back(known);
  if (auto* call = try_as<call_node>(expr); call != nullptr && table_joins().contains(called_name(*expr)))
    for (size_t i = 0; i < 2 && i < call->arguments.size(); ++i)
      if (call->arguments[i].expr) result.qualifiers.push_back(table_name(*call->arguments[i].expr));
  return result;
}

} // namespace pelorus
