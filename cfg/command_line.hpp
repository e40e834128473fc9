// The command line: `-name value` for every row of the table of settings; `--name` works too.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cfg/error.hpp"
#include "cfg/node_role.hpp"

namespace pelorus {

struct command_line {
  std::vector<std::pair<std::string, std::string>> values;  ///< name, value, in order
  bool help = false;
  bool version = false;
};

/// Splits the arguments (without the program's name). The error names the bad argument.
expected<command_line> parse_command_line(const std::vector<std::string>& arguments);

/// The text of -help: the options a role understands, with defaults.
std::string help_text(node_role role);

/// `pelorus <version>`
std::string version_text();

} // namespace pelorus
