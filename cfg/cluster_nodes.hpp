// cluster.nodes: who belongs to the cluster.
//
// CSV with a mandatory header `localSite,mode[,computeGroup[,zone]]`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/diagnostic.hpp"
#include "cfg/node_role.hpp"
#include "cfg/site.hpp"

namespace pelorus {

struct cluster_node {
  site address;
  node_role role = node_role::datanode;  ///< agent, datanode or computenode
  std::string compute_group;             ///< empty: none
  std::string zone;                      ///< empty: none
  uint32_t line = 0;
};

struct cluster_nodes {
  std::string file;
  std::vector<cluster_node> nodes;

  /// Null if there is none.
  const cluster_node* find(std::string_view alias) const;
  const cluster_node* agent_of(std::string_view host) const;

  uint32_t count(node_role role) const;
};

/// Reads the text of the file and checks aliases, ports and agents; bad lines are reported and
/// left out. `controller` is the controller's own site, with which no node may clash.
cluster_nodes parse_cluster_nodes(std::string_view content, std::string_view file,
                                  const site& controller, diagnostics& findings);

/// `Failed to load the nodes file [<path>] with error: <reason>`
std::string nodes_file_failure(std::string_view file, std::string_view reason);

} // namespace pelorus
