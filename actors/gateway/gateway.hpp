// The site port: one listener for API clients over TCP, WebSocket clients and HTTP, told apart by their first bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cfg/error.hpp"
#include "cfg/limits.hpp"
#include "cfg/settings.hpp"
#include "query/services.hpp"
#include "query/session.hpp"

namespace pelorus {

struct api_request;
class client_session;

/// How long clients may take; shorter in tests.
struct gateway_patience {
  using ms = std::chrono::milliseconds;
  ms handshake = limits::handshake_timeout;        ///< from the connection to the first request's first bytes
  ms stall = limits::request_stall_timeout;        ///< between two bytes of a request or a response
  ms http_idle = limits::http_idle_timeout;        ///< between two requests of a kept-alive HTTP connection
  ms session_idle = limits::session_idle_timeout;  ///< of the JSON API's sessions, with strictSecurityPolicy of all
  ms session_life = limits::session_lifetime;
  ms sweep{500};                                   ///< how often all of these are looked at
};

/// What the node behind the port tells about itself. All are called on threads of the gateway and may block briefly.
struct gateway_hooks {
  std::function<bool()> ready = [] { return true; };       ///< GET /health: 200 or 503
  std::function<std::string()> status = [] { return std::string{"{}"}; };   ///< GET /status: JSON
  std::function<std::string()> metrics = [] { return std::string{}; };      ///< GET /metrics: Prometheus text
  /// Runs a request in its session, which nobody else touches meanwhile. The error's message is what the client sees.
  /// Empty: the interpreter does.
  std::function<expected<value>(client_session&, const api_request&)> execute;
  gateway_patience patience;
};

struct gateway_load {
  size_t connections = 0;
  size_t running_jobs = 0, queued_jobs = 0;
  uint64_t requests = 0, bytes_in = 0, bytes_out = 0;  ///< since the start
};

class gateway {
public:
  /// Listens at host:port once started; port 0 lets the system choose. Reads workerNum, urgentWorkerNum, maxConnections,
  /// tcpNoDelay, tcpUserTimeout, enableHTTPS, webRoot and strictSecurityPolicy.
  gateway(std::string host, uint16_t port, services& node, const settings& config, gateway_hooks hooks);
  /// Stops.
  ~gateway();
  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;

  /// Binds the port and accepts from then on. ec::io_failed with "Failed to bind the socket on port <p> with error code
  /// <errno>" when the port is taken.
  expected<void> start();
  /// Closes all connections, cancels their jobs and waits for them.
  void stop();

  uint16_t port() const;
  gateway_load load() const;

  // -- what `services` answers about sessions and jobs -------------------------------------------------
  table_ptr console_jobs() const;
  table_ptr recent_jobs() const;
  table_ptr sessions() const;
  expected<void> cancel_job(const std::string& root_job_id);
  expected<void> close_session(uint64_t id);
  /// The RSA key that clients encrypt passwords with; made when it is first asked for.
  expected<std::string> public_key();
  expected<std::string> decrypt(const std::string& base64);

  struct core;  // gateway_core.hpp

private:
  std::shared_ptr<core> core_;
};

} // namespace pelorus
