// Nodes and the cluster: who is who, starting and stopping, configuration files, logs, chunks.
#include <algorithm>
#include <limits>

#include "cfg/settings.hpp"
#include "cfg/strings.hpp"
#include "query/dictionary.hpp"
#include "query/functions/cluster_nodes.hpp"
#include "query/functions/registry.hpp"
#include "query/functions/remote.hpp"
#include "query/functions/shapes.hpp"
#include "query/row_table.hpp"
#include "query/session.hpp"

namespace pelorus {

namespace {

services& node_of(call_context& context) { return *context.who.node; }

bool flag(const arguments& args, size_t i) { return is_given(args, i) && args[i].as_long() == 1; }

// -- this node ------------------------------------------------------------------------------------------------

value node_type_function(call_context& context, arguments&) {
  return value::of_int(static_cast<int32_t>(node_of(context).self().mode));
}
value node_alias_function(call_context& context, arguments&) { return value::of_text(node_of(context).self().alias); }
value controller_alias_function(call_context& context, arguments&) {
  return value::of_text(node_of(context).self().controller_alias);
}
value node_host_function(call_context& context, arguments&) { return value::of_text(node_of(context).self().host); }
value node_port_function(call_context& context, arguments&) { return value::of_int(node_of(context).self().port); }
value home_function(call_context& context, arguments&) { return value::of_text(node_of(context).self().home); }

/// Every setting that has a value, secrets left out.
value config_function(call_context& context, arguments& args) {
  auto& config = node_of(context).config();
  if (is_given(args, 0)) {
    auto name = text_of_argument(args[0], "getConfig", "key");
    auto row = find_setting(name);
    if (row == nullptr || row->secret) return value::of_text("");
    return value::of_text(config.get_string(row->name));
  }
  auto keys = column::make(type_id::string), values = column::make(type_id::string);
  for (auto& section : setting_sections())
    for (auto& row : section.rows) {
      if (row.secret) continue;
      auto text = config.get_string(row.name);
      if (text.empty()) continue;
      keys->push_text(row.name);
      values->push_text(text);
    }
  return value{std::make_shared<dictionary>(keys, values, true)};
}

/// Pelorus is free software: nothing is limited and nothing expires, which the fields say in the types clients expect.
value license_function(call_context& context, arguments&) {
  constexpr int32_t unlimited = std::numeric_limits<int32_t>::max();
  constexpr int32_t last_day = 2932896;  // 9999.12.31
  auto version = find_function("version");
  dictionary out{type_id::string, type_id::any, true};
  out.set("authorization", value::of_text("free"));
  out.set("licenseType", value::of_int(0));
  out.set("maxMemoryPerNode", value::of_int(unlimited));
  out.set("maxCoresPerNode", value::of_int(unlimited));
  out.set("clientName", value::of_text("Pelorus"));
  out.set("bindCPU", value::of_bool(false));
  out.set("expiration", value::integral(type_id::date, last_day));
  out.set("maxNodes", value::of_int(unlimited));
  if (version != nullptr) {
    arguments none;
    out.set("version", version->call(context, none));
  }
  out.set("productKey", value::of_text("DOLPHIN"));
  out.set("moduleNames", value::of_text(""));
  out.set("modules", value::of_long(0));
  return value{std::make_shared<dictionary>(std::move(out))};
}

// -- the cluster ------------------------------------------------------------------------------------------------

value perf_function(call_context& context, arguments& args) {
  return value{unwrap(node_of(context).cluster_perf(flag(args, 0)))};
}

/// "host:port:alias" of live data nodes, and of compute nodes unless they are left out.
value live_nodes_function(call_context& context, arguments& args) {
  bool compute = !is_given(args, 0) || flag(args, 0);
  auto live = unwrap(node_of(context).live_nodes(compute));
  auto perf = unwrap(node_of(context).cluster_perf(true));
  auto& names = *perf->col(static_cast<size_t>(perf->find("name")));
  auto& hosts = *perf->col(static_cast<size_t>(perf->find("host")));
  auto& ports = *perf->col(static_cast<size_t>(perf->find("port")));
  std::vector<std::string> sites;
  for (size_t i = 0; i < perf->rows(); ++i)
    if (std::find(live.begin(), live.end(), names.text(i)) != live.end())
      sites.push_back(std::string{hosts.text(i)} + ":" + std::to_string(element(ports, i).as_long()) + ":" + std::string{names.text(i)});
  return value{column::of_strings(sites)};
}

value start_function(call_context& context, arguments& args) {
  for (auto& name : text_list(args[0], "startDataNode", "X")) unwrap(node_of(context).start_node(name));
  return value::nothing();
}

value stop_function(call_context& context, arguments& args) {
  for (auto& name : text_list(args[0], "stopDataNode", "X")) unwrap(node_of(context).stop_node(name));
  return value::nothing();
}

value actor_tree_function(call_context& context, arguments&) { return value{unwrap(node_of(context).actor_tree())}; }

// -- chunks -------------------------------------------------------------------------------------------------------

value cluster_chunks_function(call_context& context, arguments&) {
  return value{unwrap(node_of(context).cluster_chunks())};
}

/// `*` and `%` stand for any characters, `?` for one.
bool path_matches(std::string pattern, std::string_view path) {
  std::replace(pattern.begin(), pattern.end(), '*', '%');
  return strings::wildcard_match(pattern, path);
}

/// Rows whose text in `column` matches the pattern, at most `top` of them (-1: all).
table_ptr filtered(table_ptr rows, std::string_view column_name, const std::string& pattern, int64_t top) {
  auto at = rows->find(column_name);
  std::vector<uint32_t> kept;
  for (uint32_t i = 0; i < rows->rows() && (top < 0 || static_cast<int64_t>(kept.size()) < top); ++i)
    if (pattern.empty() || at < 0 || path_matches(pattern, rows->col(static_cast<size_t>(at))->text(i))) kept.push_back(i);
  return kept.size() == rows->rows() ? rows : rows->gather(kept);
}

int64_t top_of(const arguments& args, size_t i) { return is_given(args, i) ? args[i].as_long() : 1024; }

value chunks_function(call_context& context, arguments& args) {
  auto pattern = is_given(args, 0) ? text_of_argument(args[0], "getChunksMeta", "chunkPath") : std::string{};
  return value{filtered(unwrap(node_of(context).local_chunks()), "dfsPath", pattern, top_of(args, 1))};
}

value all_chunks_function(call_context& context, arguments&) { return value{unwrap(node_of(context).local_chunks())}; }

value tablets_function(call_context& context, arguments& args) {
  auto pattern = is_given(args, 0) ? text_of_argument(args[0], "getTabletsMeta", "chunkPath") : std::string{};
  auto rows = unwrap(node_of(context).local_chunks());
  if (is_given(args, 1)) rows = filtered(rows, "tableName", text_of_argument(args[1], "getTabletsMeta", "tableName"), -1);
  return value{filtered(rows, "dfsPath", pattern, top_of(args, 3))};
}

// -- configuration files --------------------------------------------------------------------------------------------

constexpr char controller_file[] = "controller.cfg";
constexpr char cluster_file[] = "cluster.cfg";
constexpr char nodes_file[] = "cluster.nodes";

template <const char* File>
value load_function(call_context& context, arguments&) {
  return value{column::of_strings(unwrap(node_of(context).load_config(File)))};
}
/// A node that was started without the file has no settings in it; consoles ask every node.
value load_cluster_function(call_context& context, arguments&) {
  auto lines = node_of(context).load_config(cluster_file);
  if (!lines && lines.error().code != ec::not_found) throw script_error{lines.error()};
  return value{column::of_strings(lines ? *lines : std::vector<std::string>{})};
}
template <const char* File>
value save_function(call_context& context, arguments& args) {
  unwrap(node_of(context).save_config(File, text_list(args[0], "save", "lines")));
  return value::nothing();
}
// -- logs -------------------------------------------------------------------------------------------------------------

void need_login(const call_context& context, std::string_view function) {
  if (!context.who.logged_in) throw script_error{ec::permission, std::string{function} + ": log in first."};
}

std::string alias_or_self(call_context& context, const arguments& args, size_t i, std::string_view function) {
  return is_given(args, i) ? text_of_argument(args[i], function, "nodeAlias") : node_of(context).self().alias;
}

value log_length_function(call_context& context, arguments& args) {
  need_login(context, "getServerLogLength");
  return value::of_long(unwrap(node_of(context).log_length(alias_or_self(context, args, 0, "getServerLogLength"))));
}

value log_function(call_context& context, arguments& args) {
  need_login(context, "getServerLog");
  auto length = is_given(args, 0) ? args[0].as_long() : 10000;
  auto offset = is_given(args, 1) ? args[1].as_long() : 0;
  if (length < 0 || offset < 0) throw script_error{ec::bad_argument, "getServerLog: length and offset must not be negative."};
  // A negative offset -1 - n counts n bytes from the beginning.
  if (is_given(args, 2) && args[2].as_long() == 0) offset = -1 - offset;
  return value{column::of_strings(unwrap(node_of(context).log_lines(alias_or_self(context, args, 3, "getServerLog"), length, offset)))};
}

// -- later --------------------------------------------------------------------------------------------------------------

value publish_function(call_context&, arguments&) {
  throw script_error{ec::not_supported, "publishTable: Pelorus does not publish stream tables yet."};
}

const function_entry table_of_nodes[] = {
    {"getNodeType", "getNodeType()", "0 data node, 1 agent, 2 controller, 3 single, 4 compute node.", node_type_function, 0,
     0, impure | urgent, {{"typestr(getNodeType())", "INT"}}},
    {"getNodeAlias", "getNodeAlias()", "The alias of this node.", node_alias_function, 0, 0, impure | urgent,
     {{"typestr(getNodeAlias())", "STRING"}}},
    {"getControllerAlias", "getControllerAlias()", "The alias of the controller; the own one in single mode.",
     controller_alias_function, 0, 0, impure | urgent, {{"typestr(getControllerAlias())", "STRING"}}, {"getActiveMaster"}},
    {"getNodeHost", "getNodeHost()", "The host in localSite.", node_host_function, 0, 0, impure | urgent,
     {{"typestr(getNodeHost())", "STRING"}}},
    {"getNodePort", "getNodePort()", "The port in localSite.", node_port_function, 0, 0, impure | urgent,
     {{"typestr(getNodePort())", "INT"}}},
    {"getHomeDir", "getHomeDir()", "The home directory of this node.", home_function, 0, 0, impure | urgent,
     {{"typestr(getHomeDir())", "STRING"}}},
    {"getConfig", "getConfig([key])", "The settings of this node as a dictionary, or one of them as STRING.",
     config_function, 0, 1, impure | urgent, {{"getConfig(`maxConnections)", "512"}}, {"getConfigure"}},
    {"license", "license()", "A dictionary for clients that ask; Pelorus is free and limits nothing.", license_function, 0, 1,
     impure | urgent, {{"license().authorization", "free"}}},
    {"getClusterPerf", "getClusterPerf([includeMaster=false])", "A table of the cluster's nodes: state, load, memory, jobs.",
     perf_function, 0, 1, impure | urgent, {{"getClusterPerf(true, true)", "error: "}}},
    {"getClusterLiveDataNodes", "getClusterLiveDataNodes([includeComputeNodes=true])",
     "\"host:port:alias\" of the nodes that are up and run queries.", live_nodes_function, 0, 1, impure | urgent,
     {{"getClusterLiveDataNodes(true, true)", "error: "}}},
    {"startDataNode", "startDataNode(X)", "Starts data or compute nodes, by alias or \"host:port\" (STRING or vector).",
     start_function, 1, 1, impure | admin_only, {{"startDataNode()", "error: "}}},
    {"stopDataNode", "stopDataNode(X)", "Stops data or compute nodes, by alias or \"host:port\" (STRING or vector).",
     stop_function, 1, 1, impure | admin_only, {{"stopDataNode()", "error: "}}},
    {"getActorTree", "getActorTree()", "The supervision tree of this node: actors, mailboxes, restarts, uptime.",
     actor_tree_function, 0, 0, impure | urgent, {{"getActorTree(1)", "error: "}}},
    {"getClusterChunksStatus", "getClusterChunksStatus()", "Every chunk of the cluster with its version and replicas.",
     cluster_chunks_function, 0, 0, impure, {{"getClusterChunksStatus(1)", "error: "}}},
    {"getChunksMeta", "getChunksMeta([chunkPath], [top=1024])",
     "The chunks of this data node; `chunkPath` may hold * and ?, top -1 means all.", chunks_function, 0, 2, impure,
     {{"getChunksMeta(1)", "error: chunkPath"}}},
    {"getAllChunks", "getAllChunks()", "All chunks of this data node.", all_chunks_function, 0, 0, impure,
     {{"getAllChunks(1)", "error: "}}},
    {"getTabletsMeta", "getTabletsMeta([chunkPath], [tableName], [diskUsage=false], [top=1024])",
     "The chunks of this data node by table.", tablets_function, 0, 4, impure, {{"getTabletsMeta(1)", "error: chunkPath"}}},
    {"loadControllerConfigs", "loadControllerConfigs()", "The lines of controller.cfg.", load_function<controller_file>, 0, 0,
     impure | admin_only, {{"loadControllerConfigs(1)", "error: "}}},
    {"saveControllerConfigs", "saveControllerConfigs(lines)", "Replaces controller.cfg.", save_function<controller_file>, 1, 1,
     impure | admin_only, {{"saveControllerConfigs()", "error: "}}},
    {"loadClusterNodesConfigs", "loadClusterNodesConfigs()", "The lines of cluster.cfg; none in single mode.", load_cluster_function, 0, 0,
     impure | urgent, {{"loadClusterNodesConfigs(1)", "error: "}}},
    {"saveClusterNodesConfigs", "saveClusterNodesConfigs(lines)", "Replaces cluster.cfg.", save_function<cluster_file>, 1, 1,
     impure | admin_only, {{"saveClusterNodesConfigs()", "error: "}}},
    {"getClusterNodesCfg", "getClusterNodesCfg()", "The lines of cluster.nodes.", load_function<nodes_file>, 0, 0,
     impure | admin_only, {{"getClusterNodesCfg(1)", "error: "}}},
    {"saveClusterNodes", "saveClusterNodes(lines)", "Replaces cluster.nodes.", save_function<nodes_file>, 1, 1,
     impure | admin_only, {{"saveClusterNodes()", "error: "}}},
    {"getServerLogLength", "getServerLogLength([nodeAlias])", "The length of a node's log in bytes.", log_length_function, 0,
     1, impure, {{"logout(); getServerLogLength()", "error: log in first"}}},
    {"getServerLog", "getServerLog([length=10000], [offset=0], [fromTail=true], [nodeAlias])",
     "Lines of a node's log: `length` bytes that end `offset` bytes before its end, or with fromTail=false begin "
     "`offset` bytes behind its beginning; lines that are cut are left out.", log_function, 0, 4, impure,
     {{"logout(); getServerLog()", "error: log in first"}}},
    {"rpc", "rpc(nodeAlias, func, args...)", "Calls a function at another node of the cluster, under the same user.",
     rpc_function, 2, 255, impure, {{"rpc(getNodeAlias(), add, 1, 2)", "3"}}},
    {"pnodeRun", "pnodeRun(func, [nodes], [addNodeAlias=true])",
     "Calls a function without arguments at several nodes (all data and compute nodes that are up) and puts the results "
     "together: tables below each other, vectors side by side, anything else as a table of node and value.",
     pnode_run_function, 1, 3, impure, {{"exec value from pnodeRun(sum{1 2 3}, getNodeAlias())", "[6]"}}},
    {"xdb", "xdb(siteAlias, [port], [userId], [password])", "A connection to a node of the cluster, by host and port or alias.",
     xdb_function, 1, 4, impure, {{"xdb(1)", "error: siteAlias"}}},
    {"remoteRun", "remoteRun(conn, script, args...)", "Runs a script, or a function with arguments, over a connection of xdb().",
     remote_run_function, 2, 255, impure, {{"remoteRun(1, \"1\")", "error: conn must be what xdb() gives"}}},
    {"close", "close(X)", "Closes a connection of xdb().", close_connection_function, 1, 1, impure,
     {{"close(1)", "error: X must be what xdb() gives"}}},
    {"addNode", "addNode(host, port, alias, [saveConfig=true], [nodeType='datanode'], [computeGroup], [zone])",
     "Adds nodes (scalars, or vectors of one length) to cluster.nodes; they are in the cluster at once, stopped. Their server "
     "needs an agent. `nodeType` is datanode or computenode. Nothing changes when one of them is refused.",
     add_node_function, 3, 7, impure | admin_only,
     {{"addNode(`h, 1, `a, false)", "error: addNode: saveConfig must be true"}, {"addNode(`h, 0, `a)", "error: addNode: port must be"}}},
    {"removeNode", "removeNode(alias, [force=false])",
     "Takes a compute node out of cluster.nodes. A running one is refused, or stopped with force=true.", remove_node_function, 1,
     2, impure | admin_only, {{"removeNode(1)", "error: removeNode: alias"}}},
    {"reloadClusterConfig", "reloadClusterConfig()",
     "Makes the controller read cluster.nodes again after it was changed by hand. cluster.cfg is read at each start of a node.",
     reload_function, 0, 0, impure | admin_only, {{"reloadClusterConfig(1)", "error: "}}},
    {"addAgentToController", "addAgentToController(host, port, alias)",
     "Adds the agent of a new server to cluster.nodes; start the agent there afterwards.", add_agent_function, 3, 3,
     impure | admin_only, {{"addAgentToController(`h, 70000, `a)", "error: addAgentToController: port must be"}}},
    {"publishTable", "publishTable(host, port, tableName, [actionName], [offset], [filter], [allowExists], [resetOffset])",
     "Subscriptions of clients; refused until Pelorus has stream tables.", publish_function, 0, 255, impure,
     {{"publishTable(`h, 1, `t)", "error: does not publish stream tables yet"}}},
};

} // namespace

function_family cluster_functions() { return table_of_nodes; }

} // namespace pelorus
