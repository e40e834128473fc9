// m*(X, window, [minPeriods]): windows of the last `window` elements, O(1) a row (medians and ranks
// O(log window)). Nulls in a window are skipped; a result is null until the window is full or, with
// minPeriods, until it holds so many values. Windows of matrices go by column.
#include <algorithm>
#include <cmath>
#include <deque>

#include "query/cast.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/functions/moving_states.hpp"
#include "query/matrix.hpp"

namespace pelorus {

function_family moving_more_functions();

namespace {

template <class State>
value over_windows(arguments& args, type_id type, std::string_view usage) {
  auto plan = window_of(args, 1, usage);
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        if (!is_number(col->type()) && !is_temporal(col->type()))
          refuse_type(usage, "X", value{col}, "numeric");
        auto numbers = col->type() == type_id::double_ ? col : cast_column(col, type_id::double_);
        return slide<State>(*numbers, plan, type);
      },
      usage);
}

/// Extremes keep the type of X.
template <class State>
value typed_windows(arguments& args, std::string_view usage) {
  auto plan = window_of(args, 1, usage);
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        if (!is_number(col->type()) && !is_temporal(col->type()))
          refuse_type(usage, "X", value{col}, "numeric");
        auto wide = col->physical() == physical::i64; // 2^53 is not enough
        auto numbers = cast_column(is_temporal(col->type())
                                       ? cast_column(col, wide ? type_id::long_ : type_id::int_)
                                       : col,
                                   type_id::double_);
        auto result = slide<State>(*numbers, plan, type_id::double_);
        if (is_temporal(col->type()))
          return cast_column(cast_column(result, wide ? type_id::long_ : type_id::int_),
                             col->type());
        return is_decimal(col->type()) ? result : cast_column(result, col->type());
      },
      usage);
}

value sum(call_context&, arguments& args) {
  auto is_integer = [](const value& x) { return is_integral(x.type()); };
  auto integers = is_integer(args[0]);
  auto result = over_windows<moving_sum>(args, type_id::double_, "msum(X, window, [minPeriods])");
  return integers && (result.is_vector() || result.form() == form::matrix)
             ? cast(result, type_id::long_)
             : result;
}
value mean(call_context&, arguments& args) {
  constexpr std::string_view usage = "mavg(X, window, [minPeriods])";
  if (!args[1].is_vector()) return over_windows<moving_mean>(args, type_id::double_, usage);
  // A vector of weights: the window is as long as the weights.
  auto weights = cast_column(args[1].vec_ptr(), type_id::double_);
  auto size = weights->size();
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        auto x = cast_column(col, type_id::double_);
        auto result = column::make_null(type_id::double_, x->size());
        for (size_t i = size - 1; i < x->size(); ++i) {
          double total = 0, weight = 0;
          for (size_t k = 0; k < size; ++k) {
            auto v = x->data<double>()[i + 1 - size + k];
            if (is_null(v)) continue;
            total += v * weights->data<double>()[k];
            weight += weights->data<double>()[k];
          }
          if (weight != 0) result->mutable_data<double>()[i] = total / weight;
        }
        return result;
      },
      usage);
}
value count(call_context&, arguments& args) {
  constexpr std::string_view usage = "mcount(X, window, [minPeriods])";
  auto plan = window_of(args, 1, usage);
  plan.whole = false;
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        auto result = column::make_null(type_id::int_, col->size());
        int64_t held = 0;
        for (size_t i = 0; i < col->size(); ++i) {
          held += !col->is_null(i);
          if (i >= plan.size) held -= !col->is_null(i - plan.size);
          if (held >= plan.least) result->mutable_data<int32_t>()[i] = static_cast<int32_t>(held);
        }
        return result;
      },
      usage);
}
value maximum(call_context&, arguments& args) {
  return typed_windows<moving_extreme<true>>(args, "mmax(X, window, [minPeriods])");
}
value minimum(call_context&, arguments& args) {
  return typed_windows<moving_extreme<false>>(args, "mmin(X, window, [minPeriods])");
}
value position_of_max(call_context&, arguments& args) {
  return over_windows<moving_position<true>>(args, type_id::int_, "mimax(X, window, [minPeriods])");
}
value position_of_min(call_context&, arguments& args) {
  return over_windows<moving_position<false>>(args, type_id::int_,
                                              "mimin(X, window, [minPeriods])");
}
value variance(call_context&, arguments& args) {
  return over_windows<moving_variance<1, false>>(args, type_id::double_,
                                                 "mvar(X, window, [minPeriods])");
}
value variance_p(call_context&, arguments& args) {
  return over_windows<moving_variance<0, false>>(args, type_id::double_,
                                                 "mvarp(X, window, [minPeriods])");
}
value deviation(call_context&, arguments& args) {
  return over_windows<moving_variance<1, true>>(args, type_id::double_,
                                                "mstd(X, window, [minPeriods])");
}
value deviation_p(call_context&, arguments& args) {
  return over_windows<moving_variance<0, true>>(args, type_id::double_,
                                                "mstdp(X, window, [minPeriods])");
}
value squares(call_context&, arguments& args) {
  return over_windows<moving_squares>(args, type_id::double_, "msum2(X, window, [minPeriods])");
}
value median(call_context&, arguments& args) {
  return over_windows<moving_median>(args, type_id::double_, "mmed(X, window, [minPeriods])");
}
value product(call_context&, arguments& args) {
  return over_windows<moving_product>(args, type_id::double_, "mprod(X, window, [minPeriods])");
}
value first(call_context&, arguments& args) {
  auto plan = window_of(args, 1, "mfirst(X, window, [minPeriods])");
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        std::vector<int64_t> rows(col->size(), -1);
        for (size_t i = plan.size - 1; i < rows.size(); ++i)
          rows[i] = static_cast<int64_t>(i + 1 - plan.size);
        return col->gather(std::span<const int64_t>{rows});
      },
      "mfirst");
}
value last(call_context&, arguments& args) {
  auto plan = window_of(args, 1, "mlast(X, window, [minPeriods])");
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        std::vector<int64_t> rows(col->size(), -1);
        for (size_t i = plan.size - 1; i < rows.size(); ++i)
          rows[i] = static_cast<int64_t>(i);
        return col->gather(std::span<const int64_t>{rows});
      },
      "mlast");
}

