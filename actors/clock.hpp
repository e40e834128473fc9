// Clocks and seeds as parameters: whatever has time or chance in it is given one, so that tests can drive it and replay it.
// Time that passes is told by the actor system's clock (self->clock()), which the test scheduler moves by hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>

namespace pelorus {

/// Milliseconds since the epoch, UTC; for records that people read.
using wall_clock = std::function<int64_t()>;

inline int64_t system_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

inline uint64_t random_seed() {
  std::random_device bits;
  return uint64_t{bits()} << 32 | bits();
}

} // namespace pelorus
