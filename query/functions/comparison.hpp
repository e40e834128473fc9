// Comparisons of values of any type and form. NULL is the smallest value and equal to NULL; the
// result has no nulls.
#pragma once

#include <string_view>

#include "storage/value.hpp"

namespace pelorus {

enum class comparison : uint8_t { lt, le, eq, ne, ge, gt };

value compare(comparison op, value& x, value& y);
/// The same value, type and form, all the way down.
bool same_value(const value& x, const value& y);
/// x < y, x == y, x > y for scalars of comparable types: -1, 0, 1. NULL is smallest.
int order_of(const value& x, const value& y);

/// The type both operands are compared in; throws naming `function` when there is none.
type_id comparison_type(const value& x, const value& y, std::string_view function);

} // namespace pelorus
