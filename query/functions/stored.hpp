// Families that change stored tables, place their replicas and look after rows that are in no file yet.
#pragma once

#include "query/functions/registry.hpp"

namespace pelorus {

function_family stored_functions();
function_family replica_functions();
function_family volume_functions();
function_family compaction_functions();
function_family cache_functions();

} // namespace pelorus
