// `open_write` with messages: what a script does between the begin and the end of a transaction.
#pragma once

#include <memory>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "query/services.hpp"

namespace pelorus {

struct cluster_write_config {
  peers_actor peers;
  std::string coordinator;   ///< alias of this node
  uint64_t incarnation = 0;  ///< of this start of it
};

/// Asks the controller for the locks. Blocks the job that calls it, as all calls of the result do.
expected<std::unique_ptr<open_write>> begin_cluster_write(caf::actor_system& system, const cluster_write_config& config,
                                                          const write_request& request);

} // namespace pelorus
