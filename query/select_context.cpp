// context by: vector functions see one group at a time, the result keeps every row, groups in key order.
#include <numeric>

#include "query/functions/moving_groups.hpp"
#include "query/group_runs.hpp"
#include "query/interpreter.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/sort.hpp"

namespace pelorus {

/// csort: order of the rows inside each group.
void select_pipeline::sort_context(grouped_order& order) {
  if (query_.csort.empty()) return;
  std::vector<sort_key> keys;
  auto group = column::make(type_id::int_, frame_.rows());
  auto* ids = group->mutable_data<int32_t>();
  for (size_t g = 0; g + 1 < order.offsets.size(); ++g)
    for (auto k = order.offsets[g]; k < order.offsets[g + 1]; ++k) ids[order.rows[k]] = static_cast<int32_t>(g);
  keys.push_back({group});
  for (auto& item : query_.csort) {
    auto bound = binder_.bind(item.expr, false);
    auto col = as_column(evaluate_rows(bound, frame_, eval_), frame_.rows(), "csort");
    keys.push_back({col, item.descending, static_cast<sort_key::nulls>(item.place)});
  }
  order.rows = sorted_rows(keys, frame_.rows());
  order.is_identity = false;
}

/// top and limit of each group: positions inside the group that stay.
void select_pipeline::limit_context(grouped_order& order) {
  row_list rows;
  std::vector<uint32_t> offsets{0};
  for (size_t g = 0; g + 1 < order.offsets.size(); ++g) {
    auto begin = static_cast<int64_t>(order.offsets[g]), end = static_cast<int64_t>(order.offsets[g + 1]);
    auto from = std::min(begin + std::max<int64_t>(limit_.from, 0), end), to = end;
    if (limit_.count < 0) from = std::max(begin, end + limit_.count);
    else if (limit_.count < end - from) to = from + limit_.count;
    rows.insert(rows.end(), order.rows.begin() + from, order.rows.begin() + to);
    offsets.push_back(static_cast<uint32_t>(rows.size()));
  }
  order.rows = std::move(rows);
  order.offsets = std::move(offsets);
  order.is_identity = false;
}

/// The item in group order: all rows at once where that is the same, else group by group. `lengths` is what the
/// groups have after the item; all items agree on it.
value select_pipeline::context_item(const node_ptr& item, const grouped_order& order,
                                    std::vector<uint32_t>& lengths) {
  auto expr = unaliased(item);
  auto bound = binder_.bind(expr, true);
  auto groups = static_cast<uint32_t>(order.offsets.size() - 1);
  auto ordered_aggregate = std::any_of(bound.aggregates.begin(), bound.aggregates.end(),
                                       [](const aggregate_use& a) { return a.kind->ordered; });
  auto whole = bound.elementwise && bound.windows.empty() && !(ordered_aggregate && !query_.csort.empty());
  for (uint32_t g = 0; whole && g < groups; ++g) whole = lengths[g] == order.offsets[g + 1] - order.offsets[g];
  if (whole) {
    row_list ids;
    if (!bound.aggregates.empty()) {
      ids.resize(frame_.rows(), 0);
      for (uint32_t g = 0; g < groups; ++g)
        for (auto k = order.offsets[g]; k < order.offsets[g + 1]; ++k) ids[order.rows[k]] = g;
    }
    grouped_frame frame{frame_, {frame_.rows(), groups, ids.data()}, {}};
    auto col = as_column(evaluate_in_groups(bound, frame, eval_), frame_.rows(), result_name(*item));
    return value{order.is_identity ? col : col->gather(std::span<const uint32_t>{order.rows})};
  }
  auto plain = binder_.bind(expr, false);
  if (auto moved = moving_item(plain, order, lengths)) return value{moved};
  auto results = group_evaluator{frame_, order}(plain, eval_);
  for (uint32_t g = 0; g < groups; ++g) {
    if (!results[g].is_vector() || results[g].size() == lengths[g]) continue;
    if (lengths[g] != order.offsets[g + 1] - order.offsets[g])
      throw script_error{ec::type_mismatch, "Column '" + result_name(*item) + "' has another length than the "
                                            "columns before it in one of the groups."};
    lengths[g] = static_cast<uint32_t>(results[g].size());
  }
  return value{concatenate(results, lengths, true)};
}

/// A moving window over a column, for all groups at once; null for anything else.
column_ptr select_pipeline::moving_item(const bound_expression& e, const grouped_order& order,
                                        std::span<const uint32_t> lengths) {
  auto* call = try_as<call_node>(e.tree);
  if (call == nullptr || e.columns.size() != 1 || !e.windows.empty() || call->arguments.empty()) return nullptr;
  auto* function = try_as<name_node>(call->function);
  auto column = e.columns[0].column;
  if (function == nullptr || function->builtin == nullptr || column == bound_expression::row_count ||
      call->arguments[0].expr != e.columns[0].at)
    return nullptr;
  arguments args(1);
  for (size_t i = 0; i < call->arguments.size(); ++i) {
    auto& a = call->arguments[i];
    auto* constant = try_as<literal_node>(a.expr);
    if (!a.name.empty() || (i > 0 && (constant == nullptr || a.expr == e.columns[0].at))) return nullptr;
    if (i > 0) args.push_back(constant->constant);
  }
  for (size_t g = 0; g < lengths.size(); ++g)
    if (lengths[g] != order.offsets[g + 1] - order.offsets[g]) return nullptr;
  auto x = frame_.column(column);
  if (!order.is_identity) x = x->gather(std::span<const uint32_t>{order.rows});
  return moving_by_group(function->name, x, args, order.offsets);
}

table_ptr select_pipeline::in_context() {
  auto keys = evaluate_keys(query_.group_by);
  auto early = limit_.is_set() && query_.having.empty() && items_are_elementwise();
  auto in_runs = order_of_runs(keys, frame_.rows());
  std::optional<grouped_order> few;
  if (!in_runs) {
    auto found = group_rows(keys, frame_.rows());
    if (early) few = few_of_groups(found);
    in_runs = few ? std::move(*few) : order_by_group(found.ids, found.groups());
  }
  auto order = *std::move(in_runs);
  if (!few) sort_context(order);
  if (early && !few) limit_context(order);
  auto late_limit = limit_.is_set() && !early;
  if (early) {
    frame_.keep(std::move(order.rows));
    order.rows.resize(frame_.rows());
    std::iota(order.rows.begin(), order.rows.end(), 0u);
    order.is_identity = true;
  }
  std::vector<uint32_t> lengths(order.offsets.size() - 1);
  for (uint32_t g = 0; g < lengths.size(); ++g) lengths[g] = order.offsets[g + 1] - order.offsets[g];

  result_columns columns;
  std::vector<value> conditions;
  for (auto& condition : query_.having) conditions.push_back(context_item(condition, order, lengths));
  for (auto& item : query_.items) {
    if (unaliased(item)->kind == node_kind::star) {
      for (size_t c = 0; c < names_.size(); ++c) {
        auto col = frame_.column(c);
        columns.add(names_[c], value{order.is_identity ? col : col->gather(std::span<const uint32_t>{order.rows})});
      }
      continue;
    }
    columns.add(result_name(*item), context_item(item, order, lengths));
  }
  auto result = make_table(std::move(columns));
  if (conditions.empty() && !late_limit) return finish(result);
  std::vector<uint32_t> offsets{0};
  for (auto n : lengths) offsets.push_back(offsets.back() + n);
  grouped_order kept{{}, offsets, false};
  kept.rows.resize(result->rows());
  std::iota(kept.rows.begin(), kept.rows.end(), 0u);
  for (auto& condition : conditions) {
    std::vector<bool> holds(result->rows(), false);
    for (auto row : rows_where(condition, result->rows())) holds[row] = true;
    grouped_order next{{}, {0}, false};
    for (size_t g = 0; g + 1 < kept.offsets.size(); ++g) {
      for (auto k = kept.offsets[g]; k < kept.offsets[g + 1]; ++k)
        if (holds[kept.rows[k]]) next.rows.push_back(kept.rows[k]);
      next.offsets.push_back(static_cast<uint32_t>(next.rows.size()));
    }
    kept = std::move(next);
  }
  if (late_limit) limit_context(kept);
  if (kept.rows.size() != result->rows()) result = result->gather(kept.rows);
  return finish(result);
}

} // namespace pelorus
