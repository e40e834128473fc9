#include "actors/node.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "actors/connections.hpp"
#include "actors/errors.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/message_types.hpp"
#include "actors/node_parts.hpp"
#include "actors/node_services.hpp"
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

// Actors with blocking or long work have threads of their own; the others hand messages on, and between two of them on one
// thread nobody has to be woken. Nodes that encode rows for other nodes have more.
constexpr size_t shared_threads(node_role role) {
  return role == node_role::datanode || role == node_role::computenode ? 4 : 1;
}

class caf_config : public caf::actor_system_config {
public:
  explicit caf_config(node_role role) {
    pelorus::add_message_types(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", shared_threads(role));
    set("logger.verbosity", caf::atom("quiet"));
    if (role == node_role::single) return;
    load<caf::io::middleman>();
    set("middleman.workers", size_t{0});  // a broker that decodes by itself has cleaned up sooner: connections.hpp
    set("middleman.heartbeat-interval", caf::timespan{connection_heartbeat});
  }
};

/// Owns the parts in the order in which they must go.
class node {
public:
  node(const node_config& config, lifetime& life)
      : config_(config), caf_config_(config.role), system_(caf_config_),
        meter_(config.values), context_{.config = config, .life = life, .system = system_, .meter = meter_} {}

  expected<void> start();
  void stop();

private:
  void make_services();
  expected<void> open_site_port();
  node_status status() const;
  expected<actor_tree> tree() const;
  actor_view describe_peers(caf::scoped_actor& self, const std::string& parent) const;
  int64_t uptime_ms() const;
  bool ready() const;
  bool networked() const { return config_.role != node_role::single; }
  void identify();
  expected<void> check_actor_port() const;
  expected<void> publish();

