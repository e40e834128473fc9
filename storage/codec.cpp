#include "storage/codec.hpp"

#include <fmt/format.h>

#include "storage/codec_schemes.hpp"

namespace pelorus {

namespace {

std::string raw_elements(const column& col, size_t from, size_t count) {
  if (col.physical() == physical::str) return schemes::raw_strings(col, from, count);
  return std::string(reinterpret_cast<const char*>(col.raw(from)), count * width_of(col.physical()));
}

encoded_block special(const column& col, size_t from, size_t count) {
  switch (col.physical()) {
    case physical::i8: return schemes::encode_integers(col.data<int8_t>() + from, count);
    case physical::i16: return schemes::encode_integers(col.data<int16_t>() + from, count);
    case physical::i32: case physical::code: return schemes::encode_integers(col.data<int32_t>() + from, count);
    case physical::i64: return schemes::encode_integers(col.data<int64_t>() + from, count);
    case physical::f64: return schemes::encode_doubles(col.data<double>() + from, count);
    default: return {};
  }
}

bool is_general(codec scheme) { return scheme == codec::raw || scheme == codec::lz4; }

bool decode_special(codec scheme, std::string_view bytes, size_t count, column& to, size_t before) {
  switch (to.physical()) {
    case physical::i8: return schemes::decode_integers(scheme, bytes, count, to.mutable_data<int8_t>() + before);
    case physical::i16: return schemes::decode_integers(scheme, bytes, count, to.mutable_data<int16_t>() + before);
    case physical::i32: case physical::code:
      return schemes::decode_integers(scheme, bytes, count, to.mutable_data<int32_t>() + before);
    case physical::i64: return schemes::decode_integers(scheme, bytes, count, to.mutable_data<int64_t>() + before);
    case physical::f64: return schemes::decode_doubles(scheme, bytes, count, to.mutable_data<double>() + before);
    default: return false;
  }
}

bool put_raw(std::string_view raw, size_t count, column& to, size_t before) {
  if (raw.size() != count * width_of(to.physical())) return false;
  with_physical(to.physical(), [&](auto zero) {
    using T = decltype(zero);
    std::memcpy(static_cast<void*>(to.template mutable_data<T>() + before), raw.data(), raw.size());
  });
  return true;
}

} // namespace

encoded_block encode_block(const column& col, size_t from, size_t count) {
  auto best = special(col, from, count);
  auto raw_size = count * width_of(col.physical());
  // A tenth of the raw size is good enough not to try LZ4 as well, which is slow on what does not repeat.
  if (!best.bytes.empty() && best.bytes.size() * 10 < raw_size) return best;
  bool worth_trying = best.bytes.empty() || !is_floating(col.type());
  if (!worth_trying) return best;
  auto general = schemes::encode_general(raw_elements(col, from, count));
  return best.bytes.empty() || general.bytes.size() < best.bytes.size() ? std::move(general) : std::move(best);
}

expected<void> decode_block(codec scheme, std::string_view bytes, size_t count, column& to) {
  auto before = to.size();
  bool good = false;
  if (is_general(scheme)) {
    std::string unpacked;
    auto raw = bytes;
    good = true;
    if (scheme == codec::lz4) {
      good = schemes::decode_general(scheme, bytes, unpacked);
      raw = unpacked;
    }
    if (good && to.physical() == physical::str) {
      good = schemes::strings_from_raw(raw, count, to);
    } else if (good) {
      to.resize(before + count);
      good = put_raw(raw, count, to, before);
    }
  } else {
    to.resize(before + count);
    good = decode_special(scheme, bytes, count, to, before);
  }
  if (good) return {};
  to.resize(before);
  return error{ec::corrupt, fmt::format("a block of {} elements does not decode (codec {})", count, static_cast<int>(scheme))};
}

} // namespace pelorus
