#include "storage/chunk_reader.hpp"

#include <bit>
#include <numeric>

#include <fmt/format.h>

namespace pelorus {

expected<std::shared_ptr<chunk_reader>> chunk_reader::open(const std::string& directory,
                                                           const std::vector<segment_ref>& segments, schema columns) {
  auto reader = std::make_shared<chunk_reader>();
  reader->columns_ = std::move(columns);
  for (auto& ref : segments) {
    auto path = fmt::format("{}/{}", directory, ref.file);
    PELORUS_ASSIGN(auto opened, segment::open(path));
    if (opened->rows() != ref.rows)
      return error{ec::corrupt, fmt::format("segment {} holds {} rows, {} were committed", path, opened->rows(), ref.rows)};
    for (size_t b = 0; b < opened->block_count(); ++b) {
      reader->blocks_.push_back({reader->rows_, opened->block_size(b)});
      reader->places_.push_back({reader->segments_.size(), b});
      reader->rows_ += opened->block_size(b);
    }
    reader->segments_.push_back(std::move(opened));
  }
  return reader;
}

std::optional<chunk_reader::range> chunk_reader::range_of(size_t column, size_t block) const {
  auto& place = places_[block];
  auto& wanted = columns_[column];
  auto* col = segments_[place.segment]->find(wanted.name);
  if (!col || col->type != wanted.type || !col->blocks[place.block].has_range) return std::nullopt;
  auto& b = col->blocks[place.block];
  if (is_floating(col->type))
    return range{value::real(col->type, std::bit_cast<double>(b.low)), value::real(col->type, std::bit_cast<double>(b.high)), b.nulls};
  return range{value::integral(col->type, b.low, col->scale), value::integral(col->type, b.high, col->scale), b.nulls};
}

expected<column_ptr> chunk_reader::read(size_t column) const {
  std::vector<size_t> all(blocks_.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return read(column, all);
}

expected<column_ptr> chunk_reader::read(size_t column, std::span<const size_t> blocks) const {
  auto& wanted = columns_[column];
  size_t total = 0;
  for (auto b : blocks) total += blocks_[b].rows;
  auto result = column::make(wanted.type, 0, wanted.scale);
  result->reserve(total);
  bool nulls = false;
  for (size_t k = 0; k < blocks.size();) {
    auto& segment = *segments_[places_[blocks[k]].segment];
    auto* col = segment.find(wanted.name);
    // The run of blocks that lie in this segment.
    auto end = k;
    while (end < blocks.size() && places_[blocks[end]].segment == places_[blocks[k]].segment) ++end;
    if (col && (col->type != wanted.type || col->scale != wanted.scale))
      return error{ec::corrupt, fmt::format("column {} is stored as {}, the table says {}", wanted.name, type_name(col->type), type_name(wanted.type))};
    // Codes of different segments mean different strings: only the first segment's can be decoded in place.
    auto part = col && col->dict ? column::make_symbol(col->dict, 0) : result;
    for (; k < end; ++k) {
      auto b = places_[blocks[k]].block;
      nulls = nulls || !col || col->blocks[b].nulls != 0;
      if (col) PELORUS_TRY(segment.read_block(*col, b, *part));
      else result->append_nulls(blocks_[blocks[k]].rows);
    }
    if (part != result) result->append(*part);
  }
  if (!nulls) result->set_no_nulls();
  return result;
}

} // namespace pelorus
