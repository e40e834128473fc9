#include "storage/segment_check.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace pelorus {

using namespace segment_format;

static constexpr size_t no_block = std::numeric_limits<size_t>::max();

expected<segment_check> segment_check::begin(std::string path, uint64_t size, uint64_t rows, std::string_view tail) {
  PELORUS_ASSIGN(auto where, read_segment_tail(path, size, tail));
  if (where.bytes > tail.size()) return error{ec::limit_exceeded, fmt::format("segment {} has a footer of {} bytes", path, where.bytes)};
  PELORUS_ASSIGN(auto footer, read_segment_footer(path, where, tail));
  if (footer.rows != rows)
    return error{ec::corrupt, fmt::format("segment {} holds {} rows, {} were committed", path, footer.rows, rows)};
  segment_check check;
  check.size_ = size;
  auto add = [&](const segment_block& b, size_t column, size_t block) {
    check.parts_.push_back({b.offset, b.offset + b.bytes, b.sum, column, block});
  };
  for (auto& column : footer.columns) {
    auto number = check.columns_.size();
    check.columns_.push_back(column.name);
    if (column.type == type_id::symbol) add(column.dictionary, number, no_block);
    for (size_t b = 0; b < column.blocks.size(); ++b) add(column.blocks[b], number, b);
  }
  // Its place is known already; what passes there may still be something else.
  check.parts_.push_back({size - where.bytes, size - trailer_bytes, where.footer_sum, check.columns_.size(), no_block});
  std::sort(check.parts_.begin(), check.parts_.end(), [](auto& a, auto& b) { return std::pair{a.begin, a.end} < std::pair{b.begin, b.end}; });
  uint64_t free = sizeof magic;
  for (auto& each : check.parts_) {
    if (each.begin < free || each.end < each.begin || each.end > size) return damaged_segment(path, "has blocks that overlap");
    free = each.end;
  }
  check.path_ = std::move(path);
  return check;
}

std::string segment_check::name_of(const part& which) const {
  if (which.column == columns_.size()) return fmt::format("segment {}, footer", path_);
  if (which.block == no_block) return fmt::format("segment {}, column {}, dictionary", path_, columns_[which.column]);
  return fmt::format("segment {}, column {}, block {}", path_, columns_[which.column], which.block);
}

expected<void> segment_check::compare(const part& which) {
  if (sum_.take() == which.sum) return {};
  return error{ec::corrupt, fmt::format("{} does not match its checksum", name_of(which))};
}

expected<void> segment_check::pass(std::string_view bytes) {
  if (bytes.size() > size_ - at_) return damaged_segment(path_, "is longer than it should be");
  char head[sizeof magic];
  std::memcpy(head, &magic, sizeof magic);
  for (size_t i = 0; i < bytes.size() && at_ + i < sizeof magic; ++i)
    if (bytes[i] != head[at_ + i]) return damaged_segment(path_, "does not begin as a segment does");
  auto end = at_ + bytes.size();
  for (; next_ < parts_.size(); ++next_) {
    auto& part = parts_[next_];
    auto from = std::max(at_, part.begin), to = std::min(end, part.end);
    if (from < to) sum_.add(bytes.substr(from - at_, to - from));
    if (part.end > end) break;
    PELORUS_TRY(compare(part));
  }
  at_ = end;
  return {};
}

expected<void> segment_check::end() const {
  if (at_ != size_) return damaged_segment(path_, "is cut off");
  return {};
}

} // namespace pelorus
