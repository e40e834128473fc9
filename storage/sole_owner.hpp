// Whether a shared object may be changed in place (copy on write).
#pragma once

#include <atomic>
#include <memory>

namespace pelorus {

/// True when the caller's `holders` pointers are all there are. What other threads did with the object before they let go of
/// it has then happened for this one too: use_count() alone orders nothing.
template <class T>
bool is_sole_owner(const std::shared_ptr<T>& held, long holders = 1) {
  if (held.use_count() > holders) return false;
#ifdef __SANITIZE_THREAD__
  auto ordered = held;  // letting go of it has this order too; ThreadSanitizer knows no fences
#else
  std::atomic_thread_fence(std::memory_order_acquire);
#endif
  return true;
}

} // namespace pelorus
