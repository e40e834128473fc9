// The controller's list of nodes: registrations, heartbeats, liveness, start and stop orders.
#pragma once

#include <functional>
#include <memory>

#include <caf/actor_system.hpp>

#include "actors/membership_state.hpp"
#include "actors/protocol.hpp"

namespace pelorus {

struct membership_options {
  membership_config config;
  std::function<config_actor()> cluster_files;  ///< tells what a node is started with
  peers_actor peers;                     ///< reaches agents; is told each new node list
  std::function<load_report()> own_load;
  std::function<metadata_actor()> metadata;          ///< learns what ids a node has seen before the node is let in
  std::function<transactions_actor()> transactions;  ///< is told each new node list; null when it does not run
};

/// In the network thread where there is one, as the door: a heartbeat then wakes nobody.
membership_actor spawn_membership(caf::actor_system& system, membership_options options);

} // namespace pelorus
