// Which segments of a chunk to merge, and what is known of merges that were asked for or made.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/chunk_catalog.hpp"

namespace pelorus {

/// Level 0: as a transaction left it. A merged segment is one level above its highest source, at most 3.
uint32_t level_of(const segment_ref& segment);
/// The name of a segment that takes the place of `sources`; `salt` tells it from others of the same rows.
std::string merged_name(std::span<const segment_ref> sources, uint64_t salt);

struct compaction_limits {
  size_t segments = 8;               ///< so many neighbours are merged at once,
  size_t idle_segments = 2;          ///< or so many when the chunk has not changed for a while
  uint64_t rows = 16'000'000;        ///< of a merged segment
  uint64_t source_rows = UINT64_MAX; ///< longer segments are left as they are
};

/// A run of neighbours, as indices [first, end); empty when nothing is worth merging. Only the newest segments are merged,
/// each at most twice as long as all behind it, so that a row is rewritten a logarithmic number of times.
struct segment_range {
  size_t first = 0, end = 0;
  size_t size() const { return end - first; }
};
segment_range pick_segments(const std::vector<segment_ref>& segments, bool idle, const compaction_limits& limits);
/// The longest run of neighbours of one level (-1: any), for an operator's order; within `rows`.
segment_range pick_level(const std::vector<segment_ref>& segments, int level, uint64_t rows);

/// A merge, asked for by an operator or by the number of segments. Times are ms UTC, 0: not yet.
struct compaction_task {
  chunk_id chunk;
  int level = 0;
  bool force = false;
  std::string volume, table, files, failure;
  int64_t received_ms = 0, started_ms = 0, ended_ms = 0;
};

/// Orders that wait, and the last merges. Thread-safe.
class compaction_board {
public:
  void order(const chunk_id& chunk, int level, int64_t now_ms);
  std::optional<compaction_task> next_order();
  void ended(compaction_task task);
  /// Newest first: those that wait, and of those that ended the last `count` (0: all that are kept).
  std::vector<compaction_task> list(size_t count) const;

private:
  static constexpr size_t ended_kept = 256;
  mutable std::mutex lock_;
  std::deque<compaction_task> waiting_, ended_;
};

} // namespace pelorus
