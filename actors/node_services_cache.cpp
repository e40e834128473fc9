// node_services: small writes that this node has in memory.
#include <caf/scoped_actor.hpp>

#include "actors/cache_order.hpp"
#include "actors/errors.hpp"
#include "actors/node_services.hpp"
#include "query/wire.hpp"

namespace pelorus {

namespace {
constexpr auto flush_deadline = std::chrono::minutes{10};
}

expected<value> node_services::write_cache(const std::string& what, bool tsdb, uint64_t size) {
  auto store = config_.store ? config_.store() : chunk_store_actor{};
  if (!store) return error{ec::not_supported, "node " + config_.identity.alias + " keeps no chunks; data nodes do"};
  caf::scoped_actor self{system_};
  expected<bytes> answer = error{ec::internal, "no answer"};
  self->request(caf::actor_cast<cache_orders>(store), flush_deadline, cache_order{what, tsdb, size})
      .receive([&](bytes& x) { answer = std::move(x); }, [&](caf::error& err) { answer = from_caf(err, "cache engine"); });
  if (!answer) return answer.error();
  return decode(*answer);
}

} // namespace pelorus
