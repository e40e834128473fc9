// Which replicas to copy and where: pure functions of the metadata and of who is alive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/chunk_placement.hpp"
#include "actors/messages.hpp"
#include "storage/dfs.hpp"

namespace pelorus {

/// What a data node's report means for one chunk.
enum class report_verdict : uint8_t {
  current,   ///< the replica is as new as the metadata
  stale,     ///< it is older: copy from a current one
  unknown,   ///< the controller does not know the chunk, or not on this node: quarantine
  foreign,   ///< commits that the metadata has forgotten, or others in their place: it was put back to an old state
};
report_verdict judge(const chunk_info* known, const std::string& node, const held_chunk& held);

/// A live node with a current replica to copy from, or "". `wanted` is taken when it will do.
std::string pick_source(const chunk_info& chunk, const std::string& target, const std::vector<std::string>& live,
                        const std::string& wanted = {});

/// Where a chunk that has too few live replicas gets another one; "" when it needs none or nobody can take it.
/// `live` are the live data nodes; `lost` those that have been away long enough. Raises `chunks` of the node picked.
std::string pick_new_home(const chunk_info& chunk, std::vector<placement_candidate>& live,
                          const std::vector<std::string>& lost, int replicas, int reliability);

/// Moves that even out the rows of the live nodes, largest gap first; only whole chunks not written after `idle_since`.
/// A move is worth it when it narrows the gap between its two nodes.
replica_moves even_out(const std::vector<chunk_info>& chunks, const std::vector<std::string>& live, int64_t idle_since_ms);

} // namespace pelorus
