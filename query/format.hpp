// Values as `print` and consoles show them (language reference, chapter 10).
#pragma once

#include <string>

#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Multi-line for tables, matrices and dictionaries; long vectors and tables end in "...".
std::string format(const value& x);

/// One element as it stands in a table cell: no quotes, null is empty.
std::string format_scalar(const column& col, size_t i);
/// A scalar in the form that `string(x)` gives: no quotes, null is empty.
std::string format_scalar(const value& x);
/// A scalar or element as a typed literal, for vectors and error messages: "abc" in quotes, 'c',
/// null as 00i.
std::string format_literal(const value& x);

/// At most 6 decimals without trailing zeros; tiny numbers as 2.5E-7.
std::string format_real(double x);

} // namespace pelorus
