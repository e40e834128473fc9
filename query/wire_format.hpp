// What the encoder, the decoder and the scanner of query/wire.hpp share: codes, widths, byte order.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "cfg/limits.hpp"
#include "query/script_error.hpp"
#include "query/wire.hpp"
#include "storage/column.hpp"

namespace pelorus::wire {

static_assert(std::endian::native == std::endian::little, "columns are sent as they lie in memory");

inline constexpr uint8_t symbol_base_type = 145;  ///< SYMBOL vector with its dictionary
inline constexpr uint8_t compressed_type = 26;
inline constexpr uint8_t compressed_table = 8;    ///< low byte of a table's flag
inline constexpr uint32_t symbol_base_max = 1u << 21;
inline constexpr size_t block_bytes = 65536;      ///< raw bytes of a compressed block
inline constexpr size_t compressed_header = 28;
/// VOID vectors have no item bytes, so nothing else bounds their length.
inline constexpr uint32_t void_rows_max = 1u << 20;
/// Raw bytes of one compressed column.
inline constexpr uint64_t decompressed_max = 1ull << 32;
inline constexpr size_t array_block_rows = 65535;

enum class label_flag : uint8_t { rows = 1, columns = 2 };

inline bool is_fixed(physical p) {
  return p != physical::str && p != physical::any && p != physical::list;
}

/// True for the ids of chapter 3.2 that Pelorus has values of; array types go by their element.
constexpr bool known_type(uint8_t t) {
  if (t >= array_type_base && t < 128) t = static_cast<uint8_t>(t - array_type_base);
  return t <= 28 ? t != compressed_type : (t >= 30 && t <= 32) || (t >= 34 && t <= 39);
}

/// Reverses the byte order of `count` items of a type, in place.
inline void swap_items(std::byte* at, size_t count, type_id type) {
  auto p = physical_of(type);
  size_t unit = width_of(p);
  if (type == type_id::duration) unit = 4, count *= 2;
  if (type == type_id::complex || type == type_id::point) unit = 8, count *= 2;
  if (unit < 2) return;
  for (size_t i = 0; i < count; ++i, at += unit)
    for (size_t a = 0, b = unit - 1; a < b; ++a, --b) std::swap(at[a], at[b]);
}

template <class T>
void put(std::string& out, T x) {
  out.append(reinterpret_cast<const char*>(&x), sizeof x);
}

inline void put_flag(std::string& out, uint8_t type, form f) {
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(f));
}

/// A NUL-terminated text; it ends at its first NUL, as everywhere in the protocol.
inline void put_text(std::string& out, std::string_view text) {
  if (auto nul = text.find('\0'); nul != std::string_view::npos) text = text.substr(0, nul);
  out.append(text);
  out.push_back('\0');
}

/// Reads from a run of bytes of either byte order. Throws script_error(ec::corrupt) at its end.
class reader {
public:
  reader(std::string_view bytes, bool little_endian)
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), swap_(!little_endian) {}

  size_t consumed() const { return static_cast<size_t>(at_ - begin_); }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  bool swaps() const { return swap_; }

  void need(uint64_t bytes) const {
    if (bytes > left())
      throw script_error(ec::corrupt, "wire object is incomplete: " + std::to_string(bytes) +
                                          " bytes wanted, " + std::to_string(left()) + " left");
  }
  const char* take(uint64_t bytes) {
    need(bytes);
    auto at = at_;
    at_ += bytes;
    return at;
  }
  template <class T>
  T get() {
    T x;
    std::memcpy(&x, take(sizeof x), sizeof x);
    if (!swap_ || sizeof x == 1) return x;
    auto bytes = reinterpret_cast<std::byte*>(&x);
    for (size_t a = 0, b = sizeof x - 1; a < b; ++a, --b) std::swap(bytes[a], bytes[b]);
    return x;
  }
  std::string_view text() {
    auto nul = left() == 0 ? nullptr : std::memchr(at_, 0, left());
    if (nul == nullptr) throw script_error(ec::corrupt, "wire object is incomplete: text without its end");
    auto size = static_cast<size_t>(static_cast<const char*>(nul) - at_);
    if (size > limits::string_bytes)
      throw script_error(ec::corrupt, "wire object holds a text of " + std::to_string(size) + " bytes");
    std::string_view result{at_, size};
    at_ += size + 1;
    return result;
  }

private:
  const char* begin_;
  const char* at_;
  const char* end_;
  bool swap_;
};

/// Rows of a vector, refused when no vector can have them.
inline uint32_t checked_rows(uint64_t rows) {
  if (rows > limits::vector_elements)
    throw script_error(ec::corrupt, "wire vector of " + std::to_string(rows) + " elements");
  return static_cast<uint32_t>(rows);
}

/// Appends items [from, to) of a column that is neither ANY nor an array vector; SYMBOL items as their texts.
void put_items(std::string& out, const column& col, size_t from, size_t to);
/// The same up to about `bytes` bytes of `out`, at least one item; answers where it stopped.
size_t put_items_up_to(std::string& out, const column& col, size_t from, size_t to, size_t bytes);
/// Header and lengths of one block of an array vector: rows [from, to), at most `array_block_rows`.
void put_array_lengths(std::string& out, const column& col, size_t from, size_t to);
/// All blocks of an array vector, values included (chapter 3.5).
void put_array_blocks(std::string& out, const column& col);

/// Reads `rows` items of a vector (not ANY, not SYMBOL with a base, not compressed).
column_ptr read_items(reader& in, type_id type, uint32_t rows, int32_t scale);

/// A column as chapter 3.6 packs it, flag included; nothing when its type is not compressed.
std::string compress_column(const column& col, wire_compression how);
/// Reads the 28-byte header and the blocks behind it.
column_ptr read_compressed(reader& in);

/// Delta-of-delta of one block of 2, 4 or 8 byte integers; false when a difference does not fit the format.
bool delta_encode(std::string& out, const std::byte* items, size_t count, size_t unit);
/// Decodes a block of `words` 8-byte words into at most `room` items behind `out`; answers how many.
size_t delta_decode(const char* block, size_t bytes, bool swap, std::byte* out, size_t room, size_t unit);

} // namespace pelorus::wire
