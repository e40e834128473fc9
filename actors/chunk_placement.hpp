// Where the replicas of a new chunk go. Pure functions of what is alive.
#pragma once

#include <string>
#include <vector>

#include "cfg/error.hpp"

namespace pelorus {

/// A live data node that can take new chunks.
struct placement_candidate {
  std::string alias, host;
  uint64_t chunks = 0;      ///< it holds already, counting those just placed
  uint64_t disk_free = 0;   ///< bytes; 0 when unknown
};

/// Picks `replicas` different nodes, those with the fewest chunks first. `reliability` is
/// dfsReplicaReliabilityLevel: 0 hosts may repeat, 1 hosts must differ, 2 hosts differ where they can. Ties are
/// broken by `seed`, so that partitions spread. Raises `chunks` of the picked nodes.
/// Errors: unavailable when there are not enough nodes (or hosts for level 1).
expected<std::vector<std::string>> place_replicas(std::vector<placement_candidate>& nodes, int replicas,
                                                  int reliability, uint64_t seed);

} // namespace pelorus
