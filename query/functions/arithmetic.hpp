// The arithmetic operators on operands of any type and form.
#pragma once

#include <string_view>

#include "storage/value.hpp"

namespace pelorus {

enum class arithmetic : uint8_t { add, sub, mul, div, ratio, mod };

std::string_view function_name(arithmetic op);
value compute(arithmetic op, value& x, value& y);

// -- parts: operands are scalars or vectors of fixed types
// ----------------------------------------------------
value plain_arithmetic(arithmetic op, value& x, value& y, type_id result,
                       std::string_view function);
value decimal_arithmetic(arithmetic op, const value& x, const value& y);
/// add and sub with at least one temporal or DURATION operand.
value temporal_arithmetic(arithmetic op, value& x, value& y);
/// Element by element the joined text of both.
value concat_texts(const value& x, const value& y, std::string_view function);

} // namespace pelorus
