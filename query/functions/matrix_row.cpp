// row*: aggregates over the columns of each row, of matrices, tables, tuples, array vectors or
// several vectors.
#include <algorithm>
#include <cmath>

#include "query/cast.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/matrix.hpp"
#include "storage/table.hpp"

namespace pelorus {

function_family matrix_row_functions();

namespace {

/// All columns of the arguments as DOUBLE; scalars count for every row.
std::vector<column_ptr> row_inputs(const arguments& args, std::string_view usage) {
  std::vector<value> parts;
  for (auto& x : args) {
    if (auto m = x.as<matrix>()) {
      for (size_t c = 0; c < m->columns(); ++c)
        parts.emplace_back(m->col(c));
    } else if (auto t = x.as<table>()) {
      for (auto& col : t->columns())
        parts.emplace_back(col);
    } else if (x.is_vector() && x.type() == type_id::any) {
      for (auto& item : x.vec().items())
        parts.push_back(item);
    } else {
      parts.push_back(x);
    }
  }
  size_t rows = 1;
  for (auto& p : parts)
    if (p.is_vector()) rows = p.size();
  std::vector<column_ptr> columns;
  for (auto& p : parts) {
    if (p.is_vector() && p.size() != rows) refuse(usage, "all columns must have the same length.");
    auto col =
        p.is_vector() ? p.vec_ptr() : to_column(p.is_void() ? value::null(type_id::int_) : p, rows);
    if (is_text(col->type())) { // counts only whether it is there
      auto flags = column::make_null(type_id::int_, rows);
      for (size_t i = 0; i < rows; ++i)
        if (!col->is_null(i)) flags->mutable_data<int32_t>()[i] = 1;
      col = flags;
    }
    columns.push_back(cast_column(col, type_id::double_));
  }
  return columns;
}

struct row_state {
  double n = 0, sum = 0, squares = 0, low = 0, high = 0, product = 1, position = 0, low_at = -1,
         high_at = -1;
  void add(double x) {
    if (!is_null(x)) {
      if (n == 0 || x < low) {
        low = x;
        low_at = position;
      }
      if (n == 0 || x > high) {
        high = x;
        high_at = position;
      }
      ++n;
      sum += x;
      squares += x * x;
      product *= x;
    }
    ++position;
  }
  double total() const { return n > 0 ? sum : std::nan(""); }
  double total_squares() const { return n > 0 ? squares : std::nan(""); }
  double mean() const { return sum / n; }
  double smallest() const { return n > 0 ? low : std::nan(""); }
  double largest() const { return n > 0 ? high : std::nan(""); }
  double multiplied() const { return n > 0 ? product : std::nan(""); }
  double count() const { return n; }
  double size() const { return position; }
  double variance() const {
    return n > 1 ? std::max(0.0, (squares - sum * sum / n) / (n - 1)) : std::nan("");
  }
  double variance_p() const {
    return n > 0 ? std::max(0.0, squares / n - mean() * mean()) : std::nan("");
  }
  double deviation() const { return std::sqrt(variance()); }
  double deviation_p() const { return std::sqrt(variance_p()); }
  double first_smallest() const { return low_at; }
  double first_largest() const { return high_at; }
};

enum class row_type : uint8_t { real, whole, as_input };

/// The widest type of the columns, for results that are one of the elements or their sum.
type_id input_type(const arguments& args) {
  auto type = type_id::bool_;
  auto see = [&](type_id t) { type = is_plain_number(t) ? std::max(type, t) : type_id::double_; };
  for (auto& x : args) {
    if (auto t = x.as<table>()) {
      for (auto& col : t->columns())
        see(col->type());
    } else if (x.is_vector() && x.type() == type_id::any) {
      for (auto& item : x.vec().items())
        see(item.type());
    } else {
      see(is_array(x.type()) ? element_of(x.type()) : x.type());
    }
  }
  return type;
}

template <double (row_state::*Get)() const, row_type Type>
value row_function(call_context&, arguments& args) {
  constexpr std::string_view usage = "row functions";
  std::vector<double> results;
  if (args.size() == 1 && args[0].is_vector() && is_array(args[0].type())) {
    auto& rows = args[0].vec();
    for (size_t i = 0; i < rows.size(); ++i) {
      auto items = cast_column(element(rows, i).vec_ptr(), type_id::double_);
      row_state state;
      for (size_t k = 0; k < items->size(); ++k)
        state.add(items->data<double>()[k]);
      results.push_back((state.*Get)());
    }
  } else {
    auto columns = row_inputs(args, usage);
    std::vector<row_state> states(columns.front()->size());
    for (auto& col : columns)
      for (size_t i = 0; i < states.size(); ++i)
        states[i].add(col->data<double>()[i]);
    for (auto& state : states)
      results.push_back((state.*Get)());
  }
  for (auto& r : results)
    r = valid_or_null(r);
  auto type = Type == row_type::whole  ? type_id::int_
              : Type == row_type::real ? type_id::double_
                                       : input_type(args);
  auto result = cast_column(column::of<double>(type_id::double_, results), type);
  bool scalars = std::all_of(args.begin(), args.end(), [](auto& x) { return x.is_scalar(); });
  return scalars ? element(*result, 0) : value{result};
}

enum class flag_rule : uint8_t { all, any, odd };
template <flag_rule Rule>
value row_flags(call_context&, arguments& args) {
  auto columns = row_inputs(args, "row functions");
  auto result = column::make(type_id::bool_, columns.front()->size());
  for (size_t i = 0; i < result->size(); ++i) {
    size_t trues = 0, held = 0;
    for (auto& col : columns) {
      auto x = col->data<double>()[i];
      held += !is_null(x);
      trues += !is_null(x) && x != 0;
    }
    bool flag = Rule == flag_rule::all   ? trues == held
                : Rule == flag_rule::any ? trues != 0
                                         : trues % 2 == 1;
    result->mutable_data<int8_t>()[i] = held == 0 ? null_of<int8_t> : static_cast<int8_t>(flag);
  }
  return value{result};
}

using s = row_state;

const std::vector<function_entry> matrix_row_table = {
    {"rowSum",
     "rowSum(args..)",
     "Sum of each row, nulls skipped.",
     row_function<&s::total, row_type::as_input>,
     1,
     255,
     plain,
     {{"rowSum(matrix(1 2, 3 4))", "[4,6]"}, {"rowSum(1 2, 3 NULL)", "[4,2]"}}},
    {"rowAvg",
     "rowAvg(args..)",
     "Mean of each row.",
     row_function<&s::mean, row_type::real>,
     1,
     255,
     plain,
     {{"rowAvg(1 2, 4 5)", "[2.5,3.5]"}}},
    {"rowMin",
     "rowMin(args..)",
     "Smallest element of each row.",
     row_function<&s::smallest, row_type::as_input>,
     1,
     255,
     plain,
     {{"rowMin(1 5, 4 2)", "[1,2]"}}},
    {"rowMax",
     "rowMax(args..)",
     "Largest element of each row.",
     row_function<&s::largest, row_type::as_input>,
     1,
     255,
     plain,
     {{"rowMax(1 5, 4 2)", "[4,5]"}}},
    {"rowProd",
     "rowProd(args..)",
     "Product of each row.",
     row_function<&s::multiplied, row_type::as_input>,
     1,
     255,
     plain,
     {{"rowProd(1 5, 4 2)", "[4,10]"}}},
    {"rowCount",
     "rowCount(args..)",
     "Elements of each row that are not null.",
     row_function<&s::count, row_type::whole>,
     1,
     255,
     plain,
     {{"rowCount(1 2, 4 NULL)", "[2,1]"}}},
    {"rowSize",
     "rowSize(args..)",
     "Elements of each row.",
     row_function<&s::size, row_type::whole>,
     1,
     255,
     plain,
     {{"rowSize(1 2, 4 NULL)", "[2,2]"}}},
    {"rowSum2",
     "rowSum2(args..)",
     "Sum of squares of each row.",
     row_function<&s::total_squares, row_type::real>,
     1,
     255,
     plain,
     {{"rowSum2(1 2, 3 4)", "[10,20]"}}},
    {"rowStd",
     "rowStd(args..)",
     "Sample standard deviation of each row.",
     row_function<&s::deviation, row_type::real>,
     1,
     255,
     plain,
     {{"rowStd(1 2, 3 4)", "[1.414214,1.414214]"}}},
    {"rowStdp",
     "rowStdp(args..)",
     "Population standard deviation of each row.",
     row_function<&s::deviation_p, row_type::real>,
     1,
     255,
     plain,
     {{"rowStdp(1 2, 3 4)", "[1,1]"}}},
    {"rowVar",
     "rowVar(args..)",
     "Sample variance of each row.",
     row_function<&s::variance, row_type::real>,
     1,
     255,
     plain,
     {{"rowVar(1 2, 3 4)", "[2,2]"}}},
    {"rowVarp",
     "rowVarp(args..)",
     "Population variance of each row.",
     row_function<&s::variance_p, row_type::real>,
     1,
     255,
     plain,
     {{"rowVarp(1 2, 3 4)", "[1,1]"}}},
    {"rowImin",
     "rowImin(args..)",
     "Position of the smallest element of each row.",
     row_function<&s::first_smallest, row_type::whole>,
     1,
     255,
     plain,
     {{"rowImin(1 5, 4 2)", "[0,1]"}}},
    {"rowImax",
     "rowImax(args..)",
     "Position of the largest element of each row.",
     row_function<&s::first_largest, row_type::whole>,
     1,
     255,
     plain,
     {{"rowImax(1 5, 4 2)", "[1,0]"}}},
    {"rowAnd",
     "rowAnd(args..)",
     "Whether all elements of each row are true.",
     row_flags<flag_rule::all>,
     1,
     255,
     plain,
     {{"rowAnd(1 0, 1 1)", "[true,false]"}}},
    {"rowOr",
     "rowOr(args..)",
     "Whether any element of each row is true.",
     row_flags<flag_rule::any>,
     1,
     255,
     plain,
     {{"rowOr(1 0, 1 0)", "[true,false]"}}},
    {"rowXor",
     "rowXor(args..)",
     "Whether an odd number of elements of each row is true.",
     row_flags<flag_rule::odd>,
     1,
     255,
     plain,
     {{"rowXor(1 0, 1 1)", "[false,true]"}}},
};

} // namespace

function_family matrix_row_functions() { return matrix_row_table; }

} // namespace pelorus
