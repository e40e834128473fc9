// Mathematics, element by element.
#include <numbers>

#include "query/functions/arithmetic.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/kernels.hpp"
#include "storage/sole_owner.hpp"

namespace pelorus {

namespace {

/// A function name as a template argument.
template <size_t N>
struct name_text {
  char text[N];
  constexpr name_text(const char (&name)[N]) {
    for (size_t i = 0; i < N; ++i)
      text[i] = name[i];
  }
  constexpr operator std::string_view() const { return {text, N - 1}; }
};

template <double (*F)(double)>
struct as_op {
  double operator()(double x) const { return F(x); }
};

/// A function of DOUBLE that gives DOUBLE; what has no value (the root of -1) is null.
template <name_text Name, double (*F)(double)>
value real_function(call_context&, arguments& args) {
  return apply_double(args[0], unary_loop<as_op<F>, double, double>, Name);
}

double square(double x) { return x * x; }
double reciprocal(double x) { return 1 / x; }
double to_radians(double x) { return x * (std::numbers::pi / 180); }
double to_degrees(double x) { return x * (180 / std::numbers::pi); }
double sqrt_of(double x) { return std::sqrt(x); }

// -- rounding
// -------------------------------------------------------------------------------------------

constexpr double no_fraction = 4503599627370496.0; // doubles from here on are integers

/// Away from zero; without a call, so that the loop stays in vector registers or short of them.
struct round_whole {
  double operator()(double x) const {
    if (!(std::abs(x) < no_fraction)) return x;
    return static_cast<double>(static_cast<int64_t>(x + (x < 0 ? -0.5 : 0.5)));
  }
};

value round_to(value& x, int64_t precision) {
  if (is_integral(x.type()) && precision >= 0) return x;
  auto a = to_doubles(x, "round(X, [precision])");
  if (a.is_scalar()) {
    if (a.is_null()) return a;
    auto scale = std::pow(10.0, static_cast<double>(precision));
    auto scaled = a.raw_real() * scale;
    return value::of_double(valid_or_null(round_whole{}(scaled) / scale));
  }
  auto& from = a.vec();
  auto reuse = is_sole_owner(a.ptr());
  x = value{};
  auto result =
      reuse || is_sole_owner(a.ptr()) ? a.vec_ptr() : column::make(type_id::double_, from.size());
  bool nulls = from.may_have_nulls(), single = from.type() == type_id::float_;
  if (single) {
    value widened = value{column::make(type_id::double_, from.size())};
    auto* to = widened.own_vec().mutable_data<double>();
    for (size_t i = 0; i < from.size(); ++i)
      to[i] = number_cast<double>(from.data<float>()[i]);
    return round_to(widened, precision);
  }
  auto scale = std::pow(10.0, static_cast<double>(precision));
  auto size = from.size();
  auto* out = result->mutable_data<double>();
  auto* in = from.data<double>();
  for (size_t i = 0; i < size; ++i) {
    auto scaled = in[i] * scale;
    auto bounded = std::abs(scaled) < no_fraction ? scaled : 0.0;
    auto whole = static_cast<double>(static_cast<int64_t>(bounded + (bounded < 0 ? -0.5 : 0.5)));
    out[i] = std::abs(scaled) < no_fraction ? whole / scale : in[i];
  }
  if (!nulls) result->set_no_nulls();
  return value{result};
}

value round(call_context&, arguments& args) {
  auto precision = integer_argument(args, 1, 0, "round(X, [precision])", "precision");
  return map_forms(
      args[0], [&](value& x) { return round_to(x, precision); }, "round");
}

template <double (*F)(double)>
struct to_long_op {
  int64_t operator()(double x) const {
    return std::abs(x) < 9.2e18 ? static_cast<int64_t>(F(x)) : null_of<int64_t>;
  }
};
double floor_of(double x) { return std::floor(x); }
double ceil_of(double x) { return std::ceil(x); }

template <name_text Name, double (*F)(double)>
value whole_function(call_context&, arguments& args) {
  return map_forms(
      args[0],
      [](value& x) {
        if (is_integral(x.type())) return x;
        auto a = to_doubles(x, Name);
        return run_unary<double, int64_t>(a, type_id::long_,
                                          unary_loop<to_long_op<F>, double, int64_t>);
      },
      Name);
}

// -- sign
// -----------------------------------------------------------------------------------------------

struct abs_op {
  template <class T>
  T operator()(T x) const {
    return x < 0 ? static_cast<T>(-x) : x;
  }
};

value absolute(call_context&, arguments& args) {
  return map_forms(
      args[0],
      [](value& x) {
        if (!is_plain_number(x.type())) x = to_doubles(x, "abs(X)");
        return with_plain(physical_of(x.type()), [&](auto zero) {
          using T = decltype(zero);
          return run_unary<T, T>(x, x.type(), unary_loop<abs_op, T, T>);
        });
      },
      "abs");
}

struct sign_op {
  int32_t operator()(int64_t x) const { return (x > 0) - (x < 0); }
};
double sign_of(double x) { return (x > 0) - (x < 0); }

value signum(call_context&, arguments& args) {
  return map_forms(
      args[0],
      [](value& x) {
        auto a = to_doubles(x, "signum(X)");
        auto sign = run_unary<double, int64_t>(a, type_id::long_,
                                               unary_loop<to_long_op<sign_of>, double, int64_t>);
        return run_unary<int64_t, int32_t>(sign, type_id::int_,
                                           unary_loop<sign_op, int64_t, int32_t>);
      },
      "signum");
}

// -- two operands
// -------------------------------------------------------------------------------------------

struct pow_op {
  double operator()(double x, double y) const { return std::pow(x, y); }
};

template <class Op>
value real_pair(arguments& args, std::string_view function) {
  return map_forms(
      args[0], args[1],
      [&](value& x, value& y) {
        auto a = to_doubles(x, function), b = to_doubles(y, function);
        return run_binary<double, double>(a, b, type_id::double_, binary_loop<Op, double, double>,
                                          function);
      },
      function);
}

value power(call_context&, arguments& args) { return real_pair<pow_op>(args, "pow"); }

struct larger_op {
  template <class T>
  T operator()(T x, T y) const {
    return x < y ? y : x;
  }
};
struct smaller_op {
  template <class T>
  T operator()(T x, T y) const {
    return x < y ? x : y;
  }
};

template <class Op>
value bounded(value& x, value& bound) {
  return map_forms(
      x, bound,
      [](value& a, value& b) {
        if (!is_plain_number(a.type())) refuse_type("clip(X, Y, Z)", "X", a, "numeric");
        if (!is_plain_number(b.type())) refuse_type("clip(X, Y, Z)", "a bound", b, "numeric");
        auto type = std::max(a.type(), b.type());
        return with_plain(physical_of(type), [&](auto zero) {
          using T = decltype(zero);
          return run_binary<T, T>(a, b, type, binary_loop<Op, T, T>, "clip");
        });
      },
      "clip");
}

value clip(call_context&, arguments& args) {
  auto raised = args[1].is_void() ? args[0] : bounded<larger_op>(args[0], args[1]);
  return args[2].is_void() ? raised : bounded<smaller_op>(raised, args[2]);
}

value log_of(call_context& context, arguments& args) {
  if (!is_given(args, 1)) return real_function<"log", std::log>(context, args);
  auto base = args[1].as_double();
  auto result = real_function<"log", std::log>(context, args);
  value divisor = value::of_double(std::log(base));
  return compute(arithmetic::ratio, result, divisor);
}

const std::vector<function_entry> math_table = {
    {"round",
     "round(X, [precision=0])",
     "X rounded to `precision` decimals, halves away from zero. Integers stay as they are.",
     round,
     1,
     2,
     plain,
     {{"round(2.5)", "3"}, {"round(-2.345 1.236, 2)", "[-2.35,1.24]"}}},
    {"floor",
     "floor(X)",
     "The largest integer not above each element, as LONG.",
     whole_function<"floor", floor_of>,
     1,
     1,
     plain,
     {{"floor(2.9 -2.1)", "[2,-3]"}}},
    {"ceil",
     "ceil(X)",
     "The smallest integer not below each element, as LONG.",
     whole_function<"ceil", ceil_of>,
     1,
     1,
     plain,
     {{"ceil(2.1 -2.9)", "[3,-2]"}},
     {"ceiling"}},
    {"abs", "abs(X)", "The absolute value.", absolute, 1, 1, plain, {{"abs(-3 4)", "[3,4]"}}},
    {"signum",
     "signum(X)",
     "-1, 0 or 1 by the sign.",
     signum,
     1,
     1,
     plain,
     {{"signum(-3 0 4.5)", "[-1,0,1]"}},
     {"sign"}},
    {"sqrt",
     "sqrt(X)",
     "Square root; null for negative numbers.",
     real_function<"sqrt", sqrt_of>,
     1,
     1,
     plain,
     {{"sqrt(4 16 -4)", "[2,4,]"}}},
    {"cbrt",
     "cbrt(X)",
     "Cube root.",
     real_function<"cbrt", std::cbrt>,
     1,
     1,
     plain,
     {{"cbrt(8 27)", "[2,3]"}}},
    {"square",
     "square(X)",
     "X * X as DOUBLE.",
     real_function<"square", square>,
     1,
     1,
     plain,
     {{"square(3 4)", "[9,16]"}}},
    {"reciprocal",
     "reciprocal(X)",
     "1 \\ X.",
     real_function<"reciprocal", reciprocal>,
     1,
     1,
     plain,
     {{"reciprocal(2 4)", "[0.5,0.25]"}}},
    {"exp",
     "exp(X)",
     "e to the power of X.",
     real_function<"exp", std::exp>,
     1,
     1,
     plain,
     {{"exp(0 1)", "[1,2.718282]"}}},
    {"exp2",
     "exp2(X)",
     "2 to the power of X.",
     real_function<"exp2", std::exp2>,
     1,
     1,
     plain,
     {{"exp2(3)", "8"}}},
    {"expm1",
     "expm1(X)",
     "exp(X) - 1, exact for small X.",
     real_function<"expm1", std::expm1>,
     1,
     1,
     plain,
     {{"expm1(0)", "0"}}},
    {"log",
     "log(X, [base])",
     "Natural logarithm, or that of `base`.",
     log_of,
     1,
     2,
     plain,
     {{"log(1)", "0"}, {"log(8, 2)", "3"}}},
    {"log2",
     "log2(X)",
     "Logarithm of base 2.",
     real_function<"log2", std::log2>,
     1,
     1,
     plain,
     {{"log2(8)", "3"}}},
    {"log10",
     "log10(X)",
     "Logarithm of base 10.",
     real_function<"log10", std::log10>,
     1,
     1,
     plain,
     {{"log10(1000)", "3"}}},
    {"log1p",
     "log1p(X)",
     "log(1 + X), exact for small X.",
     real_function<"log1p", std::log1p>,
     1,
     1,
     plain,
     {{"log1p(0)", "0"}}},
    {"pow",
     "pow(X, Y)",
     "X to the power of Y as DOUBLE.",
     power,
     2,
     2,
     plain,
     {{"pow(2 3, 3)", "[8,27]"}},
     {"power"}},
    {"sin",
     "sin(X)",
     "Sine of X in radians.",
     real_function<"sin", std::sin>,
     1,
     1,
     plain,
     {{"sin(0)", "0"}}},
    {"cos",
     "cos(X)",
     "Cosine of X in radians.",
     real_function<"cos", std::cos>,
     1,
     1,
     plain,
     {{"cos(0)", "1"}}},
    {"tan",
     "tan(X)",
     "Tangent of X in radians.",
     real_function<"tan", std::tan>,
     1,
     1,
     plain,
     {{"tan(0)", "0"}}},
    {"asin",
     "asin(X)",
     "Arc sine.",
     real_function<"asin", std::asin>,
     1,
     1,
     plain,
     {{"asin(1)", "1.570796"}}},
    {"acos",
     "acos(X)",
     "Arc cosine.",
     real_function<"acos", std::acos>,
     1,
     1,
     plain,
     {{"acos(1)", "0"}}},
    {"atan",
     "atan(X)",
     "Arc tangent.",
     real_function<"atan", std::atan>,
     1,
     1,
     plain,
     {{"atan(1)", "0.785398"}}},
    {"sinh",
     "sinh(X)",
     "Hyperbolic sine.",
     real_function<"sinh", std::sinh>,
     1,
     1,
     plain,
     {{"sinh(0)", "0"}}},
    {"cosh",
     "cosh(X)",
     "Hyperbolic cosine.",
     real_function<"cosh", std::cosh>,
     1,
     1,
     plain,
     {{"cosh(0)", "1"}}},
    {"tanh",
     "tanh(X)",
     "Hyperbolic tangent.",
     real_function<"tanh", std::tanh>,
     1,
     1,
     plain,
     {{"tanh(0)", "0"}}},
    {"asinh",
     "asinh(X)",
     "Inverse hyperbolic sine.",
     real_function<"asinh", std::asinh>,
     1,
     1,
     plain,
     {{"asinh(0)", "0"}}},
    {"acosh",
     "acosh(X)",
     "Inverse hyperbolic cosine.",
     real_function<"acosh", std::acosh>,
     1,
     1,
     plain,
     {{"acosh(1)", "0"}}},
    {"atanh",
     "atanh(X)",
     "Inverse hyperbolic tangent.",
     real_function<"atanh", std::atanh>,
     1,
     1,
     plain,
     {{"atanh(0)", "0"}}},
    {"deg2rad",
     "deg2rad(X)",
     "Degrees to radians.",
     real_function<"deg2rad", to_radians>,
     1,
     1,
     plain,
     {{"deg2rad(180)", "3.141593"}}},
    {"rad2deg",
     "rad2deg(X)",
     "Radians to degrees.",
     real_function<"rad2deg", to_degrees>,
     1,
     1,
     plain,
     {{"rad2deg(pi)", "180"}}},
    {"clip",
     "clip(X, Y, Z)",
     "X with what is below Y raised to Y and what is above Z lowered to Z; null where a bound "
     "is.",
     clip,
     3,
     3,
     plain,
     {{"clip(1 5 9, 2, 6)", "[2,5,6]"}}},
};

} // namespace

function_family math_functions() { return math_table; }

} // namespace pelorus
