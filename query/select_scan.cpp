// Queries that one pass over the rows answers: aggregates, by group or of all rows, over few possible keys.
#include <algorithm>

#include "query/interpreter.hpp"
#include "query/plan_prune.hpp"
#include "query/scan.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/unparse.hpp"

namespace pelorus {

namespace {

/// Possible keys up to which states are kept for all of them.
uint64_t most_slots(size_t rows) { return std::clamp<uint64_t>(rows / 2, 1 << 14, 1 << 22); }

/// The column when the expression is nothing else.
std::optional<size_t> only_column(const bound_expression& e) {
  if (e.columns.size() != 1 || e.tree != e.columns[0].at || e.columns[0].column == bound_expression::row_count)
    return std::nullopt;
  return e.columns[0].column;
}

bool reads_rows_only(const bound_expression& e) {
  return e.elementwise && e.aggregates.empty() && e.windows.empty() && e.keys.empty() &&
         std::none_of(e.columns.begin(), e.columns.end(),
                      [](const auto& c) { return c.column == bound_expression::row_count; });
}

} // namespace

/// A query taken apart for a scan. Nothing is read before `fits` said yes.
class select_scan {
public:
  select_scan(const select_node& query, row_frame& frame, expression_binder& binder)
      : query_(query), frame_(frame), binder_(binder), eval_(binder.eval()) {}

  bool fits() {
    if (!query_.cgroup_by.empty() || (query_.grouping == group_kind::none && !plain_aggregates())) return false;
    if (!bind_keys()) return false;
    for (auto& item : query_.items)
      if (!is_key(item) && !bind(unaliased(item))) return false;
    for (auto& condition : query_.having)
      if (!bind(unaliased(condition))) return false;
    for (auto& item : query_.order_by)
      if (!names_result(item.expr)) return false;
    return true;
  }

  /// False when the keys have too many possible values; then only the where clause has been applied.
  bool run() {
    auto filters = fused_filters();
    if (!filters) apply_where(query_.where, frame_, binder_);
    std::vector<column_ptr> columns;
    for (auto& k : keys_) columns.push_back(constant_key(k) ? constant_key(k) : as_column(evaluate_rows(k, frame_, eval_), frame_.rows(), ""));
    auto packing = key_packing::of(columns, frame_.rows(), key_packing::symbols::as_coded);
    if (!packing || !packing->can_unpack() || packing->range() > most_slots(frame_.rows())) {
      if (filters) apply_where(query_.where, frame_, binder_);
      return false;
    }
    scan_request request;
    request.rows = frame_.rows();
    if (filters) request.filters = std::move(*filters);
    if (!keys_.empty()) {
      request.keys = &*packing;
      request.groups = static_cast<uint32_t>(packing->range());
    }
    request.check = [this] { eval_.check_cancelled(); };
    for (auto& e : items_) add_aggregates(*e.second, request);
    if (!all_known(request)) {
      if (filters) apply_where(query_.where, frame_, binder_);
      return false;
    }
    auto answer = scan_rows(request);
    groups_ = static_cast<uint32_t>(answer.groups.size());
    for (size_t k = 0; k < keys_.size(); ++k) key_columns_.push_back(packing->unpack(k, answer.groups));
    size_t a = 0;
    for (auto& e : items_)
      for (auto& use : e.second->aggregates) use.at->constant = value{answer.results[place_of_[a++]]};
    return true;
  }

  const std::vector<column_ptr>& keys() const { return key_columns_; }
  column_ptr one_each(const node_ptr& item) {
    auto expr = unaliased(item);
    auto found = std::find_if(items_.begin(), items_.end(), [&](auto& e) { return e.first == expr; });
    auto& e = *found->second;
    for (auto& k : e.keys) k.at->constant = value{key_columns_[k.column]};
    auto x = e.tree->kind == node_kind::literal ? as<literal_node>(*e.tree).constant : eval_.evaluate(*e.tree);
    return as_column(x, groups_, result_name(*item));
  }

private:
  bool plain_aggregates() const {
    return query_.having.empty() && query_.order_by.empty() && !query_.items.empty() && !query_.distinct;
  }

  bool bind_keys() {
    for (auto& k : query_.group_by) {
      keys_.push_back(binder_.bind(k, false));
      if (!reads_rows_only(keys_.back()) || keys_.back().columns.empty()) return false;
      key_nodes_.push_back(unaliased(k));
    }
    return true;
  }

  bool is_key(const node_ptr& item) const {
    return std::any_of(key_nodes_.begin(), key_nodes_.end(),
                       [&](const node_ptr& k) { return same_tree(*k, *unaliased(item)); });
  }

  /// By name: what the result has need not be computed for order by.
  bool names_result(const node_ptr& expr) const {
    auto is_named = [&](const node_ptr& n) { return result_name(*n) == result_name(*expr); };
    return expr->kind == node_kind::name && (std::any_of(query_.items.begin(), query_.items.end(), is_named) ||
                                             std::any_of(query_.group_by.begin(), query_.group_by.end(), is_named));
  }

