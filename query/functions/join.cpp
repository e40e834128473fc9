// Joins in function form: ej, lj, lsj, fj, aj, wj, pwj, cj, pj.
#include <algorithm>
#include <unordered_map>

#include "query/code.hpp"
#include "query/functions/registry.hpp"
#include "query/functions/shapes.hpp"
#include "query/interpreter.hpp"
#include "query/join.hpp"
#include "query/partitioned_table.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"

namespace pelorus {

namespace {

/// Both tables and the key columns that the arguments name.
struct join_sides {
  table_ptr left, right;
  std::string right_name;
  std::vector<std::string> left_names, right_names;
  column_list left_keys, right_keys;

  /// Right columns that would only repeat the left's keys.
  std::vector<std::string> repeated_keys(size_t count) const {
    std::vector<std::string> result;
    for (size_t k = 0; k < count; ++k)
      if (right_names[k] == left_names[k]) result.push_back(right_names[k]);
    return result;
  }
};

column_list key_columns(const table& t, const std::vector<std::string>& names, std::string_view function) {
  column_list result;
  for (auto& name : names) {
    auto i = t.find(name);
    if (i < 0)
      throw script_error{ec::not_found, std::string{function} + ": there is no column '" + name + "'."};
    result.push_back(t.col(static_cast<size_t>(i)));
  }
  return result;
}

join_sides sides_of(call_context& context, const arguments& args, std::string_view function, size_t keys_at) {
  join_sides s;
  s.left = materialize(args[0], context.who);
  s.right = materialize(args[1], context.who);
  s.right_name = context.argument_names.size() > 1 && !context.argument_names[1].empty()
                     ? context.argument_names[1]
                     : "right";
  s.left_names = text_list(args[keys_at], function, "matchingCols");
  s.right_names = is_given(args, keys_at + 1) ? text_list(args[keys_at + 1], function, "rightMatchingCols")
                                              : s.left_names;
  if (s.left_names.size() != s.right_names.size())
    throw script_error{ec::bad_argument, std::string{function} + ": both tables need the same number of keys."};
  s.left_keys = key_columns(*s.left, s.left_names, function);
  s.right_keys = key_columns(*s.right, s.right_names, function);
  return s;
}

value equi_join(call_context& context, arguments& args) {
  auto s = sides_of(context, args, "ej", 2);
  return value{joined_table(*s.left, *s.right, inner_join(s.left_keys, s.right_keys),
                            s.repeated_keys(s.left_names.size()), s.right_name)};
}

value left_join_function(call_context& context, arguments& args) {
  auto s = sides_of(context, args, "lj", 2);
  return value{joined_table(*s.left, *s.right, left_join(s.left_keys, s.right_keys),
                            s.repeated_keys(s.left_names.size()), s.right_name)};
}

value left_semi_join_function(call_context& context, arguments& args) {
  auto s = sides_of(context, args, "lsj", 2);
  return value{joined_table(*s.left, *s.right, left_semi_join(s.left_keys, s.right_keys),
                            s.repeated_keys(s.left_names.size()), s.right_name)};
}

value full_join_function(call_context& context, arguments& args) {
  auto s = sides_of(context, args, "fj", 2);
  return value{joined_table(*s.left, *s.right, full_join(s.left_keys, s.right_keys), {}, s.right_name)};
}

value asof_join_function(call_context& context, arguments& args) {
  auto s = sides_of(context, args, "aj", 2);
  return value{joined_table(*s.left, *s.right, asof_join(s.left_keys, s.right_keys),
                            s.repeated_keys(s.left_names.size() - 1), s.right_name)};
}

value cross_join_function(call_context& context, arguments& args) {
  auto right_name = context.argument_names.size() > 1 && !context.argument_names[1].empty()
                        ? context.argument_names[1]
                        : std::string{"right"};
  return value{cross_join(*materialize(args[0], context.who), *materialize(args[1], context.who), right_name)};
}

/// Left rows with the right rows whose key is the beginning of theirs.
value prefix_join_function(call_context& context, arguments& args) {
  auto s = sides_of(context, args, "pj", 2);
  auto &left = *s.left_keys[0], &right = *s.right_keys[0];
  if (!is_text(left.type()) || !is_text(right.type()))
    throw script_error{ec::type_mismatch, "pj: the matching columns must be strings."};
  std::unordered_map<std::string_view, std::vector<uint32_t>> by_text;
  for (uint32_t i = 0; i < right.size(); ++i) by_text[right.text(i)].push_back(i);
  join_rows rows;
  for (uint32_t i = 0; i < left.size(); ++i) {
    auto text = left.text(i);
    for (size_t n = 1; n <= text.size(); ++n)
      if (auto found = by_text.find(text.substr(0, n)); found != by_text.end())
        for (auto k : found->second) {
          rows.left.push_back(i);
          rows.right.push_back(k);
        }
  }
  return value{joined_table(*s.left, *s.right, rows, {}, s.right_name)};
}

// -- window joins ---------------------------------------------------------------------------------------

/// The aggregates of a window join as expressions: `<[avg(x), sum(y) as s]>` or a single one.
node_list aggregate_items(const value& code) {
  auto metacode = code.as<code_object>();
  if (!metacode) throw script_error{ec::bad_argument, "wj: aggs must be metacode, like <avg(price)>."};
  auto* list = try_as<list_node>(metacode->tree());
  return list ? list->items : node_list{metacode->tree()};
}

/// Evaluates the aggregates for portions of the windows: one group a left row.
class window_aggregates {
public:
  window_aggregates(const join_sides& s, const window_rows& windows, evaluator& eval)
      : sides_(s), windows_(windows), eval_(eval), names_(s.right->schema()) {
    names_.add_qualifier(s.right_name);
  }

