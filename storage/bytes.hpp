// Little-endian bytes for records at rest: a writer, and a bounds-checked reader with a sticky error.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "storage/column.hpp"
#include "storage/table.hpp"

namespace pelorus {

class byte_writer {
public:
  template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void put(T x) {
    out_.append(reinterpret_cast<const char*>(&x), sizeof x);
  }
  void put_text(std::string_view text) {
    put(static_cast<uint32_t>(text.size()));
    out_.append(text);
  }
  /// Type, scale, size and elements; null pointers are kept as such.
  void put_column(const column_ptr& col);

  const std::string& text() const& { return out_; }
  std::string&& text() && { return std::move(out_); }

private:
  std::string out_;
};

/// After the first read past the end every read answers zero and `failed` is true.
class byte_reader {
public:
  explicit byte_reader(std::string_view in) : in_(in) {}

  template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  T get() {
    T x{};
    if (auto from = take(sizeof x); !from.empty()) std::memcpy(&x, from.data(), sizeof x);
    return x;
  }
  std::string get_text() { return std::string{get_view()}; }
  /// A text without copying it.
  std::string_view get_view() { return take(get<uint32_t>()); }
  column_ptr get_column();
  /// A count of things of at least `bytes_each`; fails instead of promising more than there is.
  size_t get_count(size_t bytes_each = 1);

  bool failed() const { return failed_; }
  bool at_end() const { return in_.empty(); }
  void fail() { failed_ = true; }

private:
  std::string_view take(size_t size) {
    if (failed_ || size > in_.size()) {
      failed_ = true;
      return {};
    }
    auto taken = in_.substr(0, size);
    in_.remove_prefix(size);
    return taken;
  }

  std::string_view in_;
  bool failed_ = false;
};

} // namespace pelorus
