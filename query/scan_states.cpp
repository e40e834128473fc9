#include "query/scan_states.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "query/aggregate_loops.hpp"
#include "storage/block_pool.hpp"

namespace pelorus {

namespace {

constexpr uint32_t nowhere = std::numeric_limits<uint32_t>::max();

/// Calls f(group, first, last) for each run of rows of one group, by positions in the portion.
template <class F>
void each_run(const portion& p, F&& f) {
  if (p.groups == nullptr) return f(0u, size_t{0}, p.count);
  for (size_t r = 0; r + 1 < p.runs.size(); ++r) f(p.groups[p.runs[r]], size_t{p.runs[r]}, size_t{p.runs[r + 1]});
}

/// Adds the elements at the portion's rows to the states of their groups. `get(i)`: the element of row from + i.
template <class State, class Get>
void add_elements(State* states, const portion& p, Get&& get) {
  auto loop = [&](auto&& at) {
    if (p.groups != nullptr && p.runs.empty()) {
      for (size_t i = 0; i < p.count; ++i) states[p.groups[i]].add(at(i));
      return;
    }
    each_run(p, [&](uint32_t group, size_t first, size_t last) {
      auto state = states[group];  // in registers
      for (auto i = first; i < last; ++i) state.add(at(i));
      states[group] = state;
    });
  };
  if (p.rows == nullptr) loop([&](size_t i) { return get(i); });
  else loop([&, rows = p.rows](size_t i) { return get(rows[i]); });
}

// -- states: add an element, join a later state, result(rows of the group) ------------------------------

template <class T>
using sum_type = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;

template <class T>
struct sum_all {
  using result_type = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
  sum_type<T> sum = 0;
  void add(T x) { sum += static_cast<sum_type<T>>(x); }
  void join(const sum_all& o) { sum += o.sum; }
  result_type result(uint32_t rows) const {
    if (rows == 0) return null_of<result_type>;
    if constexpr (std::is_floating_point_v<T>) return finite_or_null(sum);
    else return static_cast<int64_t>(sum);
  }
};

template <class T>
struct sum_valid {
  using result_type = typename sum_all<T>::result_type;
  sum_all<T> all;
  uint32_t count = 0;
  void add(T x) {
    if (is_null(x)) return;
    all.add(x);
    ++count;
  }
  void join(const sum_valid& o) {
    all.join(o.all);
    count += o.count;
  }
  result_type result(uint32_t) const { return all.result(count); }
};

/// Means of integers up to 32 bits are summed exactly, others as doubles.
template <class T>
struct mean_all {
  using result_type = double;
  using total = std::conditional_t<std::is_integral_v<T> && sizeof(T) <= 4, int64_t, double>;
  total sum = 0;
  void add(T x) { sum += static_cast<total>(x); }
  void join(const mean_all& o) { sum += o.sum; }
  double result(uint32_t rows) const {
    return rows == 0 ? null_of<double> : finite_or_null(static_cast<double>(sum) / rows);
  }
};

template <class T>
struct mean_valid {
  using result_type = double;
  mean_all<T> all;
  uint32_t count = 0;
  void add(T x) {
    if (is_null(x)) return;
    all.add(x);
    ++count;
  }
  void join(const mean_valid& o) {
    all.join(o.all);
    count += o.count;
  }
  double result(uint32_t) const { return all.result(count); }
};

struct count_valid {
  using result_type = int32_t;
  uint32_t count = 0;
  template <class T>
  void add(T x) { count += !is_null(x); }
  void join(const count_valid& o) { count += o.count; }
  int32_t result(uint32_t) const { return static_cast<int32_t>(count); }
};

/// The null is the smallest value: it never becomes the maximum of others.
template <class T>
struct largest {
  using result_type = T;
  T best = null_of<T>;
  void add(T x) { best = x > best ? x : best; }
  void join(const largest& o) { add(o.best); }
  T result(uint32_t) const { return best; }
};

/// Of integers shifted by one, so that the null is the largest.
template <class T>
struct smallest {
  using result_type = T;
  using U = std::make_unsigned_t<std::conditional_t<std::is_integral_v<T>, T, int>>;
  static constexpr U shift = static_cast<U>(static_cast<U>(null_of<std::conditional_t<std::is_integral_v<T>, T, int>>) + 1);
  U best = std::numeric_limits<U>::max();
  void add(T x) { best = std::min(best, static_cast<U>(static_cast<U>(x) - shift)); }
  void join(const smallest& o) { best = std::min(best, o.best); }
  T result(uint32_t) const { return static_cast<T>(static_cast<U>(best + shift)); }
};

template <class T>
  requires std::is_floating_point_v<T>
struct smallest<T> {
  using result_type = T;
  T best = std::numeric_limits<T>::infinity();
  void add(T x) { best = x < best && !is_null(x) ? x : best; }
  void join(const smallest& o) { best = o.best < best ? o.best : best; }
  T result(uint32_t) const { return std::isinf(best) ? null_of<T> : best; }
};

/// Sums of differences from the group's first pair: exact where sums of squares would cancel.
struct comoments {
  double n = 0, x0 = 0, y0 = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  void add(std::pair<double, double> at) {
    if (n == 0) x0 = at.first, y0 = at.second;
    auto dx = at.first - x0, dy = at.second - y0;
    n += 1, x += dx, y += dy;
    xx += dx * dx, yy += dy * dy, xy += dx * dy;
  }
  /// The other's sums about this one's origin.
  void join(const comoments& o) {
    if (o.n == 0) return;
    if (n == 0) {
      *this = o;
      return;
    }
    auto dx = o.x0 - x0, dy = o.y0 - y0;
    xx += o.xx + 2 * dx * o.x + o.n * dx * dx;
    yy += o.yy + 2 * dy * o.y + o.n * dy * dy;
    xy += o.xy + dx * o.y + dy * o.x + o.n * dx * dy;
    x += o.x + o.n * dx, y += o.y + o.n * dy, n += o.n;
  }
  double about_mean_xx() const { return std::max(0.0, xx - x * x / n); }
  double about_mean_yy() const { return std::max(0.0, yy - y * y / n); }
  double about_mean_xy() const { return xy - x * y / n; }
};

struct moments {
  double n = 0, x0 = 0, x = 0, xx = 0;
  void add(double at) {
    if (n == 0) x0 = at;
    auto d = at - x0;
    n += 1, x += d, xx += d * d;
  }
  void join(const moments& o) {
    if (o.n == 0) return;
    if (n == 0) {
      *this = o;
      return;
    }
    auto d = o.x0 - x0;
    xx += o.xx + 2 * d * o.x + o.n * d * d;
    x += o.x + o.n * d, n += o.n;
  }
};

/// Less: 1 sample, 0 population.
template <class T, int Less, bool Root>
struct spread {
  using result_type = double;
  moments m;
  void add(T x) {
    if (!is_null(x)) m.add(static_cast<double>(x));
  }
  void join(const spread& o) { m.join(o.m); }
  double result(uint32_t) const {
    if (m.n <= Less) return null_of<double>;
    auto variance = std::max(0.0, m.xx - m.x * m.x / m.n) / (m.n - Less);
    return finite_or_null(Root ? std::sqrt(variance) : variance);
  }
};

double corr_of(const comoments& c) {
  if (c.n < 2) return null_of<double>;
  auto xx = c.about_mean_xx(), yy = c.about_mean_yy();
  return xx > 0 && yy > 0 ? finite_or_null(c.about_mean_xy() / std::sqrt(xx * yy)) : null_of<double>;
}
double covar_of(const comoments& c) { return c.n > 1 ? finite_or_null(c.about_mean_xy() / (c.n - 1)) : null_of<double>; }
double covarp_of(const comoments& c) { return c.n > 0 ? finite_or_null(c.about_mean_xy() / c.n) : null_of<double>; }
double beta_of(const comoments& c) {
  return c.n > 1 && c.about_mean_yy() > 0 ? finite_or_null(c.about_mean_xy() / c.about_mean_yy()) : null_of<double>;
}

// -- the states of all groups -----------------------------------------------------------------------------

template <class T, class State>
class element_states final : public scan_state {
public:
  element_states(const column_ptr& input, type_id type, size_t groups)
      : at_(input->data<T>()), type_(type), scale_(type == input->type() ? input->scale() : 0), states_(groups, State{}) {}

