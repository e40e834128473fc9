#include "storage/segment.hpp"

#include <bit>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "storage/bytes.hpp"
#include "storage/checksum.hpp"
#include "storage/codec.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

constexpr uint64_t magic = 0x3130474553454c50;  // "PLESEG01"
constexpr size_t trailer_bytes = sizeof(uint32_t) + 2 * sizeof(uint64_t);

error damaged(const std::string& path, std::string_view why) {
  return {ec::corrupt, fmt::format("segment {} {}", path, why)};
}

segment_column read_column_head(byte_reader& in) {
  segment_column col;
  col.name = in.get_text();
  col.type = in.get<type_id>();
  col.scale = in.get<int32_t>();
  if (auto entries = in.get<uint32_t>(); entries != 0) {
    col.dict = std::make_shared<symbol_dictionary>();
    for (uint32_t i = 1; i < entries && !in.failed(); ++i) col.dict->code(in.get_text());
    if (col.dict->size() != entries) in.fail();
  }
  return col;
}

segment_block read_block_head(byte_reader& in) {
  segment_block b;
  b.offset = in.get<uint64_t>();
  b.bytes = in.get<uint32_t>();
  b.codec = in.get<uint8_t>();
  b.rows = in.get<uint32_t>();
  b.nulls = in.get<uint32_t>();
  b.has_range = in.get<uint8_t>() != 0;
  b.low = in.get<int64_t>();
  b.high = in.get<int64_t>();
  b.sum = in.get<uint64_t>();
  return b;
}

} // namespace

size_t segment::block_size(size_t block) const {
  return std::min<size_t>(segment_block_rows, rows_ - block * segment_block_rows);
}

const segment_column* segment::find(std::string_view name) const {
  for (auto& col : columns_)
    if (col.name == name) return &col;
  return nullptr;
}

expected<std::shared_ptr<const segment>> segment::open(const std::string& path) {
  auto result = std::make_shared<segment>();
  PELORUS_ASSIGN(result->file_, file::open_read(path));
  PELORUS_ASSIGN(auto size, result->file_.size());
  if (size < sizeof magic + trailer_bytes) return damaged(path, "is cut off");
  std::string trailer(trailer_bytes, '\0');
  PELORUS_TRY(result->file_.read_at(size - trailer_bytes, trailer.data(), trailer.size()));
  byte_reader tail{trailer};
  auto footer_size = tail.get<uint32_t>();
  auto footer_sum = tail.get<uint64_t>();
  if (tail.get<uint64_t>() != magic) return damaged(path, "does not end as a segment does");
  if (footer_size > size - sizeof magic - trailer_bytes) return damaged(path, "has a footer that does not fit");
  std::string footer(footer_size, '\0');
  PELORUS_TRY(result->file_.read_at(size - trailer_bytes - footer_size, footer.data(), footer.size()));
  if (checksum(footer) != footer_sum) return damaged(path, "has a footer that does not match its checksum");
  byte_reader in{footer};
  result->rows_ = in.get<uint64_t>();
  auto columns = in.get_count(16);
  for (size_t c = 0; c < columns && !in.failed(); ++c) {
    auto col = read_column_head(in);
    for (size_t b = 0; b < result->block_count() && !in.failed(); ++b) {
      col.blocks.push_back(read_block_head(in));
      if (col.blocks.back().rows != result->block_size(b)) in.fail();
    }
    result->columns_.push_back(std::move(col));
  }
  if (in.failed() || !in.at_end()) return damaged(path, "has a malformed footer");
  uint64_t head = 0;
  PELORUS_TRY(result->file_.read_at(0, &head, sizeof head));
  if (head != magic) return damaged(path, "does not begin as a segment does");
  return std::shared_ptr<const segment>{std::move(result)};
}

expected<void> segment::read_block(const segment_column& column, size_t block, struct column& to) const {
  auto& b = column.blocks[block];
  std::string bytes(b.bytes, '\0');
  PELORUS_TRY(file_.read_at(b.offset, bytes.data(), bytes.size()));
  auto where = [&] { return fmt::format("segment {}, column {}, block {}", file_.path(), column.name, block); };
  if (checksum(bytes) != b.sum)
    return error{ec::corrupt, fmt::format("{} does not match its checksum", where())};
  auto before = to.size();
  if (auto done = decode_block(static_cast<codec>(b.codec), bytes, b.rows, to); !done)
    return std::move(done).error().with_context(where());
  if (!column.dict) return {};
  auto* codes = to.data<int32_t>() + before;
  for (size_t i = 0; i < b.rows; ++i)
    if (codes[i] < 0 || static_cast<size_t>(codes[i]) >= column.dict->size())
      return error{ec::corrupt, fmt::format("{} has a code outside its dictionary", where())};
  return {};
}

// -- writing ----------------------------------------------------------------------------------------------

