// One row of the table of settings, and what can be asked of the table.
//
// The rows stand in settings_<topic>.cpp. Parser, command line, `--help` and docs/settings.md are
// all made from them; a new setting is one new row and nothing else.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/error.hpp"
#include "cfg/node_role.hpp"

namespace pelorus {

class settings;

enum class setting_type : uint8_t {
  integer,
  real,
  boolean,    ///< true, false, 1, 0
  text,
  path,       ///< relative to <HOME>
  path_list,  ///< comma-separated, absolute
  choice,     ///< one of `choices`
  site,       ///< host:port:alias
};

/// Inclusive limits of a number.
struct bounds {
  double low = std::numeric_limits<double>::lowest();
  double high = std::numeric_limits<double>::max();
};

/// When a new value takes effect.
enum class takes_effect : uint8_t { restart, at_once };

/// Names of role sets, for the tables.
namespace roles {
inline constexpr role_mask controller = bit(node_role::controller);
inline constexpr role_mask agent = bit(node_role::agent);
inline constexpr role_mask datanode = bit(node_role::datanode);
inline constexpr role_mask computenode = bit(node_role::computenode);
inline constexpr role_mask single = bit(node_role::single);
inline constexpr role_mask nodes = datanode | computenode | single;  ///< cluster.cfg
inline constexpr role_mask master = controller | single;
inline constexpr role_mask any = controller | agent | nodes;
} // namespace roles

/// A row. Fields left out keep these values.
struct setting {
  std::string_view name;
  std::string_view alias = {};           ///< an older name that is still accepted
  role_mask roles = roles::any;          ///< who reads it from its own file
  setting_type type = setting_type::text;
  std::string_view unit = {};            ///< GB, MB, KB, B, s, ms, min, d; empty: none
  std::string_view fallback = {};        ///< default, as shown in the docs; empty: none
  std::string_view fallback_single = {}; ///< default in single mode, if another
  std::string (*derive)(const settings&) = nullptr;  ///< computes the default `fallback` describes
  bounds range = {};
  std::string_view choices = {};         ///< comma-separated, in the spelling that is kept
  takes_effect effect = takes_effect::restart;
  bool command_line_only = false;  ///< refused in files
  bool inherited = false;          ///< nodes learn it from the controller
  bool planned = false;            ///< accepted with a WARN, has no effect yet
  bool absolute = false;           ///< a path that must begin with '/'
  bool per_node = false;           ///< a directory that two nodes must not share
  bool secret = false;             ///< not shown by getConfig(), logs and status pages
  std::string_view description = {};
};

struct setting_section {
  std::string_view title;
  std::span<const setting> rows;
};

/// The whole table, by topic.
std::span<const setting_section> setting_sections();

/// The row of that name or older name; case counts. Null if there is none.
const setting* find_setting(std::string_view name);

/// The known name most like `name`, or "" if none is near.
std::string_view nearest_setting(std::string_view name);

/// What the value must be, as in "an integer between 1 and 64".
std::string expected_value(const setting& row);

/// The value in its normal form (true/false, the kept spelling of a choice, trimmed), or an error
/// of the form `'65' is refused: <name> must be an integer between 1 and 64.`
expected<std::string> normalize_value(const setting& row, std::string_view text);

/// The items of a comma-separated list, trimmed, empty ones left out.
std::vector<std::string> split_list(std::string_view text);

} // namespace pelorus
