// What a node offers to the scripts it runs: the seam between query/ (below) and actors/ (which implements it).
//
// All calls block the job that makes them, never an actor; all carry a deadline inside. Tests use a fake.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cfg/error.hpp"
#include "cfg/node_role.hpp"
#include "storage/dfs.hpp"
#include "storage/value.hpp"

namespace pelorus {

class settings;
struct session;

struct node_identity {
  std::string alias, host;
  uint16_t port = 0;
  node_role mode = node_role::single;  ///< its number is what getNodeType gives
  std::string controller_alias;  ///< own alias on controller and single
  std::string home;
};

/// A select that each chunk runs for itself: canonical SQL over a table named `_chunk`, and the values its
/// parameters stand for. Goes between nodes as bytes (query/plan.hpp encodes it).
struct chunk_plan {
  using named_values = std::vector<std::pair<std::string, value>>;

  std::string database, table;
  std::string sql;                 ///< map side of the query
  std::string parameters;          ///< wire-coded dictionary of the names that `sql` refers to
  std::string functions;           ///< script text of the user functions that `sql` calls
  /// More parameters, of which each of the chunks asked for has its own, in their order; none: no chunk has any. They are
  /// values, since many stay in this process; those of other nodes travel behind `parameters`.
  std::vector<named_values> of_chunk = {};
};

/// What one chunk answered, in the order of the chunks asked for.
struct chunk_result {
  size_t chunk = 0;                ///< its place in the snapshot
  value rows;                      ///< a table
};

enum class write_kind : uint8_t { append, update, erase, upsert, drop };

/// A transaction over some partitions of a table, to be opened.
struct write_request {
  std::string database, table;
  std::vector<std::string> partitions;
  write_kind kind = write_kind::update;
  std::string new_values = {};  ///< encode_columns: per level the VALUE keys that join the scheme
  bool force = false;           ///< partitions without a live replica are no error (drop)
};

/// An open transaction: its chunks are locked for other writers, readers see them as they were. Destroyed before
/// `commit`, it is rolled back.
class open_write {
public:
  virtual ~open_write() = default;
  /// Table and locked chunks of one moment, in the order of the request; version 0: a new chunk.
  virtual const table_snapshot& locked() const = 0;
  /// Rows of a locked chunk, added or in place of all that it held; on every replica when it returns. Once a chunk.
  virtual expected<void> stage(size_t chunk, const table_ptr& rows, bool replaces) = 0;
  /// The chunk goes away.
  virtual void drop(size_t chunk) = 0;
  /// All of it becomes visible at once; durable when it returns. Chunks neither staged nor dropped stay as they are.
  virtual expected<void> commit() = 0;
};

/// One replica to be copied or moved from `source` to `target`, or removed from `source`.
struct replica_step {
  chunk_id chunk;
  std::string source, target;
};

/// A change of a database's partition scheme: values or edges that join a level, or VALUE keys that leave it.
struct scheme_change {
  std::string database;
  size_t level = 0;
  column_ptr added, removed;  ///< either may be null
};

class services {
public:
  virtual ~services() = default;

  // -- this node ------------------------------------------------------------------------------------
  virtual const node_identity& self() const = 0;
  virtual const settings& config() const = 0;

  // -- metadata (asks the controller) -----------------------------------------------------------------
  virtual expected<void> create_database(const database_info& db) = 0;
  virtual expected<void> drop_database(const std::string& path) = 0;
  virtual expected<database_info> find_database(const std::string& path) = 0;  ///< ec::not_found
  virtual expected<std::vector<std::string>> database_paths() = 0;
  virtual expected<void> create_table(const table_info& t) = 0;
  virtual expected<void> drop_table(const std::string& database, const std::string& table) = 0;
  virtual expected<table_info> find_table(const std::string& database, const std::string& table) = 0;
  virtual expected<std::vector<std::string>> table_names(const std::string& database) = 0;
  /// Schema, scheme and chunks of one moment; what a query plans against.
  virtual expected<table_snapshot> snapshot(const std::string& database, const std::string& table) = 0;

  // -- data -------------------------------------------------------------------------------------------
  /// Appends rows whose columns already have the table's types and order, as one transaction over all
  /// partitions and replicas; durable when it returns. Answers the rows written (rows outside the scheme may be
  /// skipped by newValuePartitionPolicy).
  virtual expected<uint64_t> append(const std::string& database, const std::string& table,
                                    const table_ptr& rows) = 0;
  /// Opens a transaction for any other change. Errors: conflict naming a partition that is being written.
  virtual expected<std::unique_ptr<open_write>> begin_write(const write_request& request) {
    return error{ec::not_supported, "this node cannot change table " + request.table};
  }
  /// Files of chunks that a transaction has dropped may go, wherever they lie; what cannot be told stays for now.
  virtual expected<void> release_chunks(const std::vector<chunk_info>& chunks) {
    (void)chunks;
    return {};
  }
  /// The table under its new description (same id, schema_version one higher); conflict when somebody was faster.
  virtual expected<void> alter_table(const table_info& t) {
    return error{ec::not_supported, "this node cannot alter table " + t.name};
  }
  virtual expected<void> change_scheme(const scheme_change& change) {
    return error{ec::not_supported, "this node cannot change the scheme of " + change.database};
  }
  /// Runs the plan on the given chunks of a snapshot, each at a node that holds a live replica (another one when
  /// that fails), as many at once as the cluster has workers.
  virtual expected<std::vector<chunk_result>> run_on_chunks(const chunk_plan& plan,
                                                            const table_snapshot& snapshot,
                                                            const std::vector<size_t>& chunks,
                                                            session& who) = 0;

