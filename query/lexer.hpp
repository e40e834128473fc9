// From script text to tokens.
#pragma once

#include <string_view>
#include <vector>

#include "query/token.hpp"

namespace pelorus {

/// All tokens of the text, the last one of kind `end`. Throws script_error (parse_failed) at the first character that
/// begins no token.
std::vector<token> tokenize(std::string_view text);

/// True for letters, digits, `_` and every byte of a non-ASCII character.
bool is_word_byte(char c);

/// Can the text stand as a plain identifier in a script?
bool is_identifier(std::string_view text);

} // namespace pelorus
