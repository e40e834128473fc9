#include "actors/process.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern char** environ;

namespace pelorus {

namespace {

struct file_actions {
  posix_spawn_file_actions_t value;
  file_actions() { posix_spawn_file_actions_init(&value); }
  ~file_actions() { posix_spawn_file_actions_destroy(&value); }
  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;
};

struct spawn_attributes {
  posix_spawnattr_t value;
  spawn_attributes() { posix_spawnattr_init(&value); }
  ~spawn_attributes() { posix_spawnattr_destroy(&value); }
  spawn_attributes(const spawn_attributes&) = delete;
  spawn_attributes& operator=(const spawn_attributes&) = delete;
};

// Own session; nothing blocked or ignored, whatever this process does.
void set_attributes(spawn_attributes& attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  posix_spawnattr_setsigmask(&attributes.value, &none);
  posix_spawnattr_setsigdefault(&attributes.value, &all);
  posix_spawnattr_setflags(&attributes.value,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

} // namespace

expected<process_id> start_process(const process_order& order) {
  file_actions files;
  posix_spawn_file_actions_addopen(&files.value, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files.value, 1, order.output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files.value, 1, 2);
  posix_spawn_file_actions_addclosefrom_np(&files.value, 3);
  posix_spawn_file_actions_addchdir_np(&files.value, order.directory.c_str());
  spawn_attributes attributes;
  set_attributes(attributes);
  std::vector<char*> argv{const_cast<char*>(order.program.c_str())};
  for (const auto& each : order.arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  int failure = posix_spawn(&pid, order.program.c_str(), &files.value, &attributes.value, argv.data(), environ);
  if (failure != 0)
    return error{ec::io_failed, fmt::format("cannot start {}: {}", order.program, std::strerror(failure))};
  return process_id{pid, start_time_of(pid).value_or(0)};
}

// pid (name) state ppid ..: the name may hold anything, so the fields count from the last parenthesis.
std::optional<uint64_t> start_time_of(pid_t pid) {
  std::ifstream file{fmt::format("/proc/{}/stat", pid)};
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  auto end = line.rfind(')');
  if (end == std::string::npos) return std::nullopt;
  std::istringstream fields{line.substr(end + 1)};
  std::string field, state;
  fields >> state;
  if (state == "Z" || state == "X") return std::nullopt;
  for (int number = 4; number < 22; ++number) fields >> field;
  uint64_t start = 0;
  if (!(fields >> start)) return std::nullopt;
  return start;
}

bool is_running(const process_id& id) {
  auto start = start_time_of(id.pid);
  return start && *start == id.start_time;
}

std::string describe_exit(int status) {
  if (WIFSIGNALED(status)) return fmt::format("killed by signal {}", WTERMSIG(status));
  return fmt::format("exit code {}", WEXITSTATUS(status));
}

std::string own_program() {
  std::unique_ptr<char, decltype(&std::free)> path{realpath("/proc/self/exe", nullptr), std::free};
  return path ? path.get() : "/proc/self/exe";  // replaced on disk: the running image is still there
}

} // namespace pelorus
