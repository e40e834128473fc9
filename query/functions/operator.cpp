// The operators that compute: arithmetic, bits, pairs and sequences.
#include <algorithm>

#include "query/calendar.hpp"
#include "query/cast.hpp"
#include "query/functions/arithmetic.hpp"
#include "query/functions/kernels.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/set.hpp"

namespace pelorus {

namespace {

template <arithmetic Op>
value arithmetic_call(call_context&, arguments& args) {
  return compute(Op, args[0], args[1]);
}

// -- one operand
// ------------------------------------------------------------------------------------

struct neg_op {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(x));
    else
      return -x;
  }
};

/// Without a look at infinity, which has a sign as well.
template <class T>
void negate_block(const T* x, T* out, size_t n, bool) {
  neg_op op;
  for (size_t i = 0; i < n; ++i)
    out[i] = x[i] == null_of<T> ? x[i] : op(x[i]);
}

value negate_flat(value& x) {
  if (x.is_void()) return x;
  if (x.type() == type_id::duration && x.is_scalar())
    return value::duration(-static_cast<int32_t>(x.raw_int()),
                           static_cast<int32_t>(x.raw_int() >> 32));
  if (is_decimal(x.type())) {
    value zero = value::integral(x.type(), 0, x.scale());
    if (x.type() == type_id::decimal128) zero = value::wide(x.type(), 0, x.scale());
    return decimal_arithmetic(arithmetic::sub, zero, x);
  }
  if (!is_plain_number(x.type())) refuse_type("neg(X)", "X", x, "numeric");
  auto type = x.type() == type_id::bool_ ? type_id::int_ : x.type();
  return with_plain(physical_of(type), [&](auto zero) {
    using T = decltype(zero);
    return run_unary<T, T>(x, type, negate_block<T>);
  });
}

value neg(call_context&, arguments& args) { return map_forms(args[0], negate_flat, "neg"); }

// -- bits
// -------------------------------------------------------------------------------------------

struct bit_and_op {
  template <class T>
  T operator()(T x, T y) const {
    return static_cast<T>(x & y);
  }
};
struct bit_or_op {
  template <class T>
  T operator()(T x, T y) const {
    return static_cast<T>(x | y);
  }
};
struct bit_xor_op {
  template <class T>
  T operator()(T x, T y) const {
    return static_cast<T>(x ^ y);
  }
};
struct bit_not_op {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(~x);
  }
};
struct shift_left_op {
  template <class T>
  T operator()(T x, T y) const {
    if (y < 0 || y >= static_cast<T>(sizeof(T) * 8)) return 0;
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) << y);
  }
};
struct shift_right_op {
  template <class T>
  T operator()(T x, T y) const {
    if (y < 0 || y >= static_cast<T>(sizeof(T) * 8)) return 0;
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) >> y);
  }
};

template <class Op>
value bits(value& a, value& b, std::string_view function) {
  return map_forms(
      a, b,
      [&](value& x, value& y) {
        auto integral = [](const value& v) { return is_integral(v.type()) || v.is_void(); };
        if (!integral(x)) refuse_type(function, "X", x, "an integer");
        if (!integral(y)) refuse_type(function, "Y", y, "an integer");
        if (x.is_void() && y.is_void()) return value{};
        auto type = std::max(x.type(), y.type());
        return with_plain(physical_of(type), [&](auto zero) -> value {
          using T = decltype(zero);
          if constexpr (std::is_integral_v<T>)
            return run_binary<T, T>(x, y, type, binary_loop<Op, T, T>, function);
          else
            return {};
        });
      },
      function);
}

/// | and & and ^ on sets are union, intersection and symmetric difference.
std::optional<value> set_bits(const arguments& args, char op) {
  auto a = args[0].as<set_object>(), b = args[1].as<set_object>();
  if (!a || !b) return std::nullopt;
  if (op == '|') return value{set_union(*a, *b)};
  if (op == '&') return value{set_intersection(*a, *b)};
  return value{set_union(*set_difference(*a, *b), *set_difference(*b, *a))};
}

value bit_and(call_context&, arguments& args) {
  if (auto sets = set_bits(args, '&')) return *sets;
  return bits<bit_and_op>(args[0], args[1], "bitAnd");
}
value bit_or(call_context&, arguments& args) {
  if (auto sets = set_bits(args, '|')) return *sets;
  return bits<bit_or_op>(args[0], args[1], "bitOr");
}
value bit_xor(call_context&, arguments& args) {
  if (auto sets = set_bits(args, '^')) return *sets;
  return bits<bit_xor_op>(args[0], args[1], "bitXor");
}
value shift_left(call_context&, arguments& args) {
  return bits<shift_left_op>(args[0], args[1], "lshift");
}
value shift_right(call_context&, arguments& args) {
  return bits<shift_right_op>(args[0], args[1], "rshift");
}