  void take(const portion& p) override {
    add_elements(states_.data(), p, [at = at_ + p.from](size_t i) { return at[i]; });
  }
  void join(const scan_state& later) override {
    auto& other = static_cast<const element_states&>(later).states_;
    for (size_t g = 0; g < states_.size(); ++g) states_[g].join(other[g]);
  }
  column_ptr finish(std::span<const uint32_t> groups, std::span<const uint32_t> sizes) const override {
    using R = typename State::result_type;
    auto result = column::make(type_, groups.size(), scale_);
    auto* to = result->template mutable_data<R>();
    for (size_t i = 0; i < groups.size(); ++i) to[i] = states_[groups[i]].result(sizes[groups[i]]);
    return result;
  }

private:
  const T* at_;
  type_id type_;
  int32_t scale_;
  scratch<State> states_;
};

/// Rows of each group, which are counted anyway.
class size_states final : public scan_state {
public:
  void take(const portion&) override {}
  void join(const scan_state&) override {}
  column_ptr finish(std::span<const uint32_t> groups, std::span<const uint32_t> sizes) const override {
    auto result = column::make(type_id::int_, groups.size());
    auto* to = result->mutable_data<int32_t>();
    for (size_t i = 0; i < groups.size(); ++i) to[i] = static_cast<int32_t>(sizes[groups[i]]);
    return result;
  }
};

/// The first or last row of each group, nulls included.
template <bool Last>
class row_states final : public scan_state {
public:
  row_states(column_ptr input, size_t groups) : input_(std::move(input)), rows_(groups, nowhere) {}

