#include "storage/compaction.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "storage/replica_files.hpp"

namespace pelorus {

namespace {
constexpr uint32_t highest_level = 3;
constexpr size_t level_at = 18;  // in "<tid, 16 hex digits>.m<level><salt>.seg"
constexpr uint64_t growth = 2;
} // namespace

uint32_t level_of(const segment_ref& segment) {
  auto& name = segment.file;
  if (name.size() <= level_at || name.compare(level_at - 2, 2, ".m") != 0) return 0;
  auto digit = name[level_at];
  return digit >= '1' && digit <= '3' ? static_cast<uint32_t>(digit - '0') : 0;
}

std::string merged_name(std::span<const segment_ref> sources, uint64_t salt) {
  uint32_t level = 0;
  for (auto& s : sources) level = std::max(level, level_of(s));
  return fmt::format("{:016x}.m{}{:016x}.seg", last_tid_of(sources.back()), std::min(level + 1, highest_level), salt);
}

segment_range pick_segments(const std::vector<segment_ref>& segments, bool idle, const compaction_limits& limits) {
  uint64_t rows = 0;
  auto end = segments.size();
  while (end > 0 && segments[end - 1].cached) --end;  // what is in memory becomes a file first
  auto first = end;
  while (first > 0 && !segments[first - 1].cached) {
    auto next = segments[first - 1].rows;
    if (next > limits.source_rows || rows + next > limits.rows) break;
    if (first != end && next > growth * rows) break;
    rows += next;
    --first;
  }
  segment_range range{first, end};
  return range.size() >= std::max<size_t>(idle ? limits.idle_segments : limits.segments, 2) ? range : segment_range{};
}

segment_range pick_level(const std::vector<segment_ref>& segments, int level, uint64_t most_rows) {
  segment_range best;
  for (size_t i = 0; i < segments.size();) {
    auto end = i;
    uint64_t rows = 0;
    while (end < segments.size() && !segments[end].cached && (level < 0 || static_cast<int>(level_of(segments[end])) == level) && rows + segments[end].rows <= most_rows)
      rows += segments[end++].rows;
    if (end - i > best.size()) best = {i, end};
    i = std::max(end, i + 1);
  }
  return best.size() >= 2 ? best : segment_range{};
}

void compaction_board::order(const chunk_id& chunk, int level, int64_t now_ms) {
  std::lock_guard guard{lock_};
  compaction_task task;
  task.chunk = chunk;
  task.level = level;
  task.force = true;
  task.received_ms = now_ms;
  waiting_.push_back(std::move(task));
}

std::optional<compaction_task> compaction_board::next_order() {
  std::lock_guard guard{lock_};
  if (waiting_.empty()) return std::nullopt;
  auto task = std::move(waiting_.front());
  waiting_.pop_front();
  return task;
}

void compaction_board::ended(compaction_task task) {
  std::lock_guard guard{lock_};
  ended_.push_front(std::move(task));
  if (ended_.size() > ended_kept) ended_.pop_back();
}

std::vector<compaction_task> compaction_board::list(size_t count) const {
  std::lock_guard guard{lock_};
  std::vector<compaction_task> all(waiting_.rbegin(), waiting_.rend());
  auto most = count == 0 ? ended_.size() : std::min(count, ended_.size());
  all.insert(all.end(), ended_.begin(), ended_.begin() + static_cast<ptrdiff_t>(most));
  return all;
}

} // namespace pelorus
