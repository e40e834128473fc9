// The actor that owns the DFS metadata store: its only writer, and the one who answers what the file system holds.
#pragma once

#include <memory>

#include <caf/actor_system.hpp>

#include "actors/clock.hpp"
#include "actors/protocol.hpp"
#include "storage/metadata_store.hpp"

namespace pelorus {

/// `list_names` of this place are the users of the cluster; no database has such a path.
inline constexpr auto names_of_users = "users:";

struct metadata_config {
  std::shared_ptr<metadata_store> store;
  wall_clock clock = system_now_ms;
  bool own_thread = true;  ///< since it syncs to disk; the simulator runs it on its scheduler
};

/// Commits that wait in its mailbox share one sync of the log.
metadata_actor spawn_metadata(caf::actor_system& system, metadata_config config);

} // namespace pelorus
