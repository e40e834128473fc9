#include "query/plan.hpp"

#include <algorithm>

#include "query/aggregate.hpp"
#include "query/interpreter.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/unparse.hpp"

namespace pelorus {

bool row_by_row(const node_ptr& expr, expression_binder& binder) {
  auto bound = binder.bind(expr, true);
  return bound.elementwise && bound.aggregates.empty() && bound.windows.empty();
}

namespace {

std::shared_ptr<aliased_node> named(const node_ptr& expr, std::string name) {
  auto result = std::make_shared<aliased_node>(expr->at);
  result->expr = expr;
  result->names = {std::move(name)};
  return result;
}

node_ptr name_of(std::string name, text_position at) {
  return std::make_shared<name_node>(at, std::move(name));
}

node_ptr call_of(std::string_view function, const std::vector<argument>& arguments, text_position at) {
  auto result = std::make_shared<call_node>(at);
  result->function = name_of(std::string{function}, at);
  result->arguments = arguments;
  return result;
}

bool has_star(const node_list& items) {
  return std::any_of(items.begin(), items.end(),
                     [](const node_ptr& n) { return unaliased(n)->kind == node_kind::star; });
}

bool row_by_row(const node_list& exprs, expression_binder& binder) {
  return std::all_of(exprs.begin(), exprs.end(), [&](const node_ptr& n) {
    return unaliased(n)->kind == node_kind::star || row_by_row(n, binder);
  });
}

/// Replaces aggregates by merges of partial columns and group keys by the columns that hold them.
class aggregate_splitter {
public:
  aggregate_splitter(const select_node& query, expression_binder& binder)
      : query_(query), binder_(binder) {
    for (auto& k : query.group_by) keys_.push_back(unaliased(k));
  }

  /// The merge side of the expression; null when it cannot be split.
  node_ptr operator()(const node_ptr& expr) {
    ok_ = true;
    auto result = rewrite(expr, [&](const node_ptr& n) { return replace(n); });
    return ok_ ? result : nullptr;
  }
  const node_list& partial_items() const { return items_; }

private:
  node_ptr replace(const node_ptr& n) {
    for (size_t k = 0; k < keys_.size(); ++k)
      if (same_tree(*n, *keys_[k]) || is_alias(n, k)) return name_of("k" + std::to_string(k), n->at);
    if (n->kind == node_kind::window || binder_.is_column(*n)) ok_ = false;
    if (auto* call = try_as<call_node>(n)) {
      auto bound = binder_.bind(n, true);
      if (bound.aggregates.size() == 1 && bound.tree == bound.aggregates[0].at)
        return split_aggregate(*call, *bound.aggregates[0].kind);
      if (!bound.elementwise) ok_ = false;
    }
    return nullptr;
  }

  bool is_alias(const node_ptr& n, size_t k) const {
    auto* name = try_as<name_node>(n);
    return name != nullptr && !binder_.is_column(*n) && alias_of(query_.group_by[k]) == name->name;
  }

  node_ptr split_aggregate(const call_node& call, const aggregate_kind& kind) {
    if (!kind.is_mergeable()) {
      ok_ = false;
      return nullptr;
    }
    auto inputs = call.arguments;
    for (size_t i = 0; i < kind.inputs; ++i)
      if (!inputs[i].expr || (inputs[i].expr->kind != node_kind::star && !row_by_row(inputs[i].expr, binder_))) ok_ = false;
    std::vector<argument> merged;
    if (called_name(call) == "count")  // count(*) is bound as size, but goes over the wire as it was written
      return call_of(kind.merge, {{"", partial_column(call_of("count", inputs, call.at)), ""}}, call.at);
    for (auto partial : kind.partials) merged.push_back({"", partial_column(call_of(partial, inputs, call.at)), ""});
    for (size_t i = kind.inputs; i < inputs.size(); ++i) merged.push_back(inputs[i]);
    return call_of(kind.merge, merged, call.at);
  }

