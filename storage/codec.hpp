// How a block of a column is packed. The encoder tries what promises most by a look at the values; each scheme is exact
// to the bit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/column.hpp"

namespace pelorus {

enum class codec : uint8_t {
  raw = 0,         ///< elements as they are; strings as lengths and text
  lz4 = 1,         ///< raw, then LZ4
  constant = 2,    ///< one element
  packed = 3,      ///< frame of reference: minimum, then differences in as few bits as the largest needs
  delta = 4,       ///< first element, smallest step, then the steps above it packed
  dictionary = 5,  ///< distinct elements, then their indices packed
  decimal = 6,     ///< floats that are integers over a power of ten, the integers packed; a list of exceptions
  zstd = 7,        ///< raw, then Zstandard
  delta2 = 8,      ///< like delta, one order higher: steps of the steps
  nullable = 9,    ///< like packed, with one code more that stands for the null
  chimp = 10,      ///< floats as the bits in which they differ from the one before
};

/// What a column asks for (compressMethods). A method that makes a block longer is not used for that block.
enum class codec_wish : uint8_t {
  automatic,  ///< what promises most by a look at the values
  lz4, zstd,  ///< the elements, packed by that; codes of SYMBOL columns are chosen automatically
  delta,      ///< integers and times: one of the integer schemes, delta2 among them
  chimp,      ///< floats: `codec::chimp`
};
/// "" and unknown names: automatic.
codec_wish wish_of(std::string_view method);
/// Whether columns of the type can be packed like that.
bool fits(codec_wish wish, type_id type);

struct encoded_block {
  codec scheme = codec::raw;
  std::string bytes;
};

/// Packs elements [from, from+count), count > 0. SYMBOL columns pack their codes, the dictionary is the caller's
/// business.
encoded_block encode_block(const column& col, size_t from, size_t count, codec_wish wish = codec_wish::automatic);
/// Appends `count` elements to `to`; ec::corrupt when the bytes do not decode to exactly that, `to` is then unchanged.
expected<void> decode_block(codec scheme, std::string_view bytes, size_t count, column& to);

} // namespace pelorus
