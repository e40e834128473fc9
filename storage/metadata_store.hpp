// The durable DFS metadata: a log that decides, LMDB that follows in batches, a checkpoint that bounds the log.
//
// `<dir>/DFSMetaLog.0` and `<dir>/DFSMasterMetaCheckpoint.0` alone restore everything: operators back up and roll back
// with `cp`. `<dir>/lmdb` is rebuilt from them whenever it is missing, damaged or ahead of them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/dfs_metadata.hpp"
#include "storage/file.hpp"
#include "storage/lmdb.hpp"
#include "storage/metadata_log.hpp"

namespace pelorus {

class metadata_store {
public:
  struct options {
    std::string directory;
    bool sync = true;                        ///< sync the log at each commit (dataSync; DDL is always synced)
    uint64_t checkpoint_bytes = 64 << 20;    ///< a log longer than this is folded into a checkpoint
    std::function<void(const std::string&)> report = [](const std::string&) {};  ///< progress and warnings
  };

  static expected<metadata_store> open(options opts);

  const dfs_metadata& state() const { return state_; }

  /// Decides the entries in one sync: each is completed and checked against the state left by those before it, logged,
  /// and applied. The result has, per entry, its error or the completed entry. A log failure fails all of them.
  std::vector<expected<dfs_entry>> commit(std::vector<dfs_entry> entries, int64_t now_ms);

  /// Brings LMDB up to the log. Called when idle and every few thousand changes.
  expected<void> flush();
  size_t unflushed() const { return state_.dirty_count(); }
  /// Flushes, writes a checkpoint and empties the log when it has grown past the limit (or `always`).
  expected<void> checkpoint(bool always = false);

private:
  explicit metadata_store(options opts) : options_(std::move(opts)) {}
  std::string path(const char* name) const { return options_.directory + "/" + name; }
  expected<uint64_t> load_lmdb();
  expected<uint64_t> load_checkpoint();
  expected<void> rebuild();

  options options_;
  dfs_metadata state_;
  metadata_log log_;
  std::unique_ptr<lmdb_store> lmdb_;
  std::vector<std::pair<uint64_t, std::string>> replayed_;  // log entries read at open, until they are applied
};

} // namespace pelorus
