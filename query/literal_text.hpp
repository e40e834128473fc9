// Values as literals of the language: text that evaluates to the same value.
#pragma once

#include <string>
#include <string_view>

#include "storage/value.hpp"

namespace pelorus {

/// Throws script_error (not_supported) for values that have no literal: tables, matrices, dictionaries, handles.
std::string literal_text(const value& x);

/// The literal of a type's null, as "00i"; empty for types whose null has none of its own.
std::string_view null_literal(type_id type);

/// `text` in double quotes, with escapes.
std::string quoted(std::string_view text);

} // namespace pelorus
