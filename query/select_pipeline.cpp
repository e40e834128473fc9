#include "query/select_pipeline.hpp"

#include <algorithm>

#include "cfg/strings.hpp"
#include "query/interpreter.hpp"
#include "query/select_predicate.hpp"
#include "query/select_tree.hpp"
#include "query/sort.hpp"
#include "query/unparse.hpp"

namespace pelorus {

// -- pieces -------------------------------------------------------------------------------------------

row_list rows_where(const value& condition, size_t rows) {
  row_list kept;
  if (!condition.is_vector()) {
    auto holds = condition.is_scalar() && !condition.is_null() && !condition.is_void() &&
                 condition.as_double() != 0;
    if (holds) {
      kept.resize(rows);
      for (uint32_t i = 0; i < rows; ++i) kept[i] = i;
    }
    return kept;
  }
  if (condition.size() != rows)
    throw script_error{ec::type_mismatch, "The where condition has " + std::to_string(condition.size()) +
                                              " elements for " + std::to_string(rows) + " rows."};
  auto& col = condition.vec();
  kept.resize(rows);
  size_t n = 0;
  auto test = [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_arithmetic_v<T>) {
      auto* at = col.data<T>();
      for (size_t i = 0; i < rows; ++i) {  // branch-free: written always, kept when it holds
        kept[n] = static_cast<uint32_t>(i);
        n += at[i] != 0 && !is_null(at[i]);
      }
    } else {
      throw script_error{ec::type_mismatch, "A where condition must be boolean."};
    }
  };
  with_physical(col.physical(), test);
  kept.resize(n);
  return kept;
}

namespace {

/// Conditions in the order in which they may be tested: those that look at one row each commute, so comparisons of a
/// column with a constant go first; others see the rows that all conditions before them left.
class where_clause {
public:
  where_clause(row_frame& frame, expression_binder& binder) : frame_(frame), binder_(binder) {}

  void add(const node_ptr& condition) {
    node_list parts;
    split_conjunction(condition, parts);
    std::vector<bound_expression> others;
    std::vector<predicate> typed;
    for (auto& part : parts) {
      if (auto p = simple_predicate(part, binder_); p && p->is_typed(frame_.columns())) {
        typed.push_back(std::move(*p));
        continue;
      }
      others.push_back(binder_.bind(part, false));
      auto& e = others.back();
      auto sees_rows_alone = e.elementwise && e.aggregates.empty() && e.windows.empty() &&
                             std::none_of(e.columns.begin(), e.columns.end(), [](const auto& c) {
                               return c.column == bound_expression::row_count;
                             });
      if (!sees_rows_alone) return barrier(condition);
    }
    for (auto& p : typed) keep(matching_rows(p, *frame_.column(p.column)));
    for (auto& e : others) waiting_.push_back(std::move(e));
  }

  void finish() {
    for (auto& e : waiting_) test(e);
    waiting_.clear();
  }

private:
  void barrier(const node_ptr& condition) {
    finish();
    auto bound = binder_.bind(condition, false);
    test(bound);
  }
  void test(bound_expression& e) { keep(rows_where(evaluate_rows(e, frame_, binder_.eval()), frame_.rows())); }
  void keep(row_list rows) {
    if (rows.size() != frame_.rows()) frame_.keep(std::move(rows));
    binder_.eval().check_cancelled();
  }

  row_frame& frame_;
  expression_binder& binder_;
  std::vector<bound_expression> waiting_;
};

/// Whether these are the first `count` rows as they lie: nothing has to be moved.
bool are_all_in_order(const row_list& rows, size_t count) {
  if (rows.size() != count) return false;
  for (size_t i = 0; i < count; ++i)
    if (rows[i] != i) return false;
  return true;
}

} // namespace

void apply_where(const node_list& where, row_frame& frame, expression_binder& binder) {
  where_clause clause{frame, binder};
  for (auto& condition : where) clause.add(condition);
  clause.finish();
}

row_limit limit_of(const node_ptr& top, const node_ptr& limit, const node_ptr& offset, evaluator& eval) {
  row_limit result;
  auto number = [&](const node_ptr& n) {
    auto x = eval.evaluate(*n);
    if (!x.is_scalar() || x.is_null() || !is_integral(x.type()))
      throw script_error{ec::bad_argument, "top and limit need an integer.", n->at};
    return x.as_long();
  };
  if (top) {
    auto x = eval.evaluate(*top);
    if (x.is_pair()) {
      result.from = element(x.vec(), 0).as_long();
      result.count = element(x.vec(), 1).as_long() - result.from;
    } else {
      result.count = number(top);
    }
  }
  if (limit) result.count = number(limit);
  if (offset) result.from = number(offset);
  return result;
}

std::string unique_name(const std::vector<std::string>& names, const std::string& wanted) {
  auto taken = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!taken(wanted)) return wanted;
  for (int n = 1;; ++n)
    if (auto name = wanted + std::to_string(n); !taken(name)) return name;
}

