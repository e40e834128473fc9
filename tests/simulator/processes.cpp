// What a simulated process consists of.
#include <filesystem>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/chunk_store.hpp"
#include "actors/controller_door.hpp"
#include "actors/errors.hpp"
#include "actors/metadata.hpp"
#include "actors/node_door.hpp"
#include "actors/recovery.hpp"
#include "actors/replicator.hpp"
#include "actors/transactions.hpp"
#include "cfg/node_role.hpp"
#include "storage/dfs_codec.hpp"
#include "tests/simulator/cluster.hpp"

namespace pelorus::simulation {

namespace {

constexpr milliseconds silence_limit{4'000}, transaction_deadline{15'000};

schema entry_columns() {
  return {{"writer", type_id::int_, 0, "", ""}, {"sequence", type_id::long_, 0, "", ""}, {"item", type_id::int_, 0, "", ""}};
}

} // namespace

/// The table is there before the run begins.
void cluster::make_tables() {
  auto store = metadata_store::open({.directory = home_of(of(controller_alias))});
  if (!store) return problems.push_back(store.error().message);
  database_info database;
  database.path = database_path;
  partition_level level;
  level.key_type = type_id::int_;
  level.values = column::make(type_id::int_, 0);
  for (int i = 0; i < 4; ++i) level.values->push(i);
  database.levels = {level};
  table_info table;
  table.database = database_path;
  table.name = table_name;
  table.columns = entry_columns();
  table.partition_columns = {0};
  for (auto& done : store->commit({create_database{database}, create_table{table}}, 1))
    if (!done) problems.push_back(done.error().message);
}

bool cluster::is_known_alive(const process& x) const {
  auto silent_since = time_point::max();
  if (!x.runs) silent_since = x.died;
  if (is_hanging(x)) silent_since = std::min(silent_since, x.hung);
  if (auto cut = net_->cut_since(x.where.alias, controller_alias)) silent_since = std::min(silent_since, *cut);
  return silent_since == time_point::max() || now() - silent_since < silence_limit;
}

member_list cluster::members() const {
  member_list list;
  for (auto& x : processes_) {
    node_view view;
    view.address.alias = x.where.alias;
    view.address.host = x.where.alias;
    auto role = x.where.alias == controller_alias ? node_role::controller : x.where.alias == writer_alias ? node_role::computenode : node_role::datanode;
    view.address.role = static_cast<uint8_t>(role);
    view.state = static_cast<uint8_t>(is_known_alive(x) ? node_state::alive : node_state::dead);
    view.incarnation = x.where.incarnation;
    list.push_back(std::move(view));
  }
  return list;
}

caf::actor cluster::make_membership(process& x) {
  return adopt(x, system_.spawn([this](caf::event_based_actor*) -> caf::behavior {
    return {[this](const list_nodes&) { return members(); }, [](const get_status&) { return uint64_t{0}; }};
  }));
}

/// Answers the doors of others as the faulty network shows them.
caf::actor cluster::make_peers(process& x) {
  auto alias = x.where.alias;
  return adopt(x, system_.spawn([this, alias](caf::event_based_actor*) -> caf::behavior {
    return {[this, alias](const find_peer& ask) -> caf::result<caf::actor> {
              auto& there = of(ask.alias.empty() ? controller_alias : ask.alias);
              if (!there.runs || there.dying || (!ask.alias.empty() && !is_known_alive(there)))
                return to_caf({ec::unavailable, fmt::format("{} does not answer", there.where.alias)});
              return net_->connect(of(alias).where, there.where, there.door);
            },
            [this](const is_alive& ask) { return is_known_alive(of(ask.alias)); },
            [this](const list_nodes&) { return members(); }, [](const get_status&) { return uint64_t{0}; }};
  }));
}

void cluster::start_controller(process& x) {
  auto store = metadata_store::open({.directory = home_of(x)});
  if (!store) return open_failed(x, store.error());
  x.metadata = std::make_shared<metadata_store>(*std::move(store));
  auto clock = [this] { return std::chrono::duration_cast<milliseconds>(now().time_since_epoch()).count() + 1; };
  auto handles = std::make_shared<std::map<std::string, caf::actor>>();
  auto keep = [this, handles, alias = x.where.alias](const std::string& name, auto handle) {
    return (*handles)[name] = adopt(of(alias), caf::actor_cast<caf::actor>(handle));
  };
  auto metadata = [handles] { return caf::actor_cast<metadata_actor>(handles->at("metadata")); };
  auto membership = [handles] { return caf::actor_cast<membership_actor>(handles->at("membership")); };
  (*handles)["membership"] = make_membership(x);
  door_config config;
  config.owner = x.where.alias;
  config.escalate = [this, alias = x.where.alias](const std::string&) { of(alias).dying = true; };
  config.children = {
      {.name = "metadata",
       .make = [this, keep, clock] {
         return keep("metadata", spawn_metadata(system_, {.store = of(controller_alias).metadata, .clock = clock, .own_thread = false}));
       }},
      {.name = "transactions",
       .make = [this, keep, clock, metadata, membership] {
         transaction_table::options options{options_.replicas, 0, transaction_deadline};
         auto& made = of(controller_alias).transactions;
         return made = keep("transactions", spawn_transactions(system_, {metadata(), membership(), options, clock, random_()}));
       },
       .after = {"metadata"}},
      {.name = "recovery",
       .make = [this, keep, clock, metadata, membership, handles, reports = std::make_shared<replica_reports>()] {
         recovery_config recovery{metadata(), membership(), caf::actor_cast<transactions_actor>(handles->at("transactions")),
                                  caf::actor_cast<peers_actor>(of(controller_alias).peers), {{2, 2}, options_.replicas, 0, milliseconds{0}}, clock, random_(), reports, false};
         return keep("recovery", spawn_recovery(system_, std::move(recovery)));
       },
       .after = {"metadata", "transactions"}}};
  x.door = adopt(x, caf::actor_cast<caf::actor>(spawn_controller_door(system_, std::move(config))));
}

/// Sizes that a run of a minute reaches: the log is cut and its files follow each other.
expected<void> cluster::open_cache(process& x) {
  auto path = options_.path;
  if (path == write_path::files) return {};
  cache_engine::options how{.log = {.directory = home_of(x) + "/redo", .file_bytes = 4096, .allocation_step = 4096}, .sync = true};
  how.olap_bytes = how.tsdb_bytes = path == write_path::logged_files ? 0 : path == write_path::small_cache ? 3000 : 1 << 20;
  return x.chunks->open_cache(std::move(how), std::chrono::duration_cast<milliseconds>(now().time_since_epoch()).count());
}

void cluster::start_data_node(process& x) {
  auto files = chunk_files::open({home_of(x) + "/volume"}, home_of(x), true);
  if (!files) return open_failed(x, files.error());
  x.chunks = *std::move(files);
  if (auto opened = open_cache(x); !opened) return open_failed(x, opened.error());
  x.chunks->sweep();
  auto peers = caf::actor_cast<peers_actor>(x.peers);
  door_config config;
  config.owner = x.where.alias;
  config.escalate = [this, alias = x.where.alias](const std::string&) { of(alias).dying = true; };
  config.children = {
      {.name = "chunk_store",
       .make = [this, peers, alias = x.where.alias] {
         auto& self = of(alias);
         chunk_store_config config{.files = self.chunks, .peers = peers, .sync = true, .own_thread = false};
         if (options_.path == write_path::small_cache) config.purge_interval = std::chrono::seconds{2}, config.purge_bytes = 4096;
         auto store = spawn_chunk_store(system_, std::move(config));
         return self.store = adopt(self, caf::actor_cast<caf::actor>(store));
       }},
      {.name = "replicator",
       .make = [this, peers, alias = x.where.alias] {
         auto& self = of(alias);
         auto copies = spawn_replicator(system_, {.files = self.chunks, .peers = peers, .store = caf::actor_cast<chunk_store_actor>(self.store),
                                                  .alias = alias, .own_thread = false});
         return self.replicator = adopt(self, caf::actor_cast<caf::actor>(copies));
       },
       .after = {"chunk_store"}}};
  x.door = adopt(x, caf::actor_cast<caf::actor>(spawn_node_door(system_, std::move(config))));
}

/// As its registrar does when the controller answers: one that started, or all when the controller did.
void cluster::register_node(const std::string& alias) {
  at(now() + milliseconds{500}, [this, alias] {
    auto& controller = of(controller_alias);
    for (auto& x : processes_) {
      if (!x.runs || !x.replicator || (alias != controller_alias && alias != x.where.alias)) continue;
      bool reached = controller.runs && !net_->cut_since(x.where.alias, controller_alias) && !net_->cut_since(controller_alias, x.where.alias);
      if (reached) caf::anon_send(x.replicator, registered{{}, x.where.incarnation});
      else register_node(x.where.alias);
    }
  });
}

} // namespace pelorus::simulation
