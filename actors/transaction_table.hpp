// Open transactions, their chunk locks and their deadlines: the state of the `transactions` actor, without the actor.
//
// A transaction locks the partitions it writes, fenced by its tid. What is not committed when the controller or the
// coordinator dies is rolled back; what is committed is decided by the metadata's durable record alone.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/chunk_placement.hpp"
#include "actors/messages.hpp"
#include "storage/dfs.hpp"

namespace pelorus {

class transaction_table {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  struct options {
    int replicas = 1;              ///< dfsReplicationFactor
    int reliability = 0;           ///< dfsReplicaReliabilityLevel
    duration deadline = std::chrono::minutes{10};  ///< of a transaction that is not committed
  };

  struct transaction {
    tid_t tid = 0;
    std::string coordinator;
    uint64_t incarnation = 0;
    table_info table;
    std::vector<chunk_info> chunks;  ///< what the coordinator writes to; a new chunk has version 0
    std::string new_values;          ///< VALUE keys joining the scheme, encoded
    std::string type;                ///< APPEND, SQLUPDATE, ..
    std::vector<chunk_info> written; ///< by prepare_commit: what the chunks are after it
    std::vector<chunk_id> dropped;   ///< by prepare_commit: chunks that go away
    time_point deadline;
    bool deciding = false;           ///< its commit record is on its way to the log
  };

  struct request {
    tid_t tid = 0;
    std::string coordinator;
    uint64_t incarnation = 0;
    std::string new_values;
    std::vector<std::string> partitions;
    table_info table;
    std::vector<std::optional<chunk_info>> found;  ///< per partition
    std::string type = "APPEND";
    bool partial = false;            ///< lock and plan what is free
    bool force = false;              ///< a chunk needs no live replica
  };

  explicit transaction_table(options opts) : options_(opts) {}

  /// Locks and plans. `live` are the live data nodes; `id_seed` makes the ids of new chunks (random bits).
  /// Errors: conflict naming the partition and the holder, unavailable when no replica of a chunk is alive or there
  /// are too few nodes for a new one. Nothing is locked after an error.
  expected<const transaction*> begin(request&& req, std::vector<placement_candidate> live,
                                     std::pair<uint64_t, uint64_t> id_seed, time_point now);

  /// The transaction about to be decided, with versions and row counts of its chunks raised as the order says.
  /// Errors: aborted when it was rolled back, bad_argument when the counts do not fit, stale when another start of the
  /// coordinator began it, unavailable when it is being decided or unknown (a controller that ran before may have committed
  /// it): a doubled commit must not make its coordinator drop rows that the first one commits.
  expected<const transaction*> prepare_commit(const commit_write& order);

  /// Ends a transaction, committed with this cid (0: it changed nothing) or rolled back, and frees its locks; answers it,
  /// or nothing when it is not open.
  std::optional<transaction> finish(tid_t tid, std::optional<cid_t> committed = std::nullopt);

  /// The cid of a transaction that was committed lately.
  std::optional<cid_t> committed(tid_t tid) const;

  /// Open and not yet deciding transactions whose deadline has passed, or whose coordinator runs no longer under
  /// the incarnation that began them. One without a coordinator is the controller's own.
  std::vector<tid_t> abandoned(time_point now,
                               const std::map<std::string, uint64_t>& live_incarnations) const;

  const transaction* find(tid_t tid) const;
  size_t size() const { return open_.size(); }

private:
  using lock_key = std::pair<uint64_t, std::string>;  // table id, partition

  expected<void> leave_out_locked(request& req) const;
  expected<chunk_info> plan_chunk(const request& req, size_t i, std::vector<placement_candidate>& live,
                                  std::pair<uint64_t, uint64_t> id_seed) const;

  static constexpr size_t outcomes_kept = 1 << 16;  // for commits that arrive twice or late

  options options_;
  std::map<tid_t, transaction> open_;
  std::map<tid_t, std::optional<cid_t>> ended_;  // the last ones; nothing: rolled back
  std::deque<tid_t> ended_order_;                // oldest first
  std::map<lock_key, tid_t> locks_;
};

} // namespace pelorus
