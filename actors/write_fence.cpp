#include "actors/write_fence.hpp"

#include <fmt/format.h>

namespace pelorus {

expected<void> check_fence(const chunk_catalog& catalog, const chunk_id& id, tid_t tid) {
  tid_t youngest = 0;
  if (auto held = catalog.find(id); held && held->newest()) youngest = held->newest()->tid;
  if (auto staged = catalog.newest_staged(id)) youngest = std::max(youngest, *staged);
  if (tid >= youngest) return {};
  return error{ec::stale, fmt::format("transaction {} is older than {}, which has written chunk {}", tid, youngest, to_string(id))};
}

expected<void> check_speaker(const chunk_catalog& catalog, tid_t tid, uint64_t incarnation) {
  auto staged_in = catalog.staged_in(tid);
  if (incarnation == 0 || !staged_in || *staged_in == 0 || *staged_in == incarnation) return {};
  return error{ec::stale, fmt::format("transaction {} was staged here by another start of its coordinator", tid)};
}

} // namespace pelorus
