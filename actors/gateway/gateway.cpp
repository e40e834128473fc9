#include "actors/gateway/gateway.hpp"

#include <algorithm>

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>

#include <netinet/tcp.h>

#include "actors/gateway/byte_stream.hpp"
#include "actors/gateway/connection.hpp"
#include "actors/gateway/execute.hpp"
#include "actors/gateway/gateway_core.hpp"
#include "actors/gateway/static_files.hpp"
#include "actors/gateway/tls.hpp"
#include "cfg/limits.hpp"
#include "cfg/log.hpp"

namespace pelorus {

namespace {
using tcp = asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t urgent_threads_max = 8;
constexpr size_t encoder_threads = 2;
constexpr milliseconds urgent_patience{200};
constexpr std::chrono::seconds stop_patience{10};
constexpr int listen_backlog = 1024;

/// Small answers need one thread; TLS and text columns of big ones profit from more.
size_t io_threads() { return std::clamp<size_t>(std::thread::hardware_concurrency() / 4, 1, 4); }

error bind_failed(uint16_t port, int code) {
  return {ec::io_failed,
          "Failed to bind the socket on port " + std::to_string(port) + " with error code " + std::to_string(code)};
}

expected<tcp::endpoint> resolve(asio::io_context& io, const std::string& host, uint16_t port) {
  boost::system::error_code problem;
  auto address = asio::ip::make_address(host, problem);
  if (!problem) return tcp::endpoint{address, port};
  tcp::resolver resolver{io};
  auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, problem);
  if (problem || found.empty()) return error{ec::io_failed, "cannot resolve the host '" + host + "' of localSite: " + problem.message()};
  return found.begin()->endpoint();
}
} // namespace

gateway::core::core(std::string host, uint16_t port, services& node, const settings& config, gateway_hooks hooks)
    : host(std::move(host)), wanted_port(port), node(node), config(config), hooks(std::move(hooks)),
      max_connections(static_cast<size_t>(config.get_int("maxConnections"))), no_delay(true),
      strict_sessions(config.get_bool("strictSecurityPolicy")), user_timeout_ms(config.get_int("tcpUserTimeout")),
      sessions(node), files(std::make_unique<static_files>(config.get_path("webRoot"))) {
  if (!this->hooks.execute) this->hooks.execute = execute;
}

gateway::core::~core() = default;

expected<void> gateway::core::listen() {
  for (size_t i = 0; i < io_threads(); ++i) io.push_back(std::make_unique<asio::io_context>(1));
  acceptor = std::make_unique<tcp::acceptor>(*io[0]);
  sweep_timer = std::make_unique<asio::steady_timer>(*io[0]);
  PELORUS_ASSIGN(auto endpoint, resolve(*io[0], host, wanted_port));
  boost::system::error_code problem;
  acceptor->open(endpoint.protocol(), problem);
  if (!problem) acceptor->set_option(tcp::acceptor::reuse_address(true), problem);
  if (!problem) acceptor->bind(endpoint, problem);
  if (!problem) acceptor->listen(listen_backlog, problem);
  if (problem) return bind_failed(wanted_port, problem.value());
  if (!config.get_bool("enableHTTPS")) return {};
  PELORUS_ASSIGN(auto pair, ensure_certificate(config.home() + "/keys", host));
  tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  tls->use_certificate_chain_file(pair.certificate, problem);
  if (!problem) tls->use_private_key_file(pair.key, asio::ssl::context::pem, problem);
  if (problem) return error{ec::bad_config, "cannot use " + pair.certificate + " and " + pair.key + ": " + problem.message()};
  return {};
}

void gateway::core::accept() {
  auto& home = *io[next_io++ % io.size()];
  acceptor->async_accept(home, [self = shared_from_this()](boost::system::error_code problem, tcp::socket socket) {
    if (self->stopped || problem == asio::error::operation_aborted) return;
    if (!problem) {
      self->accepted(std::move(socket));
      return self->accept();
    }
    // Out of file descriptors, most likely: wait for some to come back.
    log_warn("cannot accept a connection: {}", problem.message());
    auto pause = std::make_shared<asio::steady_timer>(*self->io[0], milliseconds{100});
    pause->async_wait([self, pause](auto) { self->accept(); });
  });
}

void gateway::core::accepted(tcp::socket socket) {
  boost::system::error_code problem;
  auto remote = socket.remote_endpoint(problem);
  if (problem) return;
  socket.set_option(tcp::no_delay(no_delay), problem);
  socket.set_option(asio::socket_base::keep_alive(true), problem);
  auto timeout = static_cast<unsigned>(user_timeout_ms);
  if (timeout != 0) setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);

  auto count = connection_count.fetch_add(1) + 1;
  if (count > max_connections + limits::reserved_connections) {
    // Told in the words of the API protocol; other clients see the connection end.
    auto text = "0 0 1\nThe node has reached the maximum of " + std::to_string(max_connections) + " connections (maxConnections).\n";
    if (!tls) socket.write_some(asio::buffer(text), problem);
    connection_count.fetch_sub(1);
    return;
  }
  auto executor = socket.get_executor();
  auto stream = tls ? make_tls_stream(std::move(socket), *tls) : make_plain_stream(std::move(socket));
  auto one = std::make_shared<connection>(shared_from_this(), executor, std::move(stream),
                                          peer_address{remote.address().to_string(), remote.port()}, count > max_connections);
  {
    std::lock_guard lock{connections_mutex};
    if (stopped) {  // it would be missed by whoever closes all of them
      connection_count.fetch_sub(1);
      return;
    }
    connections.insert(one);
  }
  one->start();
}

