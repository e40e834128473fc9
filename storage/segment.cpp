#include "storage/segment.hpp"

#include <cstring>

#include <fmt/format.h>

#include "storage/bytes.hpp"
#include "storage/checksum.hpp"
#include "storage/codec.hpp"
#include "storage/segment_tail.hpp"

namespace pelorus {

namespace {

using namespace segment_format;

constexpr size_t first_read = 16384;  // the end of the file: with luck all of the footer

} // namespace

expected<std::shared_ptr<const segment>> segment::open(const std::string& path) {
  auto result = std::make_shared<segment>();
  result->path_ = path;
  PELORUS_ASSIGN(result->file_, file::open_read(path));
  PELORUS_ASSIGN(auto size, result->file_.size());
  return open_from(std::move(result), size);
}

expected<std::shared_ptr<const segment>> segment::open_image(const std::string& name, std::shared_ptr<const std::string> bytes) {
  auto result = std::make_shared<segment>();
  result->path_ = name;
  result->image_ = std::move(bytes);
  auto size = result->image_->size();
  return open_from(std::move(result), size);
}

expected<std::shared_ptr<const segment>> segment::open(const std::string& directory, const segment_ref& ref) {
  if (ref.cached) return ref.cached->rows;
  return open(fmt::format("{}/{}", directory, ref.file));
}

expected<void> segment::read_at(uint64_t offset, void* to, size_t size) const {
  if (!image_) return file_.read_at(offset, to, size);
  if (offset > image_->size() || size > image_->size() - offset)
    return error{ec::corrupt, fmt::format("{} ends at byte {}, {} were expected from {} on", path_, image_->size(), size, offset)};
  std::memcpy(to, image_->data() + offset, size);
  return {};
}

expected<std::shared_ptr<const segment>> segment::open_from(std::shared_ptr<segment> result, uint64_t size) {
  auto& path = result->path_;
  std::string tail(std::min<uint64_t>(size, first_read), '\0');
  PELORUS_TRY(result->read_at(size - tail.size(), tail.data(), tail.size()));
  PELORUS_ASSIGN(auto where, read_segment_tail(path, size, tail));
  if (where.bytes > tail.size()) {
    tail.resize(where.bytes);
    PELORUS_TRY(result->read_at(size - tail.size(), tail.data(), tail.size()));
  }
  PELORUS_ASSIGN(result->footer_, read_segment_footer(path, where, tail));
  uint64_t head = 0;
  PELORUS_TRY(result->read_at(0, &head, sizeof head));
  if (head != magic) return damaged_segment(path, "does not begin as a segment does");
  result->identity_ = checksum(path, where.footer_sum);
  return std::shared_ptr<const segment>{std::move(result)};
}

const segment_column* segment::find(std::string_view name) const {
  for (auto& col : footer_.columns)
    if (col.name == name) return &col;
  return nullptr;
}

std::string segment::name_of(const segment_column& column, size_t block) const {
  return fmt::format("segment {}, column {}, block {}", path_, column.name, block);
}

expected<std::string> segment::read_checked(const segment_block& block, std::string_view where) const {
  std::string bytes(block.bytes, '\0');
  if (auto done = read_at(block.offset, bytes.data(), bytes.size()); !done)
    return std::move(done).error().with_context(where);
  if (checksum(bytes) != block.sum) return error{ec::corrupt, fmt::format("{} does not match its checksum", where)};
  return bytes;
}

expected<void> segment::read_block(const segment_column& column, size_t block, struct column& to) const {
  auto& b = column.blocks[block];
  auto where = name_of(column, block);
  PELORUS_ASSIGN(auto bytes, read_checked(b, where));
  auto before = to.size();
  if (auto done = decode_block(static_cast<codec>(b.codec), bytes, b.rows, to); !done)
    return std::move(done).error().with_context(where);
  if (column.type != type_id::symbol) return {};
  auto* codes = to.data<int32_t>() + before;
  uint32_t largest = 0;  // a negative code becomes a large one
  for (size_t i = 0; i < b.rows; ++i) largest = std::max(largest, static_cast<uint32_t>(codes[i]));
  if (largest < column.dictionary.rows) return {};
  to.resize(before);
  return error{ec::corrupt, fmt::format("{} has a code outside its dictionary", where)};
}

expected<std::shared_ptr<symbol_dictionary>> segment::read_dictionary(const segment_column& column) const {
  auto where = fmt::format("segment {}, column {}, dictionary", path_, column.name);
  PELORUS_ASSIGN(auto bytes, read_checked(column.dictionary, where));
  struct column texts{type_id::string};
  if (auto done = decode_block(static_cast<codec>(column.dictionary.codec), bytes, column.dictionary.rows, texts); !done)
    return std::move(done).error().with_context(where);
  auto dict = std::make_shared<symbol_dictionary>();
  dict->reserve(texts.size());
  for (size_t i = 1; i < texts.size(); ++i) dict->code(texts.text(i));
  if (dict->size() != column.dictionary.rows) return error{ec::corrupt, fmt::format("{} has an entry twice", where)};
  return dict;
}

expected<void> segment::verify() const {
  for (auto& col : footer_.columns) {
    if (col.type == type_id::symbol) {
      auto read = read_dictionary(col);
      if (!read) return read.error();
    }
    for (size_t b = 0; b < col.blocks.size(); ++b) {
      auto bytes = read_checked(col.blocks[b], name_of(col, b));
      if (!bytes) return bytes.error();
    }
  }
  return {};
}

} // namespace pelorus
