// DECIMAL arithmetic on raw integers of 128 bits. add and sub: the larger scale; mul: the sum of
// both; div and ratio: the scale of the dividend. The result is as wide as the wider operand; what
// does not fit is an error.
#include <algorithm>

#include "query/cast.hpp"
#include "query/functions/arithmetic.hpp"
#include "query/functions/kernels.hpp"

namespace pelorus {

namespace {

struct decimal_item {
  int128 raw;
  bool null;
};

decimal_item item_of(const value& x) {
  if (x.is_null()) return {0, true};
  return {x.type() == type_id::decimal128 ? x.raw_wide() : int128{x.raw_int()}, false};
}

[[noreturn]] void overflow(type_id type, int32_t scale) {
  throw script_error(ec::limit_exceeded,
                     fmt::format("Decimal math overflow: the result does not fit {}({}).",
                                 type_name(type), scale));
}

int128 multiplied(int128 x, int128 y, type_id type, int32_t scale) {
  int128 result;
  if (__builtin_mul_overflow(x, y, &result)) overflow(type, scale);
  return result;
}

struct decimal_plan {
  arithmetic op;
  type_id type;
  int32_t scale, scale_x, scale_y;

  value operator()(const value& x, const value& y) const {
    auto a = item_of(x), b = item_of(y);
    if (a.null || b.null) return value::null(type, scale);
    auto [raw, null] = result(a.raw, b.raw);
    if (null) return value::null(type, scale);
    if (type == type_id::decimal128) return value::wide(type, raw, scale);
    int128 limit = type == type_id::decimal32 ? INT32_MAX : INT64_MAX;
    if (raw > limit || raw < -limit) overflow(type, scale);
    return value::integral(type, static_cast<int64_t>(raw), scale);
  }

  decimal_item result(int128 a, int128 b) const {
    switch (op) {
    case arithmetic::mul: return {multiplied(a, b, type, scale), false};
    case arithmetic::div:
    case arithmetic::ratio:
      if (b == 0) return {0, true};
      return {multiplied(a, power_of_ten(scale_y), type, scale) / b, false};
    default: break;
    }
    auto up_x = multiplied(a, power_of_ten(scale - scale_x), type, scale);
    auto up_y = multiplied(b, power_of_ten(scale - scale_y), type, scale);
    if (op == arithmetic::mod)
      return up_y == 0 ? decimal_item{0, true} : decimal_item{up_x % up_y, false};
    return {op == arithmetic::add ? up_x + up_y : up_x - up_y, false};
  }
};

} // namespace

value decimal_arithmetic(arithmetic op, const value& x, const value& y) {
  auto function = function_name(op);
  decimal_plan plan{op,
                    std::max(is_decimal(x.type()) ? x.type() : type_id::void_,
                             is_decimal(y.type()) ? y.type() : type_id::void_),
                    0, x.scale(), y.scale()};
  if (op == arithmetic::mul)
    plan.scale = plan.scale_x + plan.scale_y;
  else if (op == arithmetic::div || op == arithmetic::ratio)
    plan.scale = plan.scale_x;
  else
    plan.scale = std::max(plan.scale_x, plan.scale_y);
  if (plan.scale > 38) overflow(plan.type, plan.scale);
  if (x.is_scalar() && y.is_scalar()) return plan(x, y);
  require_same_size(x, y, function);
  auto size = x.is_scalar() ? y.size() : x.size();
  auto result = column::make_null(plan.type, size, plan.scale);
  for (size_t i = 0; i < size; ++i) {
    auto one =
        plan(x.is_scalar() ? x : element(x.vec(), i), y.is_scalar() ? y : element(y.vec(), i));
    if (!one.is_null()) unwrap(set_element(*result, i, one));
  }
  return value{std::move(result)};
}

} // namespace pelorus
