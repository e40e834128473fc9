// Registers this process with the controller and keeps it informed: heartbeats, again after every loss.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "storage/seen_ids.hpp"

namespace pelorus {

struct registrar_options {
  registration who;                                  ///< sent as it is, but for
  std::function<seen_ids()> seen;                    ///< the ids that this node has seen when it registers; may be null
  peers_actor peers;                                 ///< finds the controller; is told each new node list
  std::function<load_report()> load;
  /// The time of day, by which beats leave together with those of other nodes (actors/beat_times.hpp); null: an interval apart.
  std::function<std::chrono::system_clock::time_point()> time_of_day;
  std::function<void(const caf::actor&)> hang_up;         ///< a controller that does not answer needs a new connection
  std::function<void(const registered&)> on_registered;   ///< after each registration; runs in the actor
  std::function<void(const std::string&)> on_refused;     ///< for good: the process must end
};

using registrar_actor = status_protocol::handle;

registrar_actor spawn_registrar(caf::actor_system& system, registrar_options options);

} // namespace pelorus
