#include "actors/controller_door.hpp"

#include <caf/io/middleman.hpp>
#include <caf/io/typed_broker.hpp>

namespace pelorus {

namespace {

using own_handle = door_self<controller_door>;
using pointer = own_handle::stateful_pointer<door_state>;
using network_pointer = own_handle::stateful_broker_pointer<door_state>;

template <class Self>
own_handle::behavior_type behaviour(Self self, door_config config) {
  return open_door(self, std::move(config), routes<membership_protocol>::to(self, "membership"),
                   routes<metadata_protocol>::to(self, "metadata"),
                   routes<transaction_protocol>::to(self, "transactions"),
                   routes<recovery_protocol>::to(self, "recovery"),
                   routes<user_protocol>::to(self, "user_registry"),
                   routes<config_protocol>::to(self, "cluster_config"),
                   routes<call_protocol>::to(self, "call_runner"));
}

} // namespace

controller_door spawn_controller_door(caf::actor_system& system, door_config config) {
  if (system.has_middleman()) return system.middleman().spawn_broker(behaviour<network_pointer>, std::move(config));
  return system.spawn(behaviour<pointer>, std::move(config));
}

} // namespace pelorus