  column_ptr operator()(const node_ptr& item) {
    std::vector<value> results;
    row_list rows, ids;
    uint32_t groups = 0;
    auto n = windows_.begin.size();
    for (size_t i = 0; i < n; ++i) {
      for (auto k = windows_.begin[i]; k < windows_.end[i]; ++k) {
        rows.push_back(windows_.order[k]);
        ids.push_back(groups);
      }
      ++groups;
      if (rows.size() < 1'000'000 && i + 1 < n) continue;
      results.emplace_back(portion(item, rows, ids, groups));
      rows.clear();
      ids.clear();
      groups = 0;
    }
    return results.empty() ? column::make(type_id::double_, 0) : concatenate(results, {}, false);
  }

private:
  column_ptr portion(const node_ptr& item, const row_list& rows, const row_list& ids, uint32_t groups) {
    expression_binder binder{names_, eval_};
    row_frame frame{std::make_shared<table_source>(sides_.right)};
    frame.keep(rows);
    auto bound = binder.bind(item, true);
    if (bound.elementwise && bound.columns.empty()) {
      grouped_frame by{frame, {rows.size(), groups, ids.data()}, {}};
      return as_column(evaluate_groups(bound, by, eval_), groups, result_name(*item));
    }
    auto plain = binder.bind(item, false);
    auto order = order_by_group(ids, groups);
    return concatenate(group_evaluator{frame, order}(plain, eval_), {}, false);
  }

