// Every message that travels between actors, grouped by conversation. actors/protocol.hpp says who answers what.
// Records of the file system (table_snapshot, chunk_info, ..) travel as the bytes that storage/dfs_codec.hpp makes
// of them, values and tables as the bytes of query/wire.hpp: one codec each, the same on disk and on the wire.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/type_id.hpp>

#include "actors/messages_repair.hpp"
#include "storage/table.hpp"

namespace pelorus {

/// Bytes in the layout of some codec; a string, since CAF copies strings in one piece.
using bytes = std::string;

// -- membership: who is in the cluster, and is it alive ---------------------------------------------

/// Where a node is reached. `actor_port` is learnt from its registration.
struct node_address {
  std::string alias, host;
  uint16_t site_port = 0, actor_port = 0;
  uint8_t role = 0;  ///< node_role
};
template <class F> auto inspect(F& f, node_address& x) {
  return f(caf::meta::type_name("node_address"), x.alias, x.host, x.site_port, x.actor_port, x.role);
}

/// What a node tells of itself with every heartbeat; feeds getClusterPerf and /status.
struct load_report {
  uint64_t memory_used = 0, memory_allocated = 0;        ///< bytes: of columns; of the process
  double cpu_percent = 0, load_average = 0;
  uint32_t connections = 0, running_jobs = 0, queued_jobs = 0, running_tasks = 0, queued_tasks = 0;
  uint32_t workers = 0, max_connections = 0;
  double max_memory_gb = 0;
  uint64_t disk_capacity = 0, disk_free = 0;             ///< bytes, of the first volume's file system
  uint64_t chunks = 0, rows_written = 0, rows_read = 0;
  int64_t max_last10_query_ns = 0, median_last10_query_ns = 0, max_running_query_ns = 0;
};
template <class F> auto inspect(F& f, load_report& x) {
  return f(caf::meta::type_name("load_report"), x.memory_used, x.memory_allocated, x.cpu_percent,
           x.load_average, x.connections, x.running_jobs, x.queued_jobs, x.running_tasks,
           x.queued_tasks, x.workers, x.max_connections, x.max_memory_gb, x.disk_capacity, x.disk_free,
           x.chunks, x.rows_written, x.rows_read, x.max_last10_query_ns, x.median_last10_query_ns,
           x.max_running_query_ns);
}

/// First message of a process. `incarnation` is unique to this start of it (start time in ns).
struct registration {
  node_address who;
  uint64_t incarnation = 0;
  std::string controller_site;  ///< as the node has it configured; must be the controller's localSite
  std::string version;
  bool lan_cluster = true;
  int32_t pid = 0;
  uint64_t highest_tid = 0, highest_cid = 0;  ///< ids that this node has seen: none like them may be given out again
};
template <class F> auto inspect(F& f, registration& x) {
  return f(caf::meta::type_name("registration"), x.who, x.incarnation, x.controller_site, x.version,
           x.lan_cluster, x.pid, x.highest_tid, x.highest_cid);
}

/// What every node needs to know of the cluster.
struct registration_reply {
  uint64_t cluster_id = 0;
  bool data_sync = false;        ///< controller.cfg's dataSync rules the data nodes
  uint32_t heartbeat_ms = 500;
  std::string controller_alias;
};
template <class F> auto inspect(F& f, registration_reply& x) {
  return f(caf::meta::type_name("registration_reply"), x.cluster_id, x.data_sync, x.heartbeat_ms,
           x.controller_alias);
}

/// One that is sent instead of asked has no answer, unless the controller has something to say.
struct heartbeat {
  std::string alias;
  uint64_t incarnation = 0, view = 0;  ///< of the list that the node has
  load_report load;
};
template <class F> auto inspect(F& f, heartbeat& x) {
  return f(caf::meta::type_name("heartbeat"), x.alias, x.incarnation, x.view, x.load);
}

/// Says whether the controller knows the sender; one that it does not know registers again.
struct heartbeat_reply {
  bool known = false;
  uint64_t view = 0;  ///< changes whenever a node's state does; a node that sees a new one asks for the list
};
template <class F> auto inspect(F& f, heartbeat_reply& x) {
  return f(caf::meta::type_name("heartbeat_reply"), x.known, x.view);
}

enum class node_state : uint8_t { stopped, starting, alive, suspect, dead, stopping };
struct node_view {
  node_address address;
  uint8_t state = 0;                ///< node_state
  uint64_t incarnation = 0;
  int64_t silent_ms = -1;           ///< since the last heartbeat; -1: never heard
  std::string note;                 ///< why it does not run: exit status, error of a failed start
  std::string agent_alias, version;
  int64_t uptime_ms = 0;
  load_report load;
};
template <class F> auto inspect(F& f, node_view& x) {
  return f(caf::meta::type_name("node_view"), x.address, x.state, x.incarnation, x.silent_ms, x.note,
           x.agent_alias, x.version, x.uptime_ms, x.load);
}
using member_list = std::vector<node_view>;

struct list_nodes {};
template <class F> auto inspect(F& f, list_nodes&) { return f(caf::meta::type_name("list_nodes")); }

/// Orders of an operator. `alias` may also be host:port.
struct start_node { std::string alias; };
template <class F> auto inspect(F& f, start_node& x) { return f(caf::meta::type_name("start_node"), x.alias); }
struct stop_node { std::string alias; };
template <class F> auto inspect(F& f, stop_node& x) { return f(caf::meta::type_name("stop_node"), x.alias); }

// -- agent: processes of one server -------------------------------------------------------------------

/// Controller to agent: start this process. Settings are the resolved lines of cluster.cfg for the node.
struct launch {
  node_address node;
  std::string controller_site;
  std::vector<std::string> settings;  ///< key=value
};
template <class F> auto inspect(F& f, launch& x) {
  return f(caf::meta::type_name("launch"), x.node, x.controller_site, x.settings);
}
/// Controller to agent: SIGTERM, and SIGKILL when it has not ended after `grace_ms`.
struct terminate { std::string alias; uint32_t grace_ms = 60'000; };
template <class F> auto inspect(F& f, terminate& x) {
  return f(caf::meta::type_name("terminate"), x.alias, x.grace_ms);
}
/// Agent to controller: a process ended, and how ("exit code 1", "killed by signal 9").
struct process_ended {
  std::string alias, how;
  bool ordered = false;  ///< by `terminate`
  int32_t pid = 0;       ///< a report that comes late must not be taken for the end of the next process
};
template <class F> auto inspect(F& f, process_ended& x) {
  return f(caf::meta::type_name("process_ended"), x.alias, x.how, x.ordered, x.pid);
}
struct process_view { std::string alias; int32_t pid = 0; bool adopted = false; int64_t uptime_ms = 0; };
template <class F> auto inspect(F& f, process_view& x) {
  return f(caf::meta::type_name("process_view"), x.alias, x.pid, x.adopted, x.uptime_ms);
}

// -- metadata: databases, tables, chunks ------------------------------------------------------------------

/// A mutation (encoded dfs_entry); answered when it is durable and visible.
struct mutate { bytes entry; };
template <class F> auto inspect(F& f, mutate& x) { return f(caf::meta::type_name("mutate"), x.entry); }

/// Answers a table_snapshot's bytes: schema, scheme and chunks of one moment. An empty `table` means the database
/// only (database_info's bytes).
struct get_snapshot { std::string database, table; };
template <class F> auto inspect(F& f, get_snapshot& x) {
  return f(caf::meta::type_name("get_snapshot"), x.database, x.table);
}
/// Answers a table_info's bytes.
struct get_table { std::string database, table; };
template <class F> auto inspect(F& f, get_table& x) {
  return f(caf::meta::type_name("get_table"), x.database, x.table);
}
/// Names of all databases, or of the tables of one.
struct list_names { std::string database; };
template <class F> auto inspect(F& f, list_names& x) { return f(caf::meta::type_name("list_names"), x.database); }
/// All chunks of the cluster (bytes of a chunk_info list); with `paths` their partitions are whole paths: "/testDB/20230108".
/// With `unwell` only those with a replica that is behind, damaged or on one of `nodes`.
struct list_chunks { bool paths = false, unwell = false; std::vector<std::string> nodes = {}; };
template <class F> auto inspect(F& f, list_chunks& x) { return f(caf::meta::type_name("list_chunks"), x.paths, x.unwell, x.nodes); }

// -- transactions --------------------------------------------------------------------------------------------

/// Opens a transaction that writes these partitions: makes missing chunks, picks replicas, locks.
struct begin_write {
  std::string database, table;
  std::vector<std::string> partitions;
  bytes new_values;          ///< per level the VALUE keys that join the scheme (columns, dfs_codec)
  std::string coordinator;   ///< alias of the node that writes; its death rolls the transaction back
  uint64_t incarnation = 0;
  std::string type = "APPEND";  ///< as getTransactionStatus shows it: APPEND, SQLUPDATE, SQLDELETE, SQLUPSERT, DROP
  bool partial = false;      ///< leave out partitions that others are writing; conflict only when no one is free
  bool force = false;        ///< chunks without a live replica are no error: they are going away
};
template <class F> auto inspect(F& f, begin_write& x) {
  return f(caf::meta::type_name("begin_write"), x.database, x.table, x.partitions, x.new_values,
           x.coordinator, x.incarnation, x.type, x.partial, x.force);
}
struct write_plan {
  uint64_t tid = 0;
  bytes table;                ///< table_info's bytes, of the same moment
  std::vector<bytes> chunks;  ///< per partition (`partial`: that was free): chunk_info, replicas = where to write
};
template <class F> auto inspect(F& f, write_plan& x) {
  return f(caf::meta::type_name("write_plan"), x.tid, x.table, x.chunks);
}
/// What a transaction does to a chunk that it has locked.
enum class chunk_change : uint8_t { append, replace, none, drop };
/// All replicas hold the rows durably: decide. Answers the cid once the commit record is durable.
struct commit_write {
  uint64_t tid = 0;
  std::vector<uint64_t> rows;      ///< per chunk of the plan: rows added, or with `replace` all rows
  std::vector<uint8_t> changes;    ///< chunk_change per chunk; empty: all append
  uint64_t incarnation = 0;        ///< of the coordinator: what another start of it began is not its to decide
};
template <class F> auto inspect(F& f, commit_write& x) {
  return f(caf::meta::type_name("commit_write"), x.tid, x.rows, x.changes, x.incarnation);
}
struct abort_write { uint64_t tid = 0; std::string reason; uint64_t incarnation = 0; };
template <class F> auto inspect(F& f, abort_write& x) { return f(caf::meta::type_name("abort_write"), x.tid, x.reason, x.incarnation); }
/// A data node that holds staged rows of an old transaction asks what became of it. The chunk's newest commit
/// tells, since a chunk has one writer at a time.
struct resolve_transaction { uint64_t tid = 0, chunk_high = 0, chunk_low = 0; };
template <class F> auto inspect(F& f, resolve_transaction& x) {
  return f(caf::meta::type_name("resolve_transaction"), x.tid, x.chunk_high, x.chunk_low);
}
enum class outcome : uint8_t { open, committed, aborted };
struct resolution { uint8_t outcome = 0; uint64_t cid = 0; };
template <class F> auto inspect(F& f, resolution& x) {
  return f(caf::meta::type_name("resolution"), x.outcome, x.cid);
}
/// Open transactions and the last ones that ended, newest first. Times are ms UTC, 0: not yet.
struct transaction_view {
  uint64_t tid = 0;
  int64_t start_ms = 0, end_ms = 0;
  std::string type, status;   ///< BEGIN, COMMIT (being decided), COMPLETE, ROLLBACK
  uint64_t partitions = 0;
  std::string coordinator;
};
template <class F> auto inspect(F& f, transaction_view& x) {
  return f(caf::meta::type_name("transaction_view"), x.tid, x.start_ms, x.end_ms, x.type, x.status, x.partitions,
           x.coordinator);
}
using transaction_views = std::vector<transaction_view>;
struct list_transactions {};
template <class F> auto inspect(F& f, list_transactions&) { return f(caf::meta::type_name("list_transactions")); }
/// A chunk of an open transaction that a data node has asked about, and when it did.
struct unresolved_view {
  uint64_t tid = 0, cid = 0, chunk_high = 0, chunk_low = 0;
  std::string coordinator;
  int64_t first_ms = 0, last_ms = 0;
};
template <class F> auto inspect(F& f, unresolved_view& x) {
  return f(caf::meta::type_name("unresolved_view"), x.tid, x.cid, x.chunk_high, x.chunk_low, x.coordinator, x.first_ms,
           x.last_ms);
}
using unresolved_views = std::vector<unresolved_view>;
struct list_unresolved {};
template <class F> auto inspect(F& f, list_unresolved&) { return f(caf::meta::type_name("list_unresolved")); }

// -- data nodes: chunk writes, reads, replication ---------------------------------------------------------------

/// A frame of the rows of one chunk for one transaction; frames arrive in order. The last one is answered when all
/// rows are staged (durably with dataSync), not yet visible; the others when they are taken in.
struct stage_rows {
  uint64_t tid = 0;
  bytes chunk;       ///< chunk_info: id, partition, version the rows build on
  bytes table;       ///< table_info: names and types of the columns
  bytes rows;        ///< a table, wire-coded, of about limits::frame_bytes
  uint32_t frame = 0;
  bool last = true;
  std::string coordinator;
  bool replaces = false;  ///< the rows of all frames (none, perhaps) stand in place of all the chunk held
  uint64_t incarnation = 0;  ///< of the coordinator
  table_ptr here = nullptr;  ///< instead of `rows`, all of them in one frame for a node in this process; does not travel
};
template <class F> auto inspect(F& f, stage_rows& x) {
  return f(caf::meta::type_name("stage_rows"), x.tid, x.chunk, x.table, x.rows, x.frame, x.last,
           x.coordinator, x.replaces, x.incarnation);
}
/// Makes the staged rows of a committed transaction visible. `incarnation` is that of the coordinator that says so; 0: it is
/// the controller's word. Refused (stale) when another start of the coordinator has staged them.
struct complete_write { uint64_t tid = 0, cid = 0, incarnation = 0; };
template <class F> auto inspect(F& f, complete_write& x) {
  return f(caf::meta::type_name("complete_write"), x.tid, x.cid, x.incarnation);
}
/// Drops the staged rows of a transaction that was rolled back; fenced in the same way.
struct forget_write { uint64_t tid = 0, incarnation = 0; };
template <class F> auto inspect(F& f, forget_write& x) { return f(caf::meta::type_name("forget_write"), x.tid, x.incarnation); }
/// The chunks of dropped tables; their files go.
struct drop_chunks { std::vector<bytes> ids; };
template <class F> auto inspect(F& f, drop_chunks& x) { return f(caf::meta::type_name("drop_chunks"), x.ids); }
/// Data node to controller: everything it holds.
struct held_chunk { uint64_t id_high = 0, id_low = 0; uint32_t version = 0; uint64_t cid = 0, rows = 0; };
template <class F> auto inspect(F& f, held_chunk& x) {
  return f(caf::meta::type_name("held_chunk"), x.id_high, x.id_low, x.version, x.cid, x.rows);
}
struct chunk_report {
  std::string alias;
  uint64_t incarnation = 0;
  std::vector<held_chunk> chunks;
};
template <class F> auto inspect(F& f, chunk_report& x) {
  return f(caf::meta::type_name("chunk_report"), x.alias, x.incarnation, x.chunks);
}
/// Chunks the controller does not know: the data node moves them to its quarantine.
struct chunk_report_reply { std::vector<held_chunk> unknown; };
template <class F> auto inspect(F& f, chunk_report_reply& x) {
  return f(caf::meta::type_name("chunk_report_reply"), x.unknown);
}
/// Controller to a data node: bring your replica of this chunk up to its newest version from `source`, or look whether it
/// is whole when that is empty.
struct replicate { bytes chunk, table; std::string source; };
template <class F> auto inspect(F& f, replicate& x) {
  return f(caf::meta::type_name("replicate"), x.chunk, x.table, x.source);
}
struct replicated { std::string alias; held_chunk held; };
template <class F> auto inspect(F& f, replicated& x) {
  return f(caf::meta::type_name("replicated"), x.alias, x.held);
}
// -- replicas on the move: recovery and rebalance ----------------------------------------------------------------

/// A copy of a chunk between data nodes, as getRecoveryTaskStatus shows it. Times are ms UTC, 0: not yet.
struct recovery_view {
  std::string id, type;      ///< ChunkRecovery, LoadRebalance
  uint64_t chunk_high = 0, chunk_low = 0;
  std::string path, source, target, status;  ///< Waiting, In-Progress, Finished, Aborted
  uint32_t attempts = 0;
  bool delete_source = false;
  int64_t created_ms = 0, dequeued_ms = 0, started_ms = 0, finished_ms = 0, sync_ms = 0;
  bool incremental = false, async = true, became_full = false;
  std::string failure;
};
template <class F> auto inspect(F& f, recovery_view& x) {
  return f(caf::meta::type_name("recovery_view"), x.id, x.type, x.chunk_high, x.chunk_low, x.path, x.source, x.target,
           x.status, x.attempts, x.delete_source, x.created_ms, x.dequeued_ms, x.started_ms, x.finished_ms, x.sync_ms,
           x.incremental, x.async, x.became_full, x.failure);
}
using recovery_views = std::vector<recovery_view>;
struct list_recovery {};
template <class F> auto inspect(F& f, list_recovery&) { return f(caf::meta::type_name("list_recovery")); }

/// One replica to be copied, moved (copied, then gone from its source) or deleted (at `source`).
struct replica_move { uint64_t chunk_high = 0, chunk_low = 0; std::string source, target; };
template <class F> auto inspect(F& f, replica_move& x) {
  return f(caf::meta::type_name("replica_move"), x.chunk_high, x.chunk_low, x.source, x.target);
}
using replica_moves = std::vector<replica_move>;
enum class replica_order : uint8_t { copy, move, remove };
/// Answers how many tasks it became: what is there already needs none. Removals are done when it answers.
struct order_replicas { uint8_t what = 0; replica_moves moves; };
template <class F> auto inspect(F& f, order_replicas& x) {
  return f(caf::meta::type_name("order_replicas"), x.what, x.moves);
}
/// The moves that would even out the rows of live data nodes; only chunks without a write for so many days.
struct plan_rebalance { double idle_days = 7; };
template <class F> auto inspect(F& f, plan_rebalance& x) { return f(caf::meta::type_name("plan_rebalance"), x.idle_days); }
/// suspend and resume the start of waiting tasks; cancel the waiting ones named; let so many recoveries or rebalances run at one
/// time (0: as before). Answers how many may.
struct control_recovery { std::string what; std::vector<std::string> ids; uint64_t limit = 0; };
template <class F> auto inspect(F& f, control_recovery& x) {
  return f(caf::meta::type_name("control_recovery"), x.what, x.ids, x.limit);
}

/// The segments of a chunk's version (chunk_catalog's bytes), and a piece of one segment file.
struct list_segments { bytes chunk; };
template <class F> auto inspect(F& f, list_segments& x) {
  return f(caf::meta::type_name("list_segments"), x.chunk);
}
struct fetch_segment { bytes chunk; std::string file; uint64_t offset = 0, size = 0; };
template <class F> auto inspect(F& f, fetch_segment& x) {
  return f(caf::meta::type_name("fetch_segment"), x.chunk, x.file, x.offset, x.size);
}

// -- queries and remote calls --------------------------------------------------------------------------------------

/// The share of a query that some chunks of one node have, one after the other.
struct task_chunk {
  bytes parameters, chunk;   ///< the chunk at the snapshot's version
  uint32_t index = 0;        ///< place among the query's chunks
};
template <class F> auto inspect(F& f, task_chunk& x) { return f(caf::meta::type_name("task_chunk"), x.parameters, x.chunk, x.index); }
struct run_task {
  std::string database, table, sql, functions, user;
  bytes table_info;          ///< schema to read with
  std::vector<task_chunk> chunks;
  /// The cancel flag of a job in this process, whose answer needs no encoding. Does not travel.
  std::shared_ptr<std::atomic<bool>> asker = nullptr;
};
template <class F> auto inspect(F& f, run_task& x) {
  return f(caf::meta::type_name("run_task"), x.database, x.table, x.sql, x.functions, x.user, x.table_info, x.chunks);
}
/// What the first chunks of a task answer, as many as `rows` has counts: the others are to be asked for again. Errors: the first's.
struct task_result {
  std::vector<uint64_t> rows; bytes table;
  table_ptr here = nullptr;  ///< `table` for an asker in this process; does not travel
};
template <class F> auto inspect(F& f, task_result& x) { return f(caf::meta::type_name("task_result"), x.rows, x.table); }
/// Calls a script function on the receiving node; function and arguments are wire-coded, `definitions` is the script
/// text of the caller's own functions that they call.
struct remote_call { std::string user; bool is_admin = false; bytes function, arguments; std::string definitions; };
template <class F> auto inspect(F& f, remote_call& x) {
  return f(caf::meta::type_name("remote_call"), x.user, x.is_admin, x.function, x.arguments, x.definitions);
}

// -- users ---------------------------------------------------------------------------------------------------------------

struct authenticate { std::string user, password; };
template <class F> auto inspect(F& f, authenticate& x) {
  return f(caf::meta::type_name("authenticate"), x.user, x.password);
}
struct user_view { std::string name; bool is_admin = false; bool default_password = false; };
template <class F> auto inspect(F& f, user_view& x) {
  return f(caf::meta::type_name("user_view"), x.name, x.is_admin, x.default_password);
}
struct describe_user { std::string user; };
template <class F> auto inspect(F& f, describe_user& x) { return f(caf::meta::type_name("describe_user"), x.user); }
struct change_password { std::string user, old_password, new_password; };
template <class F> auto inspect(F& f, change_password& x) {
  return f(caf::meta::type_name("change_password"), x.user, x.old_password, x.new_password);
}
struct issue_ticket { std::string user; };
template <class F> auto inspect(F& f, issue_ticket& x) { return f(caf::meta::type_name("issue_ticket"), x.user); }
struct check_ticket { std::string ticket; };
template <class F> auto inspect(F& f, check_ticket& x) { return f(caf::meta::type_name("check_ticket"), x.ticket); }

// -- configuration files of the cluster --------------------------------------------------------------------------------

struct load_config { std::string file; };
template <class F> auto inspect(F& f, load_config& x) { return f(caf::meta::type_name("load_config"), x.file); }
struct save_config { std::string file; std::vector<std::string> lines; };
template <class F> auto inspect(F& f, save_config& x) {
  return f(caf::meta::type_name("save_config"), x.file, x.lines);
}

// -- supervision -----------------------------------------------------------------------------------------------------------

struct get_status {};
template <class F> auto inspect(F& f, get_status&) { return f(caf::meta::type_name("get_status")); }
/// One actor of a node's tree.
struct actor_view {
  std::string name, parent;
  uint64_t mailbox = 0;      ///< messages waiting; an actor that does not answer in time shows as busy
  uint64_t restarts = 0;
  int64_t uptime_ms = 0;
  std::string state;         ///< running, busy, backing off, failed
};
template <class F> auto inspect(F& f, actor_view& x) {
  return f(caf::meta::type_name("actor_view"), x.name, x.parent, x.mailbox, x.restarts, x.uptime_ms, x.state);
}
using actor_tree = std::vector<actor_view>;

// -- inside one process ------------------------------------------------------------------------------------------------------

/// `transactions` asks `metadata` what a write to these partitions finds.
struct look_up_write { std::string database, table; std::vector<std::string> partitions; };
template <class F> auto inspect(F& f, look_up_write& x) {
  return f(caf::meta::type_name("look_up_write"), x.database, x.table, x.partitions);
}
struct write_lookup {
  uint64_t tid = 0;           ///< freshly issued
  bytes database, table;      ///< database_info, table_info
  std::vector<bytes> chunks;  ///< per partition the chunk_info, empty when there is no chunk yet
};
template <class F> auto inspect(F& f, write_lookup& x) {
  return f(caf::meta::type_name("write_lookup"), x.tid, x.database, x.table, x.chunks);
}
/// `transactions` hands a commit_transaction entry (bytes of a dfs_entry) to `metadata`, which gives it its cid.
struct decide { bytes entry; };
template <class F> auto inspect(F& f, decide& x) { return f(caf::meta::type_name("decide"), x.entry); }
/// `metadata` answers the chunk_info of one chunk (empty bytes when unknown).
struct get_chunk { uint64_t id_high = 0, id_low = 0; };
template <class F> auto inspect(F& f, get_chunk& x) {
  return f(caf::meta::type_name("get_chunk"), x.id_high, x.id_low);
}
/// `metadata` answers the table_info of one table (empty bytes when unknown).
struct get_table_of { uint64_t table_id = 0; };
template <class F> auto inspect(F& f, get_table_of& x) { return f(caf::meta::type_name("get_table_of"), x.table_id); }
/// `replicator` hands a copied chunk (chunk_catalog's bytes) to `chunk_store`, which alone writes the catalog; and what
/// the controller does not know goes out of the way, never away.
struct install_chunk { bytes held; };
template <class F> auto inspect(F& f, install_chunk& x) { return f(caf::meta::type_name("install_chunk"), x.held); }
struct quarantine { std::vector<held_chunk> chunks; };
template <class F> auto inspect(F& f, quarantine& x) { return f(caf::meta::type_name("quarantine"), x.chunks); }
/// `user_registry` reads and `metadata` keeps: a user, and small named blobs (the key of tickets).
struct get_user { std::string name; };
template <class F> auto inspect(F& f, get_user& x) { return f(caf::meta::type_name("get_user"), x.name); }
struct user_record { std::string name, password_hash; bool is_admin = false; };
template <class F> auto inspect(F& f, user_record& x) {
  return f(caf::meta::type_name("user_record"), x.name, x.password_hash, x.is_admin);
}
struct get_blob { std::string key; };
template <class F> auto inspect(F& f, get_blob& x) { return f(caf::meta::type_name("get_blob"), x.key); }
/// `membership` asks `cluster_config` what a node is to be started with; cluster.cfg is read as it is now. Answers
/// lines key=value; not_found, bad_config.
struct node_settings { std::string alias; };
template <class F> auto inspect(F& f, node_settings& x) { return f(caf::meta::type_name("node_settings"), x.alias); }
/// `cluster_config` to `membership`: cluster.nodes was changed; its new text.
struct nodes_changed { std::string text; };
template <class F> auto inspect(F& f, nodes_changed& x) { return f(caf::meta::type_name("nodes_changed"), x.text); }
/// Asks `peers` for the door of a node; an empty alias means the controller.
struct find_peer { std::string alias; };
template <class F> auto inspect(F& f, find_peer& x) { return f(caf::meta::type_name("find_peer"), x.alias); }
/// Asks `peers` whether the controller lists this node as alive.
struct is_alive { std::string alias; };
template <class F> auto inspect(F& f, is_alive& x) { return f(caf::meta::type_name("is_alive"), x.alias); }
/// `registrar` to everyone in the process who cares: registered, with what the controller said.
struct registered { registration_reply reply; uint64_t incarnation = 0; };
template <class F> auto inspect(F& f, registered& x) {
  return f(caf::meta::type_name("registered"), x.reply, x.incarnation);
}

} // namespace pelorus

CAF_BEGIN_TYPE_ID_BLOCK(pelorus, caf::first_custom_type_id)
#define PELORUS_MESSAGE(name) CAF_ADD_TYPE_ID(pelorus, (pelorus::name))
PELORUS_MESSAGE(node_address)
PELORUS_MESSAGE(load_report)
PELORUS_MESSAGE(registration)
PELORUS_MESSAGE(registration_reply)
PELORUS_MESSAGE(heartbeat)
PELORUS_MESSAGE(heartbeat_reply)
PELORUS_MESSAGE(node_view)
PELORUS_MESSAGE(member_list)
PELORUS_MESSAGE(list_nodes)
PELORUS_MESSAGE(start_node)
PELORUS_MESSAGE(stop_node)
PELORUS_MESSAGE(launch)
PELORUS_MESSAGE(terminate)
PELORUS_MESSAGE(process_ended)
PELORUS_MESSAGE(process_view)
PELORUS_MESSAGE(mutate)
PELORUS_MESSAGE(get_snapshot)
PELORUS_MESSAGE(get_table)
PELORUS_MESSAGE(list_names)
PELORUS_MESSAGE(list_chunks)
PELORUS_MESSAGE(begin_write)
PELORUS_MESSAGE(write_plan)
PELORUS_MESSAGE(commit_write)
PELORUS_MESSAGE(abort_write)
PELORUS_MESSAGE(resolve_transaction)
PELORUS_MESSAGE(resolution)
PELORUS_MESSAGE(stage_rows)
PELORUS_MESSAGE(complete_write)
PELORUS_MESSAGE(forget_write)
PELORUS_MESSAGE(drop_chunks)
PELORUS_MESSAGE(held_chunk)
PELORUS_MESSAGE(chunk_report)
PELORUS_MESSAGE(chunk_report_reply)
PELORUS_MESSAGE(replicate)
PELORUS_MESSAGE(replicated)
PELORUS_MESSAGE(list_segments)
PELORUS_MESSAGE(fetch_segment)
PELORUS_MESSAGE(run_task)
PELORUS_MESSAGE(task_result)
PELORUS_MESSAGE(remote_call)
PELORUS_MESSAGE(authenticate)
PELORUS_MESSAGE(user_view)
PELORUS_MESSAGE(describe_user)
PELORUS_MESSAGE(change_password)
PELORUS_MESSAGE(issue_ticket)
PELORUS_MESSAGE(check_ticket)
PELORUS_MESSAGE(load_config)
PELORUS_MESSAGE(save_config)
PELORUS_MESSAGE(get_status)
PELORUS_MESSAGE(actor_view)
PELORUS_MESSAGE(actor_tree)
PELORUS_MESSAGE(look_up_write)
PELORUS_MESSAGE(write_lookup)
PELORUS_MESSAGE(decide)
PELORUS_MESSAGE(get_chunk)
PELORUS_MESSAGE(install_chunk)
PELORUS_MESSAGE(quarantine)
PELORUS_MESSAGE(get_user)
PELORUS_MESSAGE(user_record)
PELORUS_MESSAGE(get_blob)
PELORUS_MESSAGE(node_settings)
PELORUS_MESSAGE(nodes_changed)
PELORUS_MESSAGE(find_peer)
PELORUS_MESSAGE(is_alive)
PELORUS_MESSAGE(registered)
PELORUS_MESSAGE(get_table_of)
PELORUS_MESSAGE(transaction_view)
PELORUS_MESSAGE(transaction_views)
PELORUS_MESSAGE(list_transactions)
PELORUS_MESSAGE(unresolved_view)
PELORUS_MESSAGE(unresolved_views)
PELORUS_MESSAGE(list_unresolved)
PELORUS_MESSAGE(recovery_view)
PELORUS_MESSAGE(recovery_views)
PELORUS_MESSAGE(list_recovery)
PELORUS_MESSAGE(replica_move)
PELORUS_MESSAGE(replica_moves)
PELORUS_MESSAGE(order_replicas)
PELORUS_MESSAGE(plan_rebalance)
PELORUS_MESSAGE(control_recovery)
PELORUS_MESSAGE(damaged_chunk)
PELORUS_MESSAGE(swap_segments)
#undef PELORUS_MESSAGE
CAF_END_TYPE_ID_BLOCK(pelorus)
