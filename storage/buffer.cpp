#include "storage/buffer.hpp"

#include <atomic>
#include <cstring>

#include "storage/block_pool.hpp"

namespace pelorus {

namespace memory {
namespace {
std::atomic<uint64_t> used_bytes{0};
std::atomic<uint64_t> limit_bytes{0};
std::atomic<bool (*)(uint64_t)> relief{nullptr};

bool try_acquire(uint64_t bytes) {
  auto now = used_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  auto most = limit();
  if (most == 0 || now <= most) {
    // Blocks kept for reuse are the first to go when memory gets short.
    if (most != 0 && now > most / 4 * 3 && bytes >= pooled_block_bytes) trim_blocks(most - now);
    return true;
  }
  used_bytes.fetch_sub(bytes, std::memory_order_relaxed);
  return false;
}
} // namespace

void set_limit(uint64_t bytes) { limit_bytes.store(bytes, std::memory_order_relaxed); }
uint64_t limit() { return limit_bytes.load(std::memory_order_relaxed); }
uint64_t in_use() { return used_bytes.load(std::memory_order_relaxed); }

void on_pressure(bool (*give_way)(uint64_t bytes)) { relief.store(give_way, std::memory_order_relaxed); }

void acquire(uint64_t bytes) {
  if (try_acquire(bytes)) return;
  // What is let go may still be in use elsewhere, or taken by another thread at once: try while something goes.
  auto give_way = relief.load(std::memory_order_relaxed);
  while (give_way != nullptr && give_way(bytes))
    if (try_acquire(bytes)) return;
  throw memory_exceeded{bytes, limit()};
}

void release(uint64_t bytes) noexcept { used_bytes.fetch_sub(bytes, std::memory_order_relaxed); }
} // namespace memory

namespace {
/// Decoders may write a little past the end.
constexpr size_t slack = 64;
} // namespace

buffer::buffer(size_t capacity_bytes)
    : data_(static_cast<std::byte*>(take_scratch(capacity_bytes + slack))),
      capacity_(scratch_capacity(capacity_bytes + slack)) {}

buffer::~buffer() { give_scratch(data_, capacity_); }

void buffer::grow(size_t capacity_bytes, size_t used_bytes) {
  if (capacity_bytes <= capacity_) return;
  auto* fresh = static_cast<std::byte*>(take_scratch(capacity_bytes + slack));
  std::memcpy(fresh, data_, used_bytes);
  give_scratch(data_, capacity_);
  data_ = fresh;
  capacity_ = scratch_capacity(capacity_bytes + slack);
}

} // namespace pelorus
