// Moments, covariances and quantiles. Two passes (mean, then squares about it) keep the variance exact where one
// pass over squares would cancel; partial moments merge by Chan's formula.
#include <algorithm>

#include "query/aggregate.hpp"
#include "query/aggregate_loops.hpp"
#include "query/grouping.hpp"
#include "storage/block_pool.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

// -- one variable -----------------------------------------------------------------------------------

struct moments {
  double count = 0, mean = 0, m2 = 0, m3 = 0, m4 = 0;
};

template <bool Higher>
std::vector<moments> moments_of(const aggregate_call& call) {
  auto values = as_doubles(call.inputs[0]);
  std::vector<moments> all(call.by.groups);
  for_each_valid<double>(*values, call.by, [&](uint32_t g, double x, size_t) {
    all[g].mean += x;
    all[g].count += 1;
  });
  for (auto& m : all)
    if (m.count > 0) m.mean /= m.count;
  for_each_valid<double>(*values, call.by, [&](uint32_t g, double x, size_t) {
    auto& m = all[g];
    auto d = x - m.mean, d2 = d * d;
    m.m2 += d2;
    if constexpr (Higher) {
      m.m3 += d2 * d;
      m.m4 += d2 * d2;
    }
  });
  return all;
}

double variance(const moments& m, bool sample) {
  auto divisor = m.count - (sample ? 1 : 0);
  return divisor > 0 ? finite_or_null(m.m2 / divisor) : null_of<double>;
}

double root(double x) { return is_null(x) ? x : std::sqrt(x); }

column_ptr doubles(const std::vector<moments>& states, double (*f)(const moments&)) {
  return finalize<double>(type_id::double_, states, f);
}

double var_of(const moments& m) { return variance(m, true); }
double varp_of(const moments& m) { return variance(m, false); }
double std_of(const moments& m) { return root(variance(m, true)); }
double stdp_of(const moments& m) { return root(variance(m, false)); }
double m2_of(const moments& m) { return m.count > 0 ? m.m2 : null_of<double>; }
double sem_of(const moments& m) {
  auto s = std_of(m);
  return is_null(s) ? s : s / std::sqrt(m.count);
}

template <double (*F)(const moments&)>
column_ptr moment_kernel(const aggregate_call& call) {
  return doubles(moments_of<false>(call), F);
}

/// Joins (count, avg, m2) of the chunks: Chan, Golub and LeVeque's pairwise update.
template <double (*F)(const moments&)>
column_ptr merge_moments(const aggregate_call& call) {
  auto counts = as_doubles(call.inputs[0]), means = as_doubles(call.inputs[1]);
  auto* n = counts->data<double>();
  auto* m2 = call.inputs[2]->data<double>();
  std::vector<moments> all(call.by.groups);
  for_each_valid<double>(*means, call.by, [&](uint32_t g, double mean, size_t row) {
    auto& m = all[g];
    auto total = m.count + n[row], delta = mean - m.mean;
    m.m2 += m2[row] + delta * delta * m.count * n[row] / total;
    m.mean += delta * n[row] / total;
    m.count = total;
  });
  return doubles(all, F);
}

bool flag(const aggregate_call& call, bool otherwise) {
  if (call.parameters.empty() || call.parameters[0].is_void()) return otherwise;
  return call.parameters[0].as_long() != 0;
}

double skew_of(const moments& m, bool biased) {
  if (m.count < (biased ? 1 : 3) || m.m2 <= 0) return m.count > 0 && m.m2 == 0 ? 0 : null_of<double>;
  auto n = m.count;
  auto g1 = std::sqrt(n) * m.m3 / std::pow(m.m2, 1.5);
  return finite_or_null(biased ? g1 : g1 * std::sqrt(n * (n - 1)) / (n - 2));
}

double kurtosis_of(const moments& m, bool biased) {
  auto n = m.count;
  if (m.m2 <= 0 || n < (biased ? 1 : 4)) return null_of<double>;
  auto g2 = n * m.m4 / (m.m2 * m.m2);
  return finite_or_null(biased ? g2 : (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 - 3 * (n - 1)) + 3);
}

column_ptr skew_kernel(const aggregate_call& call) {
  auto biased = flag(call, true);
  return finalize<double>(type_id::double_, moments_of<true>(call),
                          [biased](const moments& m) { return skew_of(m, biased); });
}

column_ptr kurtosis_kernel(const aggregate_call& call) {
  auto biased = flag(call, true);
  return finalize<double>(type_id::double_, moments_of<true>(call),
                          [biased](const moments& m) { return kurtosis_of(m, biased); });
}

