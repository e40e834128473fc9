#include "storage/codec.hpp"

#include <fmt/format.h>

#include "storage/codec_schemes.hpp"

namespace pelorus {

namespace {

constexpr size_t dictionary_pays_from_bits = 16;  // narrower integers are packed nearly as well, and faster

std::string_view fixed_elements(const column& col, size_t from, size_t count) {
  return {reinterpret_cast<const char*>(col.raw(from)), count * width_of(col.physical())};
}

template <class T>
encoded_block encode_wide_integers(const T* from, size_t count) {
  auto best = schemes::encode_integers(from, count);
  if (!best.bytes.empty() && best.bytes.size() * 8 < count * dictionary_pays_from_bits) return best;
  auto distinct = schemes::encode_distinct(from, count);
  if (distinct.bytes.empty()) return best;
  return best.bytes.empty() || distinct.bytes.size() < best.bytes.size() ? distinct : best;
}

encoded_block encode_special(const column& col, size_t from, size_t count) {
  switch (col.physical()) {
    case physical::i8: return schemes::encode_integers(col.data<int8_t>() + from, count);
    case physical::i16: return schemes::encode_integers(col.data<int16_t>() + from, count);
    case physical::code: return schemes::encode_integers(col.data<int32_t>() + from, count);
    case physical::i32: return encode_wide_integers(col.data<int32_t>() + from, count);
    case physical::i64: return encode_wide_integers(col.data<int64_t>() + from, count);
    case physical::f32: return schemes::encode_floats(col.data<float>() + from, count);
    case physical::f64: return schemes::encode_floats(col.data<double>() + from, count);
    default: return {};
  }
}

encoded_block encode_chimp(const column& col, size_t from, size_t count) {
  if (col.physical() == physical::f64) return schemes::encode_xor(col.data<double>() + from, count);
  if (col.physical() == physical::f32) return schemes::encode_xor(col.data<float>() + from, count);
  return {};
}

bool is_general(codec scheme) { return scheme == codec::lz4 || scheme == codec::zstd; }

template <class T>
bool decode_wide_integers(codec scheme, std::string_view bytes, size_t count, T* to) {
  return scheme == codec::dictionary ? schemes::decode_distinct(bytes, count, to)
                                     : schemes::decode_integers(scheme, bytes, count, to);
}

bool decode_special(codec scheme, std::string_view bytes, size_t count, column& to, size_t before) {
  switch (to.physical()) {
    case physical::i8: return schemes::decode_integers(scheme, bytes, count, to.mutable_data<int8_t>() + before);
    case physical::i16: return schemes::decode_integers(scheme, bytes, count, to.mutable_data<int16_t>() + before);
    case physical::i32: case physical::code:
      return decode_wide_integers(scheme, bytes, count, to.mutable_data<int32_t>() + before);
    case physical::i64: return decode_wide_integers(scheme, bytes, count, to.mutable_data<int64_t>() + before);
    case physical::f32: return schemes::decode_floats(scheme, bytes, count, to.mutable_data<float>() + before);
    case physical::f64: return schemes::decode_floats(scheme, bytes, count, to.mutable_data<double>() + before);
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

bool decode_into(codec scheme, std::string_view bytes, size_t count, column& to) {
  auto before = to.size();
  bool text = to.physical() == physical::str;
  std::string unpacked;
  auto raw = bytes;
  if (is_general(scheme)) {
    if (!schemes::decode_general(scheme, bytes, text ? 0 : count * width_of(to.physical()), unpacked)) return false;
    raw = unpacked;
  }
  bool elements = is_general(scheme) || scheme == codec::raw;
  if (text) return elements && schemes::strings_from_raw(raw, count, to);
  to.resize(before + count);
  return elements ? put_raw(raw, count, to, before) : decode_special(scheme, bytes, count, to, before);
}

} // namespace

codec_wish wish_of(std::string_view method) {
  if (method == "lz4") return codec_wish::lz4;
  if (method == "zstd") return codec_wish::zstd;
  if (method == "delta") return codec_wish::delta;
  return method == "chimp" ? codec_wish::chimp : codec_wish::automatic;
}

bool fits(codec_wish wish, type_id type) {
  if (wish == codec_wish::chimp) return is_floating(type);
  if (wish != codec_wish::delta) return true;
  return is_integral(type) || is_temporal(type) || type == type_id::decimal32 || type == type_id::decimal64;
}

encoded_block encode_block(const column& col, size_t from, size_t count, codec_wish wish) {
  bool text = col.physical() == physical::str, codes = col.physical() == physical::code;
  bool general_only = !codes && (wish == codec_wish::lz4 || wish == codec_wish::zstd);
  auto best = general_only ? encoded_block{} : wish == codec_wish::chimp ? encode_chimp(col, from, count) : encode_special(col, from, count);
  auto strings = text ? schemes::raw_strings(col, from, count) : std::string{};
  auto raw = text ? std::string_view{strings} : fixed_elements(col, from, count);
  if (wish == codec_wish::chimp || wish == codec_wish::delta)
    return !best.bytes.empty() && best.bytes.size() < raw.size() ? best : encoded_block{codec::raw, text ? std::move(strings) : std::string{raw}};
  // An eighth of the raw size is good enough not to try more.
  if (!best.bytes.empty() && best.bytes.size() * 8 < raw.size()) return best;
  auto below = best.bytes.empty() ? raw.size() : std::min(best.bytes.size(), raw.size());
  if (auto general = schemes::encode_general(raw, below, wish == codec_wish::zstd); !general.bytes.empty()) return general;
  if (!best.bytes.empty() && best.bytes.size() < raw.size()) return best;
  return {codec::raw, text ? std::move(strings) : std::string{raw}};
}

expected<void> decode_block(codec scheme, std::string_view bytes, size_t count, column& to) {
  auto before = to.size();
  if (decode_into(scheme, bytes, count, to)) return {};
  to.resize(before);
  return error{ec::corrupt, fmt::format("a block of {} elements does not decode (codec {})", count, static_cast<int>(scheme))};
}

} // namespace pelorus
