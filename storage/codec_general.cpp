// Anything else: LZ4 or Zstandard where they help.
#include "storage/codec_schemes.hpp"

#include <cstring>
#include <limits>
#include <memory>

#include <lz4.h>
#include <zstd.h>

namespace pelorus::schemes {

namespace {

constexpr size_t sample_bytes = 8192;
constexpr size_t largest_input = LZ4_MAX_INPUT_SIZE;
constexpr int zstd_level = 1;

/// Appends the packed form of `raw` to `out`; answers its size, 0 when it failed.
size_t pack(codec scheme, std::string_view raw, std::string& out) {
  auto before = out.size();
  size_t bytes = 0;
  if (scheme == codec::lz4) {
    out.resize(before + static_cast<size_t>(LZ4_compressBound(static_cast<int>(raw.size()))));
    auto done = LZ4_compress_default(raw.data(), out.data() + before, static_cast<int>(raw.size()), static_cast<int>(out.size() - before));
    bytes = done > 0 ? static_cast<size_t>(done) : 0;
  } else {
    thread_local std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(), ZSTD_freeCCtx};
    out.resize(before + ZSTD_compressBound(raw.size()));
    auto done = ZSTD_compressCCtx(context.get(), out.data() + before, out.size() - before, raw.data(), raw.size(), zstd_level);
    bytes = ZSTD_isError(done) ? 0 : done;
  }
  out.resize(before + bytes);
  return bytes;
}

} // namespace

// -- analyse and encode -------------------------------------------------------------------------------

encoded_block encode_general(std::string_view raw, size_t below, bool prefer_zstd) {
  auto scheme = prefer_zstd ? codec::zstd : codec::lz4;
  if (raw.empty() || raw.size() > largest_input) return {};
  if (raw.size() > 2 * sample_bytes) {
    // A piece of the middle tells whether the whole is worth the time.
    std::string packed;
    auto bytes = pack(scheme, raw.substr(raw.size() / 2, sample_bytes), packed);
    if (bytes == 0 || static_cast<double>(bytes) / sample_bytes * static_cast<double>(raw.size()) > 1.2 * static_cast<double>(below)) return {};
  }
  encoded_block block{scheme, {}};
  put_bytes(block.bytes, static_cast<uint32_t>(raw.size()));
  if (pack(scheme, raw, block.bytes) == 0 || block.bytes.size() >= below) return {};
  block.bytes.shrink_to_fit();
  return block;
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

bool decode_general(codec scheme, std::string_view bytes, size_t size, std::string& raw) {
  if (bytes.size() < sizeof(uint32_t)) return false;
  size_t told = take_bytes<uint32_t>(bytes);
  if ((size != 0 && told != size) || told > largest_input) return false;
  if (scheme == codec::lz4) {
    if (told / 255 > bytes.size()) return false;  // more than LZ4 can unpack from this
    raw.resize(told);
    auto got = LZ4_decompress_safe(bytes.data(), raw.data(), static_cast<int>(bytes.size()), static_cast<int>(told));
    return got >= 0 && static_cast<size_t>(got) == told;
  }
  if (ZSTD_getFrameContentSize(bytes.data(), bytes.size()) != told) return false;
  raw.resize(told);
  return ZSTD_decompress(raw.data(), raw.size(), bytes.data(), bytes.size()) == told;
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
