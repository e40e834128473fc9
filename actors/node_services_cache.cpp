// node_services: small writes that this node has in memory.
#include "actors/ask.hpp"
#include "actors/cache_order.hpp"
#include "actors/node_services.hpp"
#include "query/wire.hpp"

namespace pelorus {

namespace {
constexpr auto flush_deadline = std::chrono::minutes{10};
}

expected<value> node_services::write_cache(const std::string& what, bool tsdb, uint64_t size) {
  auto store = config_.store ? config_.store() : chunk_store_actor{};
  if (!store) return error{ec::not_supported, "node " + config_.identity.alias + " keeps no chunks; data nodes do"};
  PELORUS_ASSIGN(auto answer, ask<bytes>(system_, caf::actor_cast<cache_orders>(store), cache_order{what, tsdb, size},
                                         flush_deadline, "cache engine"));
  return decode(answer);
}

} // namespace pelorus
