// Functions applied to windows, groups and rows.
#include <algorithm>
#include <map>

#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/functions/higher_order_items.hpp"
#include "query/key_index.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/sort.hpp"
#include "storage/table.hpp"

namespace pelorus {

function_family higher_order_window_functions();

namespace {

/// The data of a windowed function: one vector, or several in a tuple.
std::vector<value> data_arguments(const value& x) {
  bool many = x.is_vector() && x.type() == type_id::any &&
              std::all_of(x.vec().items().begin(), x.vec().items().end(),
                          [](auto& v) { return v.is_vector(); });
  if (!many) return {x};
  return {x.vec().items().begin(), x.vec().items().end()};
}

std::vector<value> window_at(const std::vector<value>& data, size_t from, size_t count) {
  std::vector<value> parts;
  for (auto& x : data)
    parts.emplace_back(x.vec().slice(from, count));
  return parts;
}

value rolling_columns(call_context& context, const arguments& args, const std::vector<value>& data,
                      size_t window, size_t step) {
  std::vector<value> results;
  auto size = data.front().size();
  for (size_t end = window; end <= size; end += step) {
    context.check_cancelled();
    results.push_back(context.call(args[0], window_at(data, end - window, window)));
  }
  bool vectors = !results.empty() && results.front().is_vector();
  if (!vectors) return combine(results);
  auto all = column::make(results.front().type(), 0, results.front().vec().scale());
  for (auto& r : results)
    all->append(r.vec());
  return value{all};
}

value rolling(call_context& context, arguments& args) {
  constexpr std::string_view usage = "rolling(func, funcArgs, window, [step=1])";
  auto window = integer_argument(args, 2, 0, usage, "window"),
       step = integer_argument(args, 3, 1, usage, "step");
  if (window < 1 || step < 1) refuse(usage, "window and step must be positive.");
  auto w = static_cast<size_t>(window), s = static_cast<size_t>(step);
  if (args[1].form() == form::matrix || args[1].form() == form::table) {
    return map_columns(
        args[1],
        [&](const column_ptr& col) {
          return rolling_columns(context, args, {value{col}}, w, s).vec_ptr();
        },
        usage);
  }
  auto data = data_arguments(args[1]);
  for (auto& x : data)
    if (!x.is_vector() || x.size() != data.front().size())
      refuse(usage, "funcArgs must be vectors of one length.");
  return rolling_columns(context, args, data, w, s);
}

value moving(call_context& context, arguments& args) {
  constexpr std::string_view usage = "moving(func, funcArgs, window, [minPeriods])";
  auto window = integer_argument(args, 2, 0, usage, "window");
  if (window < 1) refuse(usage, "window must be positive.");
  auto least = integer_argument(args, 3, window, usage, "minPeriods");
  auto one = [&](const std::vector<value>& data) {
    std::vector<value> results;
    for (size_t i = 0; i < data.front().size(); ++i) {
      auto count = std::min<size_t>(i + 1, static_cast<size_t>(window));
      if (count < static_cast<size_t>(least))
        results.emplace_back();
      else
        results.push_back(context.call(args[0], window_at(data, i + 1 - count, count)));
    }
    return combine(results);
  };
  if (args[1].form() == form::matrix || args[1].form() == form::table)
    return map_columns(
        args[1], [&](const column_ptr& col) { return one({value{col}}).vec_ptr(); }, usage);
  return one(data_arguments(args[1]));
}

// -- groups
// ------------------------------------------------------------------------------------------------

struct row_groups {
  std::vector<column_ptr> keys;            ///< of the groups, ascending
  std::vector<std::vector<uint32_t>> rows; ///< in order
};

row_groups groups_of(const std::vector<value>& by, std::string_view usage) {
  std::vector<sort_key> keys;
  for (auto& x : by)
    keys.push_back({vector_argument(x, usage, "groupingCol")});
  auto order = sorted_rows(keys, keys.front().keys->size());
  row_groups result;
  std::vector<uint32_t> heads;
  auto same = [&](uint32_t a, uint32_t b) {
    return std::all_of(keys.begin(), keys.end(), [&](const sort_key& k) {
      uint32_t pair[2] = {a, b};
      auto both = k.keys->gather(std::span<const uint32_t>{pair});
      std::vector<uint32_t> distinct;
      first_equal(*both, distinct);
      return distinct.size() == 1;
    });
  };
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || !same(order[i - 1], order[i])) {
      heads.push_back(order[i]);
      result.rows.emplace_back();
    }
    result.rows.back().push_back(order[i]);
  }
  for (auto& k : keys)
    result.keys.push_back(k.keys->gather(std::span<const uint32_t>{heads}));
  return result;
}

std::vector<value> rows_of(const std::vector<value>& data, const std::vector<uint32_t>& rows) {
  std::vector<value> parts;
  for (auto& x : data)
    parts.push_back(x.is_vector() ? value{x.vec().gather(std::span<const uint32_t>{rows})} : x);
  return parts;
}

value context_by(call_context& context, arguments& args) {
  constexpr std::string_view usage = "contextby(func, funcArgs, groupingCol)";
  auto groups = groups_of(data_arguments(args[2]), usage);
  auto data = data_arguments(args[1]);
  std::vector<value> cells(data.front().size());
  for (auto& rows : groups.rows) {
    auto part = context.call(args[0], rows_of(data, rows));
    for (size_t k = 0; k < rows.size(); ++k)
      cells[rows[k]] =
          part.is_vector() && part.size() == rows.size() ? element(part.vec(), k) : part;
  }
  return combine(cells);
}

