// The address of a node: `host:port:alias`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cfg/error.hpp"

namespace pelorus {

struct site {
  std::string host;   ///< name or address; an IPv6 address stands here without its brackets
  uint16_t port = 0;  ///< the site port, 1..65535
  std::string alias;  ///< unique in the cluster, case counts

  bool operator==(const site&) const = default;
};

/// Parses `host:port:alias`; an IPv6 host is written in brackets. The error names the bad part.
expected<site> parse_site(std::string_view text);

/// `host:port:alias`, as `parse_site` reads it.
std::string to_string(const site& s);

/// `host:port`, with brackets around an IPv6 host.
std::string endpoint(const site& s);

/// Refuses empty and long names and characters that have a meaning in files, keys or paths.
expected<void> check_alias(std::string_view alias);

/// Parses 1..65535.
expected<uint16_t> parse_port(std::string_view text);

/// What the controller answers, and the agent logs, when a controllerSite is not the
/// controller's localSite.
std::string controller_site_mismatch(const site& configured, const site& actual);

} // namespace pelorus
