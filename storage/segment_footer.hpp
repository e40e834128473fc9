// The table of contents of a segment file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/types.hpp"

namespace pelorus {

inline constexpr size_t segment_block_rows = size_t{1} << 16;

namespace segment_format {
inline constexpr uint64_t magic = 0x3230474553454c50;  // "PLESEG02"
inline constexpr size_t trailer_bytes = sizeof(uint32_t) + 2 * sizeof(uint64_t);
inline constexpr size_t longest_bound = 64;  // bytes of a text bound; longer high bounds are not kept
} // namespace segment_format

struct segment_block {
  enum class bounds : uint8_t { none, numbers, texts };

  uint64_t offset = 0;
  uint32_t bytes = 0;      ///< stored
  uint8_t codec = 0;       ///< storage/codec.hpp
  uint32_t rows = 0, nulls = 0;
  bounds range = bounds::none;      ///< none: unknown, or all are null
  int64_t low = 0, high = 0;        ///< of integers and temporals as they are, of floats the bits as a double
  std::string low_text, high_text;  ///< of texts; the low one may be a prefix
  uint64_t sum = 0;                 ///< checksum of the stored bytes
};

struct segment_column {
  std::string name;
  type_id type = type_id::void_;
  int32_t scale = 0;
  uint32_t position = 0;     ///< among the columns of the file
  segment_block dictionary;  ///< of SYMBOL columns: as many rows as entries, the empty string first
  std::vector<segment_block> blocks;
};

struct segment_footer {
  uint64_t rows = 0;
  std::vector<segment_column> columns;
  /// Stored names of the columns by which the rows are sorted, and whether no two rows agree in them. Files without
  /// this part are in no order that is known.
  std::vector<std::string> sorted_by;
  bool distinct = false;

  size_t block_count() const { return (rows + segment_block_rows - 1) / segment_block_rows; }
  size_t block_size(size_t block) const { return std::min<size_t>(segment_block_rows, rows - block * segment_block_rows); }
};

std::string encode_footer(const segment_footer& footer);
/// False when the bytes are not a footer.
bool decode_footer(std::string_view bytes, segment_footer& footer);

} // namespace pelorus
