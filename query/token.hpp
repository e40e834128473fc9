// Tokens of the script language, each with its place in the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/value.hpp"

namespace pelorus {

/// Line and column in script text, both counted from 1; columns count code points, not bytes. Line 0: unknown.
struct text_position {
  uint32_t line = 0;
  uint32_t column = 0;
  friend bool operator==(const text_position&, const text_position&) = default;
};

enum class token_kind : uint8_t {
  end,       ///< of the script
  literal,   ///< number, string, temporal value, null, backtick chain; `constant` holds it
  name,      ///< identifier, keyword, or `append!`; `text` holds it
  macro,     ///< `_$name` or `_$$names` of meta programming; `text` holds the name
  symbol,    ///< operator or punctuation; `text` holds it
  directive, ///< `#include "path"`; `text` holds the path
};

struct token {
  token_kind kind = token_kind::end;
  bool space_before = false;    ///< whitespace, a comment or a line's end stands right before it
  bool newline_before = false;  ///< it is the first token of its line
  bool many = false;            ///< a macro written with `$$`; a name written _"in quotes", which is no keyword
  text_position at;
  std::string text;           ///< name or symbol as written
  value constant;             ///< of a literal
  uint32_t begin = 0;         ///< byte offset of its first character, and one past its last
  uint32_t finish = 0;

  bool is(token_kind k) const { return kind == k; }
  bool is_symbol(std::string_view s) const { return kind == token_kind::symbol && text == s; }
  bool is_name(std::string_view s) const { return kind == token_kind::name && text == s; }
};

/// What an error message calls the token: "end of script", "')'", "number 12".
std::string describe(const token& t);

} // namespace pelorus
