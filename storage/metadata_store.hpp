// The durable DFS metadata: a log that decides, LMDB that follows in batches, a checkpoint that bounds the log.
//
// `<dir>/DFSMetaLog.0` and `<dir>/DFSMasterMetaCheckpoint.0` alone restore everything: operators back up and roll back
// with `cp`. `<dir>/lmdb` is rebuilt from them whenever it is missing, damaged or not of the same history.
#pragma once

#include <functional>
#include <memory>
#include <optional>
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

  /// Errors: conflict when another process has the directory; corrupt when acknowledged entries would be lost by going
  /// on, naming the file and what the operator can do.
  static expected<metadata_store> open(options opts);

  const dfs_metadata& state() const { return state_; }
  /// False after a failed write to the log: the state may hold entries that are not decided. Close and open again.
  bool usable() const { return !log_.broken(); }

  /// Decides the entries in one sync: each is completed and checked against the state left by those before it, logged,
  /// and applied. The result has, per entry, its error or the completed entry. A log failure fails all of them
  /// (unavailable: they may be in it all the same); a full disk does so before anything is changed.
  std::vector<expected<dfs_entry>> commit(std::vector<dfs_entry> entries, int64_t now_ms);

  /// Brings LMDB up to the log. Called when idle and every few thousand changes.
  expected<void> flush();
  size_t unflushed() const { return state_.dirty_count(); }
  /// Flushes, writes a checkpoint and empties the log when it has grown past the limit (or `always`).
  expected<void> checkpoint(bool always = false);

private:
  struct logged { log_mark at; std::string entry; };
  /// What the checkpoint and LMDB turned out to hold at open.
  struct findings {
    expected<std::optional<log_mark>> saved;
    expected<log_mark> applied;
    log_mark checkpoint() const { return saved && *saved ? **saved : log_mark{}; }
  };

  explicit metadata_store(options opts) : options_(std::move(opts)) {}
  std::string path(const char* name) const { return options_.directory + "/" + name; }
  expected<log_mark> load_lmdb();
  expected<log_mark> read_lmdb();
  expected<void> recover();
  expected<void> go_on_with_lmdb_alone(const expected<log_mark>& applied);
  expected<void> check_files(const findings& found) const;
  std::optional<uint64_t> logged_chain(uint64_t position) const;
  bool lmdb_fits(const findings& found) const;
  expected<log_mark> replay(log_mark from);
  expected<void> rebuild(const findings& found);
  expected<void> refill_lmdb(log_mark applied);

  options options_;
  directory_lock lock_;
  dfs_metadata state_;
  metadata_log log_;
  std::unique_ptr<lmdb_store> lmdb_;
  std::vector<logged> replayed_;  // log entries read at open, until they are applied
};

} // namespace pelorus