  void take(const portion& p) override {
    auto note = [&](uint32_t group, size_t i) {
      if (Last || rows_[group] == nowhere) rows_[group] = static_cast<uint32_t>(p.row(i));
    };
    if (p.count == 0) return;
    if (p.groups == nullptr || !p.runs.empty())
      each_run(p, [&](uint32_t group, size_t first, size_t last) { note(group, Last ? last - 1 : first); });
    else
      for (size_t i = 0; i < p.count; ++i) note(p.groups[i], i);
  }
  void join(const scan_state& later) override {
    auto& other = static_cast<const row_states&>(later).rows_;
    for (size_t g = 0; g < rows_.size(); ++g)
      if (Last ? other[g] != nowhere : rows_[g] == nowhere) rows_[g] = other[g];
  }
  column_ptr finish(std::span<const uint32_t> groups, std::span<const uint32_t>) const override {
    row_list rows(groups.size());
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = rows_[groups[i]];
    return input_->gather(std::span<const uint32_t>{rows});
  }

private:
  column_ptr input_;
  row_list rows_;
};

template <class T>
class pair_states final : public scan_state {
public:
  using result = double (*)(const comoments&);
  pair_states(column_ptr x, column_ptr y, result f, size_t groups)
      : x_(std::move(x)), y_(std::move(y)), f_(f), states_(groups, comoments{}) {}