  // -- other nodes --------------------------------------------------------------------------------------
  /// Calls a function on another node under the same user. `function` is a function value or name.
  virtual expected<value> call_remote(const std::string& alias, const value& function,
                                      const std::vector<value>& arguments, session& who) = 0;
  /// The table of getClusterPerf, chapter 5.2 of the protocol reference.
  virtual expected<table_ptr> cluster_perf(bool include_controller) = 0;
  /// Aliases of live data and compute nodes.
  virtual expected<std::vector<std::string>> live_nodes(bool include_compute) = 0;
  virtual expected<void> start_node(const std::string& alias_or_address) = 0;
  virtual expected<void> stop_node(const std::string& alias_or_address) = 0;
  /// The table of getClusterChunksStatus, and the chunks of this node (getChunksMeta / getTabletsMeta).
  virtual expected<table_ptr> cluster_chunks() = 0;
  virtual expected<table_ptr> local_chunks() = 0;
  /// Merges segments of a chunk that this node holds, those of one level or all of them (-1), beside its other work; and
  /// what became of such orders, newest first (columns in query/functions/compaction.cpp; `count` 0: all that is known).
  virtual expected<void> compact_chunk(const std::string& chunk, int level) {
    (void)level;
    return error{ec::not_supported, "this node has no chunk " + chunk};
  }
  virtual expected<table_ptr> compaction_status(size_t count) {
    (void)count;
    return error{ec::not_supported, "this node has no chunks"};
  }
  /// What the controller knows of transactions and of copies of chunks (columns in query/functions/replicas.cpp).
  virtual expected<table_ptr> transaction_status() { return error{ec::not_supported, "transactions are not known here"}; }
  virtual expected<table_ptr> unresolved_transactions() { return error{ec::not_supported, "transactions are not known here"}; }
  virtual expected<table_ptr> recovery_status() { return error{ec::not_supported, "replicas are not known here"}; }
  /// Copies, moves (`target` set) or removes replicas; answers the tasks begun. what: "copy", "move", "remove".
  virtual expected<uint64_t> order_replicas(const std::string& what, const std::vector<replica_step>& steps) {
    (void)steps;
    return error{ec::not_supported, what + ": replicas are not known here"};
  }
  virtual expected<std::vector<replica_step>> plan_rebalance(double idle_days) {
    (void)idle_days;
    return error{ec::not_supported, "replicas are not known here"};
  }
  /// what: "suspend", "resume", "cancel" (the tasks named), "recoveries" or "rebalances": how many of them run at one time, from
  /// now on `limit` unless it is 0. Answers that number.
  virtual expected<uint64_t> control_recovery(const std::string& what, const std::vector<std::string>& ids, uint64_t limit) {
    (void)ids, (void)limit;
    return error{ec::not_supported, what + ": replicas are not known here"};
  }
  /// The supervision tree of a node: actor, parent, mailbox, restarts, uptime in seconds, state.
  virtual expected<table_ptr> actor_tree() = 0;

  // -- users ----------------------------------------------------------------------------------------------
  /// Answers whether the user is an administrator; ec::permission with
  /// "The user name or password is incorrect." otherwise.
  virtual expected<bool> authenticate(const std::string& user, const std::string& password) = 0;
  /// Whether a user, known by a ticket say, is an administrator; ec::not_found.
  virtual expected<bool> is_admin(const std::string& user) {
    return error{ec::not_supported, "this node cannot tell whether " + user + " is an administrator"};
  }
  virtual expected<void> change_password(const std::string& user, const std::string& old_password,
                                         const std::string& new_password) = 0;

  // -- configuration files (controller; other nodes ask it) ---------------------------------------------
  /// Lines of a file: which = "controller.cfg", "cluster.cfg" or "cluster.nodes".
  virtual expected<std::vector<std::string>> load_config(const std::string& which) = 0;
  virtual expected<void> save_config(const std::string& which, const std::vector<std::string>& lines) = 0;

  // -- sessions and jobs of this node -----------------------------------------------------------------------
  virtual table_ptr console_jobs() = 0;   ///< running jobs; columns of getConsoleJobs
  virtual table_ptr recent_jobs() = 0;
  virtual table_ptr sessions() = 0;       ///< columns of getSessionMemoryStat
  /// Sets the cancel flag of a running job by its root job id; ec::not_found.
  virtual expected<void> cancel_job(const std::string& root_job_id) = 0;
  virtual expected<void> close_session(uint64_t id) = 0;
  /// A ticket that logs the user of `who` in again, and its check; valid on every node of the cluster.
  virtual expected<std::string> ticket(const session& who) = 0;
  virtual expected<std::string> user_of_ticket(const std::string& ticket) = 0;
  /// PEM of the RSA key that clients encrypt passwords with, and the decryption (PKCS#1 v1.5, base64 text).
  virtual expected<std::string> public_key() = 0;
  virtual expected<std::string> decrypt(const std::string& base64) = 0;

  // -- shared variables of this node --------------------------------------------------------------------------
  virtual void share(const std::string& name, const value& x) = 0;
  virtual std::optional<value> shared(const std::string& name) = 0;
  virtual bool unshare(const std::string& name) = 0;
  virtual std::vector<std::string> shared_names() = 0;

  // -- logs -----------------------------------------------------------------------------------------------------
  virtual expected<int64_t> log_length(const std::string& alias) = 0;
  virtual expected<std::vector<std::string>> log_lines(const std::string& alias, int64_t length,
                                                       int64_t offset) = 0;
};

} // namespace pelorus
