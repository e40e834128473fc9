// Unsigned integers of at most 56 bits, packed back to back.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace pelorus {

inline constexpr unsigned max_packed_bits = 56;  // a value and its shift fit one 8-byte load

inline unsigned bits_for(uint64_t largest) { return static_cast<unsigned>(std::bit_width(largest)); }
inline size_t packed_bytes(size_t count, unsigned bits) { return (count * bits + 7) / 8 + 8; }

/// Appends `count` values `get(i)`, each below 2^bits.
template <class Get>
void pack_bits(std::string& out, size_t count, unsigned bits, Get&& get) {
  auto start = out.size();
  out.resize(start + packed_bytes(count, bits));
  auto* to = out.data() + start;
  uint64_t pending = 0;
  unsigned filled = 0;
  for (size_t i = 0; i < count; ++i) {
    pending |= static_cast<uint64_t>(get(i)) << filled;
    filled += bits;
    // Whole bytes leave; at most 7 bits stay, so the next value fits.
    std::memcpy(to, &pending, 8);
    to += filled >> 3;
    pending = (filled & ~7u) == 64 ? 0 : pending >> (filled & ~7u);
    filled &= 7;
  }
  std::memcpy(to, &pending, 8);
}

/// Hands `count` values to `put(i, value)`; `from` has `packed_bytes(count, bits)` bytes.
template <class Put>
void unpack_bits(const char* from, size_t count, unsigned bits, Put&& put) {
  const uint64_t mask = (uint64_t{1} << bits) - 1;
  size_t at = 0;
  for (size_t i = 0; i < count; ++i, at += bits) {
    uint64_t word;
    std::memcpy(&word, from + (at >> 3), 8);
    put(i, (word >> (at & 7)) & mask);
  }
}

} // namespace pelorus
