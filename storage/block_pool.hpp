// Big blocks of memory, kept for the next query when they are freed: a fresh page costs more than the work on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace pelorus {

/// Blocks below this size come from the allocator of the C library.
inline constexpr size_t pooled_block_bytes = size_t{1} << 20;

/// Bytes of a block that can hold `bytes`: at most an eighth more, so that freed blocks fit the next request.
size_t pooled_size(size_t bytes);

/// A block of `bytes` (a pooled size) aligned to 64; null when the system has no memory left. Thread-safe.
void* take_block(size_t bytes);
void give_block(void* block, size_t bytes) noexcept;
/// Returns kept blocks to the system until at most `most` bytes of them are left.
void trim_blocks(uint64_t most);
/// Lets a part of the kept blocks go; called once a second, so that an idle process becomes small again.
void age_blocks();
/// Bytes of the blocks that are kept and not in use.
uint64_t kept_block_bytes();

/// Memory of a query's intermediate vectors: counted against maxMemSize, pooled, and not set to zero by `resize`.
void* take_scratch(size_t bytes);
/// Bytes that a scratch block of `bytes` really has; giving it back under either number is the same.
size_t scratch_capacity(size_t bytes);
void give_scratch(void* block, size_t bytes) noexcept;

template <class T>
struct scratch_allocator {
  using value_type = T;
  scratch_allocator() = default;
  template <class U>
  scratch_allocator(const scratch_allocator<U>&) noexcept {}
  T* allocate(size_t n) { return static_cast<T*>(take_scratch(n * sizeof(T))); }
  void deallocate(T* at, size_t n) noexcept { give_scratch(at, n * sizeof(T)); }
  template <class U, class... Arguments>
  void construct(U* at, Arguments&&... arguments) {
    if constexpr (sizeof...(Arguments) == 0) ::new (static_cast<void*>(at)) U;
    else ::new (static_cast<void*>(at)) U(std::forward<Arguments>(arguments)...);
  }
  template <class U>
  bool operator==(const scratch_allocator<U>&) const { return true; }
};

/// `scratch<T>(n)` and `resize` leave numbers uninitialised; `scratch<T>(n, x)` does not.
template <class T>
using scratch = std::vector<T, scratch_allocator<T>>;

/// Row numbers, as selections and orders of rows are passed around.
using row_list = scratch<uint32_t>;

} // namespace pelorus
