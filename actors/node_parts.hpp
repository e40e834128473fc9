// The pieces of a running process, and which children its doors have.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/door.hpp"
#include "actors/lifetime.hpp"
#include "actors/load.hpp"
#include "actors/peers.hpp"
#include "cfg/node_config.hpp"

namespace pelorus {

/// What every part of a process may use; lives as long as the process.
struct node_context {
  const node_config& config;
  lifetime& life;
  caf::actor_system& system;
  load_meter& meter;
  node_address self = {};          ///< with the actor port, 0 in single mode
  uint64_t incarnation = 0;        ///< of this start
  uint64_t cluster_id = 0;         ///< controller and single
  peers_handle peers = {};
  std::atomic<bool> registered{false};

  bool is_master() const {
    return config.role == node_role::controller || config.role == node_role::single;
  }
  bool is_node() const {
    return config.role == node_role::datanode || config.role == node_role::computenode ||
           config.role == node_role::single;
  }
};

/// The doors of a process; two in single mode.
struct node_doors {
  caf::actor controller, agent, node;
  caf::actor main() const { return controller ? controller : agent ? agent : node; }
};

/// Starts the doors with their children and tells `peers` of them.
expected<node_doors> open_doors(node_context& node);

/// Starts what must wait until the door is published: the registrar.
void start_registrar(node_context& node, const node_doors& doors);

} // namespace pelorus
