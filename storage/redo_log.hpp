// A data node's redo log: what was written and decided since its segments and its catalog were last brought up to date.
//
// A directory of files `redo.<position, 16 hex digits>`, each a metadata_log that begins where the one before ends. Records
// are appended to the newest file; files go as a whole, from the oldest on, when nothing in them is needed any more.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/metadata_log.hpp"

namespace pelorus {

/// One thread uses it.
class redo_log {
public:
  struct options {
    std::string directory;
    uint64_t file_bytes = uint64_t{32} << 20;        ///< a file that has grown beyond this is followed by the next one
    uint64_t allocation_step = uint64_t{4} << 20;    ///< space is taken in such pieces
    /// Gets a sentence about what was read, every five seconds and at the end, when there was something.
    std::function<void(const std::string&)> report = {};
  };
  using visitor = std::function<expected<void>(uint64_t position, std::string_view record)>;

  /// Opens or creates, and shows all records in order. The torn end of a crash is cut. Errors: corrupt, naming file and
  /// byte, when something that had been durable cannot be read; what `visit` answers.
  static expected<redo_log> open(options how, const visitor& visit);

  /// Appends records, with `sync` durable by one fdatasync together with all before them. Positions are consecutive; answers
  /// the last one. After a failure of the disk everything is refused, see metadata_log; a full disk changes nothing.
  expected<uint64_t> append(const std::vector<std::string>& records, bool sync);
  /// The next record gets a position above `position`.
  expected<void> skip_to(uint64_t position);
  /// Records below `needed` may go. Answers the number of files removed.
  expected<size_t> purge(uint64_t needed);

  uint64_t position() const { return newest_.mark().position; }  ///< of the last record
  uint64_t oldest() const { return begin_ + 1; }                 ///< of the first record that is still there
  uint64_t bytes() const;                                        ///< of all records and their frames
  size_t files() const { return older_.size() + 1; }
  /// The disk failed: what reached it is unknown until the log is opened anew.
  bool broken() const { return failed_ || newest_.broken(); }

private:
  struct closed {
    std::string path;
    uint64_t last = 0;   ///< position of its last record
    uint64_t bytes = 0;
  };
  expected<void> begin_file(log_mark from);

  options options_;
  std::vector<closed> older_;
  uint64_t begin_ = 0;  // position in front of the first record
  metadata_log newest_;
  std::string path_;  // of the newest
  bool failed_ = false;
};

} // namespace pelorus
