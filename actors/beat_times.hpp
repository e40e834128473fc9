// When the next heartbeat of a node is due.
#pragma once

#include <chrono>

namespace pelorus {

/// Beats leave at multiples of this by the nodes' wall clocks, so that a controller wakes up for many of them at once: waking
/// costs it more than a beat. Clocks that disagree only make it wake up more often.
inline constexpr std::chrono::milliseconds beat_slot{50};

/// `interval` from `now` on, moved to the nearest slot.
inline std::chrono::microseconds until_next_beat(std::chrono::system_clock::time_point now, std::chrono::milliseconds interval) {
  using std::chrono::microseconds;
  auto since_epoch = std::chrono::duration_cast<microseconds>(now.time_since_epoch());
  auto due = since_epoch + interval + beat_slot / 2;
  return due - due % microseconds{beat_slot} - since_epoch;
}

} // namespace pelorus
