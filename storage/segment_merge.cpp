#include "storage/segment_merge.hpp"

#include <fmt/format.h>

namespace pelorus {

namespace {

expected<column_ptr> read_whole(const segment& from, const column_schema& wanted) {
  auto* stored = from.find(wanted.stored_name());
  if (!stored) return column::make_null(wanted.type, from.rows(), wanted.scale);
  if (stored->type != wanted.type || stored->scale != wanted.scale)
    return error{ec::corrupt, fmt::format("column {} is stored as {}, the table says {}", wanted.name, type_name(stored->type), type_name(wanted.type))};
  auto result = column::make(wanted.type, 0, wanted.scale);
  if (wanted.type == type_id::symbol) {
    PELORUS_ASSIGN(auto dictionary, from.read_dictionary(*stored));
    result = column::make_symbol(dictionary, 0);
  }
  result->reserve(from.rows());
  for (size_t block = 0; block < from.block_count(); ++block) PELORUS_TRY(from.read_block(*stored, block, *result));
  return result;
}

std::string_view stem(std::string_view file) { return file.substr(0, file.find('.')); }

} // namespace

expected<table_ptr> merge_segments(const std::string& directory, const std::vector<segment_ref>& segments, const schema& columns) {
  std::vector<segment_ptr> opened;
  size_t rows = 0;
  for (auto& ref : segments) {
    PELORUS_ASSIGN(auto one, segment::open(directory, ref));
    if (one->rows() != ref.rows)
      return error{ec::corrupt, fmt::format("segment {}/{} holds {} rows, {} were committed", directory, ref.file, one->rows(), ref.rows)};
    rows += one->rows();
    opened.push_back(std::move(one));
  }
  auto result = std::make_shared<table>();
  for (auto& wanted : columns) {
    column_ptr whole;
    for (auto& one : opened) {
      PELORUS_ASSIGN(auto part, read_whole(*one, wanted));
      if (whole) {
        whole->append(*part);
        continue;
      }
      whole = std::move(part);
      whole->reserve(rows);
    }
    result->add(wanted.stored_name(), whole ? whole : column::make(wanted.type, 0, wanted.scale));
  }
  return result;
}

std::string merged_name(const std::vector<segment_ref>& segments) {
  return fmt::format("{}.f{}.seg", stem(segments.back().file), stem(segments.front().file));
}

} // namespace pelorus
