// The choice of types, made once: loops are instantiated over the few physical layouts of numbers.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>

#include <fmt/format.h>

#include "query/script_error.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Calls `f(T{})` for the layouts that arithmetic knows: i8, i16, i32, i64, f32, f64 (decimals are
/// not among them).
template <class F>
decltype(auto) with_plain(physical p, F&& f) {
  switch (p) {
  case physical::i8: return f(int8_t{});
  case physical::i16: return f(int16_t{});
  case physical::i32: return f(int32_t{});
  case physical::i64: return f(int64_t{});
  case physical::f32: return f(float{});
  default: return f(double{});
  }
}

/// BOOL to LONG, FLOAT, DOUBLE and temporal types: one machine number an element.
constexpr bool is_plain(type_id t) { return is_integral(t) || is_floating(t) || is_temporal(t); }
constexpr bool is_plain_number(type_id t) { return is_integral(t) || is_floating(t); }

/// A FLOAT or DOUBLE that overflowed or has no meaning is null; integers as they are.
template <class T>
constexpr T valid_or_null(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return std::abs(x) <= std::numeric_limits<T>::max() ? x : null_of<T>;
  else
    return x;
}

/// A number as another type, null to null; floats are rounded into integers.
template <class To, class From>
constexpr To number_cast(From x) {
  if constexpr (std::is_same_v<To, From>)
    return x;
  else if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>) {
    // The null sentinel and everything out of range gives null.
    bool fits = x > static_cast<From>(std::numeric_limits<To>::min()) &&
                x < static_cast<From>(std::numeric_limits<To>::max());
    return fits ? static_cast<To>(x + (x < 0 ? From(-0.5) : From(0.5))) : null_of<To>;
  } else {
    return x == null_of<From> ? null_of<To> : static_cast<To>(x);
  }
}

/// "round(X, [precision]): X must be numeric, not STRING."
[[noreturn]] inline void refuse(std::string_view function, std::string_view what) {
  throw script_error(ec::type_mismatch, fmt::format("{}: {}", function, what));
}
[[noreturn]] inline void refuse_type(std::string_view function, std::string_view parameter,
                                     const value& x, std::string_view wanted) {
  refuse(function, fmt::format("{} must be {}, not a {} {}.", parameter, wanted,
                               type_name(x.type()), form_name(x.form())));
}

} // namespace pelorus
