// Delta-of-delta: a bit stream in 8-byte words, most significant bit first (protocol reference, chapter 3.6).
#include <algorithm>

#include "query/wire_format.hpp"

namespace pelorus::wire {

namespace {
uint64_t zigzag(int64_t x) { return (static_cast<uint64_t>(x) << 1) ^ static_cast<uint64_t>(x >> 63); }
int64_t unzigzag(uint64_t x) { return static_cast<int64_t>((x >> 1) ^ (~(x & 1) + 1)); }

int64_t load(const std::byte* at, size_t unit) {
  int16_t small;
  int32_t mid;
  int64_t big;
  switch (unit) {
    case 2: std::memcpy(&small, at, 2); return small;
    case 4: std::memcpy(&mid, at, 4); return mid;
    default: std::memcpy(&big, at, 8); return big;
  }
}

int64_t null_for(size_t unit) {
  return unit == 2 ? null_of<int16_t> : unit == 4 ? int64_t{null_of<int32_t>} : null_of<int64_t>;
}

int64_t minus(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b)); }
int64_t plus(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }

class bit_writer {
public:
  explicit bit_writer(std::string& out) : out_(out) {}
  void write(uint64_t bits, unsigned count) {
    while (count != 0) {
      auto fits = std::min(count, 64 - used_);
      auto part = count == fits ? bits : bits >> (count - fits);
      if (fits < 64) part &= (uint64_t{1} << fits) - 1;
      word_ |= part << (64 - used_ - fits);
      used_ += fits;
      count -= fits;
      if (used_ == 64) flush();
    }
  }
  void flush() {
    if (used_ == 0) return;
    put(out_, word_);
    word_ = 0;
    used_ = 0;
  }

private:
  std::string& out_;
  uint64_t word_ = 0;
  unsigned used_ = 0;
};

class bit_reader {
public:
  bit_reader(const char* at, size_t bytes, bool swap) : at_(at), bits_(bytes / 8 * 64), swap_(swap) {}
  size_t left() const { return bits_ - used_; }
  uint64_t read(unsigned count) {
    if (count > left()) throw script_error(ec::corrupt, "wire column with a cut delta block");
    uint64_t result = 0;
    while (count != 0) {
      auto inside = static_cast<unsigned>(used_ % 64);
      auto fits = std::min(count, 64 - inside);
      auto part = word(used_ / 64) << inside >> (64 - fits);
      result = fits == 64 ? part : (result << fits) | part;
      used_ += fits;
      count -= fits;
    }
    return result;
  }

private:
  uint64_t word(size_t i) const {
    uint64_t x;
    std::memcpy(&x, at_ + i * 8, 8);
    return swap_ ? __builtin_bswap64(x) : x;
  }
  const char* at_;
  size_t bits_, used_ = 0;
  bool swap_;
};

constexpr uint64_t all_ones = ~uint64_t{0};

void write_second(bit_writer& bits, int64_t second) {
  if (second == 0) return bits.write(0, 1);
  auto coded = zigzag(second) - 1;
  if (coded < 1u << 7) bits.write(0b10, 2), bits.write(coded, 7);
  else if (coded < 1u << 9) bits.write(0b110, 3), bits.write(coded, 9);
  else if (coded < 1u << 16) bits.write(0b1110, 4), bits.write(coded, 16);
  else if (coded < uint64_t{1} << 32) bits.write(0b11110, 5), bits.write(coded, 32);
  else bits.write(0b111110, 6), bits.write(coded, 64);
}
} // namespace

bool delta_encode(std::string& out, const std::byte* items, size_t count, size_t unit) {
  bit_writer bits{out};
  auto width = static_cast<unsigned>(unit * 8);
  auto null = null_for(unit);
  int64_t last = 0, delta = 0;
  int seen = 0;  // values so far, nulls not counted; 2 means two or more
  for (size_t i = 0; i < count; ++i) {
    auto x = load(items + i * unit, unit);
    if (x == null) {
      if (seen < 2) bits.write(0, 1);
      else bits.write(0b111111, 6);
    } else if (seen == 0) {
      bits.write(1, 1);
      bits.write(zigzag(x), width);
      seen = 1;
    } else {
      auto step = minus(x, last);
      if (seen == 1) {
        if (width < 64 && zigzag(step) >> width != 0) return false;
        // 11110 at the head of the first delta could be taken for the end mark's.
        if (zigzag(step) >> (width - 5) == 0b11110) return false;
        bits.write(1, 1);
        bits.write(zigzag(step), width);
        seen = 2;
      } else {
        write_second(bits, minus(step, delta));
      }
      delta = step;
    }
    if (x != null) last = x;
  }
  bits.write(0b111110, 6);
  bits.write(all_ones, 64);
  bits.flush();
  return true;
}

namespace {
/// The prefix of a second difference: number of leading ones, at most six.
unsigned leading_ones(bit_reader& bits) {
  unsigned ones = 0;
  while (ones < 6 && bits.read(1) == 1) ++ones;
  return ones;
}

class block_decoder {
public:
  block_decoder(bit_reader bits, std::byte* out, size_t room, size_t unit)
      : bits_(bits), out_(out), room_(room), unit_(unit) {}

  size_t run() {
    if (!skip_nulls()) return done_;
    last_ = unzigzag(bits_.read(width()));
    store(last_);
    if (!skip_nulls() || at_end()) return done_;
    delta_ = unzigzag(bits_.read(width()));
    store(last_ = plus(last_, delta_));
    while (done_ < room_ && next()) {}
    return done_;
  }

private:
  unsigned width() const { return static_cast<unsigned>(unit_ * 8); }

  /// Nulls before the first value and the first delta are one 0 bit each; false at the end.
  bool skip_nulls() {
    while (done_ < room_ && bits_.left() != 0) {
      if (bits_.read(1) == 1) return true;
      store(null_for(unit_));
    }
    return false;
  }
  /// Behind the 1 bit of a first delta: the rest of the end mark?
  bool at_end() {
    if (bits_.left() < 69) return false;
    auto probe = bits_;
    if (probe.read(5) != 0b11110 || probe.read(64) != all_ones) return false;
    bits_ = probe;
    return true;
  }

  bool next() {
    static constexpr unsigned sizes[] = {0, 7, 9, 16, 32, 64};
    auto ones = leading_ones(bits_);
    if (ones == 6) {
      store(null_for(unit_));
      return true;
    }
    if (ones != 0) {
      auto coded = bits_.read(sizes[ones]);
      if (ones == 5 && coded == all_ones) return false;
      delta_ = plus(delta_, unzigzag(coded + 1));
    }
    store(last_ = plus(last_, delta_));
    return true;
  }

  void store(int64_t x) { std::memcpy(out_ + done_++ * unit_, &x, unit_); }

  bit_reader bits_;
  std::byte* out_;
  size_t room_, unit_, done_ = 0;
  int64_t last_ = 0, delta_ = 0;
};
} // namespace

size_t delta_decode(const char* block, size_t bytes, bool swap, std::byte* out, size_t room, size_t unit) {
  return block_decoder{bit_reader{block, bytes, swap}, out, room, unit}.run();
}

} // namespace pelorus::wire
