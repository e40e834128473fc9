// How far a log file can be read, without a change to it.
#pragma once

#include <cstdint>
#include <string>

#include "storage/metadata_log.hpp"

namespace pelorus {

struct log_extent {
  bool head = false;         ///< the head of the file is whole
  log_mark begin, end;       ///< in front of the first frame, and of the last one that can be read
  uint64_t bytes = 0;        ///< of the head and of the frames that can be read
  bool is_all = false;       ///< only zeros follow
};

/// An empty file, or one of zeros only, has no head and `is_all`. Errors: io_failed.
expected<log_extent> extent_of_log(const std::string& path);

} // namespace pelorus
