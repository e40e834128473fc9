#include "actors/launcher.hpp"

#include <algorithm>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>

#include <sys/wait.h>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "actors/process.hpp"
#include "cfg/log.hpp"
#include "cfg/setting.hpp"
#include "cfg/site.hpp"

namespace pelorus {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

static const setting* row_of(const std::string& line) { return find_setting(line.substr(0, line.find('='))); }

// Who the node is stands on its command line.
static bool is_identity(const setting& row) {
  return row.name == "mode" || row.name == "localSite" || row.name == "controllerSite";
}

std::vector<std::string> node_arguments(const launch& order, const std::string& home, const std::string& config,
                                        const std::string& log_file) {
  site own{order.node.host, order.node.site_port, order.node.alias};
  std::vector<std::string> result{"-console", "0", "-mode", std::string{to_string(node_role(order.node.role))},
                                  "-home", home, "-localSite", to_string(own), "-controllerSite",
                                  order.controller_site, "-config", config, "-logFile", log_file};
  for (const auto& line : order.settings) {
    const auto* row = row_of(line);
    if (!row || !row->inherited) continue;  // a node's file must not hold what the controller rules
    result.push_back("-" + std::string{row->name});
    result.push_back(line.substr(line.find('=') + 1));
  }
  return result;
}

std::string node_config_text(const launch& order) {
  std::string text = "# Written by the agent at each start; change cluster.cfg of the controller instead.\n";
  for (const auto& line : order.settings) {
    const auto* row = row_of(line);
    bool elsewhere = row && (row->command_line_only || row->inherited || is_identity(*row));
    if (!elsewhere) text += line + "\n";
  }
  return text;
}

std::string last_error_line(const std::string& log_file, uint64_t from) {
  constexpr uint64_t tail_bytes = 64 * 1024;
  std::ifstream file{log_file, std::ios::binary};
  if (!file) return {};
  file.seekg(0, std::ios::end);
  auto size = uint64_t(file.tellg());
  if (size < from) from = 0;  // a new log began
  file.seekg(std::streamoff(std::max(from, size > tail_bytes ? size - tail_bytes : 0)));
  std::string line, last;
  constexpr std::string_view mark = "<ERROR> :";
  while (std::getline(file, line))
    if (auto at = line.find(mark); at != std::string::npos) last = line.substr(at + mark.size());
  return last;
}

namespace {

constexpr auto watch_interval = 200ms;

struct running_process {
  process_id id;
  std::string log_file;
  uint64_t log_size = 0;       ///< when it was started
  bool ordered = false;        ///< told to end
  bool killed = false;
  std::chrono::steady_clock::time_point kill_at{};
};

using own_handle = launcher_actor::extend<caf::reacts_to<caf::tick_atom>>;

struct launcher_state {
  launcher_options options;
  std::map<std::string, running_process> processes;
  std::deque<process_ended> untold;  ///< ends the controller has not taken note of
  bool telling = false;
  static inline const char* name = "launcher";

