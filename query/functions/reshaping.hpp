// Vectors as matrices, and elements of columns as numbers.
#pragma once

#include "storage/value.hpp"

namespace pelorus {

/// The elements of a scalar, vector or matrix as a matrix of rows:columns, column by column. A null
/// side follows from the other one.
value reshape(const value& x, const value& shape);

/// Element `i` of a FLOAT or DOUBLE column, or of any number, as DOUBLE.
double as_real(const column& col, size_t i);

} // namespace pelorus
