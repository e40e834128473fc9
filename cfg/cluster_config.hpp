// cluster.cfg: the settings of data nodes and compute nodes, kept with the controller.
//
//   alias.key=value     one node
//   P1-%.key=value      all nodes whose alias matches: % is 0..n characters, ? exactly one
//   key=value           all nodes; the value may hold <ALIAS>, as a pattern's value may
//
// For one key of one node the exact alias wins over patterns (the one with more literal characters
// first, then the later line) and these over the unqualified line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/cluster_nodes.hpp"
#include "cfg/config_file.hpp"
#include "cfg/diagnostic.hpp"
#include "cfg/error.hpp"
#include "cfg/settings.hpp"

namespace pelorus {

/// One line of the file.
struct cluster_rule {
  enum class scope : uint8_t { all, pattern, exact };

  scope reach = scope::all;
  std::string selector;  ///< alias or pattern; empty for all nodes
  const setting* row = nullptr;
  std::string value;     ///< in normal form, macros kept
  config_line line;

  bool applies_to(const cluster_node& node) const;

  /// Rules with a higher rank win; equal ranks: the later line.
  uint32_t rank() const;
};

class cluster_config {
public:
  cluster_config() = default;

  /// Reads the text of the file for the nodes of the cluster. `controller` provides what nodes
  /// inherit (dataSync, ...). Bad lines that concern one node only refuse that node's start.
  static cluster_config parse(std::string_view content, std::string_view file,
                              const cluster_nodes& nodes, const settings& controller,
                              diagnostics& findings);

  /// The settings with which this node must be started, with mode, localSite and controllerSite.
  /// The home directory is left to the node's own process. Fails for an alias that is not in
  /// cluster.nodes and for a node whose settings are in error; the text lists all of them.
  expected<settings> resolve(std::string_view alias) const;

  const std::vector<cluster_rule>& rules() const { return rules_; }

private:
  void add(const config_line& line, diagnostics& findings);
  void add_value(cluster_rule rule, diagnostics& findings);
  bool check_macro(const cluster_rule& rule, diagnostics& findings) const;
  void check_targets(diagnostics& findings) const;
  void check_nodes(diagnostics& findings);
  void check_heartbeats(const std::vector<settings>& resolved, diagnostics& findings) const;
  void check_shared_directories(const std::vector<settings>& resolved, diagnostics& findings);
  settings merge(const cluster_node& node, diagnostics& findings) const;

  cluster_nodes nodes_;
  settings controller_{node_role::controller, {}};
  std::vector<cluster_rule> rules_;
  std::map<std::string, std::string, std::less<>> refused_;  ///< alias -> why it must not start
};

} // namespace pelorus
