// Matrices and tables seen as their columns, for functions that work column by column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/functions/registry.hpp"
#include "query/script_error.hpp"
#include "query/select_expression.hpp"
#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// The columns of a matrix or in-memory table; empty for every other form.
std::vector<column_ptr> columns_of(const value& x);
/// One scalar for each column of `shape`: a vector for a matrix, a table of one row for a table.
value per_column(const value& shape, const std::vector<value>& results);

/// A string or vector of strings as a list; throws naming the parameter.
std::vector<std::string> text_list(const value& x, std::string_view function, std::string_view parameter);
std::string text_of_argument(const value& x, std::string_view function, std::string_view parameter);
/// The in-memory table of an argument; throws naming the parameter.
table_ptr table_argument(const value& x, std::string_view function, std::string_view parameter);

} // namespace pelorus