  fs::path directory(const std::string& alias) const { return fs::path{options.home} / alias; }
  fs::path pid_file(const std::string& alias) const { return directory(alias) / "pelorus.pid"; }
  std::string log_file(const std::string& alias) const { return (fs::path{options.log_dir} / (alias + ".log")).string(); }
};
using pointer = own_handle::stateful_pointer<launcher_state>;

expected<void> write_file(const fs::path& path, const std::string& text) {
  auto fresh = path;
  fresh += ".new";
  {
    std::ofstream file{fresh, std::ios::binary | std::ios::trunc};
    file << text;
    file.flush();
    if (!file) return error{ec::io_failed, fmt::format("cannot write {}", fresh.string())};
  }
  std::error_code failure;
  fs::rename(fresh, path, failure);
  if (failure) return error{ec::io_failed, fmt::format("cannot rename {}: {}", fresh.string(), failure.message())};
  return {};
}

uint64_t size_of(const std::string& file) {
  std::error_code missing;
  auto size = fs::file_size(file, missing);
  return missing ? 0 : size;
}

expected<void> start(launcher_state& st, const launch& order) {
  const auto& alias = order.node.alias;
  PELORUS_TRY(check_alias(alias));
  if (auto known = st.processes.find(alias); known != st.processes.end() && is_running(known->second.id))
    return error{ec::already_exists, fmt::format("{} runs already, pid {}", alias, known->second.id.pid)};
  std::error_code failure;
  fs::create_directories(st.directory(alias), failure);
  if (!failure) fs::create_directories(st.options.log_dir, failure);
  if (failure)
    return error{ec::io_failed, fmt::format("cannot make the directories of {}: {}", alias, failure.message())};
  auto config = (st.directory(alias) / "node.cfg").string();
  PELORUS_TRY(write_file(config, node_config_text(order)));
  running_process entry;
  entry.log_file = st.log_file(alias);
  entry.log_size = size_of(entry.log_file);
  process_order what{st.options.program, node_arguments(order, st.options.home, config, entry.log_file),
                     st.options.home, (fs::path{st.options.log_dir} / (alias + ".out")).string()};
  PELORUS_ASSIGN(entry.id, start_process(what));
  log_info("started {}, pid {}", alias, entry.id.pid);
  if (auto noted = write_file(st.pid_file(alias), fmt::format("{} {}\n", entry.id.pid, entry.id.start_time)); !noted)
    log_error("{}; an agent that restarts will not find {} again", noted.error().message, alias);
  st.processes[alias] = std::move(entry);
  return {};
}

// SIGTERM now, SIGKILL when the time is over.
expected<void> stop(launcher_state& st, const terminate& order, std::chrono::steady_clock::time_point now) {
  auto known = st.processes.find(order.alias);
  if (known == st.processes.end()) return error{ec::not_found, fmt::format("{} does not run here", order.alias)};
  auto& p = known->second;
  log_info("stopping {}, pid {}", order.alias, p.id.pid);
  if (!p.ordered) p.kill_at = now + std::chrono::milliseconds{order.grace_ms};
  p.ordered = true;
  if (is_running(p.id)) kill(p.id.pid, SIGTERM);
  return {};
}

// Processes that an earlier agent has started: watched again, or reported when they ended in the meantime.
void adopt(launcher_state& st) {
  std::error_code failure, ignored;
  for (const auto& entry : fs::directory_iterator{st.options.home, failure}) {
    auto pid_file = entry.path() / "pelorus.pid";
    std::ifstream file{pid_file};
    running_process p;
    if (!(file >> p.id.pid >> p.id.start_time)) continue;
    auto alias = entry.path().filename().string();
    if (!is_running(p.id)) {
      log_warn("{}, pid {}, ended while there was no agent", alias, p.id.pid);
      st.untold.push_back({alias, "ended while there was no agent", false, p.id.pid});
      fs::remove(pid_file, ignored);
      continue;
    }
    p.log_file = st.log_file(alias);
    p.log_size = size_of(p.log_file);
    log_info("{} runs, pid {}; watching it again", alias, p.id.pid);
    st.processes[alias] = std::move(p);
  }
}

// How it ended, or nothing while it runs. Processes of an earlier agent are not our children.
std::optional<std::string> ended(const running_process& p) {
  int status = 0;
  auto pid = waitpid(p.id.pid, &status, WNOHANG);
  if (pid == p.id.pid) return describe_exit(status);
  if (pid == 0 || is_running(p.id)) return std::nullopt;
  return "ended (exit status unknown: an earlier agent had started it)";
}

void watch(launcher_state& st, std::chrono::steady_clock::time_point now) {
  for (auto it = st.processes.begin(); it != st.processes.end();) {
    auto& [alias, p] = *it;
    auto how = ended(p);
    if (!how) {
      bool late = p.ordered && !p.killed && now >= p.kill_at;
      if (late) {
        log_warn("{} has not ended in time; killing it", alias);
        kill(p.id.pid, SIGKILL);
        p.killed = true;
      }
      ++it;
      continue;
    }
    auto cause = p.ordered ? std::string{} : last_error_line(p.log_file, p.log_size);
    auto text = cause.empty() ? *how : fmt::format("{}: {}", *how, cause);
    p.ordered ? log_info("{} has ended: {}", alias, text) : log_warn("{} has ended: {}", alias, text);
    st.untold.push_back({alias, text, p.ordered, p.id.pid});
    std::error_code ignored;
    fs::remove(st.pid_file(alias), ignored);
    it = st.processes.erase(it);
  }
}

// One report at a time, kept until the controller has answered.
void tell_controller(pointer self) {
  auto& st = self->state;
  if (st.telling || st.untold.empty()) return;
  st.telling = true;
  auto later = [self](caf::error&) { self->state.telling = false; };  // the next tick tries again
  self->request(st.options.peers, 15s, find_peer{})
      .then(
          [self, later](const caf::actor& door) {
            self->request(caf::actor_cast<controller_door>(door), 5s, self->state.untold.front())
                .then(
                    [self] {
                      self->state.untold.pop_front();
                      self->state.telling = false;
                      tell_controller(self);
                    },
                    later);
          },
          later);
}

own_handle::behavior_type behaviour(pointer self, launcher_options options) {
  self->state.options = std::move(options);
  adopt(self->state);
  self->send(self, caf::tick_atom::value);
  return {
      [self](const launch& order) -> caf::result<void> {
        watch(self->state, self->clock().now());
        auto done = start(self->state, order);
        if (!done) log_error("cannot start {}: {}", order.node.alias, done.error().message);
        return to_result(std::move(done));
      },
      [self](const terminate& order) -> caf::result<void> {
        return to_result(stop(self->state, order, self->clock().now()));
      },
      [self](const get_status&) -> caf::result<uint64_t> { return uint64_t(self->mailbox().size()); },
      [self](caf::tick_atom) {
        watch(self->state, self->clock().now());
        tell_controller(self);
        self->delayed_send(self, watch_interval, caf::tick_atom::value);
      },
  };
}

} // namespace

launcher_actor spawn_launcher(caf::actor_system& system, launcher_options options) {
  return system.spawn(behaviour, std::move(options));
}

} // namespace pelorus
