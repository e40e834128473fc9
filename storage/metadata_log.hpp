// The controller's log: framed, checksummed, append-only. One sync decides a group of entries.
//
// Frames: {magic u32, size u32, position u64, checksum u64} and the payload. Positions count entries since the cluster
// was made and never restart, so a checkpoint can say which of them it contains.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/error.hpp"
#include "storage/file.hpp"

namespace pelorus {

class metadata_log {
public:
  using visitor = std::function<expected<void>(uint64_t position, std::string_view entry)>;

  /// Opens or creates, and shows every frame in order. A torn last frame (a crash while writing) is cut off and
  /// reported through `warning`; a bad frame with good ones behind it is ec::corrupt with file and offset.
  static expected<metadata_log> open(const std::string& path, const visitor& visit, std::string& warning);

  /// Appends entries and, with `sync`, makes them durable by one fdatasync. Answers the position of the last. After a
  /// failure the log refuses further appends: what reached the disk is unknown.
  expected<uint64_t> append(const std::vector<std::string>& entries, bool sync);
  /// Empties the log after a checkpoint; the next entry continues behind `position`.
  expected<void> restart(uint64_t position);

  uint64_t position() const { return position_; }  ///< of the last entry; 0 when there never was one
  void set_position(uint64_t position) { position_ = position; }
  uint64_t bytes() const { return end_; }

private:
  file file_;
  uint64_t end_ = 0;        // offset behind the last frame
  uint64_t allocated_ = 0;  // the file is zero from end_ to here
  uint64_t position_ = 0;
  bool broken_ = false;
};

} // namespace pelorus
