// A segment file that comes in pieces, from its first byte to its last: its checksums are compared as they pass, so that
// nobody has to read it again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/error.hpp"
#include "storage/checksum.hpp"
#include "storage/segment_tail.hpp"

namespace pelorus {

class segment_check {
public:
  /// `tail`: the last bytes of a file of `size` bytes, which is to hold `rows` rows; `path` is what errors call it.
  /// Errors: corrupt; limit_exceeded when the footer begins before the tail.
  static expected<segment_check> begin(std::string path, uint64_t size, uint64_t rows, std::string_view tail);

  /// The next bytes of the file. Errors: corrupt, naming column and block.
  expected<void> pass(std::string_view bytes);
  /// Bytes that have passed.
  uint64_t position() const { return at_; }
  /// Errors: corrupt when the file is not at its end.
  expected<void> end() const;

private:
  struct part {
    uint64_t begin = 0, end = 0, sum = 0;  // bytes of the file that have this checksum
    size_t column = 0, block = 0;          // `block` is no_block for a dictionary and for the footer
  };
  expected<void> compare(const part& which);
  std::string name_of(const part& which) const;

  std::string path_;
  std::vector<std::string> columns_;
  std::vector<part> parts_;  // one after the other
  running_checksum sum_;     // of what has passed of parts_[next_]
  size_t next_ = 0;
  uint64_t at_ = 0, size_ = 0;
};

} // namespace pelorus
