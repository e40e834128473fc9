// Handles of the other processes' doors: connects when first asked, keeps what it has, forgets what is gone.
#pragma once

#include <optional>

#include <caf/actor_system.hpp>

#include "actors/discovery.hpp"
#include "actors/protocol.hpp"
#include "cfg/site.hpp"

namespace pelorus {

/// Tells `peers` of a door of its own process: alias ("" for the controller) and handle.
using local_atom = caf::atom_constant<caf::atom("local")>;

struct peers_options {
  std::optional<site> controller;  ///< of agents and nodes
  connector_actor connector;       ///< null in single mode: no network
};

using peers_handle = peers_actor::extend<caf::reacts_to<local_atom, std::string, caf::actor>>;

peers_handle spawn_peers(caf::actor_system& system, peers_options options);

} // namespace pelorus
