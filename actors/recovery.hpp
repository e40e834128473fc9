// Brings stale replicas up to date, makes new ones for lost nodes, and moves them between nodes.
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>

#include "actors/clock.hpp"
#include "actors/protocol.hpp"
#include "actors/recovery_tasks.hpp"
#include "actors/replica_plan.hpp"

namespace pelorus {

struct recovery_options {
  copy_limits limits;                 ///< dfsRecoveryConcurrency, dfsRebalanceConcurrency
  int replicas = 1;                   ///< dfsReplicationFactor
  int reliability = 0;                ///< dfsReplicaReliabilityLevel
  std::chrono::milliseconds wait{0};  ///< dfsRecoveryWaitTime; 0: lost replicas are not replaced
};

/// What nodes have said of their replicas that the metadata does not say. It outlives the actor: they do not say it again to its next start.
struct replica_reports {
  using key = std::pair<chunk_id, std::string>;  ///< chunk and node
  std::set<key> behind;    ///< older than the metadata believes
  std::set<key> unnamed;   ///< marked because a report lacked them; that may have come late, so the node is asked to look
};

struct recovery_config {
  metadata_actor metadata;
  membership_actor membership;
  transactions_actor transactions;  ///< keeps writers away from a chunk for the last step of a copy
  peers_actor peers;
  recovery_options options;
  wall_clock clock = system_now_ms;
  uint64_t seed = random_seed();  ///< of the ids of tasks
  std::shared_ptr<replica_reports> reports = std::make_shared<replica_reports>();
  bool own_thread = true;  ///< since it goes through all chunks of a node; the simulator and tests run it on their scheduler
};

recovery_actor spawn_recovery(caf::actor_system& system, recovery_config config);

} // namespace pelorus
