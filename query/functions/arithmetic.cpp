#include "query/functions/arithmetic.hpp"

#include <algorithm>
#include <array>

#include "query/cast.hpp"
#include "query/functions/kernels.hpp"
#include "query/set.hpp"

namespace pelorus {

namespace {

template <class T>
T wrap(auto op, T x, T y) {
  using U = std::make_unsigned_t<std::conditional_t<(sizeof(T) < 4), int32_t, T>>;
  return static_cast<T>(op(static_cast<U>(x), static_cast<U>(y)));
}

struct add_op {
  template <class T>
  T operator()(T x, T y) const {
    if constexpr (std::is_integral_v<T>)
      return wrap([](auto a, auto b) { return a + b; }, x, y);
    else
      return x + y;
  }
};
struct sub_op {
  template <class T>
  T operator()(T x, T y) const {
    if constexpr (std::is_integral_v<T>)
      return wrap([](auto a, auto b) { return a - b; }, x, y);
    else
      return x - y;
  }
};
struct mul_op {
  template <class T>
  T operator()(T x, T y) const {
    if constexpr (std::is_integral_v<T>)
      return wrap([](auto a, auto b) { return a * b; }, x, y);
    else
      return x * y;
  }
};
/// Floors on integers; null by zero.
struct div_op {
  template <class T>
  T operator()(T x, T y) const {
    if constexpr (std::is_integral_v<T>) {
      if (y == 0) return null_of<T>;
      if (y == -1) return static_cast<T>(-x);
      T q = static_cast<T>(x / y);
      return static_cast<T>(q - (x % y != 0 && (x < 0) != (y < 0)));
    } else {
      return x / y;
    }
  }
};
/// The sign of the divisor; null by zero.
struct mod_op {
  template <class T>
  T operator()(T x, T y) const {
    if constexpr (std::is_integral_v<T>) {
      if (y == 0) return null_of<T>;
      if (y == -1) return 0;
      T r = static_cast<T>(x % y);
      return r != 0 && (r < 0) != (y < 0) ? static_cast<T>(r + y) : r;
    } else {
      T r = std::fmod(x, y);
      return r != 0 && (r < 0) != (y < 0) ? r + y : r;
    }
  }
};

template <class T>
binary_block<T, T> loop_of(arithmetic op) {
  switch (op) {
  case arithmetic::add: return binary_loop<add_op, T, T>;
  case arithmetic::sub: return binary_loop<sub_op, T, T>;
  case arithmetic::mul: return binary_loop<mul_op, T, T>;
  case arithmetic::mod: return binary_loop<mod_op, T, T>;
  default: return binary_loop<div_op, T, T>;
  }
}

type_id number_result(arithmetic op, type_id x, type_id y) {
  if (op == arithmetic::ratio) return type_id::double_;
  if (x == type_id::bool_ && y == type_id::bool_) return type_id::int_;
  return std::max(x, y);
}

value compute_sets(arithmetic op, const value& x, const value& y) {
  auto a = x.as<set_object>(), b = y.as<set_object>();
  if (!a || !b) refuse(function_name(op), "both operands must be sets.");
  if (op == arithmetic::sub) return value{set_difference(*a, *b)};
  if (op == arithmetic::add) return value{set_union(*a, *b)};
  refuse(function_name(op), "sets are not supported.");
}

bool is_timed(const value& x) { return is_temporal(x.type()) || x.type() == type_id::duration; }

value compute_flat(arithmetic op, value& x, value& y) {
  auto function = function_name(op);
  if (is_text(x.type()) || is_text(y.type())) {
    if (op == arithmetic::add) return concat_texts(x, y, function);
    refuse(function, "text is not supported.");
  }
  if (x.is_void() && y.is_void()) return {};
  if (x.is_void())
    x = value::null(y.type() == type_id::duration ? type_id::int_ : y.type(), y.scale());
  if (y.is_void())
    y = value::null(x.type() == type_id::duration ? type_id::int_ : x.type(), x.scale());
  if (is_timed(x) || is_timed(y)) return temporal_arithmetic(op, x, y);
  if (is_decimal(x.type()) || is_decimal(y.type())) {
    bool exact = !is_floating(x.type()) && !is_floating(y.type());
    if (exact && is_number(x.type()) && is_number(y.type())) return decimal_arithmetic(op, x, y);
    auto a = to_doubles(x, function), b = to_doubles(y, function);
    return plain_arithmetic(op, a, b, type_id::double_, function);
  }
  if (!is_plain_number(x.type())) refuse_type(function, "X", x, "numeric");
  if (!is_plain_number(y.type())) refuse_type(function, "Y", y, "numeric");
  return plain_arithmetic(op, x, y, number_result(op, x.type(), y.type()), function);
}

} // namespace

std::string_view function_name(arithmetic op) {
  constexpr std::array<std::string_view, 6> names = {"add", "sub", "mul", "div", "ratio", "mod"};
  return names[static_cast<size_t>(op)];
}

value plain_arithmetic(arithmetic op, value& x, value& y, type_id result,
                       std::string_view function) {
  return with_plain(physical_of(result), [&](auto zero) {
    using T = decltype(zero);
    return run_binary<T, T>(x, y, result, loop_of<T>(op), function);
  });
}

value concat_texts(const value& x, const value& y, std::string_view function) {
  auto a = cast(x, type_id::string), b = cast(y, type_id::string);
  if (a.is_scalar() && b.is_scalar())
    return value::of_text(std::string{a.text()} + std::string{b.text()});
  require_same_size(a, b, function);
  auto size = a.is_scalar() ? b.size() : a.size();
  auto result = column::make(type_id::string);
  result->reserve(size);
  std::string text;
  for (size_t i = 0; i < size; ++i) {
    text = a.is_scalar() ? a.text() : a.vec().text(i);
    text += b.is_scalar() ? b.text() : b.vec().text(i);
    result->push_text(text);
  }
  return value{std::move(result)};
}

value compute(arithmetic op, value& x, value& y) {
  if (x.form() == form::set || y.form() == form::set) return compute_sets(op, x, y);
  return map_forms(
      x, y, [op](value& a, value& b) { return compute_flat(op, a, b); }, function_name(op));
}

} // namespace pelorus