constexpr auto flags = order_sensitive;
const std::vector<function_entry> one_vector_table = {
    {"msum",
     "msum(X, window, [minPeriods])",
     "Sum in a moving window.",
     sum,
     2,
     3,
     flags,
     {{"msum(2 1 3 7, 3)", "[,,6,11]"}, {"msum(2 1 3 7, 3, 1)", "[2,3,6,11]"}}},
    {"mavg",
     "mavg(X, window, [minPeriods])",
     "Mean in a moving window; a vector as window holds weights.",
     mean,
     2,
     3,
     flags,
     {{"mavg(7 4 6 0, 2)", "[,5.5,5,3]"}}},
    {"mcount",
     "mcount(X, window, [minPeriods])",
     "Values in a moving window that are not null.",
     count,
     2,
     3,
     flags,
     {{"mcount(7 4 NULL, 2)", "[1,2,1]"}}},
    {"mmax",
     "mmax(X, window, [minPeriods])",
     "Largest value in a moving window.",
     maximum,
     2,
     3,
     flags,
     {{"mmax(2 1 3 1, 2)", "[,2,3,3]"}}},
    {"mmin",
     "mmin(X, window, [minPeriods])",
     "Smallest value in a moving window.",
     minimum,
     2,
     3,
     flags,
     {{"mmin(2 1 3 1, 2)", "[,1,1,1]"}}},
    {"mimax",
     "mimax(X, window, [minPeriods])",
     "Position of the largest value in a moving window, the first of equal ones.",
     position_of_max,
     2,
     3,
     flags,
     {{"mimax(2 1 3, 2)", "[,0,1]"}}},
    {"mimin",
     "mimin(X, window, [minPeriods])",
     "Position of the smallest value in a moving window, the first of equal ones.",
     position_of_min,
     2,
     3,
     flags,
     {{"mimin(2 1 3, 2)", "[,1,0]"}}},
    {"mstd",
     "mstd(X, window, [minPeriods])",
     "Sample standard deviation in a moving window.",
     deviation,
     2,
     3,
     flags,
     {{"mstd(1 2 5, 3)", "[,,2.081666]"}}},
    {"mstdp",
     "mstdp(X, window, [minPeriods])",
     "Population standard deviation in a moving window.",
     deviation_p,
     2,
     3,
     flags,
     {{"mstdp(1 3, 2)", "[,1]"}}},
    {"mvar",
     "mvar(X, window, [minPeriods])",
     "Sample variance in a moving window.",
     variance,
     2,
     3,
     flags,
     {{"mvar(1 2 3, 3)", "[,,1]"}}},
    {"mvarp",
     "mvarp(X, window, [minPeriods])",
     "Population variance in a moving window.",
     variance_p,
     2,
     3,
     flags,
     {{"mvarp(1 3, 2)", "[,1]"}}},
    {"msum2",
     "msum2(X, window, [minPeriods])",
     "Sum of squares in a moving window.",
     squares,
     2,
     3,
     flags,
     {{"msum2(1 2 3, 2)", "[,5,13]"}}},
    {"mmed",
     "mmed(X, window, [minPeriods])",
     "Median in a moving window.",
     median,
     2,
     3,
     flags,
     {{"mmed(2 1 3 7, 3)", "[,,2,3]"}}},
    {"mprod",
     "mprod(X, window, [minPeriods])",
     "Product in a moving window.",
     product,
     2,
     3,
     flags,
     {{"mprod(2 1 3, 2)", "[,2,3]"}}},
    {"mfirst",
     "mfirst(X, window, [minPeriods])",
     "First element of a moving window.",
     first,
     2,
     3,
     flags,
     {{"mfirst(2 1 3, 2)", "[,2,1]"}}},
    {"mlast",
     "mlast(X, window, [minPeriods])",
     "Last element of a moving window.",
     last,
     2,
     3,
     flags,
     {{"mlast(2 1 3, 2)", "[,1,3]"}}},
};

} // namespace

function_family moving_functions() {
  static const auto all = [] {
    auto entries = one_vector_table;
    auto more = moving_more_functions();
    entries.insert(entries.end(), more.begin(), more.end());
    return entries;
  }();
  return all;
}

} // namespace pelorus
