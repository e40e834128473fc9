// Floats as what they differ from the one before (the idea of Chimp: Liakos, Papakonstantinopoulou, Kotidis, VLDB 2022).
#include "storage/codec_schemes.hpp"

#include <array>
#include <bit>
#include <type_traits>

namespace pelorus::schemes {

namespace {

template <class T> using bits_of = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

/// Leading zeros are told in classes of three bits.
template <class B> constexpr std::array<unsigned, 8> leading_classes{0, 8, 12, 16, 18, 20, 22, 24};
template <> constexpr std::array<unsigned, 8> leading_classes<uint32_t>{0, 4, 8, 10, 12, 14, 16, 18};
template <class B> constexpr unsigned width = sizeof(B) * 8;
template <class B> constexpr unsigned length_bits = sizeof(B) == 8 ? 6 : 5;
constexpr unsigned worthwhile_trailing = 6;

// What precedes a difference, two bits.
constexpr unsigned same = 0, centre = 1, again = 2, fresh = 3;

template <class B>
unsigned leading_class(B x) {
  auto zeros = static_cast<unsigned>(std::countl_zero(x));
  unsigned at = 7;
  while (leading_classes<B>[at] > zeros) --at;
  return at;
}

class bit_writer {
public:
  explicit bit_writer(std::string& out) : out_(out) {}
  void put(uint64_t value, unsigned bits) {
    for (unsigned part; bits != 0; bits -= part, value >>= part) {
      part = std::min(bits, 32u);
      pending_ |= (value & ((uint64_t{1} << part) - 1)) << filled_;
      for (filled_ += part; filled_ >= 8; filled_ -= 8, pending_ >>= 8) out_.push_back(static_cast<char>(pending_));
    }
  }
  void end() {
    if (filled_ != 0) out_.push_back(static_cast<char>(pending_));
  }

private:
  std::string& out_;
  uint64_t pending_ = 0;
  unsigned filled_ = 0;
};

/// Reads zeros behind the end, and tells so.
class bit_reader {
public:
  explicit bit_reader(std::string_view bytes) : bytes_(bytes) {}
  uint64_t get(unsigned bits) {
    uint64_t value = 0;
    for (unsigned got = 0, part; got < bits; got += part) {
      part = std::min(bits - got, 32u);
      for (; filled_ < part; filled_ += 8) pending_ |= uint64_t{next()} << filled_;
      value |= (pending_ & ((uint64_t{1} << part) - 1)) << got;
      pending_ >>= part;
      filled_ -= part;
    }
    return value;
  }
  bool at_end() const { return !failed_ && at_ == bytes_.size(); }
  bool failed() const { return failed_; }

private:
  uint8_t next() {
    if (at_ < bytes_.size()) return static_cast<uint8_t>(bytes_[at_++]);
    failed_ = true;
    return 0;
  }

  std::string_view bytes_;
  size_t at_ = 0;
  uint64_t pending_ = 0;
  unsigned filled_ = 0;
  bool failed_ = false;
};

} // namespace

template <class T>
encoded_block encode_xor(const T* from, size_t count) {
  using B = bits_of<T>;
  encoded_block block{codec::chimp, {}};
  block.bytes.reserve(count * sizeof(T));
  bit_writer out{block.bytes};
  auto before = std::bit_cast<B>(from[0]);
  out.put(before, width<B>);
  unsigned last_class = 0;
  for (size_t i = 1; i < count; ++i) {
    auto now = std::bit_cast<B>(from[i]);
    auto x = static_cast<B>(now ^ before);
    before = now;
    if (x == 0) {
      out.put(same, 2);
      continue;
    }
    auto kind = leading_class(x);
    auto leading = leading_classes<B>[kind];
    if (auto trailing = static_cast<unsigned>(std::countr_zero(x)); trailing > worthwhile_trailing) {
      auto length = width<B> - leading - trailing;
      out.put(centre, 2);
      out.put(kind, 3);
      out.put(length, length_bits<B>);
      out.put(x >> trailing, length);
    } else {
      out.put(kind == last_class ? again : fresh, 2);
      if (kind != last_class) out.put(kind, 3);
      out.put(x, width<B> - leading);
    }
    last_class = kind;
  }
  out.end();
  return block;
}

template <class T>
bool decode_xor(std::string_view bytes, size_t count, T* to) {
  using B = bits_of<T>;
  if (count == 0) return bytes.empty();
  bit_reader in{bytes};
  auto before = static_cast<B>(in.get(width<B>));
  to[0] = std::bit_cast<T>(before);
  unsigned kind = 0;
  for (size_t i = 1; i < count && !in.failed(); ++i) {
    auto flag = static_cast<unsigned>(in.get(2));
    if (flag == centre || flag == fresh) kind = static_cast<unsigned>(in.get(3));
    auto leading = leading_classes<B>[kind];
    if (flag == centre) {
      auto length = static_cast<unsigned>(in.get(length_bits<B>));
      if (length == 0 || leading + length > width<B>) return false;
      before ^= static_cast<B>(in.get(length) << (width<B> - leading - length));
    } else if (flag != same) {
      before ^= static_cast<B>(in.get(width<B> - leading));
    }
    to[i] = std::bit_cast<T>(before);
  }
  return in.at_end();
}

template encoded_block encode_xor(const float*, size_t);
template encoded_block encode_xor(const double*, size_t);
template bool decode_xor(std::string_view, size_t, float*);
template bool decode_xor(std::string_view, size_t, double*);

} // namespace pelorus::schemes
