// What this process tells of itself with every heartbeat, taken from /proc and the file system.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "cfg/settings.hpp"

namespace pelorus {

/// Thread-safe. Processor use is measured between two calls.
class load_meter {
public:
  explicit load_meter(const settings& values);

  load_report sample();

  /// Adds what another part knows (connections and jobs; chunks); called at the end of `sample`.
  void attach(std::function<void(load_report&)> source);
  void detach_all();

private:
  /// glibc keeps the pages of small blocks that were freed; after a query of many they go back to the system. Answers
  /// the resident bytes.
  uint64_t give_back(uint64_t used);

  std::mutex lock_;
  std::string volume_;
  uint32_t workers_ = 0, max_connections_ = 0;
  double max_memory_gb_ = 0;
  std::vector<std::function<void(load_report&)>> sources_;
  uint64_t kept_bytes_ = 0;  // resident after the last time
  double last_cpu_s_ = 0, last_percent_ = 0;
  std::chrono::steady_clock::time_point last_time_;
};

} // namespace pelorus
