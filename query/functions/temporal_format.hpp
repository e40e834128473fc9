// Temporal values by patterns like "yyyy-MM-dd HH:mm:ss.SSS".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/value.hpp"

namespace pelorus {

/// Letters: y M d H h m s S (milliseconds) n (micro- or nanoseconds) a (AM or PM); MMM is JAN ..
/// DEC.
std::string format_by_pattern(type_id type, int64_t raw, std::string_view pattern);

/// The type follows from the pattern's letters. Throws script_error for a bad pattern.
class temporal_pattern {
public:
  explicit temporal_pattern(std::string_view pattern);
  type_id type() const { return type_; }
  /// A scalar of `type()`, null when the text does not fit.
  value parse(std::string_view text) const;

private:
  struct item {
    char letter = 0; // 0: the characters of `literal`
    size_t count = 0;
    bool fixed = false; // no separator follows: exactly `count` digits
    std::string literal;
  };
  std::vector<item> items_;
  type_id type_ = type_id::date;
};

} // namespace pelorus
