// Operators on two plain scalars (INT, LONG, DOUBLE, no null), without a call to their functions.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "query/syntax.hpp"
#include "storage/value.hpp"

namespace pelorus {

inline bool is_plain_number(const value& x) {
  return x.is_scalar() &&
         (x.type() == type_id::int_ || x.type() == type_id::long_ ||
          x.type() == type_id::double_) &&
         !x.is_null();
}

namespace fast {

/// The quotient rounded down, and what remains.
inline int64_t floor_div(int64_t a, int64_t b) {
  int64_t q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

inline value finite(double x) {
  return std::isfinite(x) ? value::of_double(x) : value::null(type_id::double_);
}

template <class T>
bool compare(op o, T a, T b, value& out) {
  bool result;
  switch (o) {
  case op::lt: result = a < b; break;
  case op::le: result = a <= b; break;
  case op::eq: result = a == b; break;
  case op::ge: result = a >= b; break;
  case op::gt: result = a > b; break;
  case op::ne: result = a != b; break;
  default: return false;
  }
  out = value::of_bool(result);
  return true;
}

inline bool whole(op o, int64_t a, int64_t b, bool is_long, value& out) {
  auto ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  int64_t result;
  switch (o) {
  case op::add: result = static_cast<int64_t>(ua + ub); break;
  case op::sub: result = static_cast<int64_t>(ua - ub); break;
  case op::mul: result = static_cast<int64_t>(ua * ub); break;
  case op::div:
    if (b == 0 || b == -1) return false;
    result = floor_div(a, b);
    break;
  case op::mod:
    if (b == 0 || b == -1) return false;
    result = a - floor_div(a, b) * b;
    break;
  case op::ratio: out = finite(static_cast<double>(a) / static_cast<double>(b)); return true;
  default: return compare(o, a, b, out);
  }
  out = is_long ? value::of_long(result) : value::of_int(static_cast<int32_t>(result));
  return true;
}

inline bool real(op o, double a, double b, value& out) {
  switch (o) {
  case op::add: out = finite(a + b); return true;
  case op::sub: out = finite(a - b); return true;
  case op::mul: out = finite(a * b); return true;
  case op::div:
  case op::ratio: out = finite(a / b); return true;
  default: return compare(o, a, b, out);
  }
}

} // namespace fast

/// False when the operator or the operands need the registered function.
inline bool fast_binary(op o, const value& a, const value& b, value& out) {
  if (!is_plain_number(a) || !is_plain_number(b)) return false;
  bool real_a = a.type() == type_id::double_, real_b = b.type() == type_id::double_;
  if (!real_a && !real_b) {
    bool is_long = a.type() == type_id::long_ || b.type() == type_id::long_;
    return fast::whole(o, a.raw_int(), b.raw_int(), is_long, out);
  }
  bool mixed_long = a.type() == type_id::long_ || b.type() == type_id::long_;
  if (mixed_long) return false;
  auto x = real_a ? a.raw_real() : static_cast<double>(a.raw_int());
  auto y = real_b ? b.raw_real() : static_cast<double>(b.raw_int());
  return fast::real(o, x, y, out);
}

} // namespace pelorus
