#include "deploy/shell.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <unistd.h>

#include "cfg/site.hpp"
#include "cfg/strings.hpp"
#include "deploy/shell_client.hpp"
#include "deploy/shell_input.hpp"
#include "query/format.hpp"

namespace pelorus {

namespace {
constexpr std::string_view usage =
    "usage: pelorus shell HOST:PORT [-u USER] [-p PASSWORD] [-e SCRIPT | FILE]\n"
    "  without -e and FILE: an interactive console, or the script that comes through a pipe\n"
    "  -u, -p   log in; without -p the password is asked for at the terminal\n";

constexpr std::string_view help =
    "  a statement      runs on the node; it may go over several lines while brackets are open\n"
    "  \\actors          the node's supervision tree\n"
    "  \\nodes           the nodes of the cluster\n"
    "  \\start ALIAS     starts a data or compute node\n"
    "  \\stop ALIAS      stops one\n"
    "  \\chunks          the chunks of the cluster, their versions and replicas\n"
    "  \\help, \\quit     this text; the end (also Ctrl-D)\n"
    "  Ctrl-C           ends the running statement\n";

volatile std::sig_atomic_t interrupts = 0;

struct shell_options {
  std::string host, port, user, password, script, file;
  bool has_user = false, has_password = false, has_script = false;
};

bool wrong(std::string_view what) {
  std::cerr << "pelorus shell: " << what << "\n" << usage;
  return false;
}

bool parse_target(const std::string& text, shell_options& out) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || !parse_port(text.substr(colon + 1)))
    return wrong("'" + text + "' is no HOST:PORT");
  out.host = text.substr(0, colon);
  out.port = text.substr(colon + 1);
  if (out.host.front() == '[' && out.host.back() == ']') out.host = out.host.substr(1, out.host.size() - 2);
  return true;
}

bool parse_options(int argc, char** argv, shell_options& out) {
  for (int i = 0; i < argc; ++i) {
    std::string word = argv[i];
    bool takes_value = word == "-u" || word == "-p" || word == "-e";
    if (takes_value && i + 1 == argc) return wrong(word + " needs a value");
    if (word == "-u") out.user = argv[++i], out.has_user = true;
    else if (word == "-p") out.password = argv[++i], out.has_password = true;
    else if (word == "-e") out.script = argv[++i], out.has_script = true;
    else if (word.starts_with("-")) return wrong("unknown option " + word);
    else if (out.host.empty()) {
      if (!parse_target(word, out)) return false;
    } else if (out.file.empty()) out.file = word;
    else return wrong("one FILE at most");
  }
  if (out.host.empty()) return wrong("HOST:PORT is missing");
  if (out.has_script && !out.file.empty()) return wrong("-e and FILE exclude each other");
  if (out.has_user && !out.has_password && isatty(STDIN_FILENO)) out.password = getpass("password: ");
  return true;
}

class shell {
public:
  explicit shell(const shell_options& options) : options_(options), client_(options.host, options.port) {}

  int run() {
    if (auto connected = client_.connect(options_.user, options_.password); !connected) {
      std::cerr << connected.error().message << "\n";
      return 2;
    }
    if (options_.has_script) return statement(options_.script) ? 0 : 1;
    if (!options_.file.empty()) return file();
    return isatty(STDIN_FILENO) ? interactive() : pipe(std::cin);
  }

private:
  /// Runs a script or a backslash command; false when it failed.
  bool statement(const std::string& text) {
    auto trimmed = strings::trim(text);
    if (trimmed.starts_with('\\')) return command(trimmed);
    if (trimmed.empty()) return true;
    return script(text);
  }

  bool script(const std::string& text) {
    interrupts = 0;
    auto print = [](std::string_view message) { std::cout << message << (message.ends_with('\n') ? "" : "\n") << std::flush; };
    auto result = client_.run(text, print, [] { return interrupts != 0; });
    if (!result) {
      std::cerr << result.error().message << "\n";
      return false;
    }
    if (result->is_nothing()) return true;
    auto shown = format(*result);
    std::cout << shown << (shown.ends_with('\n') ? "" : "\n") << std::flush;
    return true;
  }

  bool command(std::string_view line) {
    auto space = line.find(' ');
    auto name = line.substr(0, space);
    auto argument = space == std::string_view::npos ? std::string_view{} : strings::trim(line.substr(space));
    if (name == "\\actors") return script("getActorTree()");
    if (name == "\\nodes")
      return script("select name, mode, iif(state == 1, \"online\", \"offline\") as state, site, runningJobs, queuedJobs, "
                    "connectionNum, memoryUsed, cpuUsage from getClusterPerf(true)");
    if (name == "\\chunks") return script("getClusterChunksStatus()");
    if (name == "\\start" || name == "\\stop") {
      if (!check_alias(argument)) {
        std::cerr << "usage: " << name << " ALIAS\n";
        return false;
      }
      return script(std::string{name == "\\start" ? "startDataNode" : "stopDataNode"} + "(\"" + std::string{argument} + "\")");
    }
    if (name == "\\quit" || name == "\\q") {
      over_ = true;
      return true;
    }
    if (name != "\\help") std::cerr << "there is no command " << name << "\n";
    std::cout << help;
    return name == "\\help";
  }

  int file() {
    std::ifstream in{options_.file, std::ios::binary};
    if (!in) {
      std::cerr << "cannot read " << options_.file << "\n";
      return 2;
    }
    return statement({std::istreambuf_iterator<char>{in}, {}}) ? 0 : 1;
  }

  /// Lines up to the next backslash command are one script.
  int pipe(std::istream& in) {
    std::string waiting, line;
    while (!over_ && std::getline(in, line)) {
      if (!line.starts_with('\\')) {
        waiting += line + "\n";
        continue;
      }
      if (!statement(std::exchange(waiting, {})) || !command(strings::trim(line))) return 1;
    }
    return over_ || statement(waiting) ? 0 : 1;
  }

  int interactive() {
    std::signal(SIGINT, [](int) { interrupts = interrupts + 1; });
    std::cout << "Pelorus at " << options_.host << ":" << options_.port << ". \\help shows the commands.\n";
    shell_input input;
    auto prompt = (options_.user.empty() ? "guest" : options_.user) + "@" + options_.port + "> ";
    while (!over_) {
      auto text = input.read(prompt);
      if (!text) break;
      statement(*text);
    }
    return 0;
  }

  const shell_options& options_;
  shell_client client_;
  bool over_ = false;
};
} // namespace

int run_shell(int argc, char** argv) {
  shell_options options;
  if (!parse_options(argc, argv, options)) return 2;
  return shell{options}.run();
}

} // namespace pelorus
