// Tells the controller of replicas that cannot be read.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "cfg/error.hpp"
#include "storage/dfs.hpp"

namespace pelorus {

/// Thread-safe. A chunk that fails again and again is told of once in a while.
class damage_reporter {
public:
  damage_reporter(caf::actor_system& system, peers_actor peers, std::string alias)
      : system_(system), peers_(std::move(peers)), alias_(std::move(alias)) {}

  /// Whether an error of reading a chunk means that files of this node are damaged, missing or cannot be read.
  static bool is_damage(const error& why) { return why.code == ec::corrupt || why.code == ec::io_failed; }
  /// Returns at once; the report is lost when the controller cannot be reached, and made again by the next reader.
  void report(const chunk_info& chunk, const error& why);

private:
  caf::actor_system& system_;
  peers_actor peers_;
  std::string alias_;
  std::mutex lock_;
  std::map<chunk_id, std::chrono::steady_clock::time_point> told_;
};

} // namespace pelorus
