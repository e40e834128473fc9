#include "actors/chunk_placement.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace pelorus {

namespace {
uint64_t mixed(uint64_t x) {  // the finaliser of splitmix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
} // namespace

expected<std::vector<std::string>> place_replicas(std::vector<placement_candidate>& nodes, int replicas,
                                                  int reliability, uint64_t seed) {
  std::vector<std::pair<uint64_t, placement_candidate*>> order;
  for (size_t i = 0; i < nodes.size(); ++i) order.emplace_back(mixed(seed + i), &nodes[i]);
  std::sort(order.begin(), order.end(), [](auto& a, auto& b) {
    return a.second->chunks != b.second->chunks ? a.second->chunks < b.second->chunks : a.first < b.first;
  });
  std::vector<placement_candidate*> picked;
  std::set<std::string> hosts;
  auto wanted = static_cast<size_t>(replicas);
  auto take = [&](bool fresh_hosts_only) {
    for (auto& [tie, node] : order) {
      if (picked.size() == wanted) return;
      if (std::find(picked.begin(), picked.end(), node) != picked.end()) continue;
      if (fresh_hosts_only && hosts.contains(node->host)) continue;
      picked.push_back(node);
      hosts.insert(node->host);
    }
  };
  if (reliability != 0) take(true);
  if (reliability != 1) take(false);
  if (picked.size() < wanted)
    return error{ec::unavailable,
                 fmt::format("<DataNodeNotAvail> dfsReplicationFactor={} needs {} live data nodes{}, there are {}",
                             replicas, replicas, reliability == 1 ? " on different hosts" : "",
                             reliability == 1 ? hosts.size() : nodes.size())};
  std::vector<std::string> aliases;
  for (auto* node : picked) {
    ++node->chunks;
    aliases.push_back(node->alias);
  }
  return aliases;
}

void placement_memory::correct(std::vector<placement_candidate>& nodes, time_point now) {
  for (auto& node : nodes) {
    auto& known = nodes_[node.alias];
    while (!known.lately.empty() && known.lately.front() + report_delay <= now) known.lately.pop_front();
    // The report has all of them or none; outside of that chunks were dropped, moved or rolled back.
    node.chunks = known.chunks = std::clamp(known.chunks, node.chunks, node.chunks + known.lately.size());
  }
}

void placement_memory::placed(const std::string& node, time_point now) {
  auto& known = nodes_[node];
  ++known.chunks;
  known.lately.push_back(now);
}

} // namespace pelorus
