#include "actors/discovery.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/multiplexer.hpp>
#include <caf/sec.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/connections.hpp"
#include "actors/errors.hpp"
#include "cfg/limits.hpp"

namespace pelorus {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

uint16_t usual_actor_port(uint16_t site_port) {
  auto above = site_port + limits::actor_port_offset;
  return uint16_t(above <= 65535 ? above : site_port - limits::actor_port_offset);
}

namespace {

constexpr auto probe_patience = 1000ms;
constexpr auto handshake_deadline = 5s;
constexpr size_t status_bytes_max = 4 * 1024 * 1024;

/// A non-blocking socket that waits with a deadline.
class patient_socket {
public:
  patient_socket(int fd, milliseconds patience) : fd_(fd), end_(std::chrono::steady_clock::now() + patience) {}
  patient_socket(const patient_socket&) = delete;
  patient_socket& operator=(const patient_socket&) = delete;
  ~patient_socket() {
    if (fd_ >= 0) close(fd_);
  }

  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

  bool wait(short what) const {
    auto left = std::chrono::duration_cast<milliseconds>(end_ - std::chrono::steady_clock::now()).count();
    pollfd watched{fd_, what, 0};
    return left > 0 && poll(&watched, 1, int(left)) == 1;
  }

  bool connect_to(const addrinfo& address) const {
    if (connect(fd_, address.ai_addr, address.ai_addrlen) == 0) return true;
    if (errno != EINPROGRESS) return false;
    if (!wait(POLLOUT)) {
      errno = ETIMEDOUT;
      return false;
    }
    int failure = 0;
    socklen_t size = sizeof failure;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &failure, &size);
    errno = failure;
    return failure == 0;
  }

private:
  int fd_;
  std::chrono::steady_clock::time_point end_;
};

expected<std::unique_ptr<patient_socket>> connect_socket(const std::string& host, uint16_t port,
                                                         milliseconds patience) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int rc = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); rc != 0)
    return error{ec::unavailable, fmt::format("cannot resolve {}: {}", host, gai_strerror(rc))};
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses{found, freeaddrinfo};
  int failure = 0;
  for (auto* a = found; a; a = a->ai_next) {
    auto s = std::make_unique<patient_socket>(
        socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol), patience);
    if (s->fd() >= 0 && s->connect_to(*a)) return s;
    failure = errno;
  }
  return error{ec::unavailable, fmt::format("cannot connect to {}:{}: {}", host, port, std::strerror(failure))};
}

expected<std::string> get_status_page(const std::string& host, uint16_t port, milliseconds patience) {
  PELORUS_ASSIGN(auto s, connect_socket(host, port, patience));
  auto request = fmt::format("GET /status HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n\r\n", host, port);
  if (!s->wait(POLLOUT) || send(s->fd(), request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size()))
    return error{ec::unavailable, fmt::format("{}:{} does not take a request", host, port)};
  std::string page;
  char buffer[8192];
  while (page.size() < status_bytes_max && s->wait(POLLIN)) {
    auto n = recv(s->fd(), buffer, sizeof buffer, 0);
    if (n <= 0) break;
    page.append(buffer, size_t(n));
    if (actor_port_in(page)) return page;  // no need to wait for the end
  }
  return page;
}

} // namespace

expected<uint16_t> actor_port_in(std::string_view status) {
  constexpr std::string_view key = "\"actorPort\":";
  auto at = status.find(key);
  unsigned port = 0;
  if (at != std::string_view::npos) {
    auto digits = status.substr(at + key.size());
    while (digits.starts_with(' ')) digits.remove_prefix(1);
    auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    bool whole = failure == std::errc{} && end != digits.data() + digits.size();
    if (whole && port > 0 && port <= 65535) return uint16_t(port);
  }
  return error{ec::not_found, "no actorPort in the status"};
}

uint16_t discover_actor_port(const std::string& host, uint16_t site_port, milliseconds patience) {
  auto page = get_status_page(host, site_port, patience);
  auto port = page ? actor_port_in(*page) : page.error();
  return port ? *port : usual_actor_port(site_port);
}

namespace {

/// Socket and port.
using finder_actor = caf::typed_actor<caf::replies_to<std::string, uint16_t, uint16_t>::with<int32_t, uint16_t>>;

// Lives for one question, in its own thread. Who comes only to see whether somebody listens makes CAF on the other side close
// a connection whose number the next one gets: see connections.hpp. So this is the connection.
finder_actor::behavior_type finder(finder_actor::pointer self) {
  return {[self](const std::string& host, uint16_t site_port, uint16_t actor_port) -> caf::result<int32_t, uint16_t> {
    self->quit();
    auto port = actor_port != 0 ? actor_port : discover_actor_port(host, site_port, probe_patience);
    auto connected = connect_socket(host, port, probe_patience);
    if (!connected) return to_caf(connected.error());
    return {int32_t((*connected)->release()), port};
  }};
}

/// CAF takes the socket and asks at the other end who is there.
void shake_hands(connector_actor::pointer self, int socket, const std::string& host, uint16_t port,
                 caf::typed_response_promise<caf::actor> promise) {
  auto scribe = self->system().middleman().backend().new_scribe(socket);
  auto connection = scribe->hdl();
  self->request(connection_broker(self->system()), handshake_deadline, caf::connect_atom::value, std::move(scribe), port)
      .then(
          [host, port, promise](const caf::node_id&, const caf::strong_actor_ptr& door, const std::set<std::string>&) mutable {
            if (door) return (void)promise.deliver(caf::actor_cast<caf::actor>(door));
            promise.deliver(to_caf(error{ec::unavailable, fmt::format("{}:{} publishes no actor", host, port)}));
          },
          [self, connection, promise](caf::error& err) mutable {
            if (err == caf::sec::request_timeout) drop_connection(self->system(), connection);
            promise.deliver(std::move(err));
          });
}

connector_actor::behavior_type connector(connector_actor::pointer self) {
  return {[self](const std::string& host, uint16_t site_port, uint16_t actor_port) -> caf::result<caf::actor> {
    auto promise = self->make_response_promise<caf::actor>();
    auto search = self->system().spawn<caf::detached>(finder);
    self->request(search, caf::infinite, host, site_port, actor_port)
        .then([self, host, promise](int32_t socket, uint16_t port) { shake_hands(self, socket, host, port, promise); },
              [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
    return promise;
  }};
}

} // namespace

connector_actor spawn_connector(caf::actor_system& system) { return system.spawn(connector); }

} // namespace pelorus
