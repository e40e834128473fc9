#include "deploy/shell_client.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cfg/strings.hpp"
#include "query/wire.hpp"

namespace pelorus {

namespace {
constexpr int connect_timeout_ms = 10000;
constexpr int poll_ms = 200;

error lost(std::string what) { return {ec::unavailable, std::move(what)}; }

/// Connects within the limit; the descriptor, or -1 with errno set.
int connect_to(const addrinfo& to) {
  int fd = ::socket(to.ai_family, to.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to.ai_protocol);
  if (fd < 0) return -1;
  int problem = 0;
  if (::connect(fd, to.ai_addr, to.ai_addrlen) != 0) {
    pollfd ready{fd, POLLOUT, 0};
    socklen_t size = sizeof problem;
    if (errno != EINPROGRESS) problem = errno;
    else if (::poll(&ready, 1, connect_timeout_ms) <= 0) problem = ETIMEDOUT;
    else getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
  }
  if (problem == 0) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
  }
  ::close(fd);
  errno = problem;
  return -1;
}
} // namespace

void shell_client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  session_ = 0;
  buffer_.clear();
}

expected<void> shell_client::open_socket() {
  close();
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (int problem = getaddrinfo(host_.c_str(), port_.c_str(), &hints, &found); problem != 0)
    return lost("cannot find " + host_ + ": " + gai_strerror(problem));
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> list{found, freeaddrinfo};
  for (auto to = found; to != nullptr && fd_ < 0; to = to->ai_next) fd_ = connect_to(*to);
  if (fd_ < 0) return lost("cannot connect to " + host_ + ":" + port_ + ": " + std::strerror(errno));
  return {};
}

expected<void> shell_client::connect(const std::string& user, const std::string& password) {
  PELORUS_TRY(open_socket());
  user_ = user;
  password_ = password;
  auto command = user.empty() ? std::string{"connect\n"} : "connect\nlogin\n" + user + "\n" + password;
  auto done = ask(command, "1_1_8_64", [](std::string_view) {}, [] { return false; });
  if (!done) return std::move(done).error();
  return {};
}

expected<value> shell_client::run(std::string_view script, const std::function<void(std::string_view)>& print,
                                  const std::function<bool()>& interrupted) {
  if (fd_ < 0) PELORUS_TRY(connect(user_, password_));
  cancelled_ = false;
  return ask("script\n" + std::string{script}, "0_1_4_64", print, interrupted);
}

expected<value> shell_client::ask(std::string_view command, std::string_view options,
                                  const std::function<void(std::string_view)>& print,
                                  const std::function<bool()>& interrupted) {
  PELORUS_TRY(send("API2 " + std::to_string(session_) + " " + std::to_string(command.size()) + " / " +
                   std::string{options} + "\n" + std::string{command}));
  while (true) {
    PELORUS_ASSIGN(auto head, line('\n', interrupted));
    if (head == "MSG") {
      PELORUS_ASSIGN(auto text, line('\0', interrupted));
      print(text);
      continue;
    }
    auto fields = strings::split(head, ' ');
    size_t objects = 0;
    if (fields.size() == 3) {
      std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), session_);
      std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), objects);
    }
    auto status = line('\n', interrupted);
    if (!status) return status.error();
    if (*status != "OK") return error{ec::bad_argument, *status};
    auto result = value::nothing();
    for (size_t i = 0; i < objects; ++i) {
      PELORUS_ASSIGN(result, object(interrupted));
    }
    return result;
  }
}

expected<void> shell_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      close();
      return lost("the connection is lost");
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

expected<void> shell_client::receive(const std::function<bool()>& interrupted) {
  while (true) {
    if (!cancelled_ && interrupted()) {
      cancelled_ = true;
      cancel_job();
    }
    pollfd ready{fd_, POLLIN, 0};
    auto n = ::poll(&ready, 1, poll_ms);
    if (n > 0) break;
    if (n < 0 && errno != EINTR) return lost(std::strerror(errno));
  }
  char chunk[65536];
  auto n = ::recv(fd_, chunk, sizeof chunk, 0);
  if (n <= 0) {
    close();
    return lost("the server closed the connection");
  }
  buffer_.append(chunk, static_cast<size_t>(n));
  return {};
}

expected<std::string> shell_client::line(char end, const std::function<bool()>& interrupted) {
  size_t from = 0;
  while (true) {
    if (auto at = buffer_.find(end, from); at != std::string::npos) {
      auto out = buffer_.substr(0, at);
      buffer_.erase(0, at + 1);
      return out;
    }
    from = buffer_.size();
    PELORUS_TRY(receive(interrupted));
  }
}

expected<value> shell_client::object(const std::function<bool()>& interrupted) {
  wire_scanner scanner;
  while (true) {
    PELORUS_ASSIGN(bool complete, scanner.scan(buffer_));
    if (complete) break;
    PELORUS_TRY(receive(interrupted));
  }
  PELORUS_ASSIGN(auto x, decode(buffer_));
  buffer_.erase(0, scanner.consumed());
  return x;
}

void shell_client::cancel_job() {
  shell_client other{host_, port_};
  if (!other.connect(user_, password_)) return;
  auto script = "jobs = exec rootJobId from getConsoleJobs() where sessionId = " + std::to_string(session_) +
                "\nif (size(jobs)) cancelConsoleJob(jobs)";
  [[maybe_unused]] auto done = other.ask("script\n" + script, "1_1_8_64", [](std::string_view) {}, [] { return false; });
}

} // namespace pelorus
