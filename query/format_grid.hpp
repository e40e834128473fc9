// Tables and matrices as text: a header, a dashed line, and columns of equal width.
#pragma once

#include <string>

#include "query/matrix.hpp"
#include "storage/table.hpp"

namespace pelorus {

/// Long ones are shortened: the first rows, then "...". Columns that do not fit the width are left
/// out with "...".
std::string table_grid(const table& t);
std::string matrix_grid(const matrix& m);

} // namespace pelorus
