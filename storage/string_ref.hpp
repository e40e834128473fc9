// Strings of a column: a 16-byte reference each, short ones inline, long ones in an arena that columns share.
// (The layout of "Umbra" strings: Neumann and Freitag, CIDR 2020.)
#pragma once

#include <compare>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/buffer.hpp"

namespace pelorus {

/// Up to 12 bytes live inline; longer text is a 4-byte prefix and a pointer into a `string_arena`.
class string_ref {
public:
  static constexpr uint32_t inline_bytes = 12;

  string_ref() : size_(0) { std::memset(inlined_, 0, inline_bytes); }
  /// For text of at most 12 bytes.
  explicit string_ref(std::string_view small) : string_ref() {
    size_ = static_cast<uint32_t>(small.size());
    if (size_ != 0) std::memcpy(inlined_, small.data(), small.size());
  }
  /// For longer text that lies at `at` and outlives the reference.
  string_ref(const char* at, uint32_t size) : size_(size) {
    std::memcpy(inlined_, at, 4);
    std::memcpy(inlined_ + 4, &at, sizeof at);
  }

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool is_inline() const { return size_ <= inline_bytes; }
  std::string_view view() const {
    if (is_inline()) return {inlined_, size_};
    const char* at;
    std::memcpy(&at, inlined_ + 4, sizeof at);
    return {at, size_};
  }

  friend bool operator==(const string_ref& a, const string_ref& b) {
    if (std::memcmp(&a, &b, 8) != 0) return false;  // size and prefix
    return a.is_inline() ? std::memcmp(a.inlined_ + 4, b.inlined_ + 4, 8) == 0
                         : a.view() == b.view();
  }
  friend std::strong_ordering operator<=>(const string_ref& a, const string_ref& b) {
    return a.view() <=> b.view();
  }

private:
  uint32_t size_;
  char inlined_[inline_bytes];
};
static_assert(sizeof(string_ref) == 16);

/// Append-only text memory; what it holds never moves.
class string_arena {
public:
  /// Copies `text` in if it is long and answers a reference to it.
  string_ref add(std::string_view text) {
    if (text.size() <= string_ref::inline_bytes) return string_ref{text};
    if (text.size() > free_) more(text.size());
    std::memcpy(at_, text.data(), text.size());
    string_ref ref{at_, static_cast<uint32_t>(text.size())};
    at_ += text.size();
    free_ -= text.size();
    return ref;
  }

private:
  void more(size_t at_least) {
    auto bytes = std::max<size_t>(at_least, blocks_.empty() ? 4096 : 1 << 18);
    blocks_.push_back(std::make_unique<buffer>(bytes));
    at_ = reinterpret_cast<char*>(blocks_.back()->data());
    free_ = blocks_.back()->capacity();
  }

  std::vector<std::unique_ptr<buffer>> blocks_;
  char* at_ = nullptr;
  size_t free_ = 0;
};

} // namespace pelorus
