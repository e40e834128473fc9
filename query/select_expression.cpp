#include "query/select_expression.hpp"

#include <algorithm>

#include "query/column_conversion.hpp"
#include "query/interpreter.hpp"
#include "query/scan.hpp"
#include "query/select_tree.hpp"
#include "query/select_window.hpp"
#include "query/unparse.hpp"

namespace pelorus {

// -- binding ------------------------------------------------------------------------------------------

namespace {

place new_place(text_position at) { return std::make_shared<literal_node>(at, value{}); }

/// Parameters an aggregate takes behind its inputs.
size_t parameters_of(const aggregate_kind& kind) {
  auto& n = kind.name;
  if (n == "percentile" || n == "quantile") return 2;
  if (n == "firstNot" || n == "lastNot" || n == "skew" || n == "kurtosis" || n == "mad" || n == "nunique")
    return 1;
  return 0;
}

/// The aggregate a call stands for, or null when it is something else (max of two columns, a user's function).
const aggregate_kind* aggregate_called(const call_node& c) {
  auto* name = try_as<name_node>(c.function);
  if (name == nullptr) return nullptr;
  auto* kind = find_aggregate(name->name);
  if (kind == nullptr || name->slot >= 0) return nullptr;
  auto n = c.arguments.size();
  if (n < kind->inputs || n > kind->inputs + parameters_of(*kind)) return nullptr;
  for (auto& a : c.arguments)
    if (!a.expr || !a.name.empty()) return nullptr;
  return kind;
}

} // namespace

std::optional<size_t> expression_binder::find(const node& n) const {
  if (auto* name = try_as<name_node>(&n)) return names_.find(name->name);
  if (auto* member = try_as<member_node>(&n))
    if (auto* table = try_as<name_node>(member->object)) return names_.find(table->name, member->name);
  return std::nullopt;
}

node_ptr expression_binder::column_at(size_t column, text_position at, bound_expression& into) {
  for (auto& known : into.columns)
    if (known.column == column) return known.at;
  into.columns.push_back({column, new_place(at)});
  return into.columns.back().at;
}

bound_expression expression_binder::bind(const node_ptr& expr, bool grouped) {
  bound_expression result;
  result.tree = rewrite(unaliased(expr), [&](const node_ptr& n) { return replace(n, result, grouped); });
  result.elementwise = is_elementwise(result.tree);
  return result;
}

node_ptr expression_binder::replace(const node_ptr& n, bound_expression& into, bool grouped) {
  if (grouped)
    for (size_t k = 0; k < keys_.size(); ++k)
      if (same_tree(*n, *keys_[k])) {
        into.keys.push_back({k, new_place(n->at)});
        return into.keys.back().at;
      }
  switch (n->kind) {
    case node_kind::name: case node_kind::member:
      if (auto column = find(*n)) return column_at(*column, n->at, into);
      return nullptr;
    case node_kind::call: return replace_call(n, into, grouped);
    case node_kind::macro: return replace_macro(n, into);
    case node_kind::select: case node_kind::set_operation:
      return std::make_shared<literal_node>(n->at, query_value(eval_.evaluate(*n)));
    case node_kind::window:
      into.windows.push_back({std::static_pointer_cast<const window_node>(n), new_place(n->at)});
      return into.windows.back().at;
    default: return nullptr;
  }
}

node_ptr expression_binder::replace_call(const node_ptr& n, bound_expression& into, bool grouped) {
  auto& c = as<call_node>(*n);
  auto is_star = c.arguments.size() == 1 && c.arguments[0].expr &&
                 c.arguments[0].expr->kind == node_kind::star;
  if (is_star && called_name(*n) == "count") {
    if (!grouped) return column_at(bound_expression::row_count, n->at, into);
    into.aggregates.push_back({find_aggregate("size"), {}, {}, new_place(n->at)});
    return into.aggregates.back().at;
  }
  auto* kind = aggregate_called(c);
  if (kind == nullptr || (!grouped && find_function(kind->name) != nullptr)) return nullptr;
  aggregate_use use{kind, {}, {}, new_place(n->at)};
  for (size_t i = 0; i < c.arguments.size(); ++i) {
    if (i >= kind->inputs) {
      use.parameters.push_back(c.arguments[i].expr);
      continue;
    }
    auto keys = std::exchange(keys_, {});
    use.inputs.push_back(bind(c.arguments[i].expr, true));
    keys_ = std::move(keys);
    if (!use.inputs.back().elementwise) return nullptr;  // must see its group alone
  }
  into.aggregates.push_back(std::move(use));
  return into.aggregates.back().at;
}

node_ptr expression_binder::replace_macro(const node_ptr& n, bound_expression& into) {
  auto& m = as<macro_node>(*n);
  auto named = eval_.evaluate(name_node{m.at, m.name});
  auto place_of = [&](std::string_view name) {
    auto column = names_.find(name);
    if (!column) throw script_error{ec::not_found, "Unrecognized column name " + std::string{name} + ".", m.at};
    return column_at(*column, m.at, into);
  };
  if (named.is_text()) return place_of(named.text());
  if (!named.is_vector() || !is_text(named.type()))
    throw script_error{ec::type_mismatch, "_$" + m.name + " needs a string or a vector of strings.", m.at};
  auto list = std::make_shared<list_node>(node_kind::tuple, m.at);
  for (size_t i = 0; i < named.size(); ++i) list->items.push_back(place_of(named.vec().text(i)));
  return list;
}

// -- evaluation -----------------------------------------------------------------------------------------

namespace {

void fill_columns(bound_expression& e, row_frame& frame, evaluator& eval) {
  for (auto& c : e.columns)
    c.at->constant = c.column == bound_expression::row_count
                         ? value::of_int(static_cast<int32_t>(frame.rows()))
                         : value{frame.column(c.column)};
  for (auto& w : e.windows) w.at->constant = value{window_column(*w.window, frame, eval)};
}

value result_of(const bound_expression& e, evaluator& eval) {
  if (auto* known = try_as<literal_node>(e.tree)) return known->constant;
  return eval.evaluate(*e.tree);
}

column_ptr input_column(bound_expression& e, grouped_frame& groups, evaluator& eval) {
  return as_column(evaluate_in_groups(e, groups, eval), groups.by.rows, "");
}

} // namespace

value evaluate_rows(bound_expression& e, row_frame& frame, evaluator& eval) {
  fill_columns(e, frame, eval);
  for (auto& use : e.aggregates) {  // internal merge functions, which the interpreter does not know
    grouped_frame all{frame, {frame.rows(), 1, nullptr}, {}};
    use.at->constant = element(*run_aggregate(use, all, eval), 0);
  }
  return result_of(e, eval);
}

value evaluate_in_groups(bound_expression& e, grouped_frame& groups, evaluator& eval) {
  fill_columns(e, groups.frame, eval);
  auto spread = [&](const column_ptr& one_each) {
    if (groups.by.ids == nullptr) return element(*one_each, 0);
    return value{one_each->gather(std::span<const uint32_t>{groups.by.ids, groups.by.rows})};
  };
  for (auto& use : e.aggregates) use.at->constant = spread(run_aggregate(use, groups, eval));
  for (auto& k : e.keys) k.at->constant = spread(groups.keys[k.column]);
  return result_of(e, eval);
}

value evaluate_groups(bound_expression& e, grouped_frame& groups, evaluator& eval) {
  for (auto& use : e.aggregates) use.at->constant = value{run_aggregate(use, groups, eval)};
  for (auto& k : e.keys) k.at->constant = value{groups.keys[k.column]};
  return result_of(e, eval);
}

namespace {

/// On all processors when there are many rows and not too many groups for a state each; else null.
column_ptr scan_aggregate_of(const aggregate_use& use, const std::vector<column_ptr>& inputs,
                             const std::vector<value>& parameters, const grouped_rows& by, evaluator& eval) {
  constexpr size_t many_rows = 1 << 17, rows_a_group = 8;
  if (by.rows < many_rows || by.groups > by.rows / rows_a_group || !parameters.empty()) return nullptr;
  std::vector<type_id> types;
  for (auto& c : inputs) types.push_back(c->type());
  if (!can_scan(use.kind->name, types)) return nullptr;
  scan_request request;
  request.rows = by.rows;
  request.ids = by.ids;
  request.groups = by.groups;
  request.aggregates.push_back({use.kind->name, inputs});
  request.check = [&] { eval.check_cancelled(); };
  return scan_rows(request).results.front();
}

} // namespace

column_ptr run_aggregate(aggregate_use& use, grouped_frame& groups, evaluator& eval) {
  std::vector<column_ptr> inputs;
  for (auto& input : use.inputs) inputs.push_back(input_column(input, groups, eval));
  std::vector<value> parameters;
  for (auto& p : use.parameters) parameters.push_back(eval.evaluate(*p));
  if (auto scanned = scan_aggregate_of(use, inputs, parameters, groups.by, eval)) return scanned;
  return use.kind->kernel({inputs, parameters, groups.by});
}

column_ptr group_evaluator::ordered(size_t column) {
  if (columns_.empty()) columns_.resize(frame_.columns().size());
  auto& known = columns_[column];
  if (!known) {
    known = frame_.column(column);
    if (!order_.is_identity) known = known->gather(std::span<const uint32_t>{order_.rows});
  }
  return known;
}

std::vector<value> group_evaluator::operator()(bound_expression& e, evaluator& eval) {
  std::vector<value> results;
  auto groups = order_.offsets.size() - 1;
  results.reserve(groups);
  for (size_t g = 0; g < groups; ++g) {
    auto from = order_.offsets[g], count = order_.offsets[g + 1] - from;
    for (auto& c : e.columns)
      c.at->constant = c.column == bound_expression::row_count ? value::of_int(static_cast<int32_t>(count))
                                                               : value{ordered(c.column)->slice(from, count)};
    results.push_back(result_of(e, eval));
  }
  return results;
}

// -- results ----------------------------------------------------------------------------------------------

column_ptr as_column(const value& x, size_t rows, const std::string& name) {
  if (x.is_vector()) {
    if (x.size() == rows) return x.vec_ptr();
    throw script_error{ec::type_mismatch, "Column '" + name + "' has " + std::to_string(x.size()) +
                                              " elements, but " + std::to_string(rows) + " are needed."};
  }
  if (x.is_scalar()) {
    if (x.is_void()) return column::make_null(type_id::int_, rows);
    return to_column(x, rows);
  }
  if (x.is_pair() && rows == 2) return std::make_shared<column>(x.vec());
  throw script_error{ec::type_mismatch, "Column '" + name + "' must be a vector or a scalar."};
}

namespace {

type_id common_type(const std::vector<value>& parts) {
  auto type = type_id::void_;
  auto rank = [](type_id t) { return is_text(t) ? 100 : static_cast<int>(t); };
  for (auto& p : parts) {
    if (p.is_void()) continue;
    if (type == type_id::void_) type = p.type();
    else if (p.type() != type && rank(p.type()) > rank(type)) type = p.type();
  }
  return type == type_id::void_ ? type_id::int_ : type;
}

} // namespace

column_ptr concatenate(const std::vector<value>& parts, std::span<const uint32_t> lengths,
                       bool stretch_scalars) {
  auto type = common_type(parts);
  auto scale = 0;
  size_t total = 0;
  for (size_t g = 0; g < parts.size(); ++g) {
    if (is_decimal(parts[g].type())) scale = parts[g].is_vector() ? parts[g].vec().scale() : parts[g].scale();
    total += lengths.empty() ? parts[g].size() : lengths[g];
  }
  auto result = std::make_shared<column>(type, scale);
  result->reserve(total);
  bool nulls = false;
  for (size_t g = 0; g < parts.size(); ++g) {
    auto& p = parts[g];
    if (p.is_void()) {
      result->append_nulls(stretch_scalars && !lengths.empty() ? lengths[g] : 1);
      nulls = true;
      continue;
    }
    auto part = p.is_vector() ? p.vec_ptr()
                              : to_column(p, stretch_scalars && !lengths.empty() ? lengths[g] : 1);
    nulls = nulls || part->may_have_nulls();
    result->append(*unwrap(convert_column(part, type, scale)));
  }
  if (!nulls) result->set_no_nulls();
  return result;
}

value query_value(value result) {
  auto t = result.as<table>();
  if (!t || t->width() != 1) return result;
  if (t->rows() == 1) return element(*t->col(0), 0);
  return value{t->col(0)};
}

} // namespace pelorus
