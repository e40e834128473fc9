// From single values to vectors: how `1 2.5 NULL`, `[a, b]` and the results of each() find their type.
#pragma once

#include <span>

#include "storage/value.hpp"

namespace pelorus {

/// One vector of all the items. Scalars of one type, or numbers that one type can hold, give a vector of that type,
/// NULL fitting in everywhere; anything else gives a tuple (ANY vector).
value combine(std::span<const value> items);

/// A tuple of the items, whatever they are.
value make_tuple_value(std::vector<value> items);

/// The type that holds scalars of both types without loss of kind (INT and DOUBLE: DOUBLE), or ANY.
type_id common_type(type_id a, type_id b);

} // namespace pelorus
