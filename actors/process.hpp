// Processes of the operating system: start one, look after it, recognise it again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "cfg/error.hpp"

namespace pelorus {

/// What tells a process from a later one with the same pid.
struct process_id {
  pid_t pid = 0;
  uint64_t start_time = 0;  ///< field 22 of /proc/<pid>/stat, clock ticks since boot
};

struct process_order {
  std::string program;                 ///< an absolute path
  std::vector<std::string> arguments;  ///< without the program's name
  std::string directory;               ///< to work in
  std::string output;                  ///< stdout and stderr are appended there
};

/// Starts it in a session of its own, with no open files but the three standard ones and default signals.
expected<process_id> start_process(const process_order& order);

/// Start time of a living process; nothing for one that has ended, also when nobody has waited for it.
std::optional<uint64_t> start_time_of(pid_t pid);

/// Alive, and the same as noted.
bool is_running(const process_id& id);

/// "exit code 1", "killed by signal 9": from what waitpid answered.
std::string describe_exit(int status);

/// The file of this program, so that an agent starts nodes of its own version.
std::string own_program();

} // namespace pelorus
