// Brings stale replicas up to date: compares what data nodes report with the metadata and orders copies.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "storage/dfs.hpp"

namespace pelorus {

/// One copy to be made.
struct recovery_task {
  chunk_info chunk;
  std::string source, target;
};

/// What a report means for one chunk. Pure.
enum class report_verdict : uint8_t {
  current,   ///< the replica is as new as the metadata
  stale,     ///< it is older: copy from a current one
  unknown,   ///< the controller does not know the chunk, or not on this node: quarantine
};
report_verdict judge(const chunk_info* known, const std::string& node, const held_chunk& held);

/// A live node with a current replica to copy from, or "".
std::string pick_source(const chunk_info& chunk, const std::string& target, const std::vector<std::string>& live);

recovery_actor spawn_recovery(caf::actor_system& system, metadata_actor metadata, membership_actor membership,
                              peers_actor peers, size_t concurrency);

} // namespace pelorus
