#include "actors/gateway/guest_access.hpp"

#include <algorithm>

#include "cfg/settings.hpp"

namespace pelorus {

namespace {
// What DolphinDB allows as well (its page of isClientAuth), and the first steps of drivers. Sorted.
constexpr std::string_view open_to_guests[] = {
    "authenticateByTicket", "getActiveMaster", "getClusterPerf", "getConfig", "getControllerAlias", "getCurrentSessionAndUser",
    "getDynamicPublicKey", "getNodeAlias", "getNodeType", "getRequiredAPIVersion", "isClientAuth", "isDataNodeInitialized",
    "isNodeInitialized", "license", "loadClusterNodesConfigs", "login", "logout", "scramClientFinal", "scramClientFirst", "version",
};
static_assert(std::is_sorted(std::begin(open_to_guests), std::end(open_to_guests)));
} // namespace

expected<void> check_guest(const session& who, asked what, std::string_view text) {
  if (who.logged_in || !who.node->config().get_bool("enableClientAuth")) return {};
  if (what == asked::function && std::binary_search(std::begin(open_to_guests), std::end(open_to_guests), text)) return {};
  return error{ec::permission, "Login is required for script execution with client authentication enabled. RefId: S04009"};
}

} // namespace pelorus