namespace {

template <class T>
void find_range(const T* from, size_t count, segment_block& b) {
  T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
  size_t nulls = 0;
  for (size_t i = 0; i < count; ++i) {
    bool null = is_null(from[i]);
    nulls += null;
    low = !null && from[i] < low ? from[i] : low;
    high = !null && from[i] > high ? from[i] : high;
  }
  b.nulls = static_cast<uint32_t>(nulls);
  b.has_range = nulls < count && low <= high;  // NaN compares with nothing: a block of NaN has no range
  if (!b.has_range) return;
  if constexpr (std::is_floating_point_v<T>) {
    for (size_t i = 0; i < count; ++i) b.has_range = b.has_range && from[i] == from[i];
    b.low = std::bit_cast<int64_t>(static_cast<double>(low));
    b.high = std::bit_cast<int64_t>(static_cast<double>(high));
  } else {
    b.low = low;
    b.high = high;
  }
}

void describe_rows(const column& col, size_t from, size_t count, segment_block& b) {
  switch (col.physical()) {
    case physical::i8: return find_range(col.data<int8_t>() + from, count, b);
    case physical::i16: return find_range(col.data<int16_t>() + from, count, b);
    case physical::i32: return find_range(col.data<int32_t>() + from, count, b);
    case physical::i64: return find_range(col.data<int64_t>() + from, count, b);
    case physical::f32: return find_range(col.data<float>() + from, count, b);
    case physical::f64: return find_range(col.data<double>() + from, count, b);
    default:
      for (size_t i = 0; i < count; ++i) b.nulls += col.is_null(from + i);
  }
}

struct encoded_column {
  std::vector<segment_block> heads;
  std::vector<std::string> blocks;
  column_ptr source;  // SYMBOL: codes over a dictionary of what occurs, in order of appearance
};

/// A SYMBOL column reduced to the strings it uses.
column_ptr compacted(const column_ptr& col) {
  auto dict = std::make_shared<symbol_dictionary>();
  auto result = column::make_symbol(dict, col->size());
  std::vector<int32_t> translated(col->dict()->size(), -1);
  auto* from = col->data<int32_t>();
  std::vector<int32_t> codes(col->size());
  for (size_t i = 0; i < col->size(); ++i) {
    auto& code = translated[static_cast<size_t>(from[i])];
    if (code < 0) code = dict->code((*col->dict())[from[i]]);
    codes[i] = code;
  }
  if (!codes.empty()) std::memcpy(result->mutable_data<int32_t>(), codes.data(), codes.size() * sizeof(int32_t));
  return result;
}

encoded_column encode_column(const column_ptr& col) {
  encoded_column out;
  out.source = col->physical() == physical::code ? compacted(col) : col;
  for (size_t from = 0; from < col->size(); from += segment_block_rows) {
    auto count = std::min(segment_block_rows, col->size() - from);
    auto encoded = encode_block(*out.source, from, count);
    segment_block head;
    head.bytes = static_cast<uint32_t>(encoded.bytes.size());
    head.codec = static_cast<uint8_t>(encoded.scheme);
    head.rows = static_cast<uint32_t>(count);
    head.sum = checksum(encoded.bytes);
    describe_rows(*out.source, from, count, head);
    out.heads.push_back(head);
    out.blocks.push_back(std::move(encoded.bytes));
  }
  return out;
}

void put_footer_column(byte_writer& out, const std::string& name, const encoded_column& col) {
  out.put_text(name);
  out.put(col.source->type());
  out.put(col.source->scale());
  auto& dict = col.source->dict();
  out.put(static_cast<uint32_t>(dict ? dict->size() : 0));
  for (size_t i = 1; dict && i < dict->size(); ++i) out.put_text((*dict)[static_cast<int32_t>(i)]);
  for (auto& b : col.heads) {
    out.put(b.offset);
    out.put(b.bytes);
    out.put(b.codec);
    out.put(b.rows);
    out.put(b.nulls);
    out.put(static_cast<uint8_t>(b.has_range));
    out.put(b.low);
    out.put(b.high);
    out.put(b.sum);
  }
}

expected<uint64_t> write_body(file& out, const table& rows, std::vector<encoded_column>& columns) {
  uint64_t at = sizeof magic;
  PELORUS_TRY(out.write_at(0, {reinterpret_cast<const char*>(&magic), sizeof magic}));
  for (auto& col : columns)
    for (size_t b = 0; b < col.blocks.size(); ++b) {
      col.heads[b].offset = at;
      PELORUS_TRY(out.write_at(at, col.blocks[b]));
      at += col.blocks[b].size();
    }
  byte_writer footer;
  footer.put(static_cast<uint64_t>(rows.rows()));
  footer.put(static_cast<uint32_t>(rows.width()));
  for (size_t c = 0; c < rows.width(); ++c) put_footer_column(footer, rows.name(c), columns[c]);
  byte_writer trailer;
  trailer.put(static_cast<uint32_t>(footer.text().size()));
  trailer.put(checksum(footer.text()));
  trailer.put(magic);
  PELORUS_TRY(out.write_at(at, footer.text()));
  at += footer.text().size();
  PELORUS_TRY(out.write_at(at, trailer.text()));
  return at + trailer.text().size();
}

} // namespace

expected<segment_ref> write_segment(const std::string& directory, const std::string& name, const table& rows,
                                    const segment_options& options) {
  PELORUS_TRY(make_directories(directory));
  std::vector<encoded_column> columns(rows.width());
  PELORUS_TRY(parallel_for(rows.width(), options.threads, [&](size_t c) -> expected<void> {
    auto& col = rows.col(c);
    if (col->physical() == physical::any || col->physical() == physical::list)
      return error{ec::not_supported, fmt::format("column {} of type {} cannot be stored", rows.name(c), type_name(col->type()))};
    columns[c] = encode_column(col);
    return {};
  }));
  auto path = fmt::format("{}/{}", directory, name), temporary = path + ".tmp";
  auto write_all = [&]() -> expected<uint64_t> {
    PELORUS_ASSIGN(auto out, file::open_write(temporary, true));
    PELORUS_ASSIGN(auto bytes, write_body(out, rows, columns));
    if (options.sync) PELORUS_TRY(out.sync_data());
    PELORUS_TRY(rename_file(temporary, path));
    if (options.sync) PELORUS_TRY(sync_directory(directory));
    return bytes;
  };
  auto bytes = write_all();
  if (!bytes) {
    (void)remove_file(temporary);
    (void)remove_file(path);
    return bytes.error();
  }
  return segment_ref{name, rows.rows(), *bytes};
}

} // namespace pelorus
