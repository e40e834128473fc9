#include "actors/launcher.hpp"

#include <filesystem>
#include <fstream>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "actors/process.hpp"
#include "cfg/node_role.hpp"
#include "tests/actors/virtual_clock.hpp"

using namespace pelorus;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct scratch {
  fs::path path = fs::temp_directory_path() / fmt::format("pelorus 启动 {}", getpid());
  scratch() { fs::create_directories(path); }
  ~scratch() { fs::remove_all(path); }
};

launch order() {
  launch x;
  x.node = {"P1-node1", "10.0.0.80", 8902, 0, uint8_t(node_role::datanode)};
  x.controller_site = "10.0.0.80:8900:P1-controller";
  x.settings = {"mode=datanode", "localSite=10.0.0.80:8902:P1-node1", "dataSync=true", "workerNum=4"};
  return x;
}

std::string text_of(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

TEST_CASE("a node's identity and what the controller rules stand on the command line, the rest in its file") {
  auto arguments = node_arguments(order(), "/a b", "/a b/P1-node1/node.cfg", "/log/P1-node1.log");
  CHECK(arguments == std::vector<std::string>{"-console", "0", "-mode", "datanode", "-home", "/a b", "-localSite",
                                              "10.0.0.80:8902:P1-node1", "-controllerSite",
                                              "10.0.0.80:8900:P1-controller", "-config", "/a b/P1-node1/node.cfg",
                                              "-logFile", "/log/P1-node1.log", "-dataSync", "true"});
  auto text = node_config_text(order());
  CHECK(text.find("workerNum=4\n") != std::string::npos);
  CHECK(text.find("dataSync") == std::string::npos);
  CHECK(text.find("localSite") == std::string::npos);
}

TEST_CASE("the last error of a log is the one after the start") {
  scratch dir;
  auto log = (dir.path / "x.log").string();
  std::ofstream{log} << "2026-01-01 00:00:00.000000 <ERROR> :old\n";
  auto from = fs::file_size(log);
  CHECK(last_error_line(log, from) == "");
  std::ofstream{log, std::ios::app} << "2026-01-01 00:00:01.000000 <ERROR> :first\n"
                                       "2026-01-01 00:00:01.000000 <ERROR> :second\n"
                                       "2026-01-01 00:00:01.000000 <INFO> :bye\n";
  CHECK(last_error_line(log, from) == "second");
  CHECK(last_error_line((dir.path / "none").string(), 0) == "");
}

TEST_CASE("a process is started, recognised by its start time, and its end described") {
  scratch dir;
  auto out = (dir.path / "出 put").string();
  auto id = start_process({"/bin/sh", {"-c", "pwd; echo \"$1\"; exit 3", "sh", "一 b"}, dir.path.string(), out});
  REQUIRE(id);
  int status = 0;
  REQUIRE(waitpid(id->pid, &status, 0) == id->pid);
  CHECK(describe_exit(status) == "exit code 3");
  CHECK(!is_running(*id));
  CHECK(text_of(out) == dir.path.string() + "\n一 b\n");

  auto sleeper = start_process({"/bin/sleep", {"60"}, "/", out});
  REQUIRE(sleeper);
  CHECK(is_running(*sleeper));
  CHECK(!is_running({sleeper->pid, sleeper->start_time + 1}));
  CHECK(getsid(sleeper->pid) == sleeper->pid);
  kill(sleeper->pid, SIGKILL);
  siginfo_t ended{};
  REQUIRE(waitid(P_PID, id_t(sleeper->pid), &ended, WEXITED | WNOWAIT) == 0);
  CHECK(!is_running(*sleeper));  // ended, though nobody has waited for it
  REQUIRE(waitpid(sleeper->pid, &status, 0) == sleeper->pid);
  CHECK(describe_exit(status) == "killed by signal 9");
  CHECK(!start_process({"/no/such/program", {}, "/", out}));
}

TEST_CASE("a new agent watches what still runs and reports what ended in between, once the controller is there") {
  scratch dir;
  auto sleeper = start_process({"/bin/sleep", {"60"}, "/", (dir.path / "out").string()});
  REQUIRE(sleeper);
  fs::create_directories(dir.path / "lives");
  fs::create_directories(dir.path / "gone");
  std::ofstream{dir.path / "lives/pelorus.pid"} << sleeper->pid << ' ' << sleeper->start_time << '\n';
  std::ofstream{dir.path / "gone/pelorus.pid"} << sleeper->pid << ' ' << sleeper->start_time + 1 << '\n';
  testing::virtual_clock stage;
  bool there = false;
  std::vector<process_ended> reports;
  auto controller = stage.system.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const process_ended& x) { reports.push_back(x); }};
  });
  peers_actor peers = stage.system.spawn([&](peers_actor::pointer) -> peers_actor::behavior_type {
    return {[&](const find_peer&) -> caf::result<caf::actor> {
              if (!there) return to_caf(error{ec::unavailable, "nobody there"});
              return controller;
            },
            [](const is_alive&) { return true; }, [](const list_nodes&) { return member_list{}; },
            [](const member_list&) -> caf::result<void> { return caf::unit; },
            [](const get_status&) -> caf::result<uint64_t> { return uint64_t{0}; }};
  });
  auto launcher = spawn_launcher(stage.system, {"/bin/false", dir.path.string(), dir.path.string(), peers});
  stage.pass(1s);
  CHECK(reports.empty());
  there = true;
  stage.pass(1s);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].alias == "gone");
  CHECK(reports[0].pid == sleeper->pid);
  CHECK(!fs::exists(dir.path / "gone/pelorus.pid"));
  kill(sleeper->pid, SIGKILL);
  siginfo_t ended{};
  REQUIRE(waitid(P_PID, id_t(sleeper->pid), &ended, WEXITED | WNOWAIT) == 0);
  stage.pass(1s);
  REQUIRE(reports.size() == 2);
  CHECK(reports[1].alias == "lives");
  CHECK(reports[1].how == "killed by signal 9");
  for (auto& each : {caf::actor_cast<caf::actor>(launcher), controller, caf::actor_cast<caf::actor>(peers)})
    caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  stage.sched.run();
}