table_ptr make_table(result_columns columns) {
  size_t rows = 1;
  auto vector = std::find_if(columns.values.begin(), columns.values.end(),
                             [](const value& x) { return x.is_vector(); });
  if (vector != columns.values.end()) rows = vector->size();
  auto result = std::make_shared<table>();
  for (size_t i = 0; i < columns.values.size(); ++i)
    result->add(unique_name(result->names(), columns.names[i]),
                as_column(columns.values[i], rows, columns.names[i]));
  return result;
}

table_ptr distinct_rows(const table_ptr& t) {
  if (t->width() == 0) return t;
  auto groups = group_rows(t->columns(), t->rows());
  if (groups.groups() == t->rows()) return t;
  std::sort(groups.first_rows.begin(), groups.first_rows.end());
  return t->gather(groups.first_rows);
}

/// Whether an expression is one value whatever the number of rows: aggregates, literals and operators between them.
bool is_one_value(const node& n) {
  switch (n.kind) {
    case node_kind::literal: return true;
    case node_kind::unary: return is_one_value(*static_cast<const unary_node&>(n).operand);
    case node_kind::binary: {
      auto& b = static_cast<const binary_node&>(n);
      return b.op != op::seq && is_one_value(*b.left) && is_one_value(*b.right);
    }
    case node_kind::call: {
      auto name = called_name(n);
      auto* f = find_function(name);
      return name == "count" || (f != nullptr && f->has(aggregate));
    }
    default: return false;
  }
}

value exec_value(const select_node& query, const table_ptr& result) {
  if (!query.is_exec || result->width() != 1) return value{result};
  auto col = result->col(0);
  if (query.grouping != group_kind::none || col->size() != 1) return value{col};
  auto item = unaliased(query.items.front());
  bool reads_rows = false;
  visit_nodes(item, [&](const node_ptr& n) {
    reads_rows = reads_rows || n->kind == node_kind::name || n->kind == node_kind::member;
  });
  return is_one_value(*item) || !reads_rows ? element(*col, 0) : value{col};
}

// -- the pipeline ---------------------------------------------------------------------------------------

select_pipeline::select_pipeline(const select_node& query, row_source_ptr source, const column_names& names,
                                 evaluator& eval)
    : query_(query), eval_(eval), names_(names), frame_(std::move(source)), binder_(names, eval),
      limit_(limit_of(query.top, query.limit, query.offset, eval)) {}

table_ptr select_pipeline::run() {
  if (limit_.count < 0 && query_.grouping != group_kind::context_by)
    throw script_error{ec::bad_argument, "A negative limit or top is only allowed with context by."};
  if (query_.grouping == group_kind::group_by || query_.grouping == group_kind::none)
    if (auto done = scanned()) return done;
  if (!is_filtered_) apply_where(query_.where, frame_, binder_);
  switch (query_.grouping) {
    case group_kind::group_by: return grouped();
    case group_kind::context_by: return in_context();
    case group_kind::pivot_by: return pivoted();
    case group_kind::none: break;
  }
  if (!query_.cgroup_by.empty())
    throw script_error{ec::not_supported, "cgroup by is not supported yet"};
  return plain();
}

table_ptr select_pipeline::plain() {
  ordered_early_ = sort_early();
  auto result = make_table(evaluate_items());
  for (auto& condition : query_.having) {
    column_names names{result->schema()};
    expression_binder binder{names, eval_};
    row_frame frame{std::make_shared<table_source>(result)};
    auto bound = binder.bind(condition, false);
    result = result->gather(rows_where(evaluate_rows(bound, frame, eval_), result->rows()));
  }
  return finish(result);
}

/// Sorting and cutting rows before anything is computed from them, where that gives the same.
bool select_pipeline::sort_early() {
  if (query_.distinct || !query_.having.empty() || !items_are_elementwise()) return false;
  if (query_.order_by.empty()) {
    if (limit_.is_set())
      frame_.keep_range(static_cast<size_t>(std::max<int64_t>(limit_.from, 0)), static_cast<size_t>(limit_.count));
    return limit_.is_set();
  }
  std::vector<sort_key> keys;
  for (auto& item : query_.order_by) {
    auto bound = binder_.bind(order_expression(item.expr), false);
    if (!bound.windows.empty()) return false;
    auto key = as_column(evaluate_rows(bound, frame_, eval_), frame_.rows(), "order by");
    keys.push_back({key, item.descending, static_cast<sort_key::nulls>(item.place)});
  }
  auto end = limit_.is_set() && limit_.count < INT64_MAX - limit_.from
                 ? static_cast<size_t>(limit_.from + limit_.count)
                 : SIZE_MAX;
  auto rows = sorted_rows(keys, frame_.rows(), end);
  if (limit_.from <= 0 && are_all_in_order(rows, frame_.rows())) return true;
  if (limit_.from > 0)
    rows.erase(rows.begin(), rows.begin() + std::min<int64_t>(limit_.from, static_cast<int64_t>(rows.size())));
  frame_.keep(std::move(rows));
  return true;
}

