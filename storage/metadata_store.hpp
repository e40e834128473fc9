// The durable DFS metadata: a log that decides, LMDB that follows in batches, a checkpoint that bounds the log.
//
// `<dir>/DFSMetaLog.0` and `<dir>/DFSMasterMetaCheckpoint.0` alone restore everything: operators back up and roll back
// with `cp`. `<dir>/lmdb` is rebuilt from them whenever it is missing, damaged or not of the same history.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
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

  /// For the thread that commits.
  const dfs_metadata& state() const { return state_; }
  /// What `look` (dfs_metadata -> expected) says of the decided state, from any thread; waits while entries are being
  /// decided. io_failed when the store is not `usable`.
  template <class Look>
  auto read(Look look) const -> decltype(look(std::declval<const dfs_metadata&>())) {
    std::lock_guard guard{*deciding_};
    if (!usable()) return unusable();
    return look(state_);
  }
  /// False after a failed write to the log: the state may hold entries that are not decided. Close and open again.
  bool usable() const { return !log_.broken(); }

  /// Decides the entries in one sync: each is completed and checked against the state left by those before it, logged,
  /// and applied. The result has, per entry, its error or the completed entry. A log failure fails all of them
  /// (unavailable: they may be in it all the same); a full disk does so before anything is changed.
  std::vector<expected<dfs_entry>> commit(std::vector<dfs_entry> entries, int64_t now_ms);

  /// Brings LMDB up to the log.
  expected<void> flush();
  /// The same while commits go on: what changed is set aside, by the thread that commits (false: there is nothing, or the last
  /// batch is not settled); written, by any one thread; and settled, by the thread that commits, which writes it if nobody did.
  /// After an error its records count as unflushed again.
  expected<bool> begin_flush();
  void write_batch();
  expected<void> settle_flush();
  size_t unflushed() const { return state_.dirty_count(); }
  /// Flushes, writes a checkpoint and empties the log when it has grown past the limit (or `always`).
  expected<void> checkpoint(bool always = false);
  /// The last call: brings LMDB up to the log and sums up its file, so that the next start notices any bit that turns.
  expected<void> close();

private:
  struct logged { log_mark at; std::string entry; };
  /// Changed records on their way to LMDB; without a value: removed.
  struct batch {
    std::vector<std::string> keys;
    std::vector<std::optional<std::string>> records;
    log_mark at;
    std::optional<expected<void>> written;
  };
  /// What the checkpoint and LMDB turned out to hold at open.
  struct findings {
    expected<std::optional<log_mark>> saved;
    expected<log_mark> applied;
    log_mark checkpoint() const { return saved && *saved ? **saved : log_mark{}; }
  };

  explicit metadata_store(options opts) : options_(std::move(opts)) {}
  error unusable() const;
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
  /// Held while the state is ahead of the log, and whenever the log is written: until that is done it does not count as usable.
  std::unique_ptr<std::mutex> deciding_ = std::make_unique<std::mutex>();
  metadata_log log_;
  std::unique_ptr<lmdb_store> lmdb_;
  std::unique_ptr<std::mutex> following_ = std::make_unique<std::mutex>();  ///< held while LMDB or `batch_` is written
  std::optional<batch> batch_;
  std::vector<logged> replayed_;  // log entries read at open, until they are applied
};

} // namespace pelorus
