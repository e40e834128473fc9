#include "query/functions/chart.hpp"

#include <algorithm>

#include "query/cast.hpp"
#include "query/chart.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/functions/shapes.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {
/// Numbers of the chart types, as clients know them; their names are constants of the language.
enum class chart_type : int32_t { area, bar, column, histogram, line, pie, scatter, trend, kline, surface };
constexpr size_t titles_max = 4;

std::string series_name(const call_context& context, size_t i) {
  bool named = i == 0 && !context.argument_names.empty() && !context.argument_names[0].empty();
  return named ? context.argument_names[0] : "C" + std::to_string(i);
}

/// One series a column; `names` are the labels of the columns.
matrix_ptr matrix_of(const std::vector<value>& columns, const std::vector<std::string>& names) {
  auto cells = matrix_of_columns(columns).as<matrix>();
  return std::make_shared<matrix>(cells->cells(), cells->rows(), cells->columns(), column_ptr{}, column::of_strings(names));
}

matrix_ptr series_of(const call_context& context, const value& data, std::string_view usage) {
  if (auto m = data.as<matrix>()) return std::make_shared<matrix>(m->cells(), m->rows(), m->columns(), m->row_labels(), m->column_labels());
  std::vector<value> columns;
  std::vector<std::string> names;
  if (auto t = data.as<table>()) {
    for (auto& col : t->columns()) columns.emplace_back(col);
    names = t->names();
  } else if (data.is_vector() && data.type() == type_id::any) {
    for (size_t i = 0; i < data.size(); ++i) {
      columns.push_back(element(data.vec(), i));
      names.push_back("C" + std::to_string(i));
    }
  } else if (data.is_vector()) {
    columns.push_back(data);
    names.push_back(series_name(context, 0));
  } else {
    refuse_type(usage, "data", data, "a vector, tuple, matrix or table");
  }
  for (auto& one : columns)
    if (!one.is_vector() || one.size() != columns.front().size()) refuse(usage, "the series must be vectors of the same length.");
  if (columns.empty()) refuse(usage, "there is no series in data.");
  return matrix_of(columns, names);
}

column_ptr titles_of(const arguments& args, size_t i) {
  std::vector<std::string> titles;
  if (is_given(args, i)) titles = text_list(args[i], "plot", "title");
  if (titles.size() > titles_max) titles.resize(titles_max);
  if (titles.empty()) titles.emplace_back();
  return column::of_strings(titles);
}

struct chart_parts {
  std::vector<std::string> names;
  std::vector<value> values;
  void add(std::string name, value x) {
    names.push_back(std::move(name));
    values.push_back(std::move(x));
  }
  value take() {
    auto settings = std::make_shared<dictionary>(column::of_strings(names), make_tuple_value(std::move(values)).vec_ptr(), true);
    return value{std::make_shared<chart>(std::move(settings))};
  }
};

value plot(call_context& context, arguments& args) {
  constexpr std::string_view usage = "plot(data, [labels], [title], [chartType=LINE], [stacking=false], [extras])";
  auto data = series_of(context, args[0], usage);
  if (is_given(args, 1)) {
    auto labels = args[1].is_vector() ? args[1].vec_ptr() : to_column(args[1]);
    if (labels->size() != data->rows())
      refuse(usage, fmt::format("there must be one label for each of the {} points, not {}.", data->rows(), labels->size()));
    data->set_labels(labels, data->column_labels());
  }
  auto type = is_given(args, 3) ? args[3].as_long() : static_cast<int64_t>(chart_type::line);
  if (type < 0 || type > static_cast<int64_t>(chart_type::surface)) refuse(usage, "chartType must be LINE, PIE, COLUMN, BAR, AREA, SCATTER, KLINE or SURFACE.");
  chart_parts parts;
  parts.add("chartType", value::of_int(static_cast<int32_t>(type)));
  parts.add("stacking", value::of_bool(flag_argument(args, 4, false)));
  parts.add("title", value{titles_of(args, 2)});
  if (is_given(args, 5)) {
    auto extras = args[5].as<dictionary>();
    if (!extras || extras->key_type() != type_id::string) refuse_type(usage, "extras", args[5], "a dictionary with STRING keys");
    parts.add("extras", args[5]);
  }
  parts.add("data", value{data});
  return parts.take();
}

value plot_histogram(call_context& context, arguments& args) {
  constexpr std::string_view usage = "plotHist(data, [binNum], [range], [title])";
  if (!args[0].is_vector() || args[0].type() == type_id::any) refuse_type(usage, "data", args[0], "a numeric vector");
  chart_parts parts;
  parts.add("chartType", value::of_int(static_cast<int32_t>(chart_type::histogram)));
  parts.add("stacking", value::of_bool(false));
  parts.add("title", value{titles_of(args, 3)});
  if (is_given(args, 2)) {
    if (!args[2].is_pair()) refuse_type(usage, "range", args[2], "a pair");
    parts.add("binStart", element(args[2].vec(), 0));
    parts.add("binEnd", element(args[2].vec(), 1));
  }
  if (is_given(args, 1)) {
    auto bins = args[1].as_long();
    if (bins <= 0 || bins > 1'000'000) refuse(usage, "binNum must be between 1 and 1000000.");
    parts.add("binCount", value::of_int(static_cast<int32_t>(bins)));
  }
  parts.add("data", value{series_of(context, args[0], usage)});
  return parts.take();
}

const function_entry table_of_charts[] = {
    {"plot", "plot(data, [labels], [title], [chartType=LINE], [stacking=false], [extras])",
     "A chart for clients that draw. `data` is a vector (one series), a tuple of vectors, a matrix or a table (a series a "
     "column); `labels` has one label for each point; `title` names the chart, its x, y and z axis; chartType is one of LINE, "
     "PIE, COLUMN, BAR, AREA, SCATTER, TREND, KLINE, HISTOGRAM, SURFACE; `extras` is a dictionary like {multiYAxes: true}.",
     plot, 1, 6, plain,
     {{"form(plot(1 2 3 as sales, `a`b`c, `Sales, BAR))", "7"}, {"plot(5)", "error: data"},
      {"plot(1 2 3, `a`b)", "error: one label for each of the 3 points"}}},
    {"plotHist", "plotHist(data, [binNum], [range], [title])",
     "A histogram for clients that draw: the numbers, and how to sort them into bins.", plot_histogram, 1, 4, plain,
     {{"form(plotHist(1 2 2 3, 3, 1:4))", "7"}, {"plotHist(1 2, -1)", "error: binNum"}}},
};
} // namespace

function_family chart_functions() { return table_of_charts; }

} // namespace pelorus
