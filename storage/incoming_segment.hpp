// A segment file while it is copied from another node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/file.hpp"
#include "storage/segment_check.hpp"

namespace pelorus {

/// Grows under a temporary name. Its checksums are compared as the frames pass; only a file whose frames do not come in
/// order, or whose footer is longer than the tail, is read again at its end.
class incoming_segment {
public:
  /// A file of `bytes` bytes that holds `rows` rows; the last `tail_bytes` of them come as one frame.
  static expected<incoming_segment> open(std::string path, uint64_t bytes, uint64_t rows, uint64_t tail_bytes);

  /// Where the tail begins. It is to be asked for first: it tells the checksums of the rest.
  uint64_t tail_begin() const { return tail_begin_; }
  /// Bytes in front of the tail that are here.
  uint64_t taken() const { return taken_; }
  bool complete() const { return has_tail_ && taken_ == tail_begin_; }

  /// Errors: those of files; corrupt, naming column and block.
  expected<void> take(uint64_t at, std::string_view frame);
  const std::string& path() const { return path_; }
  /// Of a complete file: durable under its name once its directory is synced. After an error nothing of it is left.
  expected<void> settle();

private:
  expected<void> take_tail(std::string_view frame);
  void write_early(uint64_t upto);
  expected<void> settle_as(const std::string& temporary);

  std::string path_;
  file out_;
  uint64_t bytes_ = 0, rows_ = 0, tail_begin_ = 0;
  uint64_t taken_ = 0, handed_over_ = 0;
  bool has_tail_ = false;
  std::string tail_;
  std::optional<segment_check> check_;
};

} // namespace pelorus
