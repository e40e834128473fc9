// Users and tickets. Hashing a password takes tens of milliseconds on purpose, so this actor is detached.
#pragma once

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"

namespace pelorus {

/// Makes the bootstrap administrator (admin / 123456, as the tutorial logs in) when there is no user yet, and warns at
/// each start while that password stands.
user_registry_actor spawn_user_registry(caf::actor_system& system, metadata_actor metadata);

} // namespace pelorus
