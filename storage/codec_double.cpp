// Doubles and floats: few distinct values, or decimals as integers.
#include "storage/codec_schemes.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "storage/bit_packing.hpp"

namespace pelorus::schemes {

namespace {

constexpr std::array<double, 9> powers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
constexpr double shifter = 6755399441055744.0;       // 1.5 * 2^52: adding it rounds to an integer, kept in the low bits
constexpr double largest_exact = 2251799813685248.0;  // 2^51: as far as that works
constexpr size_t samples = 64;
constexpr size_t rows_per_exception = 20;  // with more exceptions than one in so many the scheme does not pay

template <class T>
bool same_bits(T a, T b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// x as an integer over powers[k], if that gives x back to the bit.
template <class T>
bool as_decimal(T x, double power, int64_t& scaled) {
  auto y = static_cast<double>(x) * power;
  auto shifted = y + shifter;
  auto rounded = shifted - shifter;
  scaled = static_cast<int64_t>(std::bit_cast<uint64_t>(shifted) - std::bit_cast<uint64_t>(shifter));
  return std::abs(y) < largest_exact && same_bits(static_cast<T>(rounded / power), x);
}

double from_decimal(int64_t scaled, double power) {
  auto shifted = std::bit_cast<double>(std::bit_cast<uint64_t>(shifter) + static_cast<uint64_t>(scaled));
  return (shifted - shifter) / power;
}

/// The fewest decimals with which nearly all samples are exact, or powers.size().
template <class T>
size_t decimals_of(const T* from, size_t count) {
  auto picked = std::min(samples, count);
  int64_t ignored;
  for (size_t k = 0; k < powers.size(); ++k) {
    size_t misses = 0, nulls = 0;
    for (size_t s = 0; s < picked && misses * 16 <= picked; ++s) {
      auto x = from[s * count / picked];
      nulls += is_null(x);
      misses += !is_null(x) && !as_decimal(x, powers[k], ignored);
    }
    if (misses * 16 <= picked && nulls < picked) return k;
  }
  return powers.size();
}

template <class T>
encoded_block encode_decimals(const T* from, size_t count) {
  auto k = decimals_of(from, count);
  if (k == powers.size()) return {};
  std::vector<int64_t> scaled(count);
  std::vector<uint32_t> exceptions;
  // Nulls stay nulls among the integers; what else does not fit repeats its neighbour there and is listed.
  int64_t last = 0;
  for (size_t i = 0; i < count; ++i) {
    if (as_decimal(from[i], powers[k], scaled[i])) {
      last = scaled[i];
    } else if (is_null(from[i])) {
      scaled[i] = null_of<int64_t>;
    } else {
      if (exceptions.size() * rows_per_exception > count) return {};
      scaled[i] = last;
      exceptions.push_back(static_cast<uint32_t>(i));
    }
  }
  auto integers = encode_integers(scaled.data(), count);
  if (integers.bytes.empty()) return {};
  encoded_block block{codec::decimal, {}};
  put_bytes(block.bytes, static_cast<uint8_t>(k));
  put_bytes(block.bytes, integers.scheme);
  put_bytes(block.bytes, static_cast<uint32_t>(exceptions.size()));
  for (auto i : exceptions) put_bytes(block.bytes, i);
  for (auto i : exceptions) put_bytes(block.bytes, from[i]);
  block.bytes += integers.bytes;
  return block;
}

} // namespace

// -- analyse and encode -------------------------------------------------------------------------------

template <class T>
encoded_block encode_floats(const T* from, size_t count) {
  auto best = encode_distinct(from, count);
  if (best.scheme == codec::constant) return best;
  bool small = !best.bytes.empty() && best.bytes.size() * 6 < count * sizeof(T);
  if (small) return best;
  auto decimals = encode_decimals(from, count);
  if (best.bytes.empty() || (!decimals.bytes.empty() && decimals.bytes.size() < best.bytes.size())) return decimals;
  return best;
}

// -- decode -------------------------------------------------------------------------------------------

namespace {

constexpr size_t decimal_head = 2 * sizeof(uint8_t) + sizeof(uint32_t);

template <class T>
bool decode_decimals(std::string_view bytes, size_t count, T* to) {
  if (bytes.size() < decimal_head) return false;
  auto k = take_bytes<uint8_t>(bytes);
  auto scheme = take_bytes<codec>(bytes);
  size_t exceptions = take_bytes<uint32_t>(bytes);
  auto listed = exceptions * (sizeof(uint32_t) + sizeof(T));
  if (k >= powers.size() || bytes.size() < listed) return false;
  std::vector<int64_t> scaled(count);
  if (!decode_integers(scheme, bytes.substr(listed), count, scaled.data())) return false;
  const auto power = powers[k];
  for (size_t i = 0; i < count; ++i)
    to[i] = is_null(scaled[i]) ? null_of<T> : static_cast<T>(from_decimal(scaled[i], power));
  auto values = bytes.substr(exceptions * sizeof(uint32_t));
  for (size_t e = 0; e < exceptions; ++e) {
    auto at = take_bytes<uint32_t>(bytes);
    if (at >= count) return false;
    to[at] = take_bytes<T>(values);
  }
  return true;
}

} // namespace

template <class T>
bool decode_floats(codec scheme, std::string_view bytes, size_t count, T* to) {
  switch (scheme) {
    case codec::constant: return decode_constant(bytes, count, to);
    case codec::dictionary: return decode_distinct(bytes, count, to);
    case codec::decimal: return decode_decimals(bytes, count, to);
    case codec::chimp: return decode_xor(bytes, count, to);
    default: return false;
  }
}

template encoded_block encode_floats(const float*, size_t);
template encoded_block encode_floats(const double*, size_t);
template bool decode_floats(codec, std::string_view, size_t, float*);
template bool decode_floats(codec, std::string_view, size_t, double*);

} // namespace pelorus::schemes
