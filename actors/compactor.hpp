// Merges segments of this node's chunks in the background, so that readers meet few of them.
#pragma once

#include <memory>

#include <caf/actor_system.hpp>

#include "actors/clock.hpp"
#include "actors/damage_report.hpp"
#include "actors/protocol.hpp"
#include "storage/chunk_files.hpp"

namespace pelorus {

/// `status_protocol`: 1 while a chunk is being merged.
using compactor_actor = status_protocol::handle;

struct compactor_config {
  std::shared_ptr<chunk_files> files;
  peers_actor peers;          ///< the controller is asked for the sort columns of a table
  chunk_store_actor store;    ///< puts what was merged in its place: it is the only writer
  std::shared_ptr<damage_reporter> damage;
  bool sync = false;                        ///< dataSync
  std::chrono::minutes retention{60};       ///< older versions of a chunk that rests go after this
  wall_clock clock = system_now_ms;
};

/// Detached: it reads and writes files, one chunk at a time, and rests as long as it worked. What it merges changes neither
/// the versions of a chunk nor its rows.
compactor_actor spawn_compactor(caf::actor_system& system, compactor_config config);

} // namespace pelorus
