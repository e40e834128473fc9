#include "actors/node_door.hpp"

namespace pelorus {

namespace {

using own_handle = door_self<node_door>;
using pointer = own_handle::stateful_pointer<door_state>;

own_handle::behavior_type behaviour(pointer self, door_config config) {
  return open_door(self, std::move(config), routes<store_protocol>::to(self, "chunk_store"),
                   routes<replication_protocol>::to(self, "replicator"),
                   routes<task_protocol>::to(self, "task_runner"),
                   routes<call_protocol>::to(self, "call_runner"));
}

} // namespace

node_door spawn_node_door(caf::actor_system& system, door_config config) {
  return system.spawn(behaviour, std::move(config));
}

} // namespace pelorus
