// The dictionary of a SYMBOL column: distinct strings and their codes.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pelorus {

/// Code 0 is always the empty string, which is the null. Not thread-safe while it grows: a dictionary
/// that columns share is treated as frozen, and `column` copies it before adding to it.
class symbol_dictionary {
public:
  symbol_dictionary();
  symbol_dictionary(const symbol_dictionary& other);
  symbol_dictionary& operator=(const symbol_dictionary&) = delete;

  size_t size() const { return strings_.size(); }
  std::string_view operator[](int32_t code) const { return strings_[static_cast<size_t>(code)]; }
  /// The code of `text`, adding it when new.
  int32_t code(std::string_view text);
  /// True when each code of this dictionary stands for the same text in `other`.
  bool is_prefix_of(const symbol_dictionary& other) const;
  /// The code of `text`, or -1 when it is not there.
  int32_t find(std::string_view text) const;

private:
  std::deque<std::string> strings_;  // a deque: its elements never move, the keys point into them
  std::unordered_map<std::string_view, int32_t> codes_;
};

} // namespace pelorus