// -- two variables ------------------------------------------------------------------------------------

struct comoments {
  double count = 0, mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
};

std::vector<comoments> comoments_of(const aggregate_call& call) {
  auto xs = as_doubles(call.inputs[0]), ys = as_doubles(call.inputs[1]);
  auto* y = ys->data<double>();
  std::vector<comoments> all(call.by.groups);
  for_each_valid<double>(*xs, call.by, [&](uint32_t g, double x, size_t row) {
    if (is_null(y[row])) return;
    all[g].count += 1;
    all[g].mean_x += x;
    all[g].mean_y += y[row];
  });
  for (auto& c : all)
    if (c.count > 0) c.mean_x /= c.count, c.mean_y /= c.count;
  for_each_valid<double>(*xs, call.by, [&](uint32_t g, double x, size_t row) {
    if (is_null(y[row])) return;
    auto& c = all[g];
    auto dx = x - c.mean_x, dy = y[row] - c.mean_y;
    c.xx += dx * dx;
    c.yy += dy * dy;
    c.xy += dx * dy;
  });
  return all;
}

double corr_of(const comoments& c) {
  return c.count > 1 && c.xx > 0 && c.yy > 0 ? finite_or_null(c.xy / std::sqrt(c.xx * c.yy))
                                             : null_of<double>;
}
double covar_of(const comoments& c) {
  return c.count > 1 ? finite_or_null(c.xy / (c.count - 1)) : null_of<double>;
}
double covarp_of(const comoments& c) {
  return c.count > 0 ? finite_or_null(c.xy / c.count) : null_of<double>;
}
/// Slope of the regression of the first argument on the second.
double beta_of(const comoments& c) {
  return c.count > 1 && c.yy > 0 ? finite_or_null(c.xy / c.yy) : null_of<double>;
}

template <double (*F)(const comoments&)>
column_ptr comoment_kernel(const aggregate_call& call) {
  return finalize<double>(type_id::double_, comoments_of(call), F);
}

// -- quantiles ------------------------------------------------------------------------------------------

/// Calls f(first, last) with the valid values of each group, in an order of its own; gathers the answers.
template <class F>
column_ptr by_sample(const aggregate_call& call, F&& f) {
  auto values = as_doubles(call.inputs[0]);
  auto& by = call.by;
  auto parts = parts_of(by.rows, std::max<size_t>(size_t{1} << 16, by.groups));
  std::vector<scratch<uint32_t>> next(parts);
  auto each = [&](size_t from, size_t to, auto&& add) {
    grouped_rows rows{to - from, by.groups, by.ids ? by.ids + from : nullptr};
    for_each_valid<double>(*values->slice(from, to - from), rows, add);
  };
  for_each_part(by.rows, parts, [&](size_t p, size_t from, size_t to) {
    next[p].assign(by.groups, 0);
    each(from, to, [&](uint32_t g, double, size_t) { ++next[p][g]; });
  });
  std::vector<uint32_t> offsets(by.groups + size_t{1}, 0);
  uint32_t before = 0;
  for (uint32_t g = 0; g < by.groups; ++g) {
    for (auto& counts : next) before += std::exchange(counts[g], before);
    offsets[g + 1] = before;
  }
  scratch<double> sample(before);
  for_each_part(by.rows, parts, [&](size_t p, size_t from, size_t to) {
    each(from, to, [&, at = next[p].data()](uint32_t g, double x, size_t) { sample[at[g]++] = x; });
  });
  auto result = column::make(type_id::double_, by.groups);
  auto* to = result->mutable_data<double>();
  constexpr uint32_t groups_a_task = 64;
  auto tasks = by.rows < (size_t{1} << 16) ? size_t{1} : by.groups / groups_a_task + 1;
  for_each_task(tasks, [&](size_t t) {
    for (auto g = by.groups * t / tasks; g < by.groups * (t + 1) / tasks; ++g)
      to[g] = offsets[g] == offsets[g + 1] ? null_of<double> : f(sample.data() + offsets[g], sample.data() + offsets[g + 1]);
  });
  return result;
}

enum class interpolation : uint8_t { linear, lower, higher, midpoint, nearest };

