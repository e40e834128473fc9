#include "actors/node_parts.hpp"

#include <filesystem>

#include <unistd.h>

#include <caf/send.hpp>

#include "actors/agent_door.hpp"
#include "actors/cluster_files.hpp"
#include "actors/controller_door.hpp"
#include "actors/launcher.hpp"
#include "actors/membership.hpp"
#include "actors/node_door.hpp"
#include "actors/process.hpp"
#include "actors/registrar.hpp"
#include "cfg/limits.hpp"
#include "cfg/log.hpp"
#include "cfg/version.hpp"

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
    result.stop_grace_ms = uint32_t(values.get_int("nodeStopTimeout")) * 1000;
  }
  if (node.config.cluster) result.cluster = *node.config.cluster;
  result.peers = node.peers;
  result.own_load = [&meter = node.meter] { return meter.sample(); };
  return result;
}

cluster_files files_of(const node_context& node) {
  const auto& values = node.config.values;
  cluster_files files;
  files.controller_cfg = path_option(values, "config");
  if (node.config.role == node_role::controller) {
    files.cluster_cfg = path_option(values, "clusterConfig");
    files.cluster_nodes = path_option(values, "nodesFile");
  }
  files.controller = node.config.local_site;
  files.own = values;
  return files;
}

std::vector<child_plan> master_children(node_context& node) {
  auto& system = node.system;
  return {
      {.name = "membership",
       .make = [&] { return caf::actor_cast<caf::actor>(spawn_membership(system, membership_of(node))); }},
      {.name = "cluster_config",
       .make = [&] { return caf::actor_cast<caf::actor>(spawn_cluster_files(system, files_of(node))); }},
  };
}

launcher_options launcher_of(const node_context& node) {
  const auto& values = node.config.values;
  auto log = path_option(values, "logFile");
  auto log_dir = log.empty() ? std::filesystem::path{values.home()} / "log" : std::filesystem::path{log}.parent_path();
  return {own_program(), values.home(), log_dir.string(), node.peers};
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
  result.on_registered = [&node](const registered&) { node.registered = true; };
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
           .make = [&] { return caf::actor_cast<caf::actor>(spawn_launcher(node.system, launcher_of(node))); }},
          registrar_child(node)};
}

std::vector<child_plan> node_children(node_context& node) {
  std::vector<child_plan> result;
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

void tell_local(node_context& node, const std::string& alias, const caf::actor& door) {
  caf::anon_send(node.peers, local_atom::value, alias, door);
}

} // namespace

expected<node_doors> open_doors(node_context& node) {
  node_doors doors;
  const auto& alias = node.self.alias;
  if (node.is_master()) {
    if (node.config.role == node_role::controller) {
      PELORUS_ASSIGN(node.cluster_id, cluster_id_in(node.config.values.get_path("dfsMetaDir")));
    }
    auto plan = door_of(node, master_children(node));
    plan.missing_hint = "";
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

void start_registrar(node_context&, const node_doors& doors) {
  auto door = doors.agent ? doors.agent : doors.controller ? caf::actor{} : doors.node;
  if (door) caf::anon_send(door, restart_atom::value, "registrar");
}

} // namespace pelorus
