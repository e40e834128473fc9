// What the scripts of a data node ask of its chunk store; never over the network.
#pragma once

#include <string>

#include "actors/protocol.hpp"

namespace pelorus {

/// About the cache of small writes: "flush", "size", "resize" (to `size` bytes), "stat", "log". Answers a wire-coded value:
/// nothing, the numbers of cache_keeper::sizes, nothing, tables of chunks and of the log.
struct cache_order {
  std::string what;
  bool tsdb = false;
  uint64_t size = 0;
};
template <class F> auto inspect(F& f, cache_order& x) { return f(caf::meta::type_name("cache_order"), x.what, x.tsdb, x.size); }

/// The chunk store, cast to what it also is.
using cache_order_protocol = protocol<answers<cache_order, bytes>>;
using cache_orders = cache_order_protocol::handle;

} // namespace pelorus

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pelorus::cache_order)
