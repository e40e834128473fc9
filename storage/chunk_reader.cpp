#include "storage/chunk_reader.hpp"

#include <bit>
#include <numeric>

#include <fmt/format.h>

#include "storage/checksum.hpp"
#include "storage/column_cache.hpp"

namespace pelorus {

namespace {

// Parts of a column in the cache, besides its blocks by number.
constexpr uint64_t whole_part = ~uint64_t{0};
constexpr uint64_t dictionary_part = whole_part - 1;

/// Blocks of a selection are kept one by one only when they are few: a wide scan must not push all else out.
constexpr size_t few_blocks = 8;

uint64_t extra_bytes(const column& col) { return col.dict() ? col.dict()->bytes() : 0; }

} // namespace

expected<std::shared_ptr<chunk_reader>> chunk_reader::open(const std::string& directory,
                                                           const std::vector<segment_ref>& segments, schema columns) {
  auto reader = std::make_shared<chunk_reader>();
  reader->columns_ = std::move(columns);
  for (auto& ref : segments) {
    PELORUS_ASSIGN(auto opened, segment::open(directory, ref));
    if (opened->rows() != ref.rows)
      return error{ec::corrupt, fmt::format("segment {}/{} holds {} rows, {} were committed", directory, ref.file, opened->rows(), ref.rows)};
    reader->runs_.push_back({reader->rows_, opened->rows(), reader->blocks_.size(), opened->block_count(), &opened->footer()});
    for (size_t b = 0; b < opened->block_count(); ++b) {
      reader->blocks_.push_back({reader->rows_, opened->block_size(b)});
      reader->places_.push_back({reader->segments_.size(), b});
      reader->rows_ += opened->block_size(b);
    }
    auto identity = opened->identity();
    reader->identity_ = checksum(&identity, sizeof identity, reader->identity_);
    reader->segments_.push_back(std::move(opened));
  }
  return reader;
}

const segment_column* chunk_reader::stored(size_t column, size_t segment) const {
  return segments_[segment]->find(columns_[column].stored_name());
}

std::optional<chunk_reader::range> chunk_reader::range_of(size_t column, size_t block) const {
  auto& place = places_[block];
  auto& wanted = columns_[column];
  auto* col = stored(column, place.segment);
  if (!col || col->type != wanted.type) return std::nullopt;
  auto& b = col->blocks[place.block];
  switch (b.range) {
    case segment_block::bounds::none: return std::nullopt;
    case segment_block::bounds::texts:
      return range{value::of_text(b.low_text, col->type), value::of_text(b.high_text, col->type), b.nulls};
    case segment_block::bounds::numbers: break;
  }
  if (is_floating(col->type))
    return range{value::real(col->type, std::bit_cast<double>(b.low)), value::real(col->type, std::bit_cast<double>(b.high)), b.nulls};
  return range{value::integral(col->type, b.low, col->scale), value::integral(col->type, b.high, col->scale), b.nulls};
}

size_t chunk_reader::nulls_of(size_t column, size_t block) const {
  auto& place = places_[block];
  auto* col = stored(column, place.segment);
  return col ? col->blocks[place.block].nulls : blocks_[block].rows;
}

uint64_t chunk_reader::column_name_key(size_t column) const {
  auto& wanted = columns_[column];
  return checksum(wanted.stored_name(), (static_cast<uint64_t>(wanted.type) << 32) | static_cast<uint32_t>(wanted.scale));
}

expected<std::shared_ptr<symbol_dictionary>> chunk_reader::dictionary(const segment& from, const segment_column& stored,
                                                                      uint64_t name_key) const {
  auto& cache = column_cache::shared();
  column_key key{from.identity(), name_key, dictionary_part};
  if (auto kept = cache.find(key)) return kept->dict();
  PELORUS_ASSIGN(auto dict, from.read_dictionary(stored));
  cache.put(key, column::make_symbol(dict, 0), dict->bytes());
  return dict;
}

expected<column_ptr> chunk_reader::read(size_t column) const {
  auto& cache = column_cache::shared();
  column_key key{identity_, column_name_key(column), whole_part};
  if (auto kept = cache.find(key)) return kept;
  PELORUS_ASSIGN(auto col, read_once(column));
  cache.put(key, std::make_shared<pelorus::column>(*col), extra_bytes(*col));
  return col;
}

expected<column_ptr> chunk_reader::read_once(size_t column) const {
  std::vector<size_t> all(blocks_.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return read_uncached(column, all);
}

expected<column_ptr> chunk_reader::read(size_t column, std::span<const size_t> blocks) const {
  if (blocks.size() == blocks_.size() && !blocks.empty()) return read(column);
  auto& cache = column_cache::shared();
  if (blocks.empty() || blocks.size() > few_blocks) return read_uncached(column, blocks);
  column_ptr result;
  auto name_key = column_name_key(column);
  for (auto& b : blocks) {
    column_key key{identity_, name_key, b};
    auto part = cache.find(key);
    if (!part) {
      PELORUS_ASSIGN(part, read_uncached(column, {&b, 1}));
      // The dictionary has an entry of its own.
      cache.put(key, std::make_shared<pelorus::column>(*part));
    }
    if (result) result->append(*part);
    else result = std::move(part);
  }
  return result;
}

expected<column_ptr> chunk_reader::read_uncached(size_t column, std::span<const size_t> blocks) const {
  column_ptr result;
  for (size_t k = 0; k < blocks.size();) {
    auto end = k;  // of the run of blocks that lie in one segment
    while (end < blocks.size() && places_[blocks[end]].segment == places_[blocks[k]].segment) ++end;
    PELORUS_ASSIGN(auto part, read_run(column, blocks.subspan(k, end - k)));
    if (!result) {
      result = std::move(part);
      size_t total = 0;
      for (auto b : blocks) total += blocks_[b].rows;
      if (end < blocks.size()) result->reserve(total);
    } else {
      result->append(*part);  // brings the codes of different dictionaries together
    }
    k = end;
  }
  auto& wanted = columns_[column];
  return result ? result : column::make(wanted.type, 0, wanted.scale);
}

expected<column_ptr> chunk_reader::read_run(size_t column, std::span<const size_t> blocks) const {
  auto& wanted = columns_[column];
  auto& from = *segments_[places_[blocks.front()].segment];
  size_t rows = 0;
  for (auto b : blocks) rows += blocks_[b].rows;
  auto* col = stored(column, places_[blocks.front()].segment);
  if (!col) return column::make_null(wanted.type, rows, wanted.scale);
  if (col->type != wanted.type || col->scale != wanted.scale)
    return error{ec::corrupt, fmt::format("column {} is stored as {}, the table says {}", wanted.name, type_name(col->type), type_name(wanted.type))};
  auto result = column::make(wanted.type, 0, wanted.scale);
  if (wanted.type == type_id::symbol) {
    PELORUS_ASSIGN(auto dict, dictionary(from, *col, column_name_key(column)));
    result = column::make_symbol(dict, 0);
  }
  result->reserve(rows);
  size_t nulls = 0;
  for (auto b : blocks) {
    PELORUS_TRY(from.read_block(*col, places_[b].block, *result));
    nulls += col->blocks[places_[b].block].nulls;
  }
  if (nulls == 0) result->set_no_nulls();
  return result;
}

} // namespace pelorus
