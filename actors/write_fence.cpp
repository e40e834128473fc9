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

} // namespace pelorus
