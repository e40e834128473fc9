#include "storage/buffer.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace pelorus {

namespace memory {
namespace {
std::atomic<uint64_t> used_bytes{0};
std::atomic<uint64_t> limit_bytes{0};
std::atomic<bool (*)(uint64_t)> relief{nullptr};

bool try_acquire(uint64_t bytes) {
  auto now = used_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  auto most = limit();
  if (most == 0 || now <= most) return true;
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
constexpr size_t alignment = 64;
size_t rounded(size_t bytes) { return (bytes + alignment) / alignment * alignment; }

std::byte* allocate(size_t bytes) {
  memory::acquire(bytes);
  if (auto* p = std::aligned_alloc(alignment, bytes)) return static_cast<std::byte*>(p);
  memory::release(bytes);
  throw memory_exceeded{bytes, memory::limit()};
}
} // namespace

buffer::buffer(size_t capacity_bytes) : data_(allocate(rounded(capacity_bytes))), capacity_(rounded(capacity_bytes)) {}

buffer::~buffer() {
  std::free(data_);
  memory::release(capacity_);
}

void buffer::grow(size_t capacity_bytes, size_t used_bytes) {
  if (capacity_bytes <= capacity_) return;
  auto bytes = rounded(capacity_bytes);
  auto* fresh = allocate(bytes);
  std::memcpy(fresh, data_, used_bytes);
  std::free(data_);
  memory::release(capacity_);
  data_ = fresh;
  capacity_ = bytes;
}

} // namespace pelorus
