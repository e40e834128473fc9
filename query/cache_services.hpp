// What a node that keeps chunks offers to scripts beyond `services`: a look at its small writes, which are not in files yet.
#pragma once

#include <cstdint>
#include <string>

#include "cfg/error.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Implemented by the object that is a node's `services`; others than data nodes answer ec::not_supported.
class cache_services {
public:
  virtual ~cache_services() = default;
  /// what: "flush" and "resize" (to `size` bytes) answer nothing, "size" a tuple of bytes (in use, of the rows, of pointers,
  /// allowed), "stat" a table of chunks, "log" one of the redo log (columns in actors/cache_keeper.cpp).
  virtual expected<value> write_cache(const std::string& what, bool tsdb, uint64_t size) = 0;
};

} // namespace pelorus
