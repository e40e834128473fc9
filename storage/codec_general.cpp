// Anything else: raw bytes, and LZ4 where it helps.
#include "storage/codec_schemes.hpp"

#include <cstring>

#include <lz4.h>

namespace pelorus::schemes {

// -- encode -------------------------------------------------------------------------------------------

encoded_block encode_general(std::string raw) {
  auto size = static_cast<uint32_t>(raw.size());
  auto bound = LZ4_compressBound(static_cast<int>(size));
  std::string packed(sizeof size + static_cast<size_t>(bound), '\0');
  std::memcpy(packed.data(), &size, sizeof size);
  auto bytes = LZ4_compress_default(raw.data(), packed.data() + sizeof size, static_cast<int>(size), bound);
  if (bytes <= 0 || sizeof size + static_cast<size_t>(bytes) >= raw.size()) return {codec::raw, std::move(raw)};
  packed.resize(sizeof size + static_cast<size_t>(bytes));
  return {codec::lz4, std::move(packed)};
}

std::string raw_strings(const column& col, size_t from, size_t count) {
  std::string raw(count * sizeof(uint32_t), '\0');
  for (size_t i = 0; i < count; ++i) {
    auto text = col.text(from + i);
    auto size = static_cast<uint32_t>(text.size());
    std::memcpy(raw.data() + i * sizeof size, &size, sizeof size);
    raw.append(text);
  }
  return raw;
}

// -- decode -------------------------------------------------------------------------------------------

bool decode_general(codec scheme, std::string_view bytes, std::string& raw) {
  if (scheme == codec::raw) {
    raw = bytes;
    return true;
  }
  uint32_t size = 0;
  if (scheme != codec::lz4 || bytes.size() < sizeof size) return false;
  std::memcpy(&size, bytes.data(), sizeof size);
  if (size / 255 > bytes.size()) return false;  // more than LZ4 can unpack from this
  raw.resize(size);
  auto got = LZ4_decompress_safe(bytes.data() + sizeof size, raw.data(), static_cast<int>(bytes.size() - sizeof size),
                                 static_cast<int>(size));
  return got == static_cast<int>(size);
}

bool strings_from_raw(std::string_view raw, size_t count, column& to) {
  if (raw.size() < count * sizeof(uint32_t)) return false;
  auto text = raw.substr(count * sizeof(uint32_t));
  auto before = to.size();
  to.resize(before + count);
  auto& arena = to.own_arena();
  auto* refs = to.mutable_data<string_ref>() + before;
  for (size_t i = 0; i < count; ++i) {
    uint32_t size = 0;
    std::memcpy(&size, raw.data() + i * sizeof size, sizeof size);
    if (size > text.size()) return false;
    refs[i] = arena.add(text.substr(0, size));
    text.remove_prefix(size);
  }
  return text.empty();
}

} // namespace pelorus::schemes