  /// The column of a partial aggregate; equal ones are computed once.
  node_ptr partial_column(const node_ptr& partial) {
    for (size_t i = 0; i < items_.size(); ++i)
      if (same_tree(*unaliased(items_[i]), *partial)) return name_of("c" + std::to_string(i), partial->at);
    items_.push_back(named(partial, "c" + std::to_string(items_.size())));
    return name_of("c" + std::to_string(items_.size() - 1), partial->at);
  }

  const select_node& query_;
  expression_binder& binder_;
  node_list keys_, items_;
  bool ok_ = true;
};

bool split_all(node_list& exprs, aggregate_splitter& splitter) {
  for (auto& n : exprs) {
    auto expr = splitter(unaliased(n));
    if (!expr) return false;
    n = named(expr, result_name(*n));
  }
  return true;
}

/// Without groups a chunk answers one row even when it has none itself; its first and last are not to be taken.
void leave_out_empty_chunks(select_node& map, select_node& merge) {
  auto takes_rows = [](const node_ptr& item) {
    auto name = called_name(*unaliased(item));
    return name == "first" || name == "last";
  };
  if (std::none_of(map.items.begin(), map.items.end(), takes_rows)) return;
  auto star = std::make_shared<star_node>(map.at);
  auto name = "c" + std::to_string(map.items.size());
  map.items.push_back(named(call_of("count", {{"", star, ""}}, map.at), name));
  auto zero = std::make_shared<literal_node>(map.at, value::of_int(0));
  merge.where = {std::make_shared<binary_node>(map.at, op::gt, name_of(name, map.at), zero)};
}

} // namespace

std::optional<split_query> split_aggregates(const select_node& query, expression_binder& binder) {
  if (has_star(query.items) || !query.cgroup_by.empty() || !row_by_row(query.group_by, binder)) return std::nullopt;
  aggregate_splitter splitter{query, binder};
  auto merge = std::make_shared<select_node>(query);
  merge->where.clear();
  if (!split_all(merge->items, splitter)) return std::nullopt;
  for (auto& h : merge->having)
    if (!(h = splitter(h))) return std::nullopt;
  for (auto& o : merge->order_by) {
    auto* name = try_as<name_node>(o.expr);
    auto is_result = name != nullptr && std::any_of(query.items.begin(), query.items.end(), [&](const node_ptr& n) {
      return result_name(*n) == name->name;
    });
    if (is_result || o.expr->kind == node_kind::literal) continue;
    if (!(o.expr = splitter(o.expr))) return std::nullopt;
  }
  auto map = std::make_shared<select_node>(query.at);
  map->where = query.where;
  map->grouping = query.grouping;
  for (size_t k = 0; k < query.group_by.size(); ++k) {
    map->group_by.push_back(named(unaliased(query.group_by[k]), "k" + std::to_string(k)));
    merge->group_by[k] = named(name_of("k" + std::to_string(k), query.at), result_name(*query.group_by[k]));
  }
  map->items = splitter.partial_items();
  if (map->items.empty() && query.grouping == group_kind::none) return std::nullopt;
  if (query.grouping == group_kind::none) leave_out_empty_chunks(*map, *merge);
  if (map->items.empty()) {  // keys alone
    auto star = std::make_shared<star_node>(query.at);
    map->items.push_back(named(call_of("count", {{"", star, ""}}, query.at), "c0"));
  }
  return split_query{merge_kind::regroup, map, merge};
}

namespace {

/// Every chunk answers its rows; order and limit are applied there as well, to send less.
split_query split_rows(const select_node& query) {
  auto map = std::make_shared<select_node>(query);
  map->is_exec = false;
  map->with.clear();
  auto merge = std::make_shared<select_node>(query);
  merge->where.clear();
  auto star = std::make_shared<star_node>(query.at);
  merge->items = {star};
  return {merge_kind::concatenate, map, merge};
}

/// A row query whose limit can be applied per chunk too: the first offset + n rows of each are enough.
void push_limit(select_node& map, const select_node& query, evaluator& eval) {
  auto limit = limit_of(query.top, query.limit, query.offset, eval);
  map.top = map.limit = map.offset = nullptr;
  if (!limit.is_set() || limit.count >= INT64_MAX - limit.from || limit.count < 0) return;
  map.limit = std::make_shared<literal_node>(query.at, value::of_long(limit.from + limit.count));
}

/// True when no two partitions can hold rows of the same group.
bool groups_are_disjoint(const select_node& query, const table_snapshot& snapshot, expression_binder& binder) {
  auto& columns = snapshot.table.partition_columns;
  if (columns.empty()) return true;  // one chunk
  for (size_t level = 0; level < columns.size(); ++level) {
    auto pinned = std::any_of(query.group_by.begin(), query.group_by.end(), [&](const node_ptr& key) {
      auto expr = unaliased(key);
      if (auto column = binder.find(*expr)) return pins_level(snapshot, level, *column, "");
      auto* call = try_as<call_node>(expr);
      if (call == nullptr || call->arguments.size() != 1 || !call->arguments[0].expr) return false;
      auto column = binder.find(*call->arguments[0].expr);
      return column && pins_level(snapshot, level, *column, std::string{called_name(*expr)});
    });
    if (!pinned) return false;
  }
  return true;
}

/// Columns that the query needs, for gathering them.
split_query split_gather(const select_node& query, const table_snapshot& snapshot, expression_binder& binder) {
  std::vector<bool> needed(snapshot.table.columns.size(), has_star(query.items));
  auto look = [&](const node_ptr& n) {
    if (auto* w = try_as<window_node>(n)) {  // windows are looked into by their own rules
      (void)w;
      std::fill(needed.begin(), needed.end(), true);
    }
    if (n->kind == node_kind::macro || n->kind == node_kind::function) std::fill(needed.begin(), needed.end(), true);
    if (auto column = binder.find(*n)) needed[*column] = true;
  };
  auto look_all = [&](const node_list& list) {
    for (auto& n : list) visit_nodes(n, look);
  };
  for (auto* list : {&query.items, &query.where, &query.group_by, &query.cgroup_by, &query.having}) look_all(*list);
  for (auto* list : {&query.csort, &query.order_by})
    for (auto& o : *list) visit_nodes(o.expr, look);
  if (std::find(needed.begin(), needed.end(), true) == needed.end()) needed[0] = true;
  auto map = std::make_shared<select_node>(query.at);
  for (size_t c = 0; c < needed.size(); ++c)
    if (needed[c]) map->items.push_back(name_of(snapshot.table.columns[c].name, query.at));
  auto merge = std::make_shared<select_node>(query);
  auto pushed = merge->where.begin();
  while (pushed != merge->where.end() && row_by_row(*pushed, binder)) ++pushed;
  map->where.assign(merge->where.begin(), pushed);
  merge->where.erase(merge->where.begin(), pushed);
  return {merge_kind::gather, map, merge};
}

/// context by .. limit: each chunk answers the few rows of its groups that can be among those of all chunks.
std::optional<split_query> split_context_limit(const select_node& query, const table_snapshot& snapshot,
                                               expression_binder& binder) {
  node_list orders;
  for (auto& o : query.csort) orders.push_back(o.expr);
  auto limit = limit_of(query.top, query.limit, query.offset, binder.eval());
  if (!limit.is_set() || limit.from != 0 || query.distinct || !query.having.empty() || !query.cgroup_by.empty() ||
      !row_by_row(query.where, binder) || !row_by_row(query.items, binder) || !row_by_row(query.group_by, binder) ||
      !row_by_row(orders, binder))
    return std::nullopt;
  auto result = split_gather(query, snapshot, binder);
  result.map->grouping = group_kind::context_by;
  for (auto& k : query.group_by) result.map->group_by.push_back(unaliased(k));
  result.map->csort = query.csort;
  result.map->limit = std::make_shared<literal_node>(query.at, value::of_long(limit.count));
  return result;
}

/// Results of whole groups: the map side is the query itself; sorting and limits come after.
split_query split_disjoint(const select_node& query, evaluator& eval) {
  auto result = split_rows(query);
  result.merge->grouping = group_kind::none;
  result.merge->group_by.clear();
  result.merge->having.clear();
  result.merge->csort.clear();
  if (query.grouping == group_kind::context_by) {
    result.map->order_by.clear();
    result.merge->top = result.merge->limit = result.merge->offset = nullptr;
  } else {
    if (!query.order_by.empty()) push_limit(*result.map, query, eval);
    else result.map->top = result.map->limit = result.map->offset = nullptr;
    for (auto& k : query.group_by) {  // keys decide last, as they do in one table
      order_item by;
      by.expr = name_of(result_name(*k), query.at);
      result.merge->order_by.push_back(by);
    }
  }
  return result;
}

} // namespace

std::optional<split_query> split_counts(const select_node& query, expression_binder& binder) {
  if (query.map || query.distinct) return std::nullopt;
  if (query.grouping != group_kind::none && query.grouping != group_kind::group_by) return std::nullopt;
  auto result = split_aggregates(query, binder);
  return result && result->map->items.size() == 1 ? result : std::nullopt;
}

split_query split(const select_node& query, const table_snapshot& snapshot, expression_binder& binder) {
  auto& eval = binder.eval();
  if (query.map) {
    auto result = split_rows(query);
    auto bare = std::make_shared<select_node>(query.at);
    bare->items = result.merge->items;
    result.merge = bare;
    return result;
  }
  auto filters = row_by_row(query.where, binder);
  auto grouped = query.grouping == group_kind::group_by || query.grouping == group_kind::context_by;
  if (filters && grouped && query.cgroup_by.empty() && groups_are_disjoint(query, snapshot, binder) &&
      !(query.grouping == group_kind::context_by && query.distinct))
    return split_disjoint(query, eval);
  if (filters && query.grouping == group_kind::none && query.cgroup_by.empty() && query.having.empty()) {
    node_list orders;
    for (auto& o : query.order_by) orders.push_back(o.expr);
    auto reads = has_star(query.items) || std::any_of(query.items.begin(), query.items.end(), [&](const node_ptr& n) {
      auto bound = binder.bind(n, true);
      return bound.aggregates.empty() && !bound.columns.empty();
    });
    auto all_rows = reads && row_by_row(query.items, binder);
    // Order keys must be among the results, since only these come back.
    auto sortable = std::all_of(orders.begin(), orders.end(), [&](const node_ptr& o) {
      if (has_star(query.items) && row_by_row(o, binder)) return o->kind == node_kind::name;
      return o->kind == node_kind::name &&
             std::any_of(query.items.begin(), query.items.end(),
                         [&](const node_ptr& n) { return result_name(*n) == as<name_node>(*o).name; });
    });
    if (all_rows && sortable) {
      auto result = split_rows(query);
      if (query.distinct) result.map->top = result.map->limit = result.map->offset = nullptr;
      else push_limit(*result.map, query, eval);
      if (!result.map->limit) result.map->order_by.clear();
      return result;
    }
  }
  if (filters && (query.grouping == group_kind::none || query.grouping == group_kind::group_by))
    if (auto result = split_aggregates(query, binder)) return *result;
  if (query.grouping == group_kind::context_by)
    if (auto result = split_context_limit(query, snapshot, binder)) return *result;
  return split_gather(query, snapshot, binder);
}

pruning_predicates pruning_of(const select_node& query, expression_binder& binder) {
  pruning_predicates result;
  for (auto& condition : query.where) {
    if (!row_by_row(condition, binder)) {  // it must see the rows that a later condition would take away
      result.complete = false;
      break;
    }
    node_list parts;
    split_conjunction(condition, parts);
    for (auto& part : parts) {
      if (auto p = simple_predicate(part, binder)) result.predicates.push_back(std::move(*p));
      else result.complete = false;
    }
  }
  return result;
}

} // namespace pelorus
