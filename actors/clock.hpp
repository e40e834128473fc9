// Clocks as parameters: whatever has time in it is given one, so that tests can drive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace pelorus {

/// Milliseconds since the epoch, UTC; for records that people read.
using wall_clock = std::function<int64_t()>;

inline int64_t system_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

} // namespace pelorus
