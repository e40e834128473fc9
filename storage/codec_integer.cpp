// Integers, temporals and symbol codes: constant, frame of reference (with or without nulls), steps, steps of steps.
#include "storage/codec_schemes.hpp"

#include <algorithm>

#include "storage/bit_packing.hpp"

namespace pelorus::schemes {

namespace {

constexpr unsigned too_wide = 64;

/// Differences wrap around in 64 bits, which is undone exactly when decoding.
uint64_t distance(int64_t low, int64_t high) { return static_cast<uint64_t>(high) - static_cast<uint64_t>(low); }
int64_t step(int64_t from, int64_t to) { return static_cast<int64_t>(distance(from, to)); }

struct extent {
  int64_t low = std::numeric_limits<int64_t>::max(), high = std::numeric_limits<int64_t>::min();
  void add(int64_t x) {
    low = std::min(low, x);
    high = std::max(high, x);
  }
  bool empty() const { return low > high; }
  unsigned bits() const { return bits_for(distance(low, high)); }
};

/// A block's header: as many 64-bit numbers as its scheme needs, then the width.
template <size_t N>
struct head {
  int64_t numbers[N] = {};
  unsigned bits = 0;
  const char* packed = nullptr;
};

template <size_t N>
encoded_block begin(codec scheme, const int64_t (&numbers)[N], unsigned bits) {
  encoded_block block{scheme, {}};
  for (auto x : numbers) put_bytes(block.bytes, x);
  block.bytes.push_back(static_cast<char>(bits));
  return block;
}

template <size_t N>
bool get_head(std::string_view bytes, size_t count, head<N>& h) {
  if (bytes.size() < sizeof h.numbers + 1) return false;
  for (auto& x : h.numbers) x = take_bytes<int64_t>(bytes);
  h.bits = take_bytes<uint8_t>(bytes);
  h.packed = bytes.data();
  return h.bits <= max_packed_bits && bytes.size() == packed_bytes(count, h.bits);
}

} // namespace

// -- analyse and encode -------------------------------------------------------------------------------

namespace {

struct analysis {
  extent all, values;  // values: without nulls
  extent steps, second_steps;
  bool nulls = false;
};

/// The extent of get(0..count), or an empty one as soon as it takes `widest` bits or more.
template <class Get>
extent extent_below(unsigned widest, size_t count, Get&& get) {
  constexpr size_t stride = 256;
  extent found;
  for (size_t from = 0; from < count; from += stride) {
    for (size_t i = from; i < std::min(from + stride, count); ++i) found.add(get(i));
    if (found.bits() >= widest) return {};
  }
  return found;
}

template <class T>
analysis analyse(const T* from, size_t count) {
  analysis a;
  T low = from[0], high = from[0], above_null = std::numeric_limits<T>::max();
  for (size_t i = 0; i < count; ++i) {
    low = std::min(low, from[i]);
    high = std::max(high, from[i]);
    above_null = std::min(above_null, is_null(from[i]) ? std::numeric_limits<T>::max() : from[i]);
  }
  a.all = {low, high};
  a.nulls = is_null(low);  // the null is the smallest of its type
  a.values = {a.nulls ? above_null : low, high};
  if (a.nulls) return a;  // steps to and from a null are large
  auto widest = a.all.bits();
  a.steps = extent_below(widest, count - 1, [&](size_t i) { return step(from[i], from[i + 1]); });
  if (!a.steps.empty()) widest = a.steps.bits();
  if (count > 2 && widest > 0)
    a.second_steps = extent_below(widest, count - 2, [&](size_t i) { return step(step(from[i], from[i + 1]), step(from[i + 1], from[i + 2])); });
  return a;
}

unsigned nullable_bits(const analysis& a) {
  auto width = distance(a.values.low, a.values.high);
  return a.nulls && !is_null(a.all.high) && width < uint64_t{1} << max_packed_bits ? bits_for(width + 1) : too_wide;
}

template <class T>
encoded_block encode_steps(const T* from, size_t count, const extent& steps) {
  auto block = begin(codec::delta, {int64_t{from[0]}, steps.low}, steps.bits());
  pack_bits(block.bytes, count - 1, steps.bits(), [&](size_t i) { return distance(steps.low, step(from[i], from[i + 1])); });
  return block;
}

template <class T>
encoded_block encode_second_steps(const T* from, size_t count, const extent& steps) {
  auto block = begin(codec::delta2, {int64_t{from[0]}, step(from[0], from[1]), steps.low}, steps.bits());
  pack_bits(block.bytes, count - 2, steps.bits(), [&](size_t i) {
    return distance(steps.low, step(step(from[i], from[i + 1]), step(from[i + 1], from[i + 2])));
  });
  return block;
}

} // namespace

template <class T>
encoded_block encode_integers(const T* from, size_t count) {
  auto a = analyse(from, count);
  if (a.all.low == a.all.high) return {codec::constant, std::string(reinterpret_cast<const char*>(from), sizeof(T))};
  auto packed = a.all.bits(), nullable = nullable_bits(a);
  auto delta = a.steps.empty() ? too_wide : a.steps.bits();
  auto delta2 = a.second_steps.empty() ? too_wide : a.second_steps.bits();
  auto fewest = std::min({packed, nullable, delta, delta2});
  if (fewest > max_packed_bits) return {};
  if (fewest == packed) {
    auto block = begin(codec::packed, {a.all.low}, packed);
    pack_bits(block.bytes, count, packed, [&](size_t i) { return distance(a.all.low, from[i]); });
    return block;
  }
  if (fewest == nullable) {
    auto null_code = distance(a.values.low, a.values.high) + 1;
    auto block = begin(codec::nullable, {a.values.low, static_cast<int64_t>(null_code)}, nullable);
    pack_bits(block.bytes, count, nullable,
              [&](size_t i) { return is_null(from[i]) ? null_code : distance(a.values.low, from[i]); });
    return block;
  }
  return fewest == delta ? encode_steps(from, count, a.steps) : encode_second_steps(from, count, a.second_steps);
}

// -- decode -------------------------------------------------------------------------------------------

namespace {

template <class T>
bool decode_packed(std::string_view bytes, size_t count, T* to) {
  head<1> h;
  if (!get_head(bytes, count, h)) return false;
  auto base = static_cast<uint64_t>(h.numbers[0]);
  unpack_bits(h.packed, count, h.bits, [&](size_t i, uint64_t x) { to[i] = static_cast<T>(base + x); });
  return true;
}

template <class T>
bool decode_nullable(std::string_view bytes, size_t count, T* to) {
  head<2> h;
  if (!get_head(bytes, count, h)) return false;
  auto base = static_cast<uint64_t>(h.numbers[0]), null_code = static_cast<uint64_t>(h.numbers[1]);
  unpack_bits(h.packed, count, h.bits,
              [&](size_t i, uint64_t x) { to[i] = x == null_code ? null_of<T> : static_cast<T>(base + x); });
  return true;
}

template <class T>
bool decode_steps(std::string_view bytes, size_t count, T* to) {
  head<2> h;
  if (count < 1 || !get_head(bytes, count - 1, h)) return false;
  auto last = static_cast<uint64_t>(h.numbers[0]), low = static_cast<uint64_t>(h.numbers[1]);
  to[0] = static_cast<T>(last);
  unpack_bits(h.packed, count - 1, h.bits, [&](size_t i, uint64_t x) { to[i + 1] = static_cast<T>(last += low + x); });
  return true;
}

template <class T>
bool decode_second_steps(std::string_view bytes, size_t count, T* to) {
  head<3> h;
  if (count < 2 || !get_head(bytes, count - 2, h)) return false;
  auto last = static_cast<uint64_t>(h.numbers[0]), by = static_cast<uint64_t>(h.numbers[1]), low = static_cast<uint64_t>(h.numbers[2]);
  to[0] = static_cast<T>(last);
  to[1] = static_cast<T>(last += by);
  unpack_bits(h.packed, count - 2, h.bits, [&](size_t i, uint64_t x) { to[i + 2] = static_cast<T>(last += by += low + x); });
  return true;
}

} // namespace

template <class T>
bool decode_integers(codec scheme, std::string_view bytes, size_t count, T* to) {
  switch (scheme) {
    case codec::constant: return decode_constant(bytes, count, to);
    case codec::packed: return decode_packed(bytes, count, to);
    case codec::nullable: return decode_nullable(bytes, count, to);
    case codec::delta: return decode_steps(bytes, count, to);
    case codec::delta2: return decode_second_steps(bytes, count, to);
    default: return false;
  }
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
