// Integers, temporals and symbol codes: constant, frame of reference, delta.
#include "storage/codec_schemes.hpp"

#include <algorithm>
#include <vector>

#include "storage/bit_packing.hpp"

namespace pelorus::schemes {

namespace {

uint64_t zigzag(int64_t x) { return (static_cast<uint64_t>(x) << 1) ^ static_cast<uint64_t>(x >> 63); }
int64_t unzigzag(uint64_t x) { return static_cast<int64_t>(x >> 1) ^ -static_cast<int64_t>(x & 1); }
uint64_t distance(int64_t low, int64_t high) { return static_cast<uint64_t>(high) - static_cast<uint64_t>(low); }

void put_head(std::string& out, int64_t base, unsigned bits) {
  out.append(reinterpret_cast<const char*>(&base), sizeof base);
  out.push_back(static_cast<char>(bits));
}

constexpr size_t head_bytes = sizeof(int64_t) + 1;

struct head {
  int64_t base = 0;
  unsigned bits = 0;
  const char* packed = nullptr;
};

bool get_head(std::string_view bytes, size_t count, head& h) {
  if (bytes.size() < head_bytes) return false;
  std::memcpy(&h.base, bytes.data(), sizeof h.base);
  h.bits = static_cast<uint8_t>(bytes[sizeof h.base]);
  h.packed = bytes.data() + head_bytes;
  return h.bits <= max_packed_bits && bytes.size() == head_bytes + packed_bytes(count, h.bits);
}

} // namespace

// -- analyse and encode -------------------------------------------------------------------------------

template <class T>
encoded_block encode_integers(const T* from, size_t count) {
  auto [low, high] = std::minmax_element(from, from + count);
  if (*low == *high) return {codec::constant, std::string(reinterpret_cast<const char*>(from), sizeof(T))};
  auto base = static_cast<int64_t>(*low);
  auto packed = bits_for(distance(base, static_cast<int64_t>(*high)));
  uint64_t largest_step = 0;
  for (size_t i = 1; i < count; ++i)
    largest_step = std::max(largest_step, zigzag(static_cast<int64_t>(static_cast<uint64_t>(from[i]) - static_cast<uint64_t>(from[i - 1]))));
  auto delta = bits_for(largest_step);
  encoded_block best;
  if (std::min(packed, delta) <= max_packed_bits) {
    best.scheme = delta < packed ? codec::delta : codec::packed;
    if (best.scheme == codec::packed) {
      put_head(best.bytes, base, packed);
      pack_bits(best.bytes, count, packed, [&](size_t i) { return distance(base, static_cast<int64_t>(from[i])); });
    } else {
      put_head(best.bytes, static_cast<int64_t>(from[0]), delta);
      pack_bits(best.bytes, count - 1, delta, [&](size_t i) {
        return zigzag(static_cast<int64_t>(static_cast<uint64_t>(from[i + 1]) - static_cast<uint64_t>(from[i])));
      });
    }
  }
  return best;
}

// -- decode -------------------------------------------------------------------------------------------

template <class T>
bool decode_integers(codec scheme, std::string_view bytes, size_t count, T* to) {
  if (scheme == codec::constant) {
    if (bytes.size() != sizeof(T)) return false;
    T x;
    std::memcpy(&x, bytes.data(), sizeof x);
    std::fill(to, to + count, x);
    return true;
  }
  head h;
  if (scheme == codec::packed) {
    if (!get_head(bytes, count, h)) return false;
    auto base = static_cast<uint64_t>(h.base);
    unpack_bits(h.packed, count, h.bits, [&](size_t i, uint64_t x) { to[i] = static_cast<T>(base + x); });
    return true;
  }
  if (scheme != codec::delta || count == 0 || !get_head(bytes, count - 1, h)) return false;
  auto last = static_cast<uint64_t>(h.base);
  to[0] = static_cast<T>(last);
  unpack_bits(h.packed, count - 1, h.bits, [&](size_t i, uint64_t x) {
    last += static_cast<uint64_t>(unzigzag(x));
    to[i + 1] = static_cast<T>(last);
  });
  return true;
}

template encoded_block encode_integers(const int8_t*, size_t);
template encoded_block encode_integers(const int16_t*, size_t);
template encoded_block encode_integers(const int32_t*, size_t);
template encoded_block encode_integers(const int64_t*, size_t);
template bool decode_integers(codec, std::string_view, size_t, int8_t*);
template bool decode_integers(codec, std::string_view, size_t, int16_t*);
template bool decode_integers(codec, std::string_view, size_t, int32_t*);
template bool decode_integers(codec, std::string_view, size_t, int64_t*);

} // namespace pelorus::schemes
