// Memory that no buffer holds, counted against maxMemSize all the same: lists of values while they are made.
#pragma once

#include "storage/buffer.hpp"

namespace pelorus {

/// Holds a count of bytes and gives it back at its end. Not for sharing between threads.
class memory_charge {
public:
  memory_charge() = default;
  memory_charge(const memory_charge&) = delete;
  memory_charge& operator=(const memory_charge&) = delete;
  ~memory_charge() { memory::release(counted_); }

  /// One more item of so many bytes; counted in steps, so that it costs an addition. Throws `memory_exceeded`.
  void add(uint64_t bytes) {
    wanted_ += bytes;
    if (wanted_ <= counted_) return;
    memory::acquire(step + bytes);
    counted_ += step + bytes;
  }

private:
  static constexpr uint64_t step = uint64_t{1} << 20;
  uint64_t wanted_ = 0, counted_ = 0;
};

} // namespace pelorus
