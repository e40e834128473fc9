#include "query/functions/cluster_nodes.hpp"

#include <algorithm>

#include "cfg/cluster_nodes.hpp"
#include "cfg/strings.hpp"
#include "query/functions/shapes.hpp"
#include "query/session.hpp"

namespace pelorus {

namespace {

constexpr char nodes_file[] = "cluster.nodes";
constexpr std::string_view usual_header = "localSite,mode";

services& node_of(call_context& context) { return *context.who.node; }

/// Adds "host:port:alias,mode,.." lines; the controller checks the whole file and takes it over at once.
void add_lines(call_context& context, const std::vector<std::string>& added) {
  auto lines = unwrap(node_of(context).load_config(nodes_file));
  if (lines.empty()) lines.emplace_back(usual_header);
  lines.insert(lines.end(), added.begin(), added.end());
  unwrap(node_of(context).save_config(nodes_file, lines));
}

std::vector<int64_t> ports_of(const value& x, std::string_view function) {
  std::vector<int64_t> ports;
  if (auto col = x.as<column>())
    for (size_t i = 0; i < col->size(); ++i) ports.push_back(element(*col, i).as_long());
  else
    ports.push_back(x.as_long());
  for (auto port : ports)
    if (port < 1 || port > 65535) throw script_error{ec::bad_argument, std::string{function} + ": port must be within 1 and 65535."};
  return ports;
}

void refuse_known(call_context& context, const std::vector<std::string>& aliases, std::string_view function) {
  for (auto& line : unwrap(node_of(context).load_config(nodes_file))) {
    auto site = parse_site(strings::trim(std::string_view{line}.substr(0, line.find(','))));
    if (site && std::find(aliases.begin(), aliases.end(), site->alias) != aliases.end())
      throw script_error{ec::already_exists, std::string{function} + ": " + nodes_file + " lists " + site->alias + " already."};
  }
}

std::vector<std::string> lines_for(call_context& context, const arguments& args, std::string_view function,
                                   const std::vector<std::string>& modes, const std::string& rest) {
  auto hosts = text_list(args[0], function, "host");
  auto ports = ports_of(args[1], function);
  auto aliases = text_list(args[2], function, "alias");
  bool sizes_fit = hosts.size() == ports.size() && ports.size() == aliases.size() && (modes.size() == 1 || modes.size() == hosts.size());
  if (!sizes_fit)
    throw script_error{ec::bad_argument, std::string{function} + ": host, port and alias must have the same length, nodeType too or one for all."};
  refuse_known(context, aliases, function);
  std::vector<std::string> lines;
  for (size_t i = 0; i < hosts.size(); ++i)
    lines.push_back(hosts[i] + ":" + std::to_string(ports[i]) + ":" + aliases[i] + "," + modes[modes.size() == 1 ? 0 : i] + rest);
  return lines;
}

} // namespace

value add_node_function(call_context& context, arguments& args) {
  if (is_given(args, 3) && args[3].as_long() == 0)
    throw script_error{ec::not_supported, "addNode: saveConfig must be true: the nodes of a cluster are those in cluster.nodes."};
  std::vector<std::string> modes{"datanode"};
  if (is_given(args, 4)) modes = text_list(args[4], "addNode", "nodeType");
  for (auto& mode : modes)
    if (mode != "datanode" && mode != "computenode")
      throw script_error{ec::bad_argument, "addNode: nodeType must be datanode or computenode, not " + mode + "."};
  std::string rest;
  if (is_given(args, 5)) rest = "," + text_of_argument(args[5], "addNode", "computeGroup");
  if (is_given(args, 6)) rest += (rest.empty() ? ",," : ",") + text_of_argument(args[6], "addNode", "zone");
  add_lines(context, lines_for(context, args, "addNode", modes, rest));
  return value::nothing();
}

value add_agent_function(call_context& context, arguments& args) {
  add_lines(context, lines_for(context, args, "addAgentToController", {"agent"}, ""));
  return value::nothing();
}

value remove_node_function(call_context& context, arguments& args) {
  auto alias = text_of_argument(args[0], "removeNode", "alias");
  bool force = is_given(args, 1) && args[1].as_long() == 1;
  auto lines = unwrap(node_of(context).load_config(nodes_file));
  auto found = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
    auto site = parse_site(strings::trim(std::string_view{line}.substr(0, line.find(','))));
    return site && site->alias == alias;
  });
  if (found == lines.end()) throw script_error{ec::not_found, "removeNode: cluster.nodes has no " + alias + "."};
  if (found->find("computenode") == std::string::npos)
    throw script_error{ec::not_supported, "removeNode: " + alias + " is no compute node; only these hold no data and can be removed."};
  auto live = unwrap(node_of(context).live_nodes(true));
  if (std::find(live.begin(), live.end(), alias) != live.end()) {
    if (!force) throw script_error{ec::conflict, "removeNode: " + alias + " is running; stop it first, or pass force=true."};
    unwrap(node_of(context).stop_node(alias));
  }
  lines.erase(found);
  unwrap(node_of(context).save_config(nodes_file, lines));
  return value::nothing();
}

value reload_function(call_context& context, arguments&) {
  unwrap(node_of(context).save_config(nodes_file, unwrap(node_of(context).load_config(nodes_file))));
  return value::nothing();
}

} // namespace pelorus