value group_by(call_context& context, arguments& args) {
  constexpr std::string_view usage = "groupby(func, funcArgs, groupingCol)";
  auto by = data_arguments(args[2]);
  auto groups = groups_of(by, usage);
  auto data = data_arguments(args[1]);
  std::vector<value> results;
  for (auto& rows : groups.rows)
    results.push_back(context.call(args[0], rows_of(data, rows)));
  auto result = std::make_shared<table>();
  auto name = [&](size_t i, std::string otherwise) {
    return i < context.argument_names.size() && !context.argument_names[i].empty()
               ? context.argument_names[i]
               : otherwise;
  };
  for (size_t k = 0; k < groups.keys.size(); ++k)
    result->add(by.size() == 1 ? name(2, "groupingKey") : "groupingKey" + std::to_string(k),
                groups.keys[k]);
  auto f = args[0].is_text() ? std::string{args[0].text()} : name(0, "func");
  result->add(data.size() == 1 ? f + "_" + name(1, "X") : f, combine(results).vec_ptr());
  return value{result};
}

/// func of runs of equal neighbours.
value segment_by(call_context& context, arguments& args) {
  constexpr std::string_view usage = "segmentby(func, funcArgs, segment)";
  auto data = data_arguments(args[1]);
  auto marks = vector_argument(args[2], usage, "segment");
  std::vector<value> cells;
  auto same = [&](size_t a, size_t b) {
    uint32_t pair[2] = {static_cast<uint32_t>(a), static_cast<uint32_t>(b)};
    std::vector<uint32_t> distinct;
    first_equal(*marks->gather(std::span<const uint32_t>{pair}), distinct);
    return distinct.size() == 1;
  };
  for (size_t from = 0; from < marks->size();) {
    auto to = from + 1;
    while (to < marks->size() && same(from, to))
      ++to;
    auto part = context.call(args[0], window_at(data, from, to - from));
    for (size_t k = 0; k < to - from; ++k)
      cells.push_back(part.is_vector() ? element(part.vec(), k) : part);
    from = to;
  }
  return combine(cells);
}

// -- rows
// ----------------------------------------------------------------------------------------------------

value by_row(call_context& context, arguments& args) {
  std::vector<value> results;
  if (auto m = args[1].as<matrix>()) {
    for (size_t r = 0; r < m->rows(); ++r)
      results.push_back(context.call(args[0], {value{m->row(r)}}));
    auto result = collected(std::move(results));
    auto n = result.as<matrix>();
    return n ? transposed(*n) : result;
  }
  if (!args[1].is_vector()) refuse_type("byRow(func, X)", "X", args[1], "a matrix or array vector");
  for (size_t r = 0; r < args[1].size(); ++r)
    results.push_back(context.call(args[0], {element(args[1].vec(), r)}));
  bool rows = is_array(args[1].type()) && !results.empty() && results.front().is_vector();
  if (!rows) return collected(std::move(results));
  auto all = column::make(array_of(results.front().type()));
  for (auto& r : results)
    unwrap(push_element(*all, r));
  return value{all};
}

value by_column(call_context& context, arguments& args) {
  item_list items{args[1]};
  std::vector<value> results;
  for (size_t i = 0; i < items.size(); ++i)
    results.push_back(context.call(args[0], {items[i]}));
  return collected_like(args[1], std::move(results));
}

const std::vector<function_entry> higher_order_window_table = {
    {"rolling",
     "rolling(func, funcArgs, window, [step=1])",
     "func of each full window of the data, moved by step.",
     rolling,
     3,
     4,
     order_sensitive,
     {{"rolling(sum, 1 2 3 4, 2)", "[3,5,7]"}}},
    {"moving",
     "moving(func, funcArgs, window, [minPeriods])",
     "func of the window that ends with each element; null before it is full, or holds "
     "minPeriods elements.",
     moving,
     3,
     4,
     order_sensitive,
     {{"moving(sum, 1 2 3 4, 2)", "[,3,5,7]"}}},
    {"contextby",
     "contextby(func, funcArgs, groupingCol)",
     "func within each group, results in the order of the rows.",
     context_by,
     3,
     3,
     order_sensitive,
     {{"contextby(sum, 1 2 3, `a`b`a)", "[4,2,4]"}}},
    {"groupby",
     "groupby(func, funcArgs, groupingCol)",
     "A table of the groups, ascending, and func of each.",
     group_by,
     3,
     3,
     order_sensitive,
     {{"x = 1 2 3; s = `a`b`a; groupby(sum, x, s)", "s   sum_x\n--- -----\na   4\nb   2"}}},
    {"segmentby",
     "segmentby(func, funcArgs, segment)",
     "func within each run of equal elements of segment.",
     segment_by,
     3,
     3,
     order_sensitive,
     {{"segmentby(cumsum, 1 2 3, 1 1 2)", "[1,3,3]"}}},
    {"byRow",
     "byRow(func, X)",
     "func of each row of a matrix or array vector.",
     by_row,
     2,
     2,
     plain,
     {{"byRow(sum, matrix(1 2, 3 4))", "[4,6]"}}},
    {"byColumn",
     "byColumn(func, X)",
     "func of each column of a matrix or table.",
     by_column,
     2,
     2,
     plain,
     {{"byColumn(sum, matrix(1 2, 3 4))", "[3,7]"}}},
};

} // namespace

function_family higher_order_window_functions() { return higher_order_window_table; }

} // namespace pelorus
