// Few distinct values of any number type: the values, then an index a row.
#include "storage/codec_schemes.hpp"

#include <bit>
#include <vector>

#include "storage/bit_packing.hpp"

namespace pelorus::schemes {

namespace {

constexpr size_t most_distinct = 4096;

template <class T>
using bits_of = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

/// Distinct bit patterns of a block, in order of appearance; gives up past `most_distinct`.
template <class Bits>
class distinct_values {
public:
  distinct_values() : slots_(table_size, empty) {}

  /// The index of the value, or -1 when there are too many.
  int index(Bits bits) {
    auto slot = (uint64_t{bits} * 0x9e3779b97f4a7c15ULL) >> (64 - table_bits);
    while (slots_[slot] != empty) {
      if (values_[slots_[slot]] == bits) return slots_[slot];
      slot = (slot + 1) & (table_size - 1);
    }
    if (values_.size() == most_distinct) return -1;
    slots_[slot] = static_cast<uint16_t>(values_.size());
    values_.push_back(bits);
    return slots_[slot];
  }
  const std::vector<Bits>& values() const { return values_; }

private:
  static constexpr unsigned table_bits = 14;
  static constexpr size_t table_size = size_t{1} << table_bits;
  static constexpr uint16_t empty = 0xffff;
  std::vector<uint16_t> slots_;
  std::vector<Bits> values_;
};

} // namespace

// -- analyse and encode -------------------------------------------------------------------------------

template <class T>
encoded_block encode_distinct(const T* from, size_t count) {
  distinct_values<bits_of<T>> distinct;
  std::vector<uint16_t> indices(count);
  for (size_t i = 0; i < count; ++i) {
    auto index = distinct.index(std::bit_cast<bits_of<T>>(from[i]));
    if (index < 0) return {};
    indices[i] = static_cast<uint16_t>(index);
  }
  auto& values = distinct.values();
  if (values.size() == 1) return {codec::constant, std::string(reinterpret_cast<const char*>(from), sizeof(T))};
  encoded_block block{codec::dictionary, {}};
  put_bytes(block.bytes, static_cast<uint16_t>(values.size()));
  block.bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  pack_bits(block.bytes, count, bits_for(values.size() - 1), [&](size_t i) { return indices[i]; });
  return block;
}

// -- decode -------------------------------------------------------------------------------------------

template <class T>
bool decode_distinct(std::string_view bytes, size_t count, T* to) {
  uint16_t size = 0;
  if (bytes.size() < sizeof size) return false;
  size = take_bytes<uint16_t>(bytes);
  if (size < 2 || size > most_distinct) return false;
  auto bits = bits_for(size - 1u);
  if (bytes.size() != size * sizeof(T) + packed_bytes(count, bits)) return false;
  std::vector<T> values(size_t{1} << bits);  // any index has a place
  std::memcpy(values.data(), bytes.data(), size * sizeof(T));
  unpack_bits(bytes.data() + size * sizeof(T), count, bits, [&](size_t i, uint64_t index) { to[i] = values[index]; });
  return true;
}

template encoded_block encode_distinct(const float*, size_t);
template encoded_block encode_distinct(const double*, size_t);
template encoded_block encode_distinct(const int32_t*, size_t);
template encoded_block encode_distinct(const int64_t*, size_t);
template bool decode_distinct(std::string_view, size_t, float*);
template bool decode_distinct(std::string_view, size_t, double*);
template bool decode_distinct(std::string_view, size_t, int32_t*);
template bool decode_distinct(std::string_view, size_t, int64_t*);

} // namespace pelorus::schemes
