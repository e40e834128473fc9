// The checksum of everything at rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace pelorus {

/// XXH3, 64 bits.
uint64_t checksum(const void* data, size_t size, uint64_t seed = 0);
inline uint64_t checksum(std::string_view bytes, uint64_t seed = 0) { return checksum(bytes.data(), bytes.size(), seed); }

/// The same of bytes that come in pieces, with seed 0.
class running_checksum {
public:
  running_checksum();
  void add(std::string_view bytes);
  /// Of the pieces so far; the next ones are another's.
  uint64_t take();

private:
  struct state;
  struct remove { void operator()(state* x) const; };
  std::unique_ptr<state, remove> state_;
};

} // namespace pelorus
