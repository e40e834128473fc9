#include "cfg/node_role.hpp"

namespace pelorus {

std::string_view to_string(node_role role) {
  switch (role) {
    case node_role::datanode: return "datanode";
    case node_role::agent: return "agent";
    case node_role::controller: return "controller";
    case node_role::single: return "single";
    case node_role::computenode: return "computenode";
  }
  return "unknown";
}

std::optional<node_role> parse_node_role(std::string_view text) {
  for (auto role : {node_role::datanode, node_role::agent, node_role::controller,
                    node_role::single, node_role::computenode})
    if (text == to_string(role)) return role;
  return std::nullopt;
}

} // namespace pelorus
