#include "query/row_filter.hpp"

#include <cmath>
#include <limits>

namespace pelorus {

template <class T>
struct row_filter::loops {
  struct test {
    T low, high;
    bool outside;
    explicit test(const row_filter& f) : outside(f.outside_) {
      if constexpr (std::is_floating_point_v<T>) low = static_cast<T>(f.real_low_), high = static_cast<T>(f.real_high_);
      else low = static_cast<T>(f.low_), high = static_cast<T>(f.high_);
    }
    bool operator()(T x) const { return ((x >= low) & (x <= high)) != outside; }
  };

  static size_t pick(const row_filter& f, size_t from, size_t n, uint32_t* kept) {
    test passes{f};
    auto* at = f.column_->data<T>() + from;
    size_t count = 0;
    for (size_t i = 0; i < n; ++i) {  // branch-free: written always, kept when it passes
      kept[count] = static_cast<uint32_t>(i);
      count += passes(at[i]);
    }
    return count;
  }

  static size_t refine(const row_filter& f, size_t from, uint32_t* kept, size_t n) {
    test passes{f};
    auto* at = f.column_->data<T>() + from;
    size_t count = 0;
    for (size_t k = 0; k < n; ++k) {
      auto row = kept[k];
      kept[count] = row;
      count += passes(at[row]);
    }
    return count;
  }
};

namespace {

/// All numbers of T, without a bound on one side: reals end at infinity, so that only NaN is outside.
template <class T>
constexpr T lowest = std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::min();
template <class T>
constexpr T highest = std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();

/// The next number below or above; false when there is none.
template <class T>
bool step(T& x, bool up) {
  if (x == (up ? highest<T> : lowest<T>)) return false;
  if constexpr (std::is_floating_point_v<T>) x = std::nextafter(x, up ? highest<T> : lowest<T>);
  else x = static_cast<T>(up ? x + 1 : x - 1);
  return true;
}

} // namespace

template <class T>
void row_filter::make_ready(const predicate& p) {
  auto raw = [](const value& x) {
    if (x.is_null()) return null_of<T>;
    if constexpr (std::is_floating_point_v<T>) return static_cast<T>(x.as_double());
    else return static_cast<T>(x.as_long());
  };
  auto low = lowest<T>, high = highest<T>;
  auto x = raw(p.operand);
  bool none = false;
  if (p.kind == predicate::form::between) {
    low = x, high = raw(p.high);
  } else {
    switch (p.how) {
      case op::eq: case op::ne: low = high = x; break;
      case op::lt: high = x, none = !step(high, false); break;
      case op::le: high = x; break;
      case op::gt: low = x, none = !step(low, true); break;
      default: low = x; break;
    }
  }
  outside_ = p.kind == predicate::form::compare && p.how == op::ne;
  if (none) low = T{1}, high = T{0};
  if constexpr (std::is_floating_point_v<T>) real_low_ = static_cast<double>(low), real_high_ = static_cast<double>(high);
  else low_ = low, high_ = high;
  pick_ = loops<T>::pick;
  refine_ = loops<T>::refine;
}

row_filter::row_filter(const predicate& p, column_ptr column) : column_(std::move(column)) {
  switch (column_->physical()) {
    case physical::i8: make_ready<int8_t>(p); break;
    case physical::i16: make_ready<int16_t>(p); break;
    case physical::i32: make_ready<int32_t>(p); break;
    case physical::i64: make_ready<int64_t>(p); break;
    case physical::f32: make_ready<float>(p); break;
    default: make_ready<double>(p); break;
  }
}

} // namespace pelorus
