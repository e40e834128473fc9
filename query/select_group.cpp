// group by: keys to group numbers, items to one value a group.
#include "query/column_conversion.hpp"
#include "query/interpreter.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/unparse.hpp"

namespace pelorus {

std::vector<column_ptr> select_pipeline::evaluate_keys(const node_list& keys) {
  std::vector<column_ptr> result;
  for (auto& key : keys) {
    auto bound = binder_.bind(key, false);
    result.push_back(as_column(evaluate_rows(bound, frame_, eval_), frame_.rows(), result_name(*key)));
  }
  return result;
}

/// One element a group: by kernels where the expression allows it, else the group's rows one group at a time.
column_ptr select_pipeline::grouped_item(const node_ptr& item, grouped_frame& groups, const grouping& found) {
  auto expr = unaliased(item);
  auto name = result_name(*item);
  auto bound = binder_.bind(expr, true);
  if (bound.elementwise && bound.columns.empty() && bound.windows.empty())
    return as_column(evaluate_groups(bound, groups, eval_), groups.by.groups, name);
  auto order = order_by_group(found.ids, groups.by.groups);
  auto plain = binder_.bind(expr, false);
  auto results = group_evaluator{frame_, order}(plain, eval_);
  auto lists = false;
  for (auto& r : results) lists = lists || r.is_vector();
  if (!lists) {
    if (results.empty()) return column::make(type_id::int_, 0);
    return concatenate(results, {}, false);
  }
  if (expr->kind == node_kind::name)
    throw script_error{ec::bad_argument, "Column '" + name + "' must be a group key or stand inside an aggregate."};
  auto type = results.front().is_vector() ? results.front().type() : type_id::int_;
  if (is_array(type)) return concatenate(results, {}, false);
  auto rows = column::make(array_of(type), results.size());
  auto* ends = rows->mutable_data<int64_t>();
  std::vector<uint32_t> lengths;
  int64_t end = 0;
  for (size_t g = 0; g < results.size(); ++g) ends[g] = end += static_cast<int64_t>(results[g].size());
  rows->set_child(concatenate(results, {}, false));
  return rows;
}

/// False when having leaves only `rows`.
bool select_pipeline::grouped_rows_pass(uint32_t groups, const std::function<column_ptr(const node_ptr&)>& one_each,
                                        row_list& rows) {
  if (query_.having.empty()) return true;
  rows.resize(groups);
  for (uint32_t g = 0; g < rows.size(); ++g) rows[g] = g;
  for (auto& condition : query_.having) {
    auto holds = one_each(condition);
    auto kept = rows_where(value{holds}, holds->size());
    row_list both;
    std::set_intersection(rows.begin(), rows.end(), kept.begin(), kept.end(), std::back_inserter(both));
    rows = std::move(both);
  }
  return false;
}

/// Whether an order by expression names a column of the result.
bool select_pipeline::is_result_column(const order_item& item, const table& result) const {
  if (auto* name = try_as<name_node>(item.expr)) return result.find(name->name) >= 0;
  return result.find(result_name(*item.expr)) >= 0;
}

table_ptr select_pipeline::grouped() {
  auto keys = evaluate_keys(query_.group_by);
  auto found = group_rows(keys, frame_.rows());
  node_list plain_keys;
  for (auto& k : query_.group_by) plain_keys.push_back(unaliased(k));
  binder_.set_keys(plain_keys);
  grouped_frame groups{frame_, {frame_.rows(), found.groups(), found.ids.data()}, {}};
  for (auto& k : keys) groups.keys.push_back(k->gather(std::span<const uint32_t>{found.first_rows}));
  return assemble_groups(groups.keys, [&](const node_ptr& item) { return grouped_item(item, groups, found); });
}

table_ptr select_pipeline::assemble_groups(const std::vector<column_ptr>& keys,
                                           const std::function<column_ptr(const node_ptr&)>& one_each) {
  auto result = std::make_shared<table>();
  auto& key_nodes = query_.group_by;
  for (size_t k = 0; k < keys.size(); ++k)
    result->add(unique_name(result->names(), result_name(*key_nodes[k])), keys[k]);
  auto groups = keys.empty() ? size_t{1} : keys.front()->size();
  for (auto& item : query_.items) {
    auto expr = unaliased(item);
    auto is_key = std::any_of(key_nodes.begin(), key_nodes.end(),
                              [&](const node_ptr& k) { return same_tree(*unaliased(k), *expr); });
    auto name = result_name(*item);
    if ((is_key && alias_of(item).empty()) || (expr->kind == node_kind::name && result->find(name) >= 0 &&
                                               result->find(name) < static_cast<int>(keys.size())))
      continue;
    result->add(unique_name(result->names(), name), one_each(item));
  }
  for (auto& item : query_.order_by)
    order_columns_.push_back(is_result_column(item, *result) ? nullptr : one_each(order_expression(item.expr)));
  row_list rows;
  if (!grouped_rows_pass(static_cast<uint32_t>(groups), one_each, rows)) {
    result = result->gather(rows);
    for (auto& c : order_columns_)
      if (c) c = c->gather(std::span<const uint32_t>{rows});
  }
  return finish(result);
}

} // namespace pelorus
