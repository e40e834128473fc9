// Makes the messages known to an actor system that sends them over a network or prints them.
#pragma once

#include <caf/fwd.hpp>

namespace pelorus {

/// Compiles for 20 s wherever CAF's own add_message_types is called; hence one place.
void add_message_types(caf::actor_system_config& config);

} // namespace pelorus
