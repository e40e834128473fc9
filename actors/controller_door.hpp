// The published actor of a controller (and of the controller's half of single mode).
#pragma once

#include <caf/actor_system.hpp>

#include "actors/door.hpp"

namespace pelorus {

/// Children by name: membership, metadata, transactions, recovery, user_registry, cluster_config, call_runner.
controller_door spawn_controller_door(caf::actor_system& system, door_config config);

} // namespace pelorus
