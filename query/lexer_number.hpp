// Literals that begin with a digit: numbers, temporal values, durations, typed nulls.
#pragma once

#include <cstddef>
#include <string_view>

#include "query/token.hpp"
#include "storage/value.hpp"

namespace pelorus {

struct scanned_literal {
  value constant;
  size_t length = 0;  ///< bytes taken
};

/// The longest literal at the start of `text`, which begins with a digit (or a point and a digit). Throws script_error
/// at `at` for numbers that no type holds and dates that do not exist.
scanned_literal scan_number(std::string_view text, text_position at);

} // namespace pelorus
