#include "actors/node_parts.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <unistd.h>

#include <caf/abstract_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "actors/agent_door.hpp"
#include "actors/chunk_store.hpp"
#include "actors/cluster_files.hpp"
#include "actors/compactor.hpp"
#include "actors/connections.hpp"
#include "actors/controller_door.hpp"
#include "actors/launcher.hpp"
#include "actors/membership.hpp"
#include "actors/metadata.hpp"
#include "actors/node_door.hpp"
#include "actors/process.hpp"
#include "actors/recovery.hpp"
#include "actors/registrar.hpp"
#include "actors/replicator.hpp"
#include "actors/task_runner.hpp"
#include "actors/transactions.hpp"
#include "actors/user_registry.hpp"
#include "cfg/limits.hpp"
#include "cfg/log.hpp"
#include "cfg/version.hpp"
#include "storage/column_cache.hpp"
#include "storage/dfs_entry.hpp"

namespace pelorus {

namespace {

// The option as it was typed; "" if none.
std::string path_option(const settings& values, std::string_view name) {
  return values.is_set(name) ? values.get_path(name) : std::string{};
}

membership_options membership_of(node_context& node) {
  const auto& values = node.config.values;
  membership_options result;
  auto& c = result.config;
  c.self = node.self;
  c.controller = node.config.local_site;
  c.incarnation = node.incarnation;
  if (node.config.nodes) c.nodes = *node.config.nodes;
  c.timeout = std::chrono::seconds{values.get_int("dfsChunkNodeHeartBeatTimeout")};
  c.lan_cluster = values.get_bool("lanCluster");
  c.reply.cluster_id = node.cluster_id;
  c.reply.data_sync = values.get_bool("dataSync");
  c.reply.heartbeat_ms = uint32_t(limits::heartbeat_interval.count());
  c.reply.controller_alias = node.self.alias;
  if (node.config.role == node_role::controller) {
    c.restart_interval = std::chrono::seconds{values.get_int("datanodeRestartInterval")};
    c.restart_stopped = values.get_string("datanodeRestartLevel") == "OFFLINE";
    c.stop_grace = std::chrono::seconds{values.get_int("nodeStopTimeout")};
  }
  result.cluster_files = [&of = node.handles] { return of.get<config_actor>("cluster_config"); };
  result.peers = node.peers;
  result.own_load = [&meter = node.meter] { return meter.sample(); };
  result.metadata = [&of = node.handles] { return of.get<metadata_actor>("metadata"); };
  result.transactions = [&of = node.handles] { return of.get<transactions_actor>("transactions"); };
  return result;
}

cluster_files files_of(node_context& node) {
  const auto& values = node.config.values;
  cluster_files files;
  files.controller_cfg = path_option(values, "config");
  if (node.config.role == node_role::controller) {
    files.cluster_cfg = path_option(values, "clusterConfig");
    files.cluster_nodes = path_option(values, "nodesFile");
  }
  files.controller = node.config.local_site;
  files.own = values;
  files.nodes_saved = [&of = node.handles](const nodes_changed& change) {
    if (auto membership = of.get<membership_actor>("membership")) caf::anon_send(membership, change);
  };
  return files;
}

transaction_table::options transactions_of(const settings& values) {
  transaction_table::options result;
  result.replicas = int(values.get_int("dfsReplicationFactor"));
  result.reliability = int(values.get_int("dfsReplicaReliabilityLevel"));
  return result;
}

recovery_options recovery_of(const settings& values, size_t default_concurrency) {
  recovery_options result;
  result.replicas = int(values.get_int("dfsReplicationFactor"));
  result.reliability = int(values.get_int("dfsReplicaReliabilityLevel"));
  if (values.role() != node_role::controller) return result;
  auto limit = [&](const char* key) { return values.is_set(key) ? size_t(values.get_int(key)) : default_concurrency; };
  result.limits = {limit("dfsRecoveryConcurrency"), limit("dfsRebalanceConcurrency")};
  auto wait = values.get_int("dfsRecoveryWaitTime");
  result.wait = std::chrono::milliseconds{wait == 0 ? 0 : std::max<int64_t>(wait, 60'000)};
  return result;
}

child_plan call_runner_child(node_context& node, const std::string& key) {
  auto workers = size_t(node.config.values.get_int("workerNum"));
  return {.name = "call_runner",
          .make = [&node, key, workers] {
            return node.handles.set(key, spawn_call_runner(node.system, workers, node.scripts));
          }};
}

std::vector<child_plan> master_children(node_context& node) {
  auto& system = node.system;
  auto& of = node.handles;
  const auto& values = node.config.values;
  auto concurrency = size_t(values.role() == node_role::controller ? 2 * std::max(1u, node.config.nodes->count(node_role::datanode)) : 1);
  return {
      {.name = "cluster_config", .make = [&] { return of.set("cluster_config", spawn_cluster_files(system, files_of(node))); }},
      {.name = "membership",
       .make = [&] { return of.set("membership", spawn_membership(system, membership_of(node))); },
       .after = {"cluster_config"}},
      {.name = "metadata", .make = [&] { return of.set("metadata", spawn_metadata(system, {.store = node.metadata})); }},
      {.name = "transactions",
       .make = [&] {
         return of.set("transactions", spawn_transactions(system, {.metadata = of.get<metadata_actor>("metadata"),
                                                                   .membership = of.get<membership_actor>("membership"),
                                                                   .options = transactions_of(values)}));
       },
       .after = {"metadata", "membership"}},
      {.name = "recovery",
       .make = [&, concurrency, reports = std::make_shared<replica_reports>()] {
         recovery_config config{of.get<metadata_actor>("metadata"), of.get<membership_actor>("membership"),
                                of.get<transactions_actor>("transactions"), node.peers, recovery_of(values, concurrency)};
         config.reports = reports;
         return of.set("recovery", spawn_recovery(system, std::move(config)));
       },
       .after = {"metadata", "membership", "transactions"}},
      {.name = "user_registry",
       .make = [&] { return of.set("user_registry", spawn_user_registry(system, of.get<metadata_actor>("metadata"))); },
       .after = {"metadata"}},
      call_runner_child(node, "controller call_runner"),
  };
}

int64_t steady_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

cache_engine::options cache_of(const settings& values) {
  cache_engine::options result;
  result.log.directory = values.get_path("redoLogDir");
  result.log.report = [](const std::string& text) { log_info("{}", text); };
  result.sync = values.get_bool("dataSync");
  result.olap_bytes = result.sync ? values.get_bytes("OLAPCacheEngineSize") : 0;
  result.tsdb_bytes = values.get_bytes("TSDBCacheEngineSize");
  return result;
}

launcher_options launcher_of(const node_context& node) {
  const auto& values = node.config.values;
  auto log = path_option(values, "logFile");
  auto log_dir = log.empty() ? std::filesystem::path{values.home()} / "log" : std::filesystem::path{log}.parent_path();
  return {own_program(), values.home(), log_dir.string(), node.peers};
}

// The replicator reports what this node holds.
void report_chunks(node_context& node, const registered& x) {
  if (auto replicator = node.handles.get<replicator_actor>("replicator")) caf::anon_send(replicator, x);
}

registrar_options registrar_of(node_context& node) {
  registrar_options result;
  result.who.who = node.self;
  result.who.incarnation = node.incarnation;
  result.who.controller_site = to_string(*node.config.controller_site);
  result.who.version = std::string{program_version};
  result.who.lan_cluster = node.config.values.get_bool("lanCluster");
  result.who.pid = getpid();
  result.peers = node.peers;
  result.load = [&meter = node.meter] { return meter.sample(); };
  result.time_of_day = [] { return std::chrono::system_clock::now(); };
  if (node.chunks) result.seen = [chunks = node.chunks] { return chunks->seen(); };
  result.hang_up = [&system = node.system](const caf::actor& controller) { drop_connections(system, controller.node()); };
  result.on_registered = [&node](const registered& x) {
    node.registered = true;
    report_chunks(node, x);
  };
  result.on_refused = [&life = node.life](const std::string& why) {
    life.fail("the controller refuses this process: " + why);
  };
  return result;
}

child_plan registrar_child(node_context& node) {
  return {.name = "registrar",
          .make = [&] { return caf::actor_cast<caf::actor>(spawn_registrar(node.system, registrar_of(node))); },
          .deferred = true};
}

std::vector<child_plan> agent_children(node_context& node) {
  return {{.name = "launcher",
           .make = [&] { return node.handles.set("launcher", spawn_launcher(node.system, launcher_of(node))); }},
          call_runner_child(node, "call_runner"), registrar_child(node)};
}

void add_store_children(node_context& node, std::vector<child_plan>& children) {
  auto& system = node.system;
  auto& of = node.handles;
  auto workers = size_t(node.config.values.get_int("workerNum"));
  bool sync = node.config.values.get_bool("dataSync");
  children.push_back({.name = "chunk_store", .make = [&, workers, sync] {
                        chunk_store_config config{node.chunks, node.peers, sync, unsigned(workers)};
                        config.purge_interval = std::chrono::seconds{node.config.values.get_int("redoLogPurgeInterval")};
                        config.purge_bytes = node.config.values.get_bytes("redoLogPurgeLimit");
                        return of.set("chunk_store", spawn_chunk_store(system, std::move(config)));
                      }});
  children.push_back({.name = "replicator",
                      .make = [&] {
                        replicator_config config{node.chunks, node.peers, of.get<chunk_store_actor>("chunk_store"),
                                                 node.self.alias};
                        auto made = of.set("replicator", spawn_replicator(system, std::move(config)));
                        // It registers with nobody and is its own controller.
                        if (node.config.role == node_role::single) report_chunks(node, registered{{}, node.incarnation});
                        return made;
                      },
                      .after = {"chunk_store"}});
  children.push_back({.name = "task_runner",
                      .make = [&, workers] {
                        return of.set("task_runner",
                                      spawn_task_runner(system, workers, node.chunks,
                                                        of.get<chunk_store_actor>("chunk_store"), node.scripts,
                                                        std::make_shared<damage_reporter>(system, node.peers, node.self.alias)));
                      },
                      .after = {"chunk_store"}});
}

void add_compactor(node_context& node, std::vector<child_plan>& children) {
  const auto& values = node.config.values;
  children.push_back({.name = "compactor",
                      .make = [&] {
                        compactor_config config{node.chunks, node.peers, node.handles.get<chunk_store_actor>("chunk_store"),
                                                std::make_shared<damage_reporter>(node.system, node.peers, node.self.alias),
                                                values.get_bool("dataSync"),
                                                std::chrono::minutes{values.get_int("oldChunkVersionRetentionTime")}};
                        return node.handles.set("compactor", spawn_compactor(node.system, std::move(config)));
                      },
                      .after = {"chunk_store"}});
}

std::vector<child_plan> node_children(node_context& node) {
  std::vector<child_plan> result;
  if (node.stores_chunks()) {
    add_store_children(node, result);
    add_compactor(node, result);
  }
  result.push_back(call_runner_child(node, "call_runner"));
  if (node.config.role != node_role::single) result.push_back(registrar_child(node));
  return result;
}

door_config door_of(node_context& node, std::vector<child_plan> children) {
  door_config result;
  result.owner = std::string{to_string(node.config.role)} + " " + node.self.alias;
  result.children = std::move(children);
  result.escalate = [&life = node.life](const std::string& why) { life.fail(why); };
  return result;
}

// Two processes with one home would overwrite each other's files, whatever their ports. The stores lock their own.
expected<void> lock_directories(node_context& node) {
  const auto& values = node.config.values;
  std::set<std::string> directories{(std::filesystem::path{values.home()} / node.self.alias).string()};
  if (node.stores_chunks())
    for (auto& volume : values.get_paths("volumes")) directories.insert(volume);
  if (node.is_master()) directories.erase(values.get_path("dfsMetaDir"));
  for (const auto& directory : directories) {
    PELORUS_TRY(make_directories(directory));
    PELORUS_ASSIGN(auto lock, directory_lock::acquire(directory));
    node.locks.push_back(std::move(lock));
  }
  return {};
}

void tell_of(const leftovers& left) {
  for (auto& sentence : left.failures) log_warn("{}", sentence);
  if (left.removed != 0) log_info("{} files that a crash had left over were removed", left.removed);
  if (!left.files.empty()) log_info("{} files belong to no transaction that this node knows; they stay until newer rows are there", left.files.size());
  for (auto& [chunk, directory] : left.directories) log_warn("chunk {} in {} is not in the catalog; the controller is asked", to_string(chunk), directory);
}

// As membership does for a node that registers; the one node of single mode does not.
expected<void> raise_ids_past(metadata_store& metadata, const seen_ids& seen) {
  if (seen.tid <= metadata.state().reserved_tid() && seen.cid <= metadata.state().last_cid()) return {};
  log_warn("the chunks here have seen transaction {} and commit {}, the metadata is of an older time; new ones begin behind them", seen.tid, seen.cid);
  auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  auto raised = metadata.commit({raise_ids{seen.tid, seen.cid}}, now.count());
  return raised.front() ? expected<void>{} : expected<void>{raised.front().error()};
}

void tell_local(node_context& node, const std::string& alias, const caf::actor& door) {
  caf::anon_send(node.peers, local_atom::value, alias, door);
}

} // namespace

void watch_for_life(node_context& node, const caf::actor& who, const std::string& name) {
  if (!who) return;
  caf::actor_cast<caf::abstract_actor*>(who)->attach_functor([&life = node.life, name](const caf::error& reason) {
    if (reason && reason != caf::exit_reason::user_shutdown) life.fail(name + " failed: " + to_string(reason));
  });
}

expected<void> open_stores(node_context& node) {
  const auto& values = node.config.values;
  PELORUS_TRY(lock_directories(node));
  if (node.is_master()) {
    auto directory = values.get_path("dfsMetaDir");
    PELORUS_ASSIGN(node.cluster_id, cluster_id_in(directory));
    metadata_store::options options;
    options.directory = directory;
    options.sync = values.get_bool("dataSync");
    options.report = [](const std::string& text) { log_info("{}", text); };
    PELORUS_ASSIGN(auto store, metadata_store::open(std::move(options)));
    node.metadata = std::make_shared<metadata_store>(std::move(store));
  }
  if (node.stores_chunks()) {
    PELORUS_ASSIGN(node.chunks, chunk_files::open(values.get_paths("volumes"), values.get_path("chunkMetaDir"),
                                                  values.get_bool("dataSync")));
    node.chunks->recovery_workers = uint32_t(values.get_int("recoveryWorkers"));
    column_cache::indexes().set_limit(values.get_bytes("TSDBLevelFileIndexCacheSize"));
    PELORUS_TRY(node.chunks->open_cache(cache_of(values), steady_now_ms()));
    node.chunks->sweep();
    tell_of(node.chunks->left);
  }
  return node.metadata && node.chunks ? raise_ids_past(*node.metadata, node.chunks->seen()) : expected<void>{};
}

node_doors open_doors(node_context& node) {
  node_doors doors;
  const auto& alias = node.self.alias;
  if (node.is_master()) {
    auto plan = door_of(node, master_children(node));
    doors.controller = caf::actor_cast<caf::actor>(spawn_controller_door(node.system, std::move(plan)));
    tell_local(node, "", doors.controller);
    if (node.config.role == node_role::controller) tell_local(node, alias, doors.controller);
  }
  if (node.config.role == node_role::agent) {
    doors.agent = caf::actor_cast<caf::actor>(spawn_agent_door(node.system, door_of(node, agent_children(node))));
    tell_local(node, alias, doors.agent);
  }
  if (node.is_node()) {
    auto plan = door_of(node, node_children(node));
    plan.missing_hint = "; data nodes have it";
    doors.node = caf::actor_cast<caf::actor>(spawn_node_door(node.system, std::move(plan)));
    tell_local(node, alias, doors.node);
  }
  return doors;
}

void start_registrar(node_context& node, const node_doors& doors) {
  if (node.is_master()) {
    node.registered = true;
    return;
  }
  auto door = doors.agent ? doors.agent : doors.node;
  if (door) caf::anon_send(door, restart_atom::value, "registrar");
}

} // namespace pelorus
