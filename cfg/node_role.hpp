// The role a process plays; `mode` in configuration files and on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pelorus {

/// The numbers are those of getNodeType() and of the `mode` column of getClusterPerf().
enum class node_role : uint8_t {
  datanode = 0,     ///< stores chunks and runs queries on them
  agent = 1,        ///< starts and stops the node processes of its host
  controller = 2,   ///< owns the metadata and the membership of the cluster
  single = 3,       ///< controller and data node in one process
  computenode = 4,  ///< runs queries, stores nothing
};

/// A set of roles, one bit each.
using role_mask = uint8_t;

constexpr role_mask bit(node_role role) { return role_mask(1u << uint8_t(role)); }

/// `datanode`, `agent`, ...: the spelling of configuration files.
std::string_view to_string(node_role role);

/// The role of that spelling, or nothing.
std::optional<node_role> parse_node_role(std::string_view text);

} // namespace pelorus
