// A log: framed, checksummed, append-only. One sync decides a group of entries. The controller has one of its metadata, data
// nodes make theirs (storage/redo_log.hpp) of several.
//
// A head says where the file begins; then frames, each with its position, the sum of the frame before it, the position
// that was durable when it was written, and its own sum over all of that and the payload. Positions count entries since
// the cluster was made and never restart. The sums chain, so two files that hold the same (position, sum) hold the same
// history up to there: a backup that was put back, or a mixture of files, cannot be taken for something else.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/error.hpp"
#include "storage/file.hpp"

namespace pelorus {

/// A point in the history: the last entry, and the sum that stands for it and everything before.
struct log_mark {
  uint64_t position = 0;
  uint64_t chain = 0;
  friend bool operator==(const log_mark&, const log_mark&) = default;
};

class metadata_log {
public:
  using visitor = std::function<expected<void>(log_mark at, std::string_view entry)>;

  /// Opens or creates, and shows every frame in order. A bad frame is the torn end of a crash (`torn_at`) when nothing
  /// behind it says that it had been durable; else it is ec::corrupt with file and offset.
  static expected<metadata_log> open(const std::string& path, const visitor& visit);

  /// Offset of a torn end, which must be cut before the first append.
  std::optional<uint64_t> torn_at() const { return torn_at_; }
  expected<void> cut_torn_end();

  /// Makes room for a group, so that a full disk is noticed before anything is changed.
  expected<void> reserve(size_t entries, uint64_t bytes);
  /// Appends entries and, with `sync`, makes them and all before durable by one fdatasync. After a failure the log is
  /// `broken` and refuses everything: what reached the disk is unknown.
  expected<log_mark> append(const std::vector<std::string>& entries, bool sync);
  expected<void> sync();
  /// Empties the log after a checkpoint; the next entry continues behind `from`.
  expected<void> restart(log_mark from);
  /// The file grows by so many bytes at a time (1 MiB unless told): a sync that finds its size unchanged is one write.
  void set_allocation_step(uint64_t bytes) { allocation_step_ = bytes; }

  log_mark begin() const { return begin_; }  ///< the first frame is the one behind this
  log_mark mark() const { return mark_; }    ///< of the last entry
  bool synced() const { return durable_ == mark_.position; }
  bool broken() const { return broken_; }
  uint64_t bytes() const { return end_; }

private:
  expected<uint64_t> read_frames(std::string_view bytes, const visitor& visit);
  expected<void> judge_rest(std::string_view bytes, uint64_t offset);

  file file_;
  log_mark begin_, mark_;
  uint64_t durable_ = 0;    // position of the last synced entry
  uint64_t end_ = 0;        // offset behind the last frame
  uint64_t allocated_ = 0;  // the file is zero from end_ to here
  uint64_t allocation_step_ = uint64_t{1} << 20;
  std::optional<uint64_t> torn_at_;
  bool broken_ = false;
};

} // namespace pelorus