  const join_sides& sides_;
  const window_rows& windows_;
  evaluator& eval_;
  column_names names_;
};

value window_join_of(call_context& context, arguments& args, std::string_view function, bool prevailing) {
  auto s = sides_of(context, args, function, 4);
  if (!args[2].is_pair())
    throw script_error{ec::bad_argument, std::string{function} + ": window must be a pair, like -5:0."};
  auto low = element(args[2].vec(), 0).as_long(), high = element(args[2].vec(), 1).as_long();
  auto windows = window_join(s.left_keys, s.right_keys, low, high, prevailing);
  auto items = aggregate_items(args[3]);
  evaluator eval{context.who, &args[3].as<code_object>()->captured()};
  window_aggregates aggregates{s, windows, eval};
  auto result = std::make_shared<table>(*s.left);
  for (auto& item : items)
    result->add(unique_name(result->names(), result_name(*item)), aggregates(item));
  return value{result};
}

value window_join_function(call_context& context, arguments& args) {
  return window_join_of(context, args, "wj", false);
}
value prevailing_join_function(call_context& context, arguments& args) {
  return window_join_of(context, args, "pwj", true);
}

const function_entry table_of_joins[] = {
    {"ej", "ej(leftTable, rightTable, matchingCols, [rightMatchingCols])",
     "Equi join: every pair of rows whose keys are equal, in the left table's order.", equi_join, 3, 4, plain,
     {{"exec qty from ej(table(1 2 3 as id), table(3 1 as id, 30 10 as qty), `id)", "[10,30]"}}},
    {"lj", "lj(leftTable, rightTable, matchingCols, [rightMatchingCols])",
     "Left join: every left row with all its matches, or once with nulls.", left_join_function, 3, 4, plain,
     {{"exec qty from lj(table(1 2 as id), table(1 1 as id, 10 11 as qty), `id)", "[10,11,]"}}},
    {"lsj", "lsj(leftTable, rightTable, matchingCols, [rightMatchingCols])",
     "Left semi join: every left row once, with its first match or nulls.", left_semi_join_function, 3, 4, plain,
     {{"exec qty from lsj(table(1 2 as id), table(1 1 as id, 10 11 as qty), `id)", "[10,]"}}},
    {"fj", "fj(leftTable, rightTable, matchingCols, [rightMatchingCols])",
     "Full join: a left join, then the right rows without a match.", full_join_function, 3, 4, plain,
     {{"exec qty from fj(table(1 2 as id), table(1 3 as id, 10 30 as qty), `id)", "[10,,30]"}}},
    {"aj", "aj(leftTable, rightTable, matchingCols, [rightMatchingCols])",
     "Asof join: every left row with the last right row whose last key is not later, within equal other keys.",
     asof_join_function, 3, 4, order_sensitive,
     {{"exec qty from aj(table(1 5 9 as t), table(2 5 as t, 20 50 as qty), `t)", "[,50,50]"}}},
    {"wj", "wj(leftTable, rightTable, window, aggs, matchingCols, [rightMatchingCols])",
     "Window join: aggregates over the right rows whose last key lies in [key+low, key+high].",
     window_join_function, 5, 6, plain,
     {{"exec sum_q from wj(table(5 9 as t), table(3 5 8 as t, 1 2 4 as q), -2:0, <sum(q)>, `t)", "[3,4]"}}},
    {"pwj", "pwj(leftTable, rightTable, window, aggs, matchingCols, [rightMatchingCols])",
     "Prevailing window join: a window join that also counts the newest row before the window.",
     prevailing_join_function, 5, 6, plain,
     {{"exec sum_q from pwj(table(9 as t), table(3 5 8 as t, 1 2 4 as q), -2:0, <sum(q)>, `t)", "[6]"}}},
    {"cj", "cj(leftTable, rightTable)", "Cross join: every pair of rows, the left table's varying slowest.",
     cross_join_function, 2, 2, plain,
     {{"exec y from cj(table(1 2 as x), table(7 8 as y))", "[7,8,7,8]"}}},
    {"pj", "pj(leftTable, rightTable, matchingCols, [rightMatchingCols])",
     "Prefix join: pairs whose left key begins with the right key.", prefix_join_function, 3, 4, plain,
     {{"exec q from pj(table([\"DT_1\",\"XX\"] as id), table([\"DT\"] as id, 1 as q), `id)", "[1]"}}},
};

} // namespace

function_family join_functions() { return table_of_joins; }

} // namespace pelorus
