// The operators: text, precedence and the function behind each.
#pragma once

#include <cstdint>
#include <string_view>

#include "query/syntax.hpp"

namespace pelorus {

struct operator_info {
  std::string_view text;
  std::string_view function;  ///< its registered function
  uint8_t precedence;         ///< larger binds tighter (language reference, chapter 3)
};

const operator_info& info(op o);

/// The binary operator written so, or null. `=` is none: SQL expressions read it as ==.
const operator_info* find_operator(std::string_view text, op& found);

/// The registered function behind the operator, looked up once. Throws script_error when it is missing.
const function_entry& function_of(op o);

inline bool is_comparison(op o) { return o >= op::lt && o <= op::ne; }

namespace precedence {
inline constexpr int or_ = 1, and_ = 2, comparison = 3, bit_or = 4, additive = 8, multiplicative = 10, pair = 15,
                     unary = 18;
}

} // namespace pelorus
