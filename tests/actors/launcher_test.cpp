#include "actors/launcher.hpp"

#include <filesystem>
#include <fstream>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "actors/process.hpp"
#include "cfg/node_role.hpp"

using namespace pelorus;
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
