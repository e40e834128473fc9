#include "actors/node.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "actors/node_parts.hpp"
#include "actors/status.hpp"
#include "cfg/log.hpp"
#include "cfg/version.hpp"
#include "storage/buffer.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;

// Errno of binding there, 0 when it works. CAF only tells that it failed.
int bind_errno(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return EADDRNOTAVAIL;
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses{found, freeaddrinfo};
  int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  int failure = bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 1) != 0 ? errno : 0;
  close(fd);
  return failure;
}

error bind_failure(uint16_t port, int code) {
  return {ec::io_failed, fmt::format("Failed to bind the socket on port {} with error code {}", port, code)};
}

class caf_config : public caf::actor_system_config {
public:
  explicit caf_config(bool network) {
    add_message_types<caf::id_block::pelorus>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{4});
    set("logger.verbosity", caf::atom("quiet"));
    if (network) load<caf::io::middleman>();
  }
};

/// Owns the parts in the order in which they must go.
class node {
public:
  node(const node_config& config, lifetime& life)
      : config_(config), caf_config_(config.role != node_role::single), system_(caf_config_),
        meter_(config.values), context_{.config = config, .life = life, .system = system_, .meter = meter_} {}

  expected<void> start();
  void stop();

private:
  bool networked() const { return config_.role != node_role::single; }
  void identify();
  expected<void> publish();

  const node_config& config_;
  caf_config caf_config_;
  caf::actor_system system_;
  load_meter meter_;
  node_context context_;
  node_doors doors_;
};

void node::identify() {
  const auto& site = config_.local_site;
  auto& self = context_.self;
  self = {site.alias, site.host, site.port, 0, uint8_t(config_.role)};
  if (networked()) self.actor_port = uint16_t(config_.values.get_int("actorPort"));
  auto now = std::chrono::system_clock::now().time_since_epoch();
  context_.incarnation = uint64_t(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

expected<void> node::publish() {
  const auto& self = context_.self;
  if (int code = bind_errno(self.host, self.actor_port); code != 0) return bind_failure(self.actor_port, code);
  auto port = system_.middleman().publish(doors_.main(), self.actor_port, self.host.c_str(), true);
  if (!port) return bind_failure(self.actor_port, EADDRINUSE);
  return {};
}

expected<void> node::start() {
  identify();
  peers_options options;
  options.controller = config_.controller_site;
  if (networked()) options.connector = spawn_connector(system_);
  context_.peers = spawn_peers(system_, std::move(options));
  PELORUS_ASSIGN(doors_, open_doors(context_));
  if (networked()) PELORUS_TRY(publish());
  start_registrar(context_, doors_);
  log_info("{} {} is ready; version {}, site port {}, actor port {}", to_string(config_.role),
           context_.self.alias, program_version, context_.self.site_port, context_.self.actor_port);
  return {};
}

void node::stop() {
  caf::scoped_actor self{system_};
  for (auto& door : {doors_.node, doors_.agent, doors_.controller})
    if (door) self->send_exit(door, caf::exit_reason::user_shutdown);
  doors_ = {};
  self->send_exit(context_.peers, caf::exit_reason::user_shutdown);
  context_.peers = nullptr;
}

expected<void> make_directories(const settings& values) {
  std::error_code failure;
  auto own = std::filesystem::path{values.home()} / values.alias();
  std::filesystem::create_directories(own, failure);
  if (failure) return error{ec::io_failed, fmt::format("cannot make {}: {}", own.string(), failure.message())};
  return {};
}

int fail(const error& why) {
  log_error("{}", why.message);
  std::fprintf(stderr, "%s\n", why.message.c_str());
  return 1;
}

// A configuration that cannot be read says so on the terminal, and in the log if the command line names one.
int refuse(const error& why, int argc, const char* const* argv) {
  for (int i = 1; i + 1 < argc; ++i) {
    std::string_view name{argv[i]};
    name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
    log_options options;
    options.file = argv[i + 1];
    if (name == "logFile" && install_log(options)) return fail(why);
  }
  std::fprintf(stderr, "%s\n", why.message.c_str());
  return 1;
}

} // namespace

int run_node(int argc, const char* const* argv) {
  lifetime life;
  auto config = load_node_config(argc, argv);
  if (!config) return refuse(config.error(), argc, argv);
  if (!config->text_to_print.empty()) {
    std::fputs(config->text_to_print.c_str(), stdout);
    return 0;
  }
  if (auto opened = install_log(log_options_of(config->values)); !opened) return fail(opened.error());
  log_findings(config->findings);
  if (auto made = make_directories(config->values); !made) return fail(made.error());
  memory::set_limit(config->values.get_bytes("maxMemSize"));
  node process{*config, life};
  if (auto started = process.start(); !started) {
    process.stop();
    return fail(started.error());
  }
  int code = life.wait();
  process.stop();
  log_info("MainServer shutdown.");
  return code;
}

} // namespace pelorus
