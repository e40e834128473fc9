// Copies versions of chunks between data nodes: serves segments to others, and pulls what this node lacks.
#pragma once

#include <memory>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "storage/chunk_files.hpp"

namespace pelorus {

struct replicator_config {
  std::shared_ptr<chunk_files> files;
  peers_actor peers;
  chunk_store_actor store;  ///< installs what was pulled: it is the only writer
  std::string alias;        ///< of this node
  bool own_thread = true;   ///< since it reads and writes files; the simulator runs it on its scheduler
};

/// Frames are at most limits::frame_bytes.
replicator_actor spawn_replicator(caf::actor_system& system, replicator_config config);

} // namespace pelorus
