#include "query/plan_windows.hpp"

#include <algorithm>

#include "query/chunk_parameters.hpp"
#include "query/interpreter.hpp"
#include "query/partitioned_table.hpp"
#include "query/plan.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/window_reach.hpp"
#include "query/window_task.hpp"
#include "query/wire.hpp"

namespace pelorus {

namespace {

/// The inner select when it is one whose windows chunks can work out; the names decide the rest.
const select_node* window_query(const select_node& outer) {
  if (!outer.from) return nullptr;
  auto* inner = try_as<select_node>(unaliased(outer.from));
  if (inner == nullptr || inner->grouping != group_kind::context_by || inner->group_by.empty() || !inner->from) return nullptr;
  auto& q = *inner;
  auto plain = !q.is_exec && !q.distinct && !q.map && q.with.empty() && q.cgroup_by.empty() && q.csort.empty() &&
               q.having.empty() && q.order_by.empty() && !q.top && !q.limit && !q.offset;
  auto from = unaliased(q.from);
  auto named = from->kind == node_kind::name || (from->kind == node_kind::call && called_name(*from) == "loadTable");
  auto outer_fits = !outer.map && !outer.distinct && outer.cgroup_by.empty() &&
                    (outer.grouping == group_kind::none || outer.grouping == group_kind::group_by);
  return plain && named && outer_fits ? inner : nullptr;
}

/// No aggregate of the expressions minds in which order rows come.
bool any_order_will_do(const select_node& query, expression_binder& binder) {
  auto fits = [&](const node_ptr& n) {
    auto bound = binder.bind(unaliased(n), true);
    return std::none_of(bound.aggregates.begin(), bound.aggregates.end(), [](auto& a) { return a.kind->ordered; });
  };
  return std::all_of(query.items.begin(), query.items.end(), fits) &&
         std::all_of(query.having.begin(), query.having.end(), fits) &&
         std::all_of(query.order_by.begin(), query.order_by.end(), [&](auto& o) { return fits(o.expr); });
}

/// The inner select over the columns of the stored table.
struct window_plan_parts {
  size_t reach = 0;
  std::vector<size_t> needed;  ///< columns of items and keys
};

std::optional<window_plan_parts> parts_of_inner(const select_node& inner, expression_binder& binder) {
  window_plan_parts parts;
  std::vector<bool> needed(binder.names().size(), false);
  auto look = [&](const node_ptr& n) {
    if (auto column = binder.find(*n)) needed[*column] = true;
  };
  for (auto& item : inner.items) {
    auto back = rows_looked_back(item, binder);
    if (!back) return std::nullopt;
    parts.reach = std::max(parts.reach, *back);
    visit_nodes(item, look);
  }
  for (auto& key : inner.group_by) {
    auto expr = unaliased(key);
    if (expr->kind != node_kind::name || !binder.find(*expr)) return std::nullopt;
    visit_nodes(expr, look);
  }
  for (auto& condition : inner.where)
    if (!row_by_row(condition, binder)) return std::nullopt;
  if (parts.reach == 0) return std::nullopt;
  for (size_t c = 0; c < needed.size(); ++c)
    if (needed[c]) parts.needed.push_back(c);
  return parts;
}

schema results_of(const select_node& inner) {
  schema columns;
  for (auto& item : inner.items) {
    auto name = result_name(*item);
    if (std::any_of(columns.begin(), columns.end(), [&](auto& c) { return c.name == name; })) return {};
    auto& column = columns.emplace_back();
    column.name = name;
    column.type = type_id::double_;  // only the names count
  }
  return columns;
}

/// The outer map side as a value.
value encoded(const chunk_plan& plan) {
  auto list = column::make(type_id::any, 3);
  list->own_items()[0] = value::of_text(plan.sql);
  list->own_items()[1] = value::of_text(plan.parameters, type_id::blob);
  list->own_items()[2] = value::of_text(plan.functions);
  return value{list};
}

/// What lies before each chunk: the last rows of each group, from as many chunks before as it takes.
std::vector<table_ptr> rows_before(const std::vector<table_ptr>& tails, const node_list& keys, size_t reach) {
  std::vector<table_ptr> before{tails.front()->gather(std::span<const uint32_t>{})};
  for (auto& tail : tails) before.push_back(last_rows_with(before.back(), tail, keys, reach));
  return before;
}

} // namespace

table_ptr aggregate_over_windows(const select_node& outer, const named_queries& with, evaluator& eval) {
  auto* inner = window_query(outer);
  if (inner == nullptr) return nullptr;
  auto from = resolve_from(inner->from, with, eval);
  if (!from.stored) return nullptr;
  auto& who = eval.who();
  auto taken = chunks_of(from, who);
  auto& snapshot = *taken;
  column_names names{snapshot.table.columns};
  for (auto& q : from.qualifiers) names.add_qualifier(q);
  expression_binder binder{names, eval};
  auto parts = parts_of_inner(*inner, binder);
  auto results = results_of(*inner);
  if (!parts || results.empty()) return nullptr;
  column_names result_names{results};
  expression_binder outside{result_names, eval};
  for (auto& condition : outer.where)
    if (!row_by_row(condition, outside)) return nullptr;
  if (!any_order_will_do(outer, outside)) return nullptr;
  auto halves = split_aggregates(outer, outside);
  if (!halves) return nullptr;
  auto chunks = prune(snapshot, keys_of_chunks(snapshot), pruning_of(*inner, binder).predicates).chunks;
  if (chunks.size() < 2) return nullptr;
  std::sort(chunks.begin(), chunks.end());  // the order in which gathered rows lie

  select_node map = *inner;
  for (auto& item : map.items) {
    auto named = std::make_shared<aliased_node>(item->at);
    named->expr = unaliased(item);
    named->names = {result_name(*item)};
    item = named;
  }
  auto last = map;
  last.items.clear();
  for (auto c : parts->needed) last.items.push_back(std::make_shared<name_node>(inner->at, names[c]));
  last.limit = std::make_shared<literal_node>(inner->at, value::of_long(-static_cast<int64_t>(parts->reach)));
  auto all_but_last = chunks;
  all_but_last.pop_back();
  auto tails = tables_of(unwrap(who.node->run_on_chunks(encode_plan(last, snapshot, binder), snapshot, all_but_last, who)));
  node_list keys;
  for (auto& key : inner->group_by) keys.push_back(std::make_shared<name_node>(key->at, names[*binder.find(*unaliased(key))]));
  auto before = rows_before(tails, keys, parts->reach);

  auto plan = encode_plan(map, snapshot, binder);
  plan.parameters += encode(parameter_lists({{window_parameter::reach, value::of_int(static_cast<int32_t>(parts->reach))},
                                           {window_parameter::then, encoded(encode_plan(*halves->map, snapshot, outside))}}));
  for (auto& halo : before) plan.of_chunk.push_back({{window_parameter::halo, value{halo}}});
  auto rows = join_parts(tables_of(unwrap(who.node->run_on_chunks(plan, snapshot, chunks, who))));
  column_names merged{rows->schema()};
  return select_pipeline{*halves->merge, std::make_shared<table_source>(rows), merged, eval}.run();
}

} // namespace pelorus
