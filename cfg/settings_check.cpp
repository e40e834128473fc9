#include "cfg/settings_check.hpp"

#include <filesystem>

#include <linux/magic.h>
#include <sys/vfs.h>

#include <fmt/format.h>

#include "cfg/limits.hpp"

namespace pelorus {

namespace {

// The checks of one node, with the place and the reach of their findings.
class checker {
public:
  checker(const settings& s, std::string_view node, diagnostics& findings)
      : s_(s), node_(node), findings_(findings) {}

  void run() {
    check_share("OLAPCacheEngineSize", 0.5, true);
    check_share("TSDBCacheEngineSize", 0.5, true);
    check_share("memLimitOfQueryResult", 0.8, false);
    check_share("memLimitOfTaskGroupResult", 0.5, false);
    check_reserves();
    check_cache_engine();
    check_array_limit();
    check_actor_port();
    check_passwords();
  }

private:
  void fail(std::string_view key, std::string reason) {
    auto place = s_.origin_of(s_.is_set(key) ? key : "localSite");
    node_.empty() ? findings_.fail(place, key, std::move(reason))
                  : findings_.fail_node(node_, place, key, std::move(reason));
  }

  bool limited() const { return s_.get_double("maxMemSize") > 0; }

  // A size that is set must stay at or below a share of maxMemSize.
  void check_share(std::string_view key, double share, bool may_be_equal) {
    if (!s_.is_set(key) || !limited()) return;
    double value = s_.get_double(key);
    double limit = s_.get_double("maxMemSize") * share;
    if (value < limit || (may_be_equal && value == limit)) return;
    fail(key, fmt::format("{} GB is more than {}% of maxMemSize ({} GB); {} must be {} {} GB.",
                          value, share * 100, s_.get_double("maxMemSize"), key,
                          may_be_equal ? "at most" : "below", limit));
  }

  void check_reserves() {
    if (!limited() || !(s_.is_set("reservedMemSize") || s_.is_set("emergencyMemSize"))) return;
    double sum = s_.get_double("reservedMemSize") + s_.get_double("emergencyMemSize");
    double limit = s_.get_double("maxMemSize") * 0.5;
    if (sum > limit)
      fail(s_.is_set("reservedMemSize") ? "reservedMemSize" : "emergencyMemSize",
           fmt::format("reservedMemSize and emergencyMemSize are {:.6g} GB together; they must be "
                       "at most half of maxMemSize, {} GB.",
                       sum, limit));
  }

  void check_cache_engine() {
    if (s_.is_set("OLAPCacheEngineSize") && s_.get_double("OLAPCacheEngineSize") > 0 && !s_.get_bool("dataSync"))
      findings_.warn(s_.origin_of("OLAPCacheEngineSize"), "OLAPCacheEngineSize",
                     fmt::format("the cache engine stays off: it needs dataSync=1 in {}",
                                 s_.role() == node_role::single ? "the same file"
                                                                : "controller.cfg"));
  }

  void check_array_limit() {
    auto value = uint64_t(s_.get_int("regularArrayMemoryLimit"));
    if ((value & (value - 1)) != 0)
      fail("regularArrayMemoryLimit",
           fmt::format("{} is no power of 2; regularArrayMemoryLimit must be one.", value));
  }

  void check_actor_port() {
    auto own = s_.get_site("localSite");
    auto port = s_.get_int("actorPort");
    if (!own) return;
    if (port > 65535)
      fail("actorPort", fmt::format("the default, {} + {}, is above 65535; set actorPort.",
                                    own->port, limits::actor_port_offset));
    else if (port == own->port)
      fail("actorPort", fmt::format("{} is the port of localSite; actorPort must be another one.",
                                    port));
  }

  void check_passwords() {
    if (s_.get_int("passwordMinLength") > s_.get_int("passwordMaxLength"))
      fail("passwordMinLength",
           fmt::format("{} is more than passwordMaxLength, {}.", s_.get_int("passwordMinLength"),
                       s_.get_int("passwordMaxLength")));
  }

  const settings& s_;
  std::string_view node_;
  diagnostics& findings_;
};

} // namespace

void check_settings(const settings& s, std::string_view node, diagnostics& findings) {
  checker{s, node, findings}.run();
}

static bool on_network(const std::filesystem::path& directory) {
  struct statfs info {};
  if (statfs(directory.c_str(), &info) != 0) return false;
  auto type = uint64_t(info.f_type);
  return type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == 0xFF534D42u /* cifs */ ||
         type == 0xFE534D42u /* smb2 */;
}

void check_volumes(const settings& s, diagnostics& findings) {
  auto place = s.origin_of("volumes");
  for (const auto& volume : s.get_paths("volumes")) {
    std::error_code failure;
    bool there = std::filesystem::is_directory(volume, failure);
    if (!there && std::filesystem::exists(volume, failure))
      findings.fail(place, "volumes", fmt::format("'{}' is not a directory.", volume));
    else if (!there && !s.get_bool("allowVolumeCreation"))
      findings.fail(place, "volumes",
                    fmt::format("'{}' does not exist, and allowVolumeCreation is false; mount the "
                                "disk or make the directory.",
                                volume));
    else if (there && on_network(volume))
      findings.warn(place, "volumes",
                    fmt::format("'{}' is on a network file system: slow, and the process must run "
                                "as root there",
                                volume));
  }
}

} // namespace pelorus
