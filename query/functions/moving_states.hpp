// States of moving windows: values go in on one side and out on the other.
#pragma once

#include <cmath>
#include <cstdint>
#include <deque>
#include <iterator>
#include <set>

#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"

namespace pelorus {

struct window_plan {
  size_t size = 1;
  int64_t least = 1; ///< values that are not null which a result needs
  bool whole = true; ///< no result before the first full window
};

/// From the arguments `at` (window) and `at` + 1 (minPeriods).
inline window_plan window_of(const arguments& args, size_t at, std::string_view usage) {
  window_plan plan;
  auto size = integer_argument(args, at, 0, usage, "window");
  if (size < 1) refuse(usage, "window must be a positive integer.");
  plan.size = static_cast<size_t>(size);
  plan.whole = !is_given(args, at + 1) || args[at + 1].is_null();
  plan.least = integer_argument(args, at + 1, 1, usage, "minPeriods");
  if (plan.least < 1 || plan.least > size)
    refuse(usage, "minPeriods must lie between 1 and window.");
  return plan;
}

/// `add` sees values in order with their row; `drop` sees the same values again as they leave.
/// `get(row of the window's start)` is only asked when at least one value is inside.
template <class State, class R>
void slide_values(const double* in, R* out, size_t size, const window_plan& plan) {
  State state;
  int64_t held = 0;
  for (size_t i = 0; i < size; ++i) {
    if (i >= plan.size && !is_null(in[i - plan.size])) {
      state.drop(in[i - plan.size], i - plan.size);
      --held;
    }
    if (!is_null(in[i])) {
      state.add(in[i], i);
      ++held;
    }
    out[i] = null_of<R>;
    bool ready = plan.whole ? i + 1 >= plan.size && held > 0 : held >= plan.least;
    if (!ready) continue;
    auto start = i + 1 >= plan.size ? i + 1 - plan.size : 0;
    auto r = static_cast<double>(state.get(start));
    if (std::abs(r) <= std::numeric_limits<double>::max()) out[i] = number_cast<R>(r);
  }
}

template <class State>
column_ptr slide(const column& x, const window_plan& plan, type_id type) {
  auto result = column::make(type, x.size());
  with_plain(result->physical(), [&](auto zero) {
    using R = decltype(zero);
    slide_values<State, R>(x.data<double>(), result->template mutable_data<R>(), x.size(), plan);
  });
  return result;
}

/// Compensated, so that what went in comes out again (Neumaier's summation).
struct exact_sum {
  double sum = 0, rest = 0;
  void add(double x) {
    auto t = sum + x;
    rest += std::abs(sum) >= std::abs(x) ? (sum - t) + x : (x - t) + sum;
    sum = t;
  }
  double get() const { return sum + rest; }
};

struct moving_sum {
  exact_sum total;
  void add(double x, size_t) { total.add(x); }
  void drop(double x, size_t) { total.add(-x); }
  double get(size_t) const { return total.get(); }
};

struct moving_mean : moving_sum {
  double count = 0;
  void add(double x, size_t i) {
    moving_sum::add(x, i);
    ++count;
  }
  void drop(double x, size_t i) {
    moving_sum::drop(x, i);
    --count;
  }
  double get(size_t) const { return total.get() / count; }
};

struct moving_squares {
  exact_sum total;
  void add(double x, size_t) { total.add(x * x); }
  void drop(double x, size_t) { total.add(-x * x); }
  double get(size_t) const { return total.get(); }
};

/// Around the first value, which keeps the squares small. Less: 1 sample, 0 population.
template <int Less, bool Root>
struct moving_variance {
  exact_sum total, squares;
  double count = 0, shift = 0;
  bool any = false;
  void add(double x, size_t) {
    if (!any) shift = x;
    any = true;
    total.add(x - shift);
    squares.add((x - shift) * (x - shift));
    ++count;
  }
  void drop(double x, size_t) {
    total.add(shift - x);
    squares.add(-(x - shift) * (x - shift));
    --count;
  }
  double get(size_t) const {
    if (count <= Less) return std::nan("");
    auto v = std::max(0.0, (squares.get() - total.get() * total.get() / count) / (count - Less));
    return Root ? std::sqrt(v) : v;
  }
};

/// The values that may still become the extreme, in order.
template <bool Largest>
struct moving_extreme {
  std::deque<std::pair<size_t, double>> candidates;
  void add(double x, size_t i) {
    while (!candidates.empty() &&
           (Largest ? candidates.back().second < x : candidates.back().second > x))
      candidates.pop_back();
    candidates.emplace_back(i, x);
  }
  void drop(double, size_t i) {
    if (!candidates.empty() && candidates.front().first == i) candidates.pop_front();
  }
  double get(size_t) const { return candidates.front().second; }
};

template <bool Largest>
struct moving_position : moving_extreme<Largest> {
  double get(size_t start) const {
    return static_cast<double>(this->candidates.front().first - start);
  }
};

/// Two halves of equal size, the lower one with one more.
struct moving_median {
  std::multiset<double> low, high;
  void balance() {
    if (low.size() > high.size() + 1) {
      high.insert(*low.rbegin());
      low.erase(std::prev(low.end()));
    } else if (high.size() > low.size()) {
      low.insert(*high.begin());
      high.erase(high.begin());
    }
  }
  void add(double x, size_t) {
    if (low.empty() || x <= *low.rbegin())
      low.insert(x);
    else
      high.insert(x);
    balance();
  }
  void drop(double x, size_t) {
    if (auto at = low.find(x); at != low.end())
      low.erase(at);
    else
      high.erase(high.find(x));
    balance();
  }
  double get(size_t) const {
    return low.size() > high.size() ? *low.rbegin() : (*low.rbegin() + *high.begin()) / 2;
  }
};

/// Zeros are counted apart, for they cannot be divided out again.
struct moving_product {
  double product = 1;
  size_t zeros = 0;
  void add(double x, size_t) {
    x == 0 ? static_cast<void>(++zeros) : static_cast<void>(product *= x);
  }
  void drop(double x, size_t) {
    x == 0 ? static_cast<void>(--zeros) : static_cast<void>(product /= x);
  }
  double get(size_t) const { return zeros != 0 ? 0.0 : product; }
};

} // namespace pelorus