  bool bind(const node_ptr& expr) {
    binder_.set_keys(key_nodes_);
    auto e = std::make_shared<bound_expression>(binder_.bind(expr, true));
    binder_.set_keys({});
    if (!e->elementwise || !e->columns.empty() || !e->windows.empty()) return false;
    if (e->aggregates.empty() && (e->keys.empty() || query_.grouping == group_kind::none)) return false;
    for (auto& use : e->aggregates)
      if (!can_take(use)) return false;
    items_.emplace_back(expr, std::move(e));
    return true;
  }

  bool can_take(aggregate_use& use) const {
    std::vector<type_id> types;
    for (auto& input : use.inputs) {
      auto column = only_column(input);
      if (!column && (!reads_rows_only(input) || input.columns.empty())) return false;
      // What an expression gives is looked at once it is there.
      types.push_back(column ? frame_.columns()[*column].type : type_id::double_);
    }
    return use.parameters.empty() && pelorus::can_scan(use.kind->name, types);
  }

  /// The conditions when all of them can be tested within the pass: comparisons that many rows satisfy, with keys and
  /// inputs that are plain columns. Nothing when the rows must be picked first.
  std::optional<std::vector<row_filter>> fused_filters() {
    if (query_.where.empty() || !frame_.is_whole()) return std::nullopt;
    for (auto& k : keys_)
      if (!only_column(k) && !constant_key(k)) return std::nullopt;
    for (auto& e : items_)
      for (auto& use : e.second->aggregates)
        for (auto& input : use.inputs)
          if (!only_column(input)) return std::nullopt;
    node_list parts;
    for (auto& condition : query_.where) split_conjunction(condition, parts);
    std::vector<predicate> tests;
    for (auto& part : parts) {
      auto p = simple_predicate(part, binder_);
      if (!p || !p->is_typed(frame_.columns()) || p->kind == predicate::form::in || is_text(frame_.columns()[p->column].type) ||
          (p->kind == predicate::form::compare && p->how == op::eq))
        return std::nullopt;
      tests.push_back(std::move(*p));
    }
    std::vector<row_filter> result;
    for (auto& t : tests) result.emplace_back(t, frame_.column(t.column));
    return result;
  }

  /// One element when the source knows that the key is the same in all rows: no need to read them.
  column_ptr constant_key(bound_expression& e) {
    if (e.columns.size() != 1) return nullptr;
    auto* call = try_as<call_node>(e.tree);
    auto cast = call && call->arguments.size() == 1 && call->arguments[0].expr == e.columns[0].at;
    auto column = e.columns[0].column;
    auto type = frame_.columns()[column].type;
    if (e.tree != e.columns[0].at && !(cast && is_monotone_cast(std::string{called_name(*e.tree)}, type))) return nullptr;
    auto range = frame_.source().range_of(column);
    if (!range || is_text(type)) return nullptr;
    auto ends = std::make_shared<pelorus::column>(*to_column(range->first));
    ends->append(*to_column(range->second));
    e.columns[0].at->constant = value{ends};
    auto keys = as_column(e.tree == e.columns[0].at ? value{ends} : eval_.evaluate(*e.tree), 2, "");
    auto first = element(*keys, 0), last = element(*keys, 1);
    auto same = is_integral(first.type()) || is_temporal(first.type()) ? first.raw_int() == last.raw_int() : false;
    return same ? keys->slice(0, 1) : nullptr;
  }

  void add_aggregates(bound_expression& e, scan_request& request) {
    for (auto& use : e.aggregates) {
      scan_aggregate a{use.kind->name, {}};
      for (auto& input : use.inputs) a.inputs.push_back(as_column(evaluate_rows(input, frame_, eval_), frame_.rows(), ""));
      auto same = [&](const scan_aggregate& b) { return a.name == b.name && a.inputs == b.inputs; };
      auto known = std::find_if(request.aggregates.begin(), request.aggregates.end(), same);
      place_of_.push_back(static_cast<size_t>(known - request.aggregates.begin()));
      if (known == request.aggregates.end()) request.aggregates.push_back(std::move(a));
    }
  }

  /// What expressions give is known only now.
  static bool all_known(const scan_request& request) {
    return std::all_of(request.aggregates.begin(), request.aggregates.end(), [](const scan_aggregate& a) {
      std::vector<type_id> types;
      for (auto& c : a.inputs) types.push_back(c->type());
      return can_scan(a.name, types);
    });
  }

  const select_node& query_;
  row_frame& frame_;
  expression_binder& binder_;
  evaluator& eval_;
  std::vector<bound_expression> keys_;
  node_list key_nodes_;
  std::vector<std::pair<node_ptr, std::shared_ptr<bound_expression>>> items_;
  std::vector<size_t> place_of_;  // of each aggregate of the items among those of the request
  std::vector<column_ptr> key_columns_;
  uint32_t groups_ = 0;
};

table_ptr select_pipeline::scanned() {
  select_scan scan{query_, frame_, binder_};
  if (!scan.fits()) return nullptr;
  if (!scan.run()) {
    is_filtered_ = true;
    return nullptr;
  }
  auto one_each = [&](const node_ptr& item) { return scan.one_each(item); };
  if (query_.grouping == group_kind::group_by) return assemble_groups(scan.keys(), one_each);
  result_columns columns;
  for (auto& item : query_.items) columns.add(result_name(*item), value{one_each(item)});
  return finish(make_table(std::move(columns)));
}

} // namespace pelorus
