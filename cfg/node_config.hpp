// Everything a process knows about itself at start: command line, files and checks in one pass.
#pragma once

#include <optional>
#include <string>

#include "cfg/cluster_config.hpp"
#include "cfg/cluster_nodes.hpp"
#include "cfg/diagnostic.hpp"
#include "cfg/error.hpp"
#include "cfg/log.hpp"
#include "cfg/settings.hpp"
#include "cfg/site.hpp"

namespace pelorus {

struct node_config {
  /// -help or -version: the text to print; nothing else is filled then.
  std::string text_to_print;

  node_role role = node_role::single;
  site local_site;
  std::optional<site> controller_site;    ///< agent, data node and compute node
  settings values;                        ///< own settings; values.home() is absolute
  std::optional<cluster_nodes> nodes;     ///< controller: cluster.nodes
  std::optional<cluster_config> cluster;  ///< controller: cluster.cfg
  diagnostics findings;                   ///< warnings, and errors that stop single nodes
};

/// Reads the command line and the files it names. Fails with all errors, one a line, printed as
/// `<file>:<line>: <key>: <reason>`. Creates nothing.
expected<node_config> load_node_config(int argc, const char* const* argv);

/// logFile, maxLogSize, logRetentionTime and logLevel for `install_log`.
log_options log_options_of(const settings& values);

/// Writes warnings and node errors to the log.
void log_findings(const diagnostics& findings);

} // namespace pelorus
