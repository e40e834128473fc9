// The dictionary of a SYMBOL column: distinct strings and their codes.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "storage/string_ref.hpp"

namespace pelorus {

/// Code 0 is always the empty string, which is the null. Not thread-safe while it grows: a dictionary
/// that columns share is treated as frozen, and `column` copies it before adding to it.
class symbol_dictionary {
public:
  symbol_dictionary();
  symbol_dictionary(const symbol_dictionary& other);
  symbol_dictionary& operator=(const symbol_dictionary&) = delete;

  size_t size() const { return texts_.size(); }
  /// Stays where it is as long as the dictionary lives.
  std::string_view operator[](int32_t code) const { return texts_[static_cast<size_t>(code)].view(); }
  /// The code of `text`, adding it when new.
  int32_t code(std::string_view text);
  /// True when each code of this dictionary stands for the same text in `other`.
  bool is_prefix_of(const symbol_dictionary& other) const;
  /// The code of `text`, or -1 when it is not there.
  int32_t find(std::string_view text) const;
  /// Room for so many strings, so that adding them does not arrange the codes anew.
  void reserve(size_t count);
  /// Memory that it takes.
  uint64_t bytes() const;

private:
  /// An open addressing table of codes; the hash spares most looks at the texts and all of them when it grows.
  struct slot {
    uint32_t hash;
    int32_t code;  // -1: free
  };
  size_t slot_of(std::string_view text, uint32_t hash) const;
  void arrange(size_t slots);

  std::deque<string_ref> texts_;  // a deque: short texts lie in the references, which must not move
  string_arena long_texts_;
  uint64_t long_bytes_ = 0;
  std::vector<slot> slots_;  // a power of two, at most half of them taken
};

} // namespace pelorus