value bit_not(call_context&, arguments& args) {
  return map_forms(
      args[0],
      [](value& x) {
        if (!is_integral(x.type())) refuse_type("bitNot(X)", "X", x, "an integer");
        return with_plain(physical_of(x.type()), [&](auto zero) -> value {
          using T = decltype(zero);
          if constexpr (std::is_integral_v<T>)
            return run_unary<T, T>(x, x.type(), unary_loop<bit_not_op, T, T>);
          else
            return {};
        });
      },
      "bitNot");
}

// -- pairs and sequences
// ------------------------------------------------------------------------------

value pair(call_context&, arguments& args) {
  if (!args[0].is_scalar() || !args[1].is_scalar())
    refuse("pair(a, b)", "both arguments must be scalars.");
  auto type = common_type(args[0].type(), args[1].type());
  if (type == type_id::any) refuse("pair(a, b)", "both arguments must have the same type.");
  if (type == type_id::void_) type = type_id::int_;
  auto two = column::make(type, 0, std::max(args[0].scale(), args[1].scale()));
  for (auto& x : args)
    unwrap(push_element(*two, cast(x, type, two->scale())));
  return value::pair(std::move(two));
}

template <class T>
value counted(type_id type, int64_t from, int64_t to) {
  auto size = static_cast<size_t>(from <= to ? to - from : from - to) + 1;
  auto result = column::make(type, size);
  auto* at = result->template mutable_data<T>();
  auto step = from <= to ? 1 : -1;
  for (size_t i = 0; i < size; ++i)
    at[i] = static_cast<T>(from + step * static_cast<int64_t>(i));
  result->set_no_nulls();
  return value{std::move(result)};
}

value sequence(call_context&, arguments& args) {
  auto& from = args[0];
  auto& to = args[1];
  bool fits = from.is_scalar() && to.is_scalar() && !from.is_null() && !to.is_null();
  if (!fits) refuse("seq(start, end)", "both arguments must be scalars that are not null.");
  auto type = std::max(from.type(), to.type());
  bool same = from.type() == to.type() || (is_integral(from.type()) && is_integral(to.type()));
  if (!same || !(is_integral(type) || is_temporal(type)))
    refuse("seq(start, end)",
           fmt::format("{} and {} are no integers or temporal values of one type.",
                       type_name(from.type()), type_name(to.type())));
  auto a = from.raw_int(), b = to.raw_int();
  return with_plain(physical_of(type),
                    [&](auto zero) { return counted<decltype(zero)>(type, a, b); });
}

// -- dot
// ----------------------------------------------------------------------------------------------

/// Rows, columns and cells in column-major order; a vector is one row on the left and one column on
/// the right.
struct dense {
  size_t rows = 0, columns = 0;
  column_ptr cells;
  const double* at = nullptr;
};

dense dense_of(const value& x, bool left) {
  dense d;
  if (auto m = x.as<matrix>()) {
    d = {m->rows(), m->columns(), cast_column(m->cells(), type_id::double_), nullptr};
  } else {
    if (!x.is_vector()) refuse("dot(X, Y)", "X and Y must be vectors or matrices.");
    d = {left ? 1 : x.size(), left ? x.size() : 1, cast_column(x.vec_ptr(), type_id::double_),
         nullptr};
  }
  d.at = d.cells->data<double>();
  return d;
}

bool is_integer_matter(const value& x) { return is_integral(x.type()); }

value dot(call_context& context, arguments& args) {
  if (args[0].is_scalar() || args[1].is_scalar())
    return arithmetic_call<arithmetic::mul>(context, args);
  bool vectors = args[0].is_vector() && args[1].is_vector();
  auto x = dense_of(args[0], true), y = dense_of(args[1], false);
  bool outer = args[1].is_vector() && x.columns != y.rows && x.columns == 1;
  if (outer) std::swap(y.rows, y.columns);
  if (x.columns != y.rows)
    refuse("dot(X, Y)", fmt::format("the columns of X ({}) must be as many as the rows of Y ({}).",
                                    x.columns, y.rows));
  std::vector<double> cells(x.rows * y.columns, 0.0);
  for (size_t c = 0; c < y.columns; ++c)
    for (size_t k = 0; k < x.columns; ++k)
      for (size_t r = 0; r < x.rows; ++r) {
        auto a = x.at[k * x.rows + r], b = y.at[c * y.rows + k];
        if (!is_null(a) && !is_null(b)) cells[c * x.rows + r] += a * b;
      }
  auto result = column::of<double>(type_id::double_, cells);
  if (is_integer_matter(args[0]) && is_integer_matter(args[1]))
    result = cast_column(result, std::max(args[0].type(), args[1].type()));
  if (vectors) return element(*result, 0);
  return value{std::make_shared<matrix>(result, x.rows, y.columns)};
}

