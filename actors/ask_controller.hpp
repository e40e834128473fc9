// Asking the controller from a job: blocking, with a deadline.
#pragma once

#include <chrono>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/errors.hpp"
#include "actors/protocol.hpp"

namespace pelorus {

inline constexpr auto control_deadline = std::chrono::seconds{30};

inline expected<controller_door> find_controller(caf::actor_system& system, const peers_actor& peers) {
  caf::scoped_actor self{system};
  expected<controller_door> found = error{ec::internal, "no answer"};
  self->request(peers, control_deadline, find_peer{""})
      .receive([&](caf::actor& x) { found = caf::actor_cast<controller_door>(x); },
               [&](caf::error& err) { found = from_caf(err, "controller"); });
  return found;
}

template <class Out, class Message>
expected<Out> ask_controller(caf::actor_system& system, const peers_actor& peers, const Message& message) {
  PELORUS_ASSIGN(auto controller, find_controller(system, peers));
  caf::scoped_actor self{system};
  expected<Out> answer = error{ec::internal, "no answer"};
  self->request(controller, control_deadline, message)
      .receive([&](Out& x) { answer = std::move(x); }, [&](caf::error& err) { answer = from_caf(err, "controller"); });
  return answer;
}

template <class Message>
expected<void> tell_controller(caf::actor_system& system, const peers_actor& peers, const Message& message) {
  PELORUS_ASSIGN(auto controller, find_controller(system, peers));
  caf::scoped_actor self{system};
  expected<void> answer;
  self->request(controller, control_deadline, message)
      .receive([] {}, [&](caf::error& err) { answer = from_caf(err, "controller"); });
  return answer;
}

} // namespace pelorus
