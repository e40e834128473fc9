#include "actors/replica_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace pelorus {

namespace {

bool contains(const std::vector<std::string>& list, const std::string& x) {
  return std::find(list.begin(), list.end(), x) != list.end();
}

bool is_whole(const chunk_info& chunk, const replica_info& replica) {
  return replica.version == chunk.version && !replica.corrupted;
}

bool holds(const chunk_info& chunk, const std::string& node) {
  return std::any_of(chunk.replicas.begin(), chunk.replicas.end(), [&](auto& r) { return r.node == node; });
}

} // namespace

report_verdict judge(const chunk_info* known, const std::string& node, const held_chunk& held) {
  if (!known) return report_verdict::unknown;
  if (!holds(*known, node)) return report_verdict::unknown;
  if (held.version < known->version) return report_verdict::stale;
  bool same = held.version == known->version && (held.cid == known->cid || held.cid == 0);
  return same ? report_verdict::current : report_verdict::foreign;
}

std::string pick_source(const chunk_info& chunk, const std::string& target, const std::vector<std::string>& live,
                        const std::string& wanted) {
  std::string any;
  for (auto& replica : chunk.replicas) {
    if (replica.node == target || !is_whole(chunk, replica) || !contains(live, replica.node)) continue;
    if (replica.node == wanted) return wanted;
    if (any.empty()) any = replica.node;
  }
  return any;
}

std::string pick_new_home(const chunk_info& chunk, std::vector<placement_candidate>& live,
                          const std::vector<std::string>& lost, int replicas, int reliability) {
  int kept = 0;
  bool misses_one = false;
  std::set<std::string> hosts;
  for (auto& replica : chunk.replicas) {
    misses_one |= contains(lost, replica.node);
    if (!contains(lost, replica.node)) ++kept;
    for (auto& node : live)
      if (node.alias == replica.node) hosts.insert(node.host);
  }
  if (!misses_one || kept >= replicas) return {};
  placement_candidate* best = nullptr;
  auto rank = [&](const placement_candidate& node) {
    return std::pair{reliability == 2 && hosts.contains(node.host), node.chunks};
  };
  for (auto& node : live) {
    if (holds(chunk, node.alias) || (reliability == 1 && hosts.contains(node.host))) continue;
    if (!best || rank(node) < rank(*best)) best = &node;
  }
  if (!best) return {};
  ++best->chunks;
  return best->alias;
}

replica_moves even_out(const std::vector<chunk_info>& chunks, const std::vector<std::string>& live, int64_t idle_since_ms) {
  std::map<std::string, uint64_t> rows;
  for (auto& node : live) rows[node] = 0;
  std::vector<const chunk_info*> movable;
  for (auto& chunk : chunks) {
    for (auto& replica : chunk.replicas)
      if (auto node = rows.find(replica.node); node != rows.end()) node->second += chunk.rows;
    bool whole = std::all_of(chunk.replicas.begin(), chunk.replicas.end(), [&](auto& r) { return is_whole(chunk, r); });
    if (whole && chunk.rows != 0 && chunk.updated_ms <= idle_since_ms) movable.push_back(&chunk);
  }
  std::sort(movable.begin(), movable.end(), [](auto* a, auto* b) { return a->rows != b->rows ? a->rows > b->rows : a->id < b->id; });
  replica_moves moves;
  for (auto* chunk : movable) {  // each moves once at most
    replica_move best;
    uint64_t widest = chunk->rows;  // a gap no wider than the chunk is only turned round
    for (auto& replica : chunk->replicas) {
      auto from = rows.find(replica.node);
      if (from == rows.end()) continue;
      for (auto& [node, filled] : rows) {
        if (holds(*chunk, node) || from->second <= filled || from->second - filled <= widest) continue;
        widest = from->second - filled;
        best = {chunk->id.high, chunk->id.low, replica.node, node};
      }
    }
    if (best.target.empty()) continue;
    rows[best.source] -= chunk->rows;
    rows[best.target] += chunk->rows;
    moves.push_back(std::move(best));
  }
  return moves;
}

} // namespace pelorus