  const node_config& config_;
  caf_config caf_config_;
  mutable caf::actor_system system_;
  mutable load_meter meter_;
  node_context context_;
  node_doors doors_;
  std::unique_ptr<node_services> services_;
  std::unique_ptr<gateway> gateway_;
  std::atomic<bool> opened_{false};  ///< doors_ may be read by threads of the gateway
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

void node::identify() {
  const auto& site = config_.local_site;
  auto& self = context_.self;
  self = {site.alias, site.host, site.port, 0, uint8_t(config_.role)};
  if (networked()) self.actor_port = uint16_t(config_.values.get_int("actorPort"));
  auto now = std::chrono::system_clock::now().time_since_epoch();
  context_.incarnation = uint64_t(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

expected<void> node::check_actor_port() const {
  const auto& self = context_.self;
  if (int code = bind_errno(self.host, self.actor_port); code != 0) return bind_failure(self.actor_port, code);
  return {};
}

expected<void> node::publish() {
  const auto& self = context_.self;
  PELORUS_TRY(check_actor_port());
  auto port = system_.middleman().publish(doors_.main(), self.actor_port, self.host.c_str(), true);
  if (!port) return bind_failure(self.actor_port, EADDRINUSE);
  return {};
}

void node::make_services() {
  const auto& self = context_.self;
  node_services_config config;
  config.identity = {self.alias, self.host, self.site_port, config_.role, self.alias, config_.values.home()};
  if (config_.controller_site) config.identity.controller_alias = config_.controller_site->alias;
  config.configuration = &config_.values;
  config.peers = context_.peers;
  config.incarnation = context_.incarnation;
  config.tree = [this] { return tree(); };
  config.store = [this] { return opened_ ? context_.handles.get<chunk_store_actor>("chunk_store") : chunk_store_actor{}; };
  if (context_.is_master()) config.metadata = [this] { return opened_ ? context_.metadata : nullptr; };
  config.files = [this] { return opened_ ? context_.chunks : nullptr; };
  if (context_.is_master())
    config.challenges = std::make_shared<login_challenges>(
        system_, [this] { return context_.handles.get<metadata_actor>("metadata"); });
  services_ = std::make_unique<node_services>(system_, std::move(config));
  context_.scripts = services_.get();
}

// Bound before anything is opened: a taken port ends the start at once. Answers 503 until the node is ready.
expected<void> node::open_site_port() {
  gateway_hooks hooks;
  hooks.ready = [this] { return ready(); };
  hooks.status = [this] { return status_json(status()); };
  hooks.metrics = [this] { return metrics_text(status()); };
  const auto& self = context_.self;
  gateway_ = std::make_unique<gateway>(self.host, self.site_port, *services_, config_.values, std::move(hooks));
  auto* port = gateway_.get();
  session_services sessions;
  sessions.console_jobs = [port] { return port->console_jobs(); };
  sessions.recent_jobs = [port] { return port->recent_jobs(); };
  sessions.sessions = [port] { return port->sessions(); };
  sessions.cancel_job = [port](const std::string& id) { return port->cancel_job(id); };
  sessions.close_session = [port](uint64_t id) { return port->close_session(id); };
  sessions.public_key = [port] { return port->public_key(); };
  sessions.decrypt = [port](const std::string& text) { return port->decrypt(text); };
  services_->attach(std::move(sessions));
  PELORUS_TRY(gateway_->start());
  meter_.attach([port](load_report& report) {
    auto load = port->load();
    report.connections = uint32_t(load.connections);
    report.running_jobs = uint32_t(load.running_jobs);
    report.queued_jobs = uint32_t(load.queued_jobs);
  });
  return {};
}

expected<void> node::start() {
  identify();
  peers_options options;
  options.controller = config_.controller_site;
  if (networked()) options.connector = spawn_connector(system_);
  if (networked()) watch_for_life(context_, spawn_connection_keeper(system_), "connection keeper");
  watch_for_life(context_, caf::actor_cast<caf::actor>(options.connector), "connector");
  context_.peers = spawn_peers(system_, std::move(options));
  watch_for_life(context_, caf::actor_cast<caf::actor>(context_.peers), "peers");
  make_services();
  PELORUS_TRY(open_site_port());
  if (networked()) PELORUS_TRY(check_actor_port());
  PELORUS_TRY(open_stores(context_));
  if (auto files = context_.chunks)
    meter_.attach([files](load_report& report) { report.chunks = files->catalog->size(); });  // new chunks are placed by it
  doors_ = open_doors(context_);
  for (const auto& door : {doors_.controller, doors_.agent, doors_.node}) watch_for_life(context_, door, "door");
  if (networked()) PELORUS_TRY(publish());
  opened_ = true;
  start_registrar(context_, doors_);
  log_info("{} {} is up; version {}, site port {}, actor port {}", to_string(config_.role), context_.self.alias,
           program_version, context_.self.site_port, context_.self.actor_port);
  return {};
}

bool node::ready() const { return opened_ && context_.registered; }

int64_t node::uptime_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_).count();
}

// The one child of the process that no door owns: everybody keeps its handle.
actor_view node::describe_peers(caf::scoped_actor& self, const std::string& parent) const {
  actor_view result;
  result.name = "peers";
  result.parent = parent;
  result.state = "busy";
  result.uptime_ms = uptime_ms();
  self->request(context_.peers, 200ms, get_status{})
      .receive(
          [&](uint64_t mailbox) {
            result.mailbox = mailbox;
            result.state = "running";
          },
          [](caf::error&) {});
  return result;
}

// Both halves of single mode.
expected<actor_tree> node::tree() const {
  actor_tree all;
  if (!opened_) return all;
  caf::scoped_actor self{system_};
  for (const auto& door : {doors_.controller, doors_.agent, doors_.node}) {
    if (!door) continue;
    using tree_door = tree_protocol::handle;
    std::optional<error> failure;
    self->request(caf::actor_cast<tree_door>(door), 2s, get_status{})
        .receive([&](actor_tree& part) { all.insert(all.end(), part.begin(), part.end()); },
                 [&](caf::error& err) { failure = from_caf(err, "the supervision tree"); });
    if (failure) return *failure;
  }
  if (!all.empty()) all.push_back(describe_peers(self, all.front().name));
  return all;
}

node_status node::status() const {
  node_status result;
  result.self = context_.self;
  result.ready = ready();
  result.pid = getpid();
  result.uptime_ms = uptime_ms();
  result.load = meter_.sample();
  if (auto actors = tree()) result.tree = *std::move(actors);
  caf::scoped_actor self{system_};
  auto ignore = [](caf::error&) {};  // a node without its controller shows what it knows
  self->request(context_.peers, 1s, list_nodes{}).receive([&](member_list& nodes) { result.nodes = std::move(nodes); }, ignore);
  if (!opened_ || !doors_.controller) return result;
  auto door = caf::actor_cast<controller_door>(doors_.controller);
  self->request(door, 1s, list_nodes{}).receive([&](member_list& nodes) { result.nodes = std::move(nodes); }, ignore);
  self->request(door, 1s, list_names{})
      .receive([&](std::vector<std::string>& names) { result.databases = std::move(names); }, ignore);
  return result;
}

// Children finish what they are at; they have as long as a running write may take.
void node::stop() {
  meter_.detach_all();
  if (gateway_) gateway_->stop();
  opened_ = false;
  caf::scoped_actor self{system_};
  size_t running = 0;
  for (auto& door : {doors_.node, doors_.agent, doors_.controller})
    if (door) self->send_exit(door, caf::exit_reason::user_shutdown);
  for (auto& [name, child] : context_.handles.take()) {
    self->monitor(child);
    ++running;
  }
  doors_ = {};
  self->receive_while([&] { return running > 0; })(
      [&](const caf::down_msg&) { --running; },
      caf::after(20s) >> [&] {
        log_warn("{} actors have not ended in time", running);
        running = 0;
      });
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
  memory::set_limit(config->values.get_bytes("maxMemSize"));
  node process{*config, life};
  if (auto started = process.start(); !started) {
    fail(started.error());
    process.stop();
    std::_Exit(1);
  }
  int code = life.wait();
  process.stop();
  log_info("MainServer shutdown.");
  // Nothing of ours runs any more. Tearing CAF down would wait some seconds for its connections.
  std::fflush(nullptr);
  std::_Exit(code);
}

} // namespace pelorus
