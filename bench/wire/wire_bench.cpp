// The figures of the wire protocol: what a plain loopback socket carries, what a client gets of it, round trips.
//   wire_bench socket BYTES                    seconds for BYTES through a loopback socket, nothing done with them
//   wire_bench table HOST PORT NAME            "BYTES SECONDS ROWS" for a session-independent table, decoded into columns
//   wire_bench roundtrips HOST PORT CONNECTIONS SECONDS
// It shares no code with the node: a client is what it measures.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {
using steady = std::chrono::steady_clock;
constexpr size_t piece_bytes = 1 << 20;

double seconds_since(steady::time_point begin) { return std::chrono::duration<double>(steady::now() - begin).count(); }

void need(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string{what} + (errno != 0 ? std::string{": "} + std::strerror(errno) : ""));
}

int connect_to(const char* host, int port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  need(inet_pton(AF_INET, host, &to.sin_addr) == 1, "HOST must be an IPv4 address");
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  need(fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0, "cannot connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    need(n > 0, "cannot send");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

std::string request(std::string_view command) {
  return "API2 0 " + std::to_string(command.size()) + " / 0_1_4_64\n" + std::string{command};
}
constexpr std::string_view login = "connect\nlogin\nadmin\n123456";

/// Reads through a buffer; big reads go straight to their place.
class reader {
public:
  explicit reader(int fd) : fd_(fd), buffer_(256 << 10) {}
  void bytes(void* into, size_t size) {
    auto* to = static_cast<char*>(into);
    auto ready = std::min(size, end_ - at_);
    std::memcpy(to, buffer_.data() + at_, ready);
    at_ += ready;
    for (size_t done = ready; done < size;) {
      if (size - done < buffer_.size() / 2) {
        fill();
        auto part = std::min(size - done, end_);
        std::memcpy(to + done, buffer_.data(), part);
        at_ = part;
        done += part;
        continue;
      }
      auto n = recv(fd_, to + done, size - done, 0);
      need(n > 0, "the node closed the connection");
      done += static_cast<size_t>(n);
      total_ += static_cast<uint64_t>(n);
    }
  }
  template <class T>
  T number() {
    T x;
    bytes(&x, sizeof x);
    return x;
  }
  /// Appends up to `end`, which is left out.
  void until(char end, std::vector<char>& out) {
    while (true) {
      if (at_ == end_) fill();
      auto* from = buffer_.data() + at_;
      if (auto* found = static_cast<const char*>(std::memchr(from, end, end_ - at_))) {
        out.insert(out.end(), static_cast<const char*>(from), found);
        at_ += static_cast<size_t>(found - from) + 1;
        return;
      }
      out.insert(out.end(), from, from + (end_ - at_));
      at_ = end_;
    }
  }
  std::string line(char end = '\n') {
    std::vector<char> out;
    until(end, out);
    return {out.begin(), out.end()};
  }
  uint64_t total() const { return total_; }

private:
  void fill() {
    auto n = recv(fd_, buffer_.data(), buffer_.size(), 0);
    need(n > 0, "the node closed the connection");
    at_ = 0;
    end_ = static_cast<size_t>(n);
    total_ += static_cast<uint64_t>(n);
  }
  int fd_;
  std::vector<char> buffer_;
  size_t at_ = 0, end_ = 0;
  uint64_t total_ = 0;
};

void read_head(reader& in) {
  in.line();
  auto status = in.line();
  if (status != "OK") throw std::runtime_error(status);
}

/// A column in memory: numbers and codes in `fixed`, text as characters and the ends of the items.
struct column {
  std::vector<char> fixed, text;
  std::vector<uint64_t> ends;
};

void read_text(reader& in, size_t count, column& out) {
  out.ends.reserve(out.ends.size() + count);
  for (size_t i = 0; i < count; ++i) {
    in.until('\0', out.text);
    out.ends.push_back(out.text.size());
  }
}

size_t width_of(uint8_t type) {
  switch (type) {
    case 1: case 2: return 1;
    case 3: return 2;
    case 5: case 12: case 13: case 14: case 16: return 8;
    case 4: case 6: case 7: case 8: case 9: case 10: case 11: case 15: return 4;
    default: throw std::runtime_error("column of type " + std::to_string(type));
  }
}

column read_column(reader& in) {
  constexpr uint8_t string = 18, symbol_base = 145;
  column out;
  auto type = in.number<uint8_t>();
  need(in.number<uint8_t>() == 1, "a column must be a vector");
  auto rows = in.number<uint32_t>();
  in.number<uint32_t>();
  if (type == string) {
    read_text(in, rows, out);
    return out;
  }
  size_t width = 4;
  if (type == symbol_base) {
    in.number<int32_t>();
    read_text(in, in.number<uint32_t>(), out);
  } else width = width_of(type);
  out.fixed.resize(rows * width);
  in.bytes(out.fixed.data(), out.fixed.size());
  return out;
}

void fetch_table(const char* host, int port, const std::string& name) {
  int fd = connect_to(host, port);
  reader in{fd};
  send_all(fd, request(login));
  read_head(in);
  auto before = in.total();
  auto begin = steady::now();
  send_all(fd, request("script\n" + name));
  read_head(in);
  in.number<uint8_t>();
  need(in.number<uint8_t>() == 6, "no table");
  auto rows = in.number<uint32_t>(), width = in.number<uint32_t>();
  in.line('\0');
  for (uint32_t i = 0; i < width; ++i) in.line('\0');
  std::vector<column> columns;
  for (uint32_t i = 0; i < width; ++i) columns.push_back(read_column(in));
  auto took = seconds_since(begin);
  std::printf("%llu %.4f %u\n", static_cast<unsigned long long>(in.total() - before), took, rows);
  close(fd);
}

void plain_socket(uint64_t bytes) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  need(bind(listener, reinterpret_cast<sockaddr*>(&at), size) == 0 && listen(listener, 1) == 0, "cannot listen");
  getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  std::thread sender{[&] {
    int fd = accept(listener, nullptr, nullptr);
    std::string piece(piece_bytes, 'x');
    for (uint64_t left = bytes; left > 0;) {
      auto n = std::min<uint64_t>(left, piece.size());
      send_all(fd, std::string_view{piece}.substr(0, n));
      left -= n;
    }
    close(fd);
  }};
  auto begin = steady::now();
  int fd = connect_to("127.0.0.1", ntohs(at.sin_port));
  std::vector<char> into(piece_bytes);
  uint64_t got = 0;
  for (ssize_t n; (n = recv(fd, into.data(), into.size(), 0)) > 0;) got += static_cast<uint64_t>(n);
  auto took = seconds_since(begin);
  sender.join();
  close(fd);
  close(listener);
  need(got == bytes, "bytes were lost");
  std::printf("%.4f\n", took);
}

/// Answers to `1+1` end with the INT 2; one request is under way on each connection.
void round_trips(const char* host, int port, size_t connections, double seconds) {
  auto ask = request("script\n1+1");
  auto poll = epoll_create1(0);
  std::vector<std::string> got(connections);
  std::vector<int> fds;
  for (size_t i = 0; i < connections; ++i) {
    fds.push_back(connect_to(host, port));
    reader in{fds.back()};
    send_all(fds.back(), request(login));
    read_head(in);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    epoll_ctl(poll, EPOLL_CTL_ADD, fds.back(), &event);
    send_all(fds.back(), ask);
  }
  const std::string answer{"OK\n\4\0\2\0\0\0", 9};
  uint64_t count = 0;
  std::vector<epoll_event> events(connections);
  auto begin = steady::now();
  while (seconds_since(begin) < seconds) {
    auto n = epoll_wait(poll, events.data(), static_cast<int>(events.size()), 1000);
    for (int e = 0; e < n; ++e) {
      auto i = events[static_cast<size_t>(e)].data.u64;
      char buffer[512];
      auto size = recv(fds[i], buffer, sizeof buffer, 0);
      need(size > 0, "the node closed the connection");
      got[i].append(buffer, static_cast<size_t>(size));
      if (!got[i].ends_with(answer)) continue;
      got[i].clear();
      ++count;
      send_all(fds[i], ask);
    }
  }
  std::printf("%.0f\n", static_cast<double>(count) / seconds_since(begin));
  for (int fd : fds) close(fd);
}
} // namespace

int main(int argc, char** argv) {
  std::string mode = argc > 1 ? argv[1] : "";
  try {
    if (mode == "socket" && argc == 3) plain_socket(std::strtoull(argv[2], nullptr, 10));
    else if (mode == "table" && argc == 5) fetch_table(argv[2], std::atoi(argv[3]), argv[4]);
    else if (mode == "roundtrips" && argc == 6)
      round_trips(argv[2], std::atoi(argv[3]), std::strtoull(argv[4], nullptr, 10), std::atof(argv[5]));
    else return std::fprintf(stderr, "usage: see the first lines of wire_bench.cpp\n"), 2;
  } catch (const std::exception& e) {
    return std::fprintf(stderr, "wire_bench: %s\n", e.what()), 1;
  }
}
