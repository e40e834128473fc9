// The only writer of a data node's chunks: stages rows, makes them visible or forgets them, resolves what is in doubt.
#pragma once

#include <chrono>
#include <memory>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "storage/chunk_files.hpp"

namespace pelorus {

struct chunk_store_config {
  std::shared_ptr<chunk_files> files;
  peers_actor peers;       ///< the controller is asked about transactions in doubt
  bool sync = false;       ///< dataSync
  unsigned threads = 1;    ///< that encode columns
  std::chrono::seconds purge_interval{30};         ///< redoLogPurgeInterval
  uint64_t purge_bytes = uint64_t{4} << 30;        ///< redoLogPurgeLimit
  bool own_thread = true;  ///< since it writes and syncs files; the simulator runs it on its scheduler
};

chunk_store_actor spawn_chunk_store(caf::actor_system& system, chunk_store_config config);

} // namespace pelorus
