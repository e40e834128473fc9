#include "actors/agent_door.hpp"

namespace pelorus {

namespace {

using own_handle = door_self<agent_door>;
using pointer = own_handle::stateful_pointer<door_state>;

own_handle::behavior_type behaviour(pointer self, door_config config) {
  return open_door(self, std::move(config), routes<launcher_protocol>::to(self, "launcher"),
                   routes<call_protocol>::to(self, "call_runner"));
}

} // namespace

agent_door spawn_agent_door(caf::actor_system& system, door_config config) {
  return system.spawn(behaviour, std::move(config));
}

} // namespace pelorus
