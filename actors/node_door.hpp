// The published actor of a data node or compute node (and of the data node's half of single mode).
#pragma once

#include <caf/actor_system.hpp>

#include "actors/door.hpp"

namespace pelorus {

/// Children by name: chunk_store, replicator, task_runner (data nodes), call_runner.
node_door spawn_node_door(caf::actor_system& system, door_config config);

} // namespace pelorus
