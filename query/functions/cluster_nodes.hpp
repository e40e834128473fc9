// Who belongs to the cluster: cluster.nodes, changed while the controller runs.
#pragma once

#include "query/functions/registry.hpp"

namespace pelorus {

value add_node_function(call_context& context, arguments& args);
value add_agent_function(call_context& context, arguments& args);
value remove_node_function(call_context& context, arguments& args);
/// Saving the file as it is makes the controller read it again.
value reload_function(call_context& context, arguments& args);

} // namespace pelorus
