// Named constants of the language: types, forms, partition schemes, hints, numbers.
#pragma once

#include <optional>
#include <string_view>

#include "storage/value.hpp"

namespace pelorus {

/// INT, DOUBLE, VALUE, RANGE, pi, .. or nothing.
std::optional<value> find_constant(std::string_view name);

/// A type as scripts hold it: an INT with the type's id; DECIMAL types carry their scale as id + 65536 * scale.
struct type_spec {
  type_id type = type_id::void_;
  int32_t scale = 0;
};
value type_value(type_spec t);
/// From such a value, or from a type's name as text ("INT", "DECIMAL64(2)", "DOUBLE[]").
expected<type_spec> type_of_value(const value& x);

} // namespace pelorus
