// Doubles: constant, dictionary of few distinct values, decimals as integers.
#include "storage/codec_schemes.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "storage/bit_packing.hpp"

namespace pelorus::schemes {

namespace {

constexpr size_t most_distinct = 4096;
constexpr std::array<double, 9> powers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
constexpr double largest_exact = 4503599627370496.0;  // 2^52: beyond it not every integer is a double
constexpr size_t samples = 64;

/// Distinct values of a block by their bits, in order of appearance; gives up past `most_distinct`.
class distinct_doubles {
public:
  distinct_doubles() : slots_(table_size, empty) {}

  /// The index of the value, or -1 when there are too many.
  int index(uint64_t bits) {
    auto slot = (bits * 0x9e3779b97f4a7c15ULL) >> (64 - table_bits);
    while (slots_[slot] != empty) {
      if (values_[slots_[slot]] == bits) return slots_[slot];
      slot = (slot + 1) & (table_size - 1);
    }
    if (values_.size() == most_distinct) return -1;
    slots_[slot] = static_cast<uint16_t>(values_.size());
    values_.push_back(bits);
    return slots_[slot];
  }
  const std::vector<uint64_t>& values() const { return values_; }

private:
  static constexpr unsigned table_bits = 14;
  static constexpr size_t table_size = size_t{1} << table_bits;
  static constexpr uint16_t empty = 0xffff;
  std::vector<uint16_t> slots_;
  std::vector<uint64_t> values_;
};

/// x as an integer over powers[k], if that gives x back to the bit.
bool as_decimal(double x, size_t k, int64_t& scaled) {
  auto y = x * powers[k];
  if (!(std::abs(y) < largest_exact)) return false;
  auto rounded = std::nearbyint(y);
  scaled = static_cast<int64_t>(rounded);
  return std::bit_cast<uint64_t>(static_cast<double>(scaled) / powers[k]) == std::bit_cast<uint64_t>(x);
}

/// The fewest decimals with which all samples are exact, or powers.size().
size_t decimals_of(const double* from, size_t count) {
  size_t k = 0;
  int64_t ignored;
  for (size_t s = 0; s < std::min(samples, count); ++s) {
    auto x = from[s * count / std::min(samples, count)];
    while (k < powers.size() && !as_decimal(x, k, ignored)) ++k;
  }
  return k;
}

encoded_block encode_dictionary(const double* from, size_t count) {
  distinct_doubles distinct;
  std::vector<uint16_t> indices(count);
  for (size_t i = 0; i < count; ++i) {
    auto index = distinct.index(std::bit_cast<uint64_t>(from[i]));
    if (index < 0) return {};
    indices[i] = static_cast<uint16_t>(index);
  }
  auto& values = distinct.values();
  if (values.size() == 1)
    return {codec::constant, std::string(reinterpret_cast<const char*>(from), sizeof(double))};
  auto bits = bits_for(values.size() - 1);
  encoded_block block{codec::dictionary, {}};
  auto size = static_cast<uint16_t>(values.size());
  block.bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
  block.bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(uint64_t));
  pack_bits(block.bytes, count, bits, [&](size_t i) { return indices[i]; });
  return block;
}

encoded_block encode_decimals(const double* from, size_t count) {
  auto k = decimals_of(from, count);
  if (k == powers.size()) return {};
  std::vector<int64_t> scaled(count);
  for (size_t i = 0; i < count; ++i)
    if (!as_decimal(from[i], k, scaled[i])) return {};
  auto integers = encode_integers(scaled.data(), count);
  if (integers.bytes.empty()) return {};
  encoded_block block{codec::decimal, {}};
  block.bytes.push_back(static_cast<char>(k));
  block.bytes.push_back(static_cast<char>(integers.scheme));
  block.bytes += integers.bytes;
  return block;
}

} // namespace

// -- analyse and encode -------------------------------------------------------------------------------

encoded_block encode_doubles(const double* from, size_t count) {
  auto best = encode_dictionary(from, count);
  if (best.scheme == codec::constant) return best;
  bool small = !best.bytes.empty() && best.bytes.size() * 6 < count * sizeof(double);
  if (small) return best;
  auto decimals = encode_decimals(from, count);
  if (best.bytes.empty() || (!decimals.bytes.empty() && decimals.bytes.size() < best.bytes.size())) return decimals;
  return best;
}

// -- decode -------------------------------------------------------------------------------------------

namespace {

bool decode_dictionary(std::string_view bytes, size_t count, double* to) {
  uint16_t size = 0;
  if (bytes.size() < sizeof size) return false;
  std::memcpy(&size, bytes.data(), sizeof size);
  if (size < 2 || size > most_distinct) return false;
  auto bits = bits_for(size - 1u);
  auto values_end = sizeof size + size * sizeof(double);
  if (bytes.size() != values_end + packed_bytes(count, bits)) return false;
  std::vector<double> values(size_t{1} << bits);  // any index has a place
  std::memcpy(values.data(), bytes.data() + sizeof size, size * sizeof(double));
  unpack_bits(bytes.data() + values_end, count, bits, [&](size_t i, uint64_t index) { to[i] = values[index]; });
  return true;
}

bool decode_decimals(std::string_view bytes, size_t count, double* to) {
  if (bytes.size() < 2) return false;
  auto k = static_cast<uint8_t>(bytes[0]);
  if (k >= powers.size()) return false;
  static_assert(sizeof(int64_t) == sizeof(double));
  std::vector<int64_t> scaled(count);
  if (!decode_integers(static_cast<codec>(bytes[1]), bytes.substr(2), count, scaled.data())) return false;
  for (size_t i = 0; i < count; ++i) to[i] = static_cast<double>(scaled[i]) / powers[k];
  return true;
}

} // namespace

bool decode_doubles(codec scheme, std::string_view bytes, size_t count, double* to) {
  if (scheme == codec::constant) {
    if (bytes.size() != sizeof(double)) return false;
    double x;
    std::memcpy(&x, bytes.data(), sizeof x);
    std::fill(to, to + count, x);
    return true;
  }
  if (scheme == codec::dictionary) return decode_dictionary(bytes, count, to);
  return scheme == codec::decimal && decode_decimals(bytes, count, to);
}

} // namespace pelorus::schemes
