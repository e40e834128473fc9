// What a data node offers to scripts beyond `services`: its volumes, and how much it copies at one time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cfg/error.hpp"
#include "storage/dfs.hpp"

namespace pelorus {

/// A chunk of this node and the volume that it lies on.
struct chunk_on_volume {
  chunk_id chunk;
  std::string volume;
  uint64_t bytes = 0;       ///< of the files of its newest version
  int64_t written_ms = 0;   ///< UTC, when the youngest of them was written
};

/// Implemented by the object that is a node's `services`; others than data nodes answer ec::not_supported.
class volume_services {
public:
  virtual ~volume_services() = default;
  /// How many chunks this node copies from others at one time, from now on `limit` unless it is 0.
  virtual expected<uint32_t> recovery_workers(uint32_t limit) = 0;
  virtual expected<std::vector<chunk_on_volume>> chunks_on_volumes() = 0;
  /// Moves a chunk to another volume of this node and returns when it is there. Errors: not_found, bad_argument for a volume
  /// that this node does not have, conflict when it is being written all the time or another move is under way, corrupt,
  /// disk_full; the chunk stays where it was.
  virtual expected<void> move_to_volume(const chunk_id& chunk, const std::string& volume) = 0;
};

} // namespace pelorus
