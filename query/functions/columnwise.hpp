// Functions of whole columns: a vector as it is, matrices and tables column by column, tuples item
// by item.
#pragma once

#include <functional>
#include <string_view>

#include "query/functions/registry.hpp"

namespace pelorus {

using column_function = std::function<column_ptr(const column_ptr&)>;

/// `f` gives columns of one length for columns of one length (not always that of its argument). A
/// scalar counts as a vector of one element and gives a scalar. Throws for other forms, naming
/// `function`.
value map_columns(const value& x, const column_function& f, std::string_view function);

/// The integer argument `i`, or `otherwise` when it was left out. Throws naming function and
/// parameter.
int64_t integer_argument(const arguments& args, size_t i, int64_t otherwise,
                         std::string_view function, std::string_view parameter);
bool flag_argument(const arguments& args, size_t i, bool otherwise);
std::string_view text_argument(const arguments& args, size_t i, std::string_view otherwise,
                               std::string_view function, std::string_view parameter);
/// A vector (a scalar becomes one of one element; a matrix its cells). Throws for other forms.
column_ptr vector_argument(const value& x, std::string_view function, std::string_view parameter);

} // namespace pelorus
