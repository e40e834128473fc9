// Opens, decides and rolls back writes; answers what became of old ones.
#pragma once

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "actors/transaction_table.hpp"

namespace pelorus {

transactions_actor spawn_transactions(caf::actor_system& system, metadata_actor metadata,
                                      membership_actor membership, transaction_table::options options);

} // namespace pelorus
