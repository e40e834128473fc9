// The end of a segment file: where its footer lies, and whether it is whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cfg/error.hpp"
#include "storage/segment_footer.hpp"

namespace pelorus {

struct segment_tail {
  uint64_t footer_sum = 0;
  uint64_t bytes = 0;  ///< from the footer's begin to the end of the file
};

error damaged_segment(const std::string& path, std::string_view why);

/// `tail`: the last bytes of a file of `size` bytes, trailer_bytes at least if the file has as many. Errors: corrupt, naming the file.
expected<segment_tail> read_segment_tail(const std::string& path, uint64_t size, std::string_view tail);

/// `tail` has `where.bytes` bytes at least. Errors: corrupt, naming the file.
expected<segment_footer> read_segment_footer(const std::string& path, const segment_tail& where, std::string_view tail);

} // namespace pelorus
