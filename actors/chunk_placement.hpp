// Where the replicas of a new chunk go: functions of what is alive and of what was placed lately.
#pragma once

#include <chrono>
#include <deque>
#include <map>
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

/// Counts the chunks of the nodes between their reports: a node tells its load once a second, and many transactions may
/// begin in that time, each of which would place by the same old counts.
class placement_memory {
public:
  using time_point = std::chrono::steady_clock::time_point;
  /// A report may be so old, on its way over membership: what was placed within this time need not be in it.
  static constexpr std::chrono::seconds report_delay{5};

  /// Sets `chunks` of the nodes, which are as last reported, to what they should have by now.
  void correct(std::vector<placement_candidate>& nodes, time_point now);
  /// A new chunk goes to that node, which was corrected before.
  void placed(const std::string& node, time_point now);

private:
  struct counted {
    uint64_t chunks = 0;
    std::deque<time_point> lately;  ///< when chunks were placed, oldest first
  };
  std::map<std::string, counted> nodes_;
};

} // namespace pelorus
