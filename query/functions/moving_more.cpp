// Moving windows over two vectors, ranks in windows, and exponential means.
#include <algorithm>
#include <cmath>
#include <set>

#include "query/cast.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/moving_states.hpp"

namespace pelorus {

function_family moving_more_functions();

namespace {

/// Sums over the pairs in the window that have no null.
struct moving_pairs {
  exact_sum x, y, xx, yy, xy;
  double n = 0;
  void change(double a, double b, double sign) {
    n += sign;
    x.add(sign * a);
    y.add(sign * b);
    xx.add(sign * a * a);
    yy.add(sign * b * b);
    xy.add(sign * a * b);
  }
  double covariance() const {
    return n > 1 ? (xy.get() - x.get() * y.get() / n) / (n - 1) : std::nan("");
  }
  double correlation() const {
    auto vx = n * xx.get() - x.get() * x.get(), vy = n * yy.get() - y.get() * y.get();
    return n > 1 && vx > 0 && vy > 0 ? (n * xy.get() - x.get() * y.get()) / std::sqrt(vx * vy)
                                     : std::nan("");
  }
  /// Slope of X over Y, as DolphinDB's mbeta(Y, X) has it: the first argument depends on the
  /// second.
  double slope() const {
    auto v = yy.get() - y.get() * y.get() / n;
    return n > 1 && v != 0 ? (xy.get() - x.get() * y.get() / n) / v : std::nan("");
  }
  double weighted_sum() const { return xy.get(); }
  double weighted_mean() const { return xy.get() / y.get(); }
};

template <double (moving_pairs::*Get)() const>
value over_pairs(call_context&, arguments& args) {
  constexpr std::string_view usage = "X, Y, window, [minPeriods]";
  auto plan = window_of(args, 2, usage);
  auto second = args[1];
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        auto x = cast_column(col, type_id::double_),
             y = cast_column(vector_argument(second, usage, "Y"), type_id::double_);
        if (x->size() != y->size()) refuse(usage, "X and Y must have the same length.");
        auto *a = x->data<double>(), *b = y->data<double>();
        auto result = column::make_null(type_id::double_, x->size());
        auto* out = result->mutable_data<double>();
        moving_pairs sums;
        for (size_t i = 0; i < x->size(); ++i) {
          auto gone = i - plan.size;
          if (i >= plan.size && !is_null(a[gone]) && !is_null(b[gone]))
            sums.change(a[gone], b[gone], -1);
          if (!is_null(a[i]) && !is_null(b[i])) sums.change(a[i], b[i], 1);
          bool ready = plan.whole ? i + 1 >= plan.size && sums.n > 0
                                  : sums.n >= static_cast<double>(plan.least);
          if (ready) out[i] = valid_or_null((sums.*Get)());
        }
        return result;
      },
      usage);
}

/// Place of the newest element among those of its window.
value rank(call_context&, arguments& args) {
  constexpr std::string_view usage = "mrank(X, ascending, window, [ignoreNA=true], "
                                     "[tiesMethod='min'], [percent=false], [minPeriods])";
  arguments window{args[2]};
  if (is_given(args, 6)) window.push_back(args[6]);
  auto plan = window_of(window, 0, usage);
  bool ascending = flag_argument(args, 1, true), percent = flag_argument(args, 5, false),
       ignore = flag_argument(args, 3, true);
  std::string ties{text_argument(args, 4, "min", usage, "tiesMethod")};
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        auto x = cast_column(col, type_id::double_);
        auto* in = x->data<double>();
        bool real = percent || ties == "average";
        auto result = column::make_null(real ? type_id::double_ : type_id::int_, x->size());
        for (size_t i = 0; i < x->size(); ++i) {
          if (ignore && is_null(in[i])) continue;
          int64_t before = 0, equal = 0, held = 0;
          for (auto k = i + 1 >= plan.size ? i + 1 - plan.size : 0; k <= i; ++k) {
            if (ignore && is_null(in[k])) continue;
            ++held;
            before += ascending ? in[k] < in[i] : in[k] > in[i];
            equal += in[k] == in[i];
          }
          bool ready = plan.whole ? i + 1 >= plan.size : held >= plan.least;
          if (!ready) continue;
          double place = static_cast<double>(before) +
                         (ties == "max"       ? static_cast<double>(equal - 1)
                          : ties == "average" ? static_cast<double>(equal - 1) / 2
                                              : 0.0);
          if (percent) place = (place + 1) / static_cast<double>(held);
          if (real)
            result->mutable_data<double>()[i] = place;
          else
            result->mutable_data<int32_t>()[i] = static_cast<int32_t>(place);
        }
        return result;
      },
      usage);
}

// -- exponential means
// ------------------------------------------------------------------------------------------

/// TA-Lib's ema: starts with the mean of the first full window (or, warming up, with the first
/// value).
template <bool Wilder>
value exponential(call_context&, arguments& args) {
  constexpr std::string_view usage =
      Wilder ? "wilder(X, window)" : "ema(X, window, [warmup=false])";
  auto window = integer_argument(args, 1, 0, usage, "window");
  if (window < 1) refuse(usage, "window must be a positive integer.");
  bool warm_up = flag_argument(args, 2, false);
  auto weight = Wilder ? 1.0 / static_cast<double>(window) : 2.0 / static_cast<double>(window + 1);
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        auto x = cast_column(col, type_id::double_);
        auto* in = x->data<double>();
        auto result = column::make_null(type_id::double_, x->size());
        auto* out = result->mutable_data<double>();
        size_t start = 0;
        while (start < x->size() && is_null(in[start]))
          ++start;
        auto first = start + (warm_up ? 0 : static_cast<size_t>(window) - 1);
        double mean = 0;
        // While warming up the window grows with the elements.
        auto weight_at = [&](size_t k) {
          auto full = static_cast<size_t>(window);
          return warm_up && k < full ? 2.0 / static_cast<double>(k + 1) : weight;
        };
        for (size_t i = start; i < x->size(); ++i) {
          if (i <= first)
            mean += in[i] / static_cast<double>(first - start + 1);
          else if (!is_null(in[i]))
            mean += weight_at(i - start) * (in[i] - mean);
          if (i >= first) out[i] = mean;
        }
        return result;
      },
      usage);
}

