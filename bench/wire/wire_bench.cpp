// The figures of the wire protocol: what a plain loopback socket carries, what a client gets of it, round trips.
//   wire_bench compare HOST PORT NAME ROUNDS   the shared table NAME against a plain socket, round by round in one run
//   wire_bench serve BYTES                     a process that sends BYTES to whoever connects; prints its port
//   wire_bench roundtrips HOST PORT CONNECTIONS SECONDS
// It shares no code with the node: a client is what it measures.
//
// What is compared. Each round takes the bytes of the table four times, in this order:
//   hot    from a process that only sends, into one buffer of 1 MiB that is used again and again: the bytes are lost
//   fresh  from the same process, into new memory of the size of each column, as any client that keeps a table must
//   kept   from the node, read as `fresh` reads: the right number of bytes into each column's memory, nothing decoded
//   table  from the node, decoded: header, names, numbers, the place of every text
// The sender walks through memory of the size of the table, as the node does. "of fresh" is the figure that counts.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
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
  /// What is there already, at least a byte; `skip` takes it.
  std::string_view some() {
    if (at_ == end_) fill();
    return {buffer_.data() + at_, end_ - at_};
  }
  void skip(size_t size) { at_ += size; }
  /// Bytes taken so far.
  uint64_t total() const { return total_ - (end_ - at_); }

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

/// New memory, which nobody has written to; in huge pages where the system lends them, so that a page costs its kernel
/// a visit per 2 MiB and not per 4 KiB.
struct memory {
  char* at = nullptr;
  size_t size = 0;
  explicit memory(size_t bytes = 0) : size(bytes) {
    if (bytes == 0) return;
    auto* got = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(got != MAP_FAILED, "no memory");
    at = static_cast<char*>(got);
    madvise(at, bytes, MADV_HUGEPAGE);
  }
  ~memory() {
    if (at != nullptr) munmap(at, size);
  }
  memory(memory&& other) noexcept : at(std::exchange(other.at, nullptr)), size(std::exchange(other.size, 0)) {}
  memory& operator=(memory&& other) noexcept {
    std::swap(at, other.at);
    std::swap(size, other.size);
    return *this;
  }
};

/// A column in memory: numbers and codes in `fixed`; texts as NUL-terminated characters and where each of them ends.
struct column {
  memory fixed;
  std::vector<std::unique_ptr<char[]>> blocks;
  memory ends;  // uint32_t each
  size_t texts = 0, wire_bytes = 0;
};

/// Texts as they come, block by block: the bytes are moved once, the ends are found in one pass without a branch.
void read_texts(reader& in, size_t count, column& out) {
  out.ends = memory{(count + 1) * sizeof(uint32_t)};
  auto* ends = reinterpret_cast<uint32_t*>(out.ends.at);
  size_t found = 0, before = 0;
  while (found < count) {
    auto run = in.some();
    const char* from = run.data();
    size_t i = 0;
    // Eight at a time while the last of them cannot be the last text.
    for (; i + 8 <= run.size() && found + 8 < count; i += 8)
      for (size_t k = 0; k < 8; ++k) {
        ends[found] = static_cast<uint32_t>(before + i + k + 1);
        found += from[i + k] == 0;
      }
    for (; i < run.size() && found < count; ++i) {
      ends[found] = static_cast<uint32_t>(before + i + 1);
      found += from[i] == 0;
    }
    out.blocks.emplace_back(new char[i]);
    std::memcpy(out.blocks.back().get(), from, i);
    in.skip(i);
    before += i;
  }
  out.texts = count;
  out.wire_bytes += before;
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
  out.wire_bytes = 10;
  if (type == string) {
    read_texts(in, rows, out);
    return out;
  }
  size_t width = 4;
  if (type == symbol_base) {
    in.number<int32_t>();
    out.wire_bytes += 8;
    read_texts(in, in.number<uint32_t>(), out);
  } else {
    width = width_of(type);
  }
  out.fixed = memory{rows * width};
  in.bytes(out.fixed.at, out.fixed.size);
  out.wire_bytes += out.fixed.size;
  return out;
}

/// Bytes on the wire of each column, and of what stands before the first.
struct shape {
  size_t rows = 0;
  std::vector<size_t> parts;
  size_t bytes() const {
    size_t sum = 0;
    for (auto part : parts) sum += part;
    return sum;
  }
};

/// One logged-in connection.
struct client {
  int fd;
  reader in;
  client(const char* host, int port) : fd(connect_to(host, port)), in(fd) {
    send_all(fd, request(login));
    read_head(in);
  }
  ~client() { close(fd); }
  client(const client&) = delete;
};

