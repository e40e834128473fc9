// The published actor of an agent.
#pragma once

#include <caf/actor_system.hpp>

#include "actors/door.hpp"

namespace pelorus {

/// Children by name: launcher, call_runner.
agent_door spawn_agent_door(caf::actor_system& system, door_config config);

} // namespace pelorus
