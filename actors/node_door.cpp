#include "actors/node_door.hpp"

namespace pelorus {

node_door spawn_node_door(caf::actor_system& system, door_config config) {
  return spawn_door<node_door>(system, std::move(config), door_thread::scheduler, route<store_protocol>{"chunk_store"},
                               route<replication_protocol>{"replicator"}, route<task_protocol>{"task_runner"},
                               route<call_protocol>{"call_runner"});
}

} // namespace pelorus
