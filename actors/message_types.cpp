#include "actors/message_types.hpp"

#include <caf/actor_system_config.hpp>

#include "actors/messages.hpp"

namespace pelorus {

void add_message_types(caf::actor_system_config& config) { config.add_message_types<caf::id_block::pelorus>(); }

} // namespace pelorus
