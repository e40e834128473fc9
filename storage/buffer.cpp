#include "storage/buffer.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace pelorus {

namespace memory {
namespace {
std::atomic<uint64_t> used_bytes{0};
std::atomic<uint64_t> limit_bytes{0};
} // namespace

void set_limit(uint64_t bytes) { limit_bytes.store(bytes, std::memory_order_relaxed); }
uint64_t limit() { return limit_bytes.load(std::memory_order_relaxed); }
uint64_t in_use() { return used_bytes.load(std::memory_order_relaxed); }

void acquire(uint64_t bytes) {
  auto now = used_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (auto most = limit(); most != 0 && now > most) {
    used_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    throw memory_exceeded{bytes, most};
  }
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