  void take(const portion& p) override {
    auto *xs = x_->data<T>(), *ys = y_->data<T>();
    for (size_t i = 0; i < p.count; ++i) {
      auto x = xs[p.row(i)], y = ys[p.row(i)];
      if (is_null(x) || is_null(y)) continue;
      states_[p.groups ? p.groups[i] : 0].add({static_cast<double>(x), static_cast<double>(y)});
    }
  }
  void join(const scan_state& later) override {
    auto& other = static_cast<const pair_states&>(later).states_;
    for (size_t g = 0; g < states_.size(); ++g) states_[g].join(other[g]);
  }
  column_ptr finish(std::span<const uint32_t> groups, std::span<const uint32_t>) const override {
    auto result = column::make(type_id::double_, groups.size());
    auto* to = result->mutable_data<double>();
    for (size_t i = 0; i < groups.size(); ++i) to[i] = f_(states_[groups[i]]);
    return result;
  }

private:
  column_ptr x_, y_;
  result f_;
  scratch<comoments> states_;
};

// -- which state ------------------------------------------------------------------------------------------

enum class measure : uint8_t {
  none, size, count, sum, mean, min, max, var, varp, std, stdp, first, last, corr, covar, covarp, beta
};

measure measure_of(std::string_view name) {
  constexpr std::pair<std::string_view, measure> names[] = {
      {"size", measure::size}, {"count", measure::count}, {"sum", measure::sum},     {"avg", measure::mean},
      {"mean", measure::mean}, {"min", measure::min},     {"max", measure::max},     {"first", measure::first},
      {"last", measure::last}, {"corr", measure::corr},   {"covar", measure::covar}, {"covarp", measure::covarp},
      {"beta", measure::beta}, {"var", measure::var},     {"varp", measure::varp},   {"std", measure::std},
      {"stdp", measure::stdp}};
  for (auto& [known, m] : names)
    if (known == name) return m;
  return measure::none;
}

bool is_pair(measure m) { return m >= measure::corr; }

/// Numbers and temporals of a fixed width that the states know.
bool is_plain(type_id t) {
  auto p = physical_of(t);
  return !is_decimal(t) && t != type_id::duration &&
         (p == physical::i8 || p == physical::i16 || p == physical::i32 || p == physical::i64 ||
          p == physical::f32 || p == physical::f64);
}

template <class F>
std::unique_ptr<scan_state> with_plain_element(const column& col, F&& f) {
  switch (col.physical()) {
    case physical::i8: return f(int8_t{});
    case physical::i16: return f(int16_t{});
    case physical::i32: return f(int32_t{});
    case physical::i64: return f(int64_t{});
    case physical::f32: return f(float{});
    default: return f(double{});
  }
}

std::unique_ptr<scan_state> element_state(measure m, const column_ptr& input, size_t groups) {
  auto nulls = input->may_have_nulls();
  return with_plain_element(*input, [&](auto zero) -> std::unique_ptr<scan_state> {
    using T = decltype(zero);
    auto made = [&]<class State>(State, type_id type) -> std::unique_ptr<scan_state> {
      return std::make_unique<element_states<T, State>>(input, type, groups);
    };
    constexpr auto summed = std::is_floating_point_v<T> ? type_id::double_ : type_id::long_;
    switch (m) {
      case measure::sum: return nulls ? made(sum_valid<T>{}, summed) : made(sum_all<T>{}, summed);
      case measure::mean: return nulls ? made(mean_valid<T>{}, type_id::double_) : made(mean_all<T>{}, type_id::double_);
      case measure::min: return made(smallest<T>{}, input->type());
      case measure::max: return made(largest<T>{}, input->type());
      case measure::var: return made(spread<T, 1, false>{}, type_id::double_);
      case measure::varp: return made(spread<T, 0, false>{}, type_id::double_);
      case measure::std: return made(spread<T, 1, true>{}, type_id::double_);
      case measure::stdp: return made(spread<T, 0, true>{}, type_id::double_);
      default: return made(count_valid{}, type_id::int_);
    }
  });
}

std::unique_ptr<scan_state> pair_state(measure m, std::span<const column_ptr> inputs, size_t groups) {
  constexpr pair_states<double>::result results[] = {corr_of, covar_of, covarp_of, beta_of};
  auto f = results[static_cast<size_t>(m) - static_cast<size_t>(measure::corr)];
  auto &x = inputs[0], &y = inputs[1];
  if (x->physical() == physical::i32 && y->physical() == physical::i32)
    return std::make_unique<pair_states<int32_t>>(x, y, f, groups);
  return std::make_unique<pair_states<double>>(as_doubles(x), as_doubles(y), f, groups);
}

} // namespace

bool can_scan(std::string_view aggregate, std::span<const type_id> inputs) {
  auto m = measure_of(aggregate);
  if (m == measure::none) return false;
  if (m == measure::size) return true;
  if (inputs.size() != (is_pair(m) ? 2 : 1)) return false;
  auto p = physical_of(inputs[0]);
  if (m == measure::first || m == measure::last) return p != physical::any && p != physical::list;
  return std::all_of(inputs.begin(), inputs.end(), is_plain);
}

std::unique_ptr<scan_state> make_scan_state(std::string_view aggregate, std::span<const column_ptr> inputs, size_t groups) {
  std::vector<type_id> types;
  for (auto& c : inputs) types.push_back(c->type());
  if (!can_scan(aggregate, types)) return nullptr;
  auto m = measure_of(aggregate);
  if (m == measure::size || (m == measure::count && !inputs[0]->may_have_nulls())) return std::make_unique<size_states>();
  if (m == measure::first) return std::make_unique<row_states<false>>(inputs[0], groups);
  if (m == measure::last) return std::make_unique<row_states<true>>(inputs[0], groups);
  return is_pair(m) ? pair_state(m, inputs, groups) : element_state(m, inputs[0], groups);
}

void count_rows(const portion& p, uint32_t* sizes) {
  if (p.groups != nullptr && p.runs.empty())
    for (size_t i = 0; i < p.count; ++i) ++sizes[p.groups[i]];
  else
    each_run(p, [&](uint32_t group, size_t first, size_t last) { sizes[group] += static_cast<uint32_t>(last - first); });
}

} // namespace pelorus
