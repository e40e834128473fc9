// Where the chunks of a data node lie: its volumes, and the catalog of what is in them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/chunk_catalog.hpp"
#include "storage/chunk_reader.hpp"
#include "storage/compaction.hpp"

namespace pelorus {

/// Shared by the writer and all readers of a node.
struct chunk_files {
  std::vector<std::string> volumes;
  std::unique_ptr<chunk_catalog> catalog;
  compaction_board compactions = {};

  /// Opens the catalog `<metadata>/CHUNK_METADATA` and makes the volumes.
  static expected<std::shared_ptr<chunk_files>> open(std::vector<std::string> volumes, const std::string& metadata,
                                                     bool sync);

  /// The directory of a chunk below its volume, as it is kept in the catalog.
  static std::string directory_of(const std::string& database, const std::string& partition, const chunk_id& id);
  /// The absolute directory: on the volume that has it already, else on the one the id picks.
  std::string path_of(const chunk_id& id, const std::string& directory) const;
  /// Opens a version for reading. Errors: not_found when the chunk or version is not here.
  expected<std::shared_ptr<chunk_reader>> open_version(const chunk_id& id, uint32_t version, const schema& columns) const;
};

} // namespace pelorus
