#include "query/services.hpp"

namespace pelorus {

std::string_view mode_name(node_mode mode) {
  switch (mode) {
    case node_mode::datanode: return "datanode";
    case node_mode::agent: return "agent";
    case node_mode::controller: return "controller";
    case node_mode::single: return "single";
    case node_mode::computenode: return "computenode";
  }
  return "unknown";
}

} // namespace pelorus
