// Where the chunks of a data node lie: its volumes, and the catalog of what is in them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "storage/cache_engine.hpp"
#include "storage/chunk_catalog.hpp"
#include "storage/chunk_reader.hpp"
#include "storage/compaction.hpp"
#include "storage/leftovers.hpp"

namespace pelorus {

/// Shared by the writer and all readers of a node.
struct chunk_files {
  std::vector<std::string> volumes;
  std::unique_ptr<chunk_catalog> catalog;
  std::unique_ptr<cache_engine> cache;  ///< the writer's; null: no redo log, each change of the catalog is synced by itself
  compaction_board compactions = {};
  leftovers left = {};                  ///< of a crash; constant once the node serves
  std::atomic<uint32_t> recovery_workers{4};  ///< copies of chunks from other nodes that are made at one time

  /// Opens the catalog `<metadata>/CHUNK_METADATA` and makes the volumes.
  static expected<std::shared_ptr<chunk_files>> open(std::vector<std::string> volumes, const std::string& metadata,
                                                     bool sync);
  /// Opens the redo log and replays it. What it should have and has not becomes damage of the catalog.
  expected<void> open_cache(cache_engine::options how, int64_t now_ms);
  /// After that: sweeps the volumes unless the last process ended with `close`.
  void sweep();
  /// All garbage is removed and nothing will be written any more. A process that does not get here is taken for crashed.
  expected<void> close();

  /// Of the catalog, and of files that a crash has left over.
  seen_ids seen() const;

  /// The directory of a chunk below its volume, as it is kept in the catalog.
  static std::string directory_of(const std::string& database, const std::string& partition, const chunk_id& id);
  /// The absolute directory: on the volume that has it already, else on the one the id picks.
  std::string path_of(const chunk_id& id, const std::string& directory) const;
  /// Opens a version for reading. Errors: not_found when the chunk or version is not here.
  expected<std::shared_ptr<chunk_reader>> open_version(const chunk_id& id, uint32_t version, const schema& columns) const;
  /// Where on the volume of this directory things go that nobody knows; they are never deleted.
  std::string quarantine_of(const std::string& directory) const;

private:
  std::string mark_;     // a file that is there while a process has the node open
  bool crashed_ = false;
};

} // namespace pelorus
