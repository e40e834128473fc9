// What GET /status and GET /metrics say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/messages.hpp"

namespace pelorus {

struct node_status {
  node_address self;
  bool ready = false;
  int64_t uptime_ms = 0;
  int32_t pid = 0;
  member_list nodes;                     ///< as far as this process knows them
  std::vector<std::string> databases;  ///< controller and single
  actor_tree tree;
  load_report load;
};

/// `stopped`, `alive`, ..
std::string_view state_name(uint8_t state);

std::string status_json(const node_status& status);

/// Prometheus text format.
std::string metrics_text(const node_status& status);

} // namespace pelorus