shape fetch_table(client& c, const std::string& name) {
  auto before = c.in.total();
  send_all(c.fd, request("script\n" + name));
  read_head(c.in);
  c.in.number<uint8_t>();
  need(c.in.number<uint8_t>() == 6, "no table");
  shape out;
  out.rows = c.in.number<uint32_t>();
  auto width = c.in.number<uint32_t>();
  c.in.line('\0');
  for (uint32_t i = 0; i < width; ++i) c.in.line('\0');
  std::vector<column> columns;
  for (uint32_t i = 0; i < width; ++i) columns.push_back(read_column(c.in));
  size_t of_columns = 0;
  for (auto& one : columns) of_columns += one.wire_bytes;
  out.parts.push_back(c.in.total() - before - of_columns);
  for (auto& one : columns) out.parts.push_back(one.wire_bytes);
  return out;
}

void receive(int fd, char* into, size_t size) {
  while (size > 0) {
    auto n = recv(fd, into, size, 0);
    need(n > 0, "the sender closed the connection");
    into += n;
    size -= static_cast<size_t>(n);
  }
}

void receive_fresh(int fd, const shape& wanted) {
  std::vector<memory> kept;
  for (auto part : wanted.parts) {
    kept.emplace_back(part);
    receive(fd, kept.back().at, part);
  }
}

void receive_hot(int fd, const shape& wanted) {
  memory piece{piece_bytes};
  for (auto left = wanted.bytes(); left > 0;) {
    auto n = std::min(left, piece.size);
    receive(fd, piece.at, n);
    left -= n;
  }
}

// -- the plain socket -------------------------------------------------------------------------------

int listen_on_loopback(int& port) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  need(bind(listener, reinterpret_cast<sockaddr*>(&at), size) == 0 && listen(listener, 8) == 0, "cannot listen");
  getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  port = ntohs(at.sin_port);
  return listener;
}

/// Sends the bytes once for every byte that a peer sends, until the peer goes; then waits for the next one.
[[noreturn]] void serve(int listener, uint64_t bytes) {
  std::vector<char> all(bytes, 'x');
  while (true) {
    int fd = accept(listener, nullptr, nullptr);
    for (char wanted; recv(fd, &wanted, 1, 0) == 1;)
      for (uint64_t at = 0; at < bytes; at += piece_bytes)
        send_all(fd, std::string_view{all.data() + at, std::min<uint64_t>(piece_bytes, bytes - at)});
    close(fd);
  }
}

struct sender {
  int port = 0;
  pid_t pid = 0;
  explicit sender(uint64_t bytes) {
    int listener = listen_on_loopback(port);
    pid = fork();
    need(pid >= 0, "cannot fork");
    if (pid == 0) {
      try {
        serve(listener, bytes);
      } catch (...) {
        _exit(1);
      }
    }
    close(listener);
  }
  ~sender() {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  sender(const sender&) = delete;
};

// -- the comparison ---------------------------------------------------------------------------------

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x.size() % 2 == 1 ? x[x.size() / 2] : (x[x.size() / 2 - 1] + x[x.size() / 2]) / 2;
}

template <class F>
double timed(F&& run) {
  auto begin = steady::now();
  run();
  return seconds_since(begin);
}

/// "BYTES ROWS HOT FRESH KEPT TABLE": medians of seconds; every round on stderr.
void compare(const char* host, int port, const std::string& name, size_t rounds) {
  client node{host, port};
  auto wanted = fetch_table(node, name);
  sender plain{wanted.bytes()};
  int fd = connect_to("127.0.0.1", plain.port);
  send_all(fd, "x");
  receive_hot(fd, wanted);
  std::vector<double> hot, fresh, kept, table;
  for (size_t i = 0; i < rounds; ++i) {
    hot.push_back(timed([&] { send_all(fd, "x"), receive_hot(fd, wanted); }));
    fresh.push_back(timed([&] { send_all(fd, "x"), receive_fresh(fd, wanted); }));
    kept.push_back(timed([&] { send_all(node.fd, request("script\n" + name)), receive_fresh(node.fd, wanted); }));
    table.push_back(timed([&] { fetch_table(node, name); }));
    std::fprintf(stderr, "round %zu: hot %.3f fresh %.3f kept %.3f table %.3f s\n", i + 1, hot.back(), fresh.back(),
                 kept.back(), table.back());
  }
  close(fd);
  std::printf("%zu %zu %.4f %.4f %.4f %.4f\n", wanted.bytes(), wanted.rows, median(hot), median(fresh), median(kept),
              median(table));
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
    if (mode == "serve" && argc == 3) {
      int port = 0, listener = listen_on_loopback(port);
      std::printf("%d\n", port);
      std::fflush(stdout);
      serve(listener, std::strtoull(argv[2], nullptr, 10));
    } else if (mode == "compare" && argc == 6) {
      compare(argv[2], std::atoi(argv[3]), argv[4], std::strtoull(argv[5], nullptr, 10));
    } else if (mode == "roundtrips" && argc == 6) {
      round_trips(argv[2], std::atoi(argv[3]), std::strtoull(argv[4], nullptr, 10), std::atof(argv[5]));
    } else {
      return std::fprintf(stderr, "usage: see the first lines of wire_bench.cpp\n"), 2;
    }
  } catch (const std::exception& e) {
    return std::fprintf(stderr, "wire_bench: %s\n", e.what()), 1;
  }
}