bool select_pipeline::items_are_elementwise() {
  bool reads = false;
  for (auto& item : query_.items) {
    auto expr = unaliased(item);
    if (expr->kind == node_kind::star) {
      reads = true;
      continue;
    }
    auto bound = binder_.bind(expr, false);
    if (!bound.elementwise || !bound.windows.empty() || !bound.aggregates.empty()) return false;
    for (auto& c : bound.columns) {
      if (c.column == bound_expression::row_count) return false;
      reads = true;
    }
  }
  return reads;
}

node_ptr select_pipeline::order_expression(const node_ptr& expr) const {
  if (auto* name = try_as<name_node>(expr))
    for (auto& item : query_.items)
      if (alias_of(item) == name->name) return unaliased(item);
  if (auto* number = try_as<literal_node>(expr))
    if (number->constant.is_scalar() && is_integral(number->constant.type())) {
      auto k = number->constant.as_long();
      if (k >= 1 && k <= static_cast<int64_t>(query_.items.size()))
        return unaliased(query_.items[static_cast<size_t>(k - 1)]);
    }
  return expr;
}

result_columns select_pipeline::evaluate_items() {
  result_columns result;
  for (auto& item : query_.items) {
    auto expr = unaliased(item);
    if (expr->kind == node_kind::star) {
      add_star(result);
      continue;
    }
    if (auto* all = try_as<member_node>(expr); all != nullptr && all->name == "*") {
      add_star(result);
      continue;
    }
    auto bound = binder_.bind(expr, false);
    add_item(result, item, evaluate_rows(bound, frame_, eval_));
  }
  return result;
}

void select_pipeline::add_star(result_columns& into) {
  for (size_t i = 0; i < names_.size(); ++i) into.add(names_[i], value{frame_.column(i)});
}

void select_pipeline::add_item(result_columns& into, const node_ptr& item, value x) {
  auto* aliased = try_as<aliased_node>(item);
  // A tuple of vectors (or several names) becomes several columns.
  if (x.is_vector() && x.type() == type_id::any && x.size() != frame_.rows()) {
    auto& parts = x.vec().items();
    for (size_t i = 0; i < parts.size(); ++i) {
      auto name = aliased && i < aliased->names.size() ? aliased->names[i]
                                                       : result_name(*unaliased(item)) + "_" + std::to_string(i);
      into.add(name, parts[i]);
    }
    return;
  }
  into.add(result_name(*item), std::move(x));
}

// -- the end of every kind of query ---------------------------------------------------------------------

column_ptr select_pipeline::order_column(const order_item& item, const table& result) {
  if (auto* name = try_as<name_node>(item.expr))
    if (auto i = result.find(name->name); i >= 0) return result.col(static_cast<size_t>(i));
  auto expr = order_expression(item.expr);
  for (size_t i = 0; i < query_.items.size() && query_.grouping == group_kind::none; ++i)
    if (i < result.width() && same_tree(*unaliased(query_.items[i]), *expr)) return result.col(i);
  if (auto i = result.find(result_name(*expr)); i >= 0) return result.col(static_cast<size_t>(i));
  auto t = std::make_shared<table>(result);
  column_names names{t->schema()};
  expression_binder over_result{names, eval_};
  auto bound = over_result.bind(expr, false);
  if (!bound.columns.empty()) {
    row_frame frame{std::make_shared<table_source>(t)};
    return as_column(evaluate_rows(bound, frame, eval_), t->rows(), "order by");
  }
  auto on_rows = binder_.bind(expr, false);
  auto keys = evaluate_rows(on_rows, frame_, eval_);
  // Items are worked out before they are put in order: an aggregate of many rows is one row, whose order is any.
  return t->rows() == 1 ? column::make(type_id::int_, 1) : as_column(keys, t->rows(), "order by");
}

table_ptr select_pipeline::order(table_ptr result) {
  if (query_.order_by.empty()) return result;
  std::vector<sort_key> keys;
  for (size_t i = 0; i < query_.order_by.size(); ++i) {
    auto& item = query_.order_by[i];
    auto col = i < order_columns_.size() && order_columns_[i] ? order_columns_[i] : order_column(item, *result);
    keys.push_back({col, item.descending, static_cast<sort_key::nulls>(item.place)});
  }
  auto cut = query_.grouping != group_kind::context_by && limit_.count < INT64_MAX - limit_.from;
  auto rows = sorted_rows(keys, result->rows(), cut ? static_cast<size_t>(limit_.from + limit_.count) : SIZE_MAX);
  return are_all_in_order(rows, result->rows()) ? result : result->gather(rows);
}

table_ptr select_pipeline::finish(table_ptr result) {
  if (query_.distinct) result = distinct_rows(result);
  if (ordered_early_) return result;
  result = order(std::move(result));
  if (limit_.is_set() && query_.grouping != group_kind::context_by) {
    auto from = std::min<size_t>(static_cast<size_t>(std::max<int64_t>(limit_.from, 0)), result->rows());
    auto count = std::min<size_t>(static_cast<size_t>(limit_.count), result->rows() - from);
    if (count != result->rows()) result = result->slice(from, count);
  }
  return result;
}

} // namespace pelorus
