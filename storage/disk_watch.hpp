// Where tests make the disk fail. All that the store does to its disk passes a watch, if one is set: the simulator's faulty
// disk (tests/simulator/disk.hpp). Without one each step costs a look at a pointer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cfg/error.hpp"

namespace pelorus {

enum class disk_step : uint8_t { create, write, truncate, allocate, sync, sync_directory, rename, remove, make_directory, commit_lmdb, sync_all };

/// A step that is about to be taken; `sync_all` is of all that lies below a directory. `to` is the new name of a rename, `fd` the open file of a write or truncate.
struct disk_operation {
  disk_step step;
  const std::string& path;
  int fd = -1;
  uint64_t offset = 0;  ///< of a write; the new size of truncate and allocate
  std::string_view bytes = {};
  const std::string& to = path;
};

class disk_watch {
public:
  virtual ~disk_watch() = default;
  /// An error is what the caller gets instead of the step.
  virtual expected<void> before(const disk_operation& operation) = 0;
};

/// Set before any actor runs, by tests only.
inline disk_watch* watched_disk = nullptr;

inline expected<void> ask_disk(const disk_operation& operation) {
  return watched_disk ? watched_disk->before(operation) : expected<void>{};
}

} // namespace pelorus
