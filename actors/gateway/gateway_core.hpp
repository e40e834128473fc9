// What all connections of a gateway share. Internal to actors/gateway.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "actors/gateway/client_session.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/job_pool.hpp"
#include "actors/gateway/rsa_key.hpp"

namespace boost::asio::ssl {
class context;
}

namespace pelorus {

namespace asio = boost::asio;
class connection;
class static_files;

struct gateway::core : std::enable_shared_from_this<gateway::core> {
  core(std::string host, uint16_t port, services& node, const settings& config, gateway_hooks hooks);
  ~core();

  // -- fixed ------------------------------------------------------------------------------------------
  const std::string host;
  const uint16_t wanted_port;
  services& node;
  const settings& config;
  gateway_hooks hooks;
  const size_t max_connections;
  const bool no_delay, strict_sessions;
  const int64_t user_timeout_ms;

  // -- state ------------------------------------------------------------------------------------------
  session_registry sessions;
  rsa_key login_key;
  /// One thread each; a connection stays on one of them, so its state needs no lock. The first one also accepts.
  std::vector<std::unique_ptr<asio::io_context>> io;
  size_t next_io = 0;
  std::unique_ptr<asio::ip::tcp::acceptor> acceptor;
  std::unique_ptr<asio::steady_timer> sweep_timer;
  std::shared_ptr<asio::ssl::context> tls;
  std::unique_ptr<static_files> files;
  /// `encoders` make the bytes of texts and compressed columns while others are sent.
  std::unique_ptr<job_pool> jobs, urgent, encoders;
  std::vector<std::thread> threads;
  bool started = false;
  std::atomic<bool> stopped{false};  ///< seen by the io threads

  std::mutex connections_mutex;
  std::unordered_set<std::shared_ptr<connection>> connections;
  std::atomic<size_t> connection_count{0};
  std::atomic<uint64_t> requests{0}, bytes_in{0}, bytes_out{0};

  expected<void> listen();
  void stop();
  void accept();
  void accepted(asio::ip::tcp::socket socket);
  void sweep();
  void forget(const std::shared_ptr<connection>& one);
};

using gateway_core = gateway::core;

} // namespace pelorus
