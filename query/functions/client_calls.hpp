// What consoles and SDKs call by themselves and no other family has: exports, uploads, batch jobs, subscriptions.
#pragma once

#include "query/functions/registry.hpp"

namespace pelorus {

function_family client_call_functions();

} // namespace pelorus