interpolation interpolation_of(const aggregate_call& call, std::string_view function) {
  if (call.parameters.size() < 2 || !call.parameters[1].is_text()) return interpolation::linear;
  constexpr std::pair<std::string_view, interpolation> names[] = {
      {"linear", interpolation::linear},     {"lower", interpolation::lower},
      {"higher", interpolation::higher},     {"midpoint", interpolation::midpoint},
      {"nearest", interpolation::nearest}};
  for (auto& [name, how] : names)
    if (call.parameters[1].text() == name) return how;
  throw script_error{ec::bad_argument,
                     std::string{function} + ": interpolation must be 'linear', 'lower', 'higher', "
                                             "'midpoint' or 'nearest'."};
}

double quantile_of(double* first, double* last, double fraction, interpolation how) {
  auto position = fraction * static_cast<double>(last - first - 1);
  auto below = static_cast<size_t>(std::floor(position));
  auto rest = position - std::floor(position);
  std::nth_element(first, first + below, last);
  auto low = first[below];
  if (rest == 0 || how == interpolation::lower) return low;
  auto high = *std::min_element(first + below + 1, last);
  switch (how) {
    case interpolation::higher: return high;
    case interpolation::midpoint: return (low + high) / 2;
    case interpolation::nearest: return rest < 0.5 || (rest == 0.5 && below % 2 == 0) ? low : high;
    default: return low + (high - low) * rest;
  }
}

column_ptr med_kernel(const aggregate_call& call) {
  return by_sample(call, [](double* first, double* last) {
    return quantile_of(first, last, 0.5, interpolation::linear);
  });
}

template <int Whole>
column_ptr quantile_kernel(const aggregate_call& call) {
  constexpr auto function = Whole == 100 ? "percentile" : "quantile";
  if (call.parameters.empty())
    throw script_error{ec::bad_argument, std::string{function} + " needs its second argument."};
  auto fraction = call.parameters[0].as_double() / Whole;
  if (!(fraction >= 0 && fraction <= 1))
    throw script_error{ec::bad_argument, std::string{function} + ": the second argument must be between 0 and " +
                                             std::to_string(Whole) + "."};
  auto how = interpolation_of(call, function);
  return by_sample(call, [&](double* first, double* last) {
    return quantile_of(first, last, fraction, how);
  });
}

/// Mean (default) or median absolute deviation.
column_ptr mad_kernel(const aggregate_call& call) {
  auto about_median = flag(call, false);
  return by_sample(call, [&](double* first, double* last) {
    auto n = static_cast<double>(last - first);
    double center = 0;
    if (about_median) center = quantile_of(first, last, 0.5, interpolation::linear);
    else {
      for (auto* x = first; x != last; ++x) center += *x;
      center /= n;
    }
    for (auto* x = first; x != last; ++x) *x = std::abs(*x - center);
    if (about_median) return quantile_of(first, last, 0.5, interpolation::linear);
    double sum = 0;
    for (auto* x = first; x != last; ++x) sum += *x;
    return sum / n;
  });
}

} // namespace

std::span<const aggregate_kind> statistical_aggregates() {
  static const std::vector<aggregate_kind> kinds{
      {"var", 1, moment_kernel<var_of>, {"count", "avg", "squares_about_mean"}, "merge_var"},
      {"varp", 1, moment_kernel<varp_of>, {"count", "avg", "squares_about_mean"}, "merge_varp"},
      {"std", 1, moment_kernel<std_of>, {"count", "avg", "squares_about_mean"}, "merge_std"},
      {"stdp", 1, moment_kernel<stdp_of>, {"count", "avg", "squares_about_mean"}, "merge_stdp"},
      {"sem", 1, moment_kernel<sem_of>, {"count", "avg", "squares_about_mean"}, "merge_sem"},
      {"squares_about_mean", 1, moment_kernel<m2_of>},
      {"merge_var", 3, merge_moments<var_of>},
      {"merge_varp", 3, merge_moments<varp_of>},
      {"merge_std", 3, merge_moments<std_of>},
      {"merge_stdp", 3, merge_moments<stdp_of>},
      {"merge_sem", 3, merge_moments<sem_of>},
      {"skew", 1, skew_kernel},
      {"kurtosis", 1, kurtosis_kernel},
      {"corr", 2, comoment_kernel<corr_of>},
      {"covar", 2, comoment_kernel<covar_of>},
      {"covarp", 2, comoment_kernel<covarp_of>},
      {"beta", 2, comoment_kernel<beta_of>},
      {"med", 1, med_kernel},
      {"median", 1, med_kernel},
      {"percentile", 1, quantile_kernel<100>},
      {"quantile", 1, quantile_kernel<1>},
      {"mad", 1, mad_kernel},
  };
  return kinds;
}

} // namespace pelorus
