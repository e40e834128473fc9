#include "storage/block_pool.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>

#include <sys/mman.h>
#include <unistd.h>

#include "storage/buffer.hpp"

namespace pelorus {

namespace {

constexpr size_t huge_page = size_t{2} << 20;
constexpr size_t page = 4096;
constexpr size_t alignment = 64;
constexpr uint64_t share_of_limit = 4, share_of_machine = 8;
constexpr uint64_t idle_seconds = 60;  // without use, after which a block may go: who asks by hand asks again within that
constexpr uint64_t share_a_second = 4, least_a_second = uint64_t{16} << 20;  // of what is kept: unmapping takes its time

struct kept_block {
  void* at;
  uint64_t since;  ///< in seconds of `age_blocks`
};

/// Freed blocks by their size; of one size, the one freed last comes last.
struct pool {
  std::mutex lock;
  std::multimap<size_t, kept_block> kept;
  uint64_t bytes = 0;
  uint64_t seconds = 0;

  void* take(std::multimap<size_t, kept_block>::iterator block) {
    auto* at = block->second.at;
    bytes -= block->first;
    kept.erase(block);
    return at;
  }
};

pool& blocks() {
  static auto* made = new pool;  // never destroyed: columns may be freed by threads that outlive the statics
  return *made;
}

uint64_t most_kept() {
  static const auto machine = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE));
  return memory::limit() == 0 ? machine / share_of_machine : memory::limit() / share_of_limit;
}

/// From the system; big ones begin on a huge page, so that a fault brings 2 MiB.
void* map_block(size_t bytes) {
  auto slack = bytes >= huge_page ? huge_page : 0;
  auto* at = mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  if (slack == 0) return at;
  auto begin = reinterpret_cast<uintptr_t>(at), wanted = (begin + huge_page - 1) / huge_page * huge_page;
  if (wanted != begin) munmap(at, wanted - begin);
  if (auto rest = begin + slack - wanted; rest != 0) munmap(reinterpret_cast<void*>(wanted + bytes), rest);
  auto* block = reinterpret_cast<void*>(wanted);
  (void)madvise(block, bytes, MADV_HUGEPAGE);  // a hint: without it the pages are small
  return block;
}

} // namespace

size_t pooled_size(size_t bytes) {
  auto step = std::max(std::bit_floor(bytes) / 8, page);
  return (bytes + step - 1) / step * step;
}

void* take_block(size_t bytes) {
  auto& p = blocks();
  {
    std::lock_guard held{p.lock};
    auto behind = p.kept.upper_bound(bytes);
    if (behind != p.kept.begin() && std::prev(behind)->first == bytes) return p.take(std::prev(behind));
  }
  if (auto* block = map_block(bytes)) return block;
  trim_blocks(0);
  return map_block(bytes);
}

void give_block(void* block, size_t bytes) noexcept {
  if (block == nullptr) return;
  auto& p = blocks();
  auto most = most_kept();
  try {
    std::lock_guard held{p.lock};
    if (p.bytes + bytes <= most) {
      p.kept.emplace(bytes, kept_block{block, p.seconds});
      p.bytes += bytes;
      return;
    }
  } catch (const std::bad_alloc&) {  // not kept then
  }
  munmap(block, bytes);
}

void trim_blocks(uint64_t most) {
  auto& p = blocks();
  std::lock_guard held{p.lock};
  while (p.bytes > most && !p.kept.empty()) {
    auto largest = std::prev(p.kept.end());
    auto bytes = largest->first;
    munmap(p.take(largest), bytes);
  }
}

void age_blocks() {
  std::vector<std::pair<void*, size_t>> going;
  auto& p = blocks();
  {
    std::lock_guard held{p.lock};
    ++p.seconds;
    auto wanted = std::max(p.bytes / share_a_second, least_a_second);
    uint64_t gone = 0;
    for (auto next = p.kept.end(); next != p.kept.begin() && gone < wanted;) {
      auto block = std::prev(next);
      auto bytes = block->first;
      if (p.seconds - block->second.since <= idle_seconds) {
        next = block;
        continue;
      }
      going.emplace_back(block->second.at, bytes);
      p.take(block);
      gone += bytes;
    }
  }
  for (auto& [at, bytes] : going) munmap(at, bytes);
}

uint64_t kept_block_bytes() {
  auto& p = blocks();
  std::lock_guard held{p.lock};
  return p.bytes;
}

size_t scratch_capacity(size_t bytes) {
  return bytes >= pooled_block_bytes ? pooled_size(bytes)
                                     : std::max((bytes + alignment - 1) / alignment, size_t{1}) * alignment;
}

void* take_scratch(size_t bytes) {
  auto whole = scratch_capacity(bytes);
  memory::acquire(whole);
  auto* block = whole >= pooled_block_bytes ? take_block(whole) : std::aligned_alloc(alignment, whole);
  if (block != nullptr) return block;
  memory::release(whole);
  throw memory_exceeded{whole, memory::limit()};
}

void give_scratch(void* block, size_t bytes) noexcept {
  auto whole = scratch_capacity(bytes);
  if (whole >= pooled_block_bytes) give_block(block, whole);
  else std::free(block);
  memory::release(whole);
}

} // namespace pelorus
