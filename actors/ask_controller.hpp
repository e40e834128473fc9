// Asking the controller from a job: blocking, with a deadline; an error at once when it goes away meanwhile.
#pragma once

#include <chrono>

#include "actors/ask.hpp"
#include "actors/protocol.hpp"

namespace pelorus {

inline constexpr auto control_deadline = std::chrono::seconds{30};

inline expected<controller_door> find_controller(caf::actor_system& system, const peers_actor& peers) {
  PELORUS_ASSIGN(auto found, ask<caf::actor>(system, peers, find_peer{""}, control_deadline, "controller"));
  return caf::actor_cast<controller_door>(found);
}

template <class Out, class Message>
expected<Out> ask_controller(caf::actor_system& system, const peers_actor& peers, const Message& message) {
  PELORUS_ASSIGN(auto controller, find_controller(system, peers));
  return ask<Out>(system, controller, message, control_deadline, "controller");
}

template <class Message>
expected<void> tell_controller(caf::actor_system& system, const peers_actor& peers, const Message& message) {
  PELORUS_ASSIGN(auto controller, find_controller(system, peers));
  return tell(system, controller, message, control_deadline, "controller");
}

} // namespace pelorus
