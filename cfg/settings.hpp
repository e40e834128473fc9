// The resolved settings of one node, with typed lookup.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cfg/diagnostic.hpp"
#include "cfg/error.hpp"
#include "cfg/node_role.hpp"
#include "cfg/setting.hpp"
#include "cfg/site.hpp"

namespace pelorus {

/// What was set for one node; everything else has the default of the table. Asking for a name
/// that is not in the table, or with the wrong type, is a bug and ends the process.
class settings {
public:
  /// `home` is absolute; it may be empty on a controller that resolves for other hosts, which
  /// must not ask for paths then.
  settings(node_role role, std::string alias, std::string home = {});
  settings() : settings(node_role::single, {}) {}

  node_role role() const { return role_; }
  const std::string& alias() const { return alias_; }
  const std::string& home() const { return home_; }
  void set_home(std::string home) { home_ = std::move(home); }
  void set_alias(std::string alias) { alias_ = std::move(alias); }

  // -- lookup -----------------------------------------------------------------

  int64_t get_int(std::string_view name) const;
  double get_double(std::string_view name) const;  ///< also reads integers
  bool get_bool(std::string_view name) const;

  /// The value as text, of any type. Macros <HOME> and <ALIAS> are replaced.
  std::string get_string(std::string_view name) const;

  /// An absolute path; a relative value starts at the home directory. "" if not set.
  std::string get_path(std::string_view name) const;

  /// The absolute paths of a list.
  std::vector<std::string> get_paths(std::string_view name) const;

  /// The parsed site, or an error if it is not set.
  expected<site> get_site(std::string_view name) const;

  /// A size in bytes, whatever unit the setting has (GB, MB, KB or B).
  uint64_t get_bytes(std::string_view name) const;

  /// True when the value does not come from the table's default.
  bool is_set(std::string_view name) const;

  /// Where a set value comes from; a default has an empty file.
  origin origin_of(std::string_view name) const;

  // -- change -----------------------------------------------------------------

  /// Checks and stores a value; an older name is stored under the present one. The error is the
  /// sentence of `normalize_value`, or says that the name is unknown.
  expected<void> set(std::string_view name, std::string_view value, origin from = {});

  void erase(std::string_view name);

  // -- transport --------------------------------------------------------------

  struct entry {
    std::string value;
    origin from;
  };

  /// Everything set, by name.
  const std::map<std::string, entry, std::less<>>& entries() const { return entries_; }

  /// Everything set as `name=value`, to travel controller -> agent -> process.
  std::vector<std::string> to_lines() const;

  /// Sets every `name=value` of `lines`; `from` is the origin's file.
  expected<void> set_lines(const std::vector<std::string>& lines, std::string_view from);

  /// Everything set as `-name value ...`, for the command line of a process.
  std::vector<std::string> to_arguments() const;

private:
  const setting& row(std::string_view name) const;
  std::string raw_value(const setting& row) const;
  std::string absolute_path(std::string_view path) const;

  node_role role_;
  std::string alias_;
  std::string home_;
  std::map<std::string, entry, std::less<>> entries_;
};

/// `path` itself if it is absolute, else below `home`.
std::string resolve_path(std::string_view path, std::string_view home);

} // namespace pelorus