const std::vector<function_entry> operator_table = {
    {"add",
     "add(X, Y)",
     "X + Y, element by element. Integers wrap around; text is joined; days, seconds, .. are "
     "added to temporal values.",
     arithmetic_call<arithmetic::add>,
     2,
     2,
     plain,
     {{"1 2 3 + 10", "[11,12,13]"}, {"`a`b + \"x\"", "[\"ax\",\"bx\"]"}}},
    {"sub",
     "sub(X, Y)",
     "X - Y, element by element; of two sets what X has and Y has not.",
     arithmetic_call<arithmetic::sub>,
     2,
     2,
     plain,
     {{"5 6 7 - 1 2 3", "[4,4,4]"}}},
    {"mul",
     "mul(X, Y)",
     "X * Y, element by element. The scale of a DECIMAL product is the sum of the scales.",
     arithmetic_call<arithmetic::mul>,
     2,
     2,
     plain,
     {{"1 2 3 * 1.5", "[1.5,3,4.5]"}}},
    {"div",
     "div(X, Y)",
     "X / Y, element by element. Integers are divided with the quotient rounded down; by zero "
     "gives null.",
     arithmetic_call<arithmetic::div>,
     2,
     2,
     plain,
     {{"-7 / 5", "-2"}, {"1 2 3 / 2", "[0,1,1]"}}},
    {"ratio",
     "ratio(X, Y)",
     "X \\ Y as DOUBLE, element by element; by zero gives null.",
     arithmetic_call<arithmetic::ratio>,
     2,
     2,
     plain,
     {{"1 2 3 \\ 2", "[0.5,1,1.5]"}}},
    {"mod",
     "mod(X, Y)",
     "The remainder of X / Y with the sign of Y; by zero gives null.",
     arithmetic_call<arithmetic::mod>,
     2,
     2,
     plain,
     {{"-5 5 % 3", "[1,2]"}}},
    {"neg", "neg(X)", "-X, element by element.", neg, 1, 1, plain, {{"neg(1 -2 3)", "[-1,2,-3]"}}},
    {"bitAnd",
     "bitAnd(X, Y)",
     "Bits that are set in both; the intersection of two sets.",
     bit_and,
     2,
     2,
     plain,
     {{"12 & 10", "8"}}},
    {"bitOr",
     "bitOr(X, Y)",
     "Bits that are set in either; the union of two sets.",
     bit_or,
     2,
     2,
     plain,
     {{"12 | 10", "14"}}},
    {"bitXor",
     "bitXor(X, Y)",
     "Bits that are set in one of them; what just one of two sets has.",
     bit_xor,
     2,
     2,
     plain,
     {{"12 ^ 10", "6"}}},
    {"bitNot", "bitNot(X)", "All bits turned.", bit_not, 1, 1, plain, {{"bitNot(5)", "-6"}}},
    {"lshift",
     "lshift(X, bits)",
     "X << bits; shifting by the width of the type or more gives 0.",
     shift_left,
     2,
     2,
     plain,
     {{"1 2 << 3", "[8,16]"}}},
    {"rshift",
     "rshift(X, bits)",
     "X >> bits without sign: zeros come in from the left.",
     shift_right,
     2,
     2,
     plain,
     {{"16 8 >> 3", "[2,1]"}}},
    {"dot",
     "dot(X, Y)",
     "X ** Y: the inner product of vectors, the product of matrices. Pairs with a null are "
     "skipped.",
     dot,
     2,
     2,
     plain,
     {{"1 2 3 ** 4 5 6", "32"}}},
    {"pair",
     "pair(a, b)",
     "The pair a:b of two scalars of one type.",
     pair,
     2,
     2,
     plain,
     {{"pair(3, 5)", "3 : 5"}}},
    {"seq",
     "seq(start, end)",
     "start..end: all integers or temporal values from start to end, both included, downwards "
     "when end < start.",
     sequence,
     2,
     2,
     plain,
     {{"seq(1, 5)", "[1,2,3,4,5]"},
      {"2012.02.28..2012.03.01", "[2012.02.28,2012.02.29,2012.03.01]"}}},
};

} // namespace

function_family operator_functions() { return operator_table; }

} // namespace pelorus
