#include "actors/controller_door.hpp"

namespace pelorus {

controller_door spawn_controller_door(caf::actor_system& system, door_config config) {
  return spawn_door<controller_door>(
      system, std::move(config), door_thread::network, route<membership_protocol>{"membership"},
      route<metadata_protocol>{"metadata"}, route<transaction_protocol>{"transactions"},
      route<recovery_protocol>{"recovery"}, route<user_protocol>{"user_registry"},
      route<config_protocol>{"cluster_config"}, route<call_protocol>{"call_runner"});
}

} // namespace pelorus
