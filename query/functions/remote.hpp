// Calls of other nodes: rpc, pnodeRun, xdb, remoteRun. Entries of the cluster family.
#pragma once

#include "query/functions/registry.hpp"

namespace pelorus {

value rpc_function(call_context& context, arguments& args);
value pnode_run_function(call_context& context, arguments& args);
value xdb_function(call_context& context, arguments& args);
value remote_run_function(call_context& context, arguments& args);
value close_connection_function(call_context& context, arguments& args);

} // namespace pelorus
