#include "actors/agent_door.hpp"

namespace pelorus {

agent_door spawn_agent_door(caf::actor_system& system, door_config config) {
  return spawn_door<agent_door>(system, std::move(config), door_thread::scheduler, route<launcher_protocol>{"launcher"},
                                route<call_protocol>{"call_runner"});
}

} // namespace pelorus
