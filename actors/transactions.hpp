// Opens, decides and rolls back writes; answers what became of old ones.
#pragma once

#include <caf/actor_system.hpp>

#include "actors/clock.hpp"
#include "actors/protocol.hpp"
#include "actors/transaction_table.hpp"

namespace pelorus {

struct transactions_config {
  metadata_actor metadata;
  membership_actor membership;
  transaction_table::options options;
  wall_clock clock = system_now_ms;
  uint64_t seed = random_seed();  ///< of the ids of new chunks
};

transactions_actor spawn_transactions(caf::actor_system& system, transactions_config config);

} // namespace pelorus
