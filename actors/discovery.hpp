// From the site of a process to its door: learns the actor port from the site port, then connects.
#pragma once

#include <chrono>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "cfg/error.hpp"

namespace pelorus {

/// The actor port that belongs to a site port when nothing else is known: 10000 above, or below when there is no room.
uint16_t usual_actor_port(uint16_t site_port);

/// Blocks up to `patience`: asks `GET /status` of the site port; the usual port when that does not tell.
uint16_t discover_actor_port(const std::string& host, uint16_t site_port, std::chrono::milliseconds patience);

/// The number after "actorPort": in the JSON of /status. Pure.
expected<uint16_t> actor_port_in(std::string_view status);

/// (host, site port, actor port or 0) -> the door there. Never blocks: what can block runs in a thread of its own.
using connector_actor = caf::typed_actor<caf::replies_to<std::string, uint16_t, uint16_t>::with<caf::actor>>;

/// Needs the middleman in `system`.
connector_actor spawn_connector(caf::actor_system& system);

} // namespace pelorus