void gateway::core::forget(const std::shared_ptr<connection>& one) {
  std::lock_guard lock{connections_mutex};
  if (connections.erase(one) != 0) connection_count.fetch_sub(1);
}

/// Cuts silent connections, ends old sessions, adds urgent threads.
void gateway::core::sweep() {
  sweep_timer->expires_after(hooks.patience.sweep);
  sweep_timer->async_wait([self = shared_from_this()](boost::system::error_code problem) {
    if (problem || self->stopped) return;
    auto now = steady_clock::now();
    {
      std::lock_guard lock{self->connections_mutex};
      for (auto& one : self->connections) one->check_deadline(now);
    }
    self->sessions.expire(self->strict_sessions, self->hooks.patience);
    self->urgent->look_after();
    self->sweep();
  });
}

void gateway::core::stop() {
  if (!started || stopped.exchange(true)) return;
  asio::post(*io[0], [self = shared_from_this()] {
    boost::system::error_code ignored;
    self->acceptor->close(ignored);
    self->sweep_timer->cancel();
  });
  {
    std::lock_guard lock{connections_mutex};
    for (auto& one : connections) one->close();
  }
  for (auto& one : sessions.all()) one->cancel();
  // Jobs see their cancel flag and end; their connections follow.
  for (auto until = steady_clock::now() + stop_patience; steady_clock::now() < until && connection_count != 0;)
    std::this_thread::sleep_for(milliseconds{2});
  if (connection_count != 0) log_warn("{} connections still run a job that does not end", connection_count.load());
  jobs->stop();
  urgent->stop();
  encoders->stop();
  for (auto& one : io) one->stop();
  for (auto& thread : threads) thread.join();
  // What is left in the queues holds this object: let go of it.
  {
    std::lock_guard lock{connections_mutex};
    connections.clear();
  }
  acceptor.reset();
  sweep_timer.reset();
  io.clear();
}

// -- the class ----------------------------------------------------------------------------------------

gateway::gateway(std::string host, uint16_t port, services& node, const settings& config, gateway_hooks hooks)
    : core_(std::make_shared<core>(std::move(host), port, node, config, std::move(hooks))) {}

gateway::~gateway() { stop(); }

expected<void> gateway::start() {
  auto& c = *core_;
  PELORUS_TRY(c.listen());
  auto workers = static_cast<size_t>(c.config.get_int("workerNum"));
  auto urgent = static_cast<size_t>(c.config.get_int("urgentWorkerNum"));
  c.jobs = std::make_unique<job_pool>("job", workers, workers, milliseconds{0});
  c.urgent = std::make_unique<job_pool>("urgent", urgent, std::max(urgent, urgent_threads_max), urgent_patience);
  c.encoders = std::make_unique<job_pool>("encode", encoder_threads, encoder_threads, milliseconds{0});
  c.started = true;
  c.accept();
  c.sweep();
  for (auto& one : c.io)
    c.threads.emplace_back([&io = *one] {
      auto work = asio::make_work_guard(io);
      io.run();
    });
  return {};
}

void gateway::stop() { core_->stop(); }

uint16_t gateway::port() const {
  boost::system::error_code ignored;
  return core_->acceptor ? core_->acceptor->local_endpoint(ignored).port() : core_->wanted_port;
}

gateway_load gateway::load() const {
  auto& c = *core_;
  gateway_load out;
  out.connections = c.connection_count;
  if (c.jobs) out.running_jobs = c.jobs->busy() + c.urgent->busy(), out.queued_jobs = c.jobs->waiting() + c.urgent->waiting();
  out.requests = c.requests;
  out.bytes_in = c.bytes_in;
  out.bytes_out = c.bytes_out;
  return out;
}

table_ptr gateway::console_jobs() const { return core_->sessions.console_jobs(); }
table_ptr gateway::recent_jobs() const { return core_->sessions.recent_jobs(); }
table_ptr gateway::sessions() const { return core_->sessions.memory(); }
expected<void> gateway::cancel_job(const std::string& root_job_id) { return core_->sessions.cancel_job(root_job_id); }
expected<void> gateway::close_session(uint64_t id) { return core_->sessions.close(id); }
expected<std::string> gateway::public_key() { return core_->login_key.public_pem(); }
expected<std::string> gateway::decrypt(const std::string& base64) { return core_->login_key.decrypt(base64); }

} // namespace pelorus
