// Compressed columns (protocol reference, chapter 3.6): blocks of LZ4 or delta-of-delta.
#include <algorithm>

#include <lz4.h>

#include "query/wire_format.hpp"

namespace pelorus::wire {

namespace {
enum class method : uint8_t { lz4 = 1, delta = 2 };

/// Bytes of an item as the header names them; 0 for texts.
uint8_t unit_of(type_id type) {
  auto p = physical_of(element_of(type));
  return p == physical::str ? uint8_t{0} : static_cast<uint8_t>(width_of(p));
}

bool can_delta(type_id type) {
  auto p = physical_of(type);
  return (p == physical::i16 || p == physical::i32 || p == physical::i64) && !is_decimal(type) &&
         type != type_id::duration;
}

bool lz4_block(std::string& out, std::string_view raw) {
  auto length_at = out.size();
  auto bound = LZ4_compressBound(static_cast<int>(raw.size()));
  out.resize(length_at + 4 + static_cast<size_t>(bound));
  auto size = LZ4_compress_default(raw.data(), out.data() + length_at + 4, static_cast<int>(raw.size()), bound);
  out.resize(length_at + 4 + static_cast<size_t>(std::max(size, 0)));
  std::memcpy(out.data() + length_at, &size, 4);
  return size > 0;
}

bool lz4_blocks(std::string& out, std::string_view raw) {
  for (size_t at = 0; at < raw.size(); at += block_bytes)
    if (!lz4_block(out, raw.substr(at, block_bytes))) return false;
  return true;
}

bool delta_blocks(std::string& out, const column& col) {
  auto unit = width_of(col.physical());
  auto rows = block_bytes / unit;
  for (size_t at = 0; at < col.size(); at += rows) {
    auto length_at = out.size();
    put(out, int32_t{0});
    if (!delta_encode(out, col.raw(at), std::min(rows, col.size() - at), unit)) return false;
    auto size = static_cast<int32_t>(out.size() - length_at - 4);
    std::memcpy(out.data() + length_at, &size, 4);
  }
  return true;
}

std::string header_of(const column& col, method how) {
  std::string out;
  put_flag(out, compressed_type, form::vector);
  put(out, int32_t{0});  // bytes, filled in at the end
  put(out, static_cast<int32_t>(col.physical() == physical::list ? col.list_end(col.size() - 1) - col.list_begin(0) : 1));
  put(out, int8_t{0});
  put(out, int8_t{1});   // little endian
  put(out, int8_t{-1});
  put(out, how);
  put(out, col.type());
  put(out, unit_of(col.type()));
  put(out, static_cast<int16_t>(col.scale()));
  put(out, static_cast<int32_t>(col.scale()));
  put(out, static_cast<int32_t>(col.size()));
  put(out, int32_t{-1});  // no checksum
  return out;
}

std::string finish(std::string out) {
  auto bytes = static_cast<int32_t>(out.size() - 2 - compressed_header + 20);
  std::memcpy(out.data() + 2, &bytes, 4);
  return out;
}
} // namespace

namespace {
bool delta_is_smaller(const column& col) {
  auto unit = width_of(col.physical());
  auto rows = std::min(block_bytes / unit, col.size());
  std::string delta, lz4;
  return delta_encode(delta, col.raw(), rows, unit) &&
         lz4_block(lz4, {reinterpret_cast<const char*>(col.raw()), rows * unit}) && delta.size() + 4 < lz4.size();
}
} // namespace

std::string compress_column(const column& col, wire_compression how) {
  auto p = col.physical();
  if (col.empty() || p == physical::any || p == physical::code || col.type() == type_id::void_) return {};
  if (p == physical::list && !is_fixed(col.child()->physical())) return {};
  if (p == physical::list && col.child()->physical() == physical::code) return {};
  bool delta = can_delta(col.type()) &&
               (how == wire_compression::delta || (how == wire_compression::smaller && delta_is_smaller(col)));
  if (delta) {
    auto out = header_of(col, method::delta);
    if (delta_blocks(out, col)) return finish(std::move(out));
  }
  auto out = header_of(col, method::lz4);
  bool done;
  if (p != physical::list && is_fixed(p)) {
    done = lz4_blocks(out, {reinterpret_cast<const char*>(col.raw()), col.size() * width_of(p)});
  } else {
    std::string raw;
    if (p == physical::list) put_array_blocks(raw, col);
    else put_items(raw, col, 0, col.size());
    done = lz4_blocks(out, raw);
  }
  if (!done || out.size() > limits::vector_elements) return {};
  return finish(std::move(out));
}

// -- in -----------------------------------------------------------------------------------------------

namespace {
struct header {
  uint64_t bytes = 0;  // of the blocks
  method how = method::lz4;
  type_id type = type_id::void_;
  int32_t scale = 0;
  uint32_t rows = 0;
};

header read_header(reader& in) {
  header h;
  auto bytes = in.get<int32_t>();
  in.get<int32_t>();
  in.take(3);
  h.how = static_cast<method>(in.get<uint8_t>());
  auto type = in.get<uint8_t>();
  in.get<uint8_t>();
  auto reserved = in.get<int16_t>();
  auto extra = in.get<int32_t>();
  h.rows = checked_rows(in.get<uint32_t>());
  in.get<int32_t>();
  if (bytes < 20 || !known_type(type)) throw script_error(ec::corrupt, "wire column with a wrong compression header");
  h.bytes = static_cast<uint64_t>(bytes) - 20;
  h.type = static_cast<type_id>(type);
  if (is_decimal(element_of(h.type))) h.scale = reserved != 0 ? reserved : extra;
  if (h.scale < 0 || h.scale > 38) throw script_error(ec::corrupt, "wire column with a scale of " + std::to_string(h.scale));
  return h;
}

/// One block's bytes behind their length word; high bit: eight bytes of log number follow.
std::string_view next_block(reader& in) {
  auto word = in.get<uint32_t>();
  auto size = word & 0x7fffffffu;
  std::string_view block{in.take(size), size};
  if ((word & 0x80000000u) != 0) in.take(8);
  return block;
}

std::string unpack_lz4(reader& in, const header& h) {
  std::string raw;
  auto unit = unit_of(h.type);
  bool fixed = unit != 0 && !is_array(h.type);
  auto expected_bytes = fixed ? static_cast<uint64_t>(unit) * h.rows : decompressed_max;
  reader blocks{{in.take(h.bytes), h.bytes}, !in.swaps()};
  while (blocks.left() != 0 && raw.size() < expected_bytes) {
    auto block = next_block(blocks);
    auto before = raw.size();
    raw.resize(before + block_bytes);
    auto size = LZ4_decompress_safe(block.data(), raw.data() + before, static_cast<int>(block.size()),
                                    static_cast<int>(block_bytes));
    if (size < 0) throw script_error(ec::corrupt, "wire column with a broken LZ4 block");
    raw.resize(before + static_cast<size_t>(size));
    if (raw.size() > decompressed_max) throw script_error(ec::corrupt, "wire column unpacks to more than 4 GiB");
  }
  return raw;
}

column_ptr unpack_delta(reader& in, const header& h) {
  if (!can_delta(h.type)) throw script_error(ec::corrupt, "wire column of a type that has no delta compression");
  auto unit = width_of(physical_of(h.type));
  // Every item takes at least a bit, so this bounds what may be allocated.
  if (h.rows > h.bytes * 8) throw script_error(ec::corrupt, "wire column with fewer bytes than elements");
  auto result = column::make(h.type, h.rows);
  if (h.rows == 0) return result;
  auto to = with_physical(physical_of(h.type), [&]<class T>(T) {
    return reinterpret_cast<std::byte*>(result->mutable_data<T>());
  });
  reader blocks{{in.take(h.bytes), h.bytes}, !in.swaps()};
  size_t done = 0;
  while (blocks.left() != 0 && done < h.rows) {
    auto block = next_block(blocks);
    done += delta_decode(block.data(), block.size(), in.swaps(), to + done * unit,
                         std::min<size_t>(h.rows - done, block_bytes / unit), unit);
  }
  if (done != h.rows) throw script_error(ec::corrupt, "wire column with too few delta-coded elements");
  return result;
}
} // namespace

column_ptr read_compressed(reader& in) {
  auto h = read_header(in);
  if (h.how == method::delta) return unpack_delta(in, h);
  if (h.how != method::lz4)
    throw script_error(ec::not_supported, "wire column compressed by method " + std::to_string(static_cast<int>(h.how)));
  auto raw = unpack_lz4(in, h);
  reader items{raw, !in.swaps()};
  return read_items(items, h.type, h.rows, h.scale);
}

} // namespace pelorus::wire