/// The decay of com, span, halfLife or alpha, whichever is given.
double decay_of(const arguments& args, std::string_view usage) {
  if (is_given(args, 1)) return 1 / (1 + args[1].as_double());
  if (is_given(args, 2)) return 2 / (args[2].as_double() + 1);
  if (is_given(args, 3)) return 1 - std::exp(std::log(0.5) / args[3].as_double());
  if (is_given(args, 4)) return args[4].as_double();
  refuse(usage, "one of com, span, halfLife and alpha must be given.");
}

value exponential_mean(call_context&, arguments& args) {
  constexpr std::string_view usage = "ewmMean(X, [com], [span], [halfLife], [alpha], "
                                     "[minPeriods=0], [adjust=true], [ignoreNA=false])";
  auto alpha = decay_of(args, usage);
  if (!(alpha > 0 && alpha <= 1)) refuse(usage, "the decay must lie in (0, 1].");
  auto least = integer_argument(args, 5, 0, usage, "minPeriods");
  bool adjust = flag_argument(args, 6, true), ignore = flag_argument(args, 7, false);
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        auto x = cast_column(col, type_id::double_);
        auto result = column::make_null(type_id::double_, x->size());
        double mean = 0, old_weight = 1;
        int64_t seen = 0;
        for (size_t i = 0; i < x->size(); ++i) {
          auto v = x->data<double>()[i];
          bool missing = is_null(v);
          if (seen == 0 && !missing) {
            mean = v;
          } else if (seen > 0 && (!missing || !ignore)) {
            old_weight *= 1 - alpha;
            if (!missing) {
              auto fresh = adjust ? 1.0 : alpha;
              mean = (old_weight * mean + fresh * v) / (old_weight + fresh);
              old_weight = adjust ? old_weight + fresh : 1;
            }
          }
          seen += !missing;
          if (seen > 0 && seen >= least) result->mutable_data<double>()[i] = mean;
        }
        return result;
      },
      usage);
}

constexpr auto flags = order_sensitive;

const std::vector<function_entry> moving_more_table = {
    {"mcovar",
     "mcovar(X, Y, window, [minPeriods])",
     "Sample covariance in a moving window.",
     over_pairs<&moving_pairs::covariance>,
     3,
     4,
     flags,
     {{"mcovar(1 2 3, 1 2 3, 3)", "[,,1]"}}},
    {"mcorr",
     "mcorr(X, Y, window, [minPeriods])",
     "Correlation in a moving window.",
     over_pairs<&moving_pairs::correlation>,
     3,
     4,
     flags,
     {{"mcorr(1 2 3, 2 4 6, 3)", "[,,1]"}}},
    {"mbeta",
     "mbeta(Y, X, window, [minPeriods])",
     "Slope of the regression of Y on X in a moving window.",
     over_pairs<&moving_pairs::slope>,
     3,
     4,
     flags,
     {{"mbeta(2 4 6, 1 2 3, 3)", "[,,2]"}}},
    {"mwsum",
     "mwsum(X, Y, window, [minPeriods])",
     "Sum of products in a moving window.",
     over_pairs<&moving_pairs::weighted_sum>,
     3,
     4,
     flags,
     {{"mwsum(1 2 3, 1 1 2, 2)", "[,3,8]"}}},
    {"mwavg",
     "mwavg(X, Y, window, [minPeriods])",
     "Mean of X weighted by Y in a moving window.",
     over_pairs<&moving_pairs::weighted_mean>,
     3,
     4,
     flags,
     {{"mwavg(1 3, 1 3, 2)", "[,2.5]"}}},
    {"mrank",
     "mrank(X, ascending, window, [ignoreNA=true], [tiesMethod='min'], [percent=false], "
     "[minPeriods])",
     "Place of each element among those of its window.",
     rank,
     3,
     7,
     flags,
     {{"mrank(3 1 2, true, 2)", "[,0,1]"}}},
    {"ema",
     "ema(X, window, [warmup=false])",
     "Exponential mean with weight 2/(window+1), started by the mean of the first window.",
     exponential<false>,
     2,
     3,
     flags,
     {{"ema(12 14 16 12, 3)", "[,,14,13]"}}},
    {"wilder",
     "wilder(X, window)",
     "Exponential mean with weight 1/window, started by the mean of the first window.",
     exponential<true>,
     2,
     2,
     flags,
     {{"wilder(1 2 3, 2)", "[,1.5,2.25]"}}},
    {"ewmMean",
     "ewmMean(X, [com], [span], [halfLife], [alpha], [minPeriods=0], [adjust=true], "
     "[ignoreNA=false])",
     "Exponentially weighted mean; the decay by one of com, span, halfLife, alpha.",
     exponential_mean,
     1,
     8,
     flags,
     {{"ewmMean(0 1, 0.5)", "[0,0.75]"}}},
};

} // namespace

function_family moving_more_functions() { return moving_more_table; }

} // namespace pelorus
