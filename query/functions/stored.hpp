// Families that change stored tables and place their replicas.
#pragma once

#include "query/functions/registry.hpp"

namespace pelorus {

function_family stored_functions();
function_family replica_functions();
function_family compaction_functions();

} // namespace pelorus
