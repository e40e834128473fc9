// Families that change stored tables, place their replicas and look after rows that are in no file yet.
#pragma once

#include "query/functions/registry.hpp"
#include "query/script_error.hpp"
#include "query/session.hpp"

namespace pelorus {

function_family stored_functions();
function_family replica_functions();
function_family volume_functions();
function_family compaction_functions();
function_family cache_functions();

/// What a node that keeps chunks offers beyond `services`; throws not_supported on others.
template <class Offer>
Offer& offer_of_node(call_context& context) {
  auto* here = dynamic_cast<Offer*>(context.who.node);
  if (here == nullptr) throw script_error{ec::not_supported, "This node keeps no chunks."};
  return *here;
}

} // namespace pelorus
