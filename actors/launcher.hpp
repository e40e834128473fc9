// The agent's work: node processes of its server are started, stopped, watched and taken over again.
#pragma once

#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"

namespace pelorus {

struct launcher_options {
  std::string program;    ///< the binary that is started
  std::string home;       ///< of agent and nodes; <home>/<alias>/ belongs to a node
  std::string log_dir;    ///< <alias>.log and <alias>.out go there
  peers_actor peers;      ///< finds the controller, which is told of ends
};

/// Processes that ran before (pid file, start time) are watched from the start on.
launcher_actor spawn_launcher(caf::actor_system& system, launcher_options options);

/// Command line of a node. Pure.
std::vector<std::string> node_arguments(const launch& order, const std::string& home, const std::string& config,
                                        const std::string& log_file);

/// The text of the node's configuration file: the resolved settings that a file may hold. Pure.
std::string node_config_text(const launch& order);

/// The last line that tells of an error in a log from byte `from` on; "" when there is none.
std::string last_error_line(const std::string& log_file, uint64_t from);

} // namespace pelorus
