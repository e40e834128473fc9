// Aligned memory of columns, counted against the process's memory limit (maxMemSize).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace pelorus {

/// Bytes of column memory in use and the hard limit; the only global of storage. Thread-safe.
namespace memory {
/// Sets the limit in bytes; 0 means none.
void set_limit(uint64_t bytes);
uint64_t limit();
uint64_t in_use();
/// Counts `bytes` in, or throws `memory_exceeded` when the limit would be passed.
void acquire(uint64_t bytes);
void release(uint64_t bytes) noexcept;
/// Called when an allocation of that many bytes would pass the limit: lets go of what can be had again, answers whether
/// it did; the allocation is then tried once more. One for the process.
void on_pressure(bool (*give_way)(uint64_t bytes));
} // namespace memory

/// Thrown by allocations past the limit; the interpreter and every task entry turn it into
/// `ec::out_of_memory`. The message names the limit.
struct memory_exceeded : std::bad_alloc {
  uint64_t requested, limit;
  memory_exceeded(uint64_t requested, uint64_t limit) : requested(requested), limit(limit) {}
  const char* what() const noexcept override { return "maxMemSize exceeded"; }
};

/// A growable block of raw, 64-byte aligned memory. Shared by the columns that slice it.
class buffer {
public:
  explicit buffer(size_t capacity_bytes);
  ~buffer();
  buffer(const buffer&) = delete;
  buffer& operator=(const buffer&) = delete;

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  size_t capacity() const { return capacity_; }
  /// Grows to at least `capacity_bytes`, keeping the first `used_bytes`.
  void grow(size_t capacity_bytes, size_t used_bytes);

private:
  std::byte* data_ = nullptr;
  size_t capacity_ = 0;
};

} // namespace pelorus
