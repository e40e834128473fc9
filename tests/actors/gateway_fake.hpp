// A node without a cluster, and a blocking client of the API protocol, for the tests of the gateway.
#pragma once

#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/gateway/api_request.hpp"
#include "actors/gateway/client_session.hpp"
#include "actors/gateway/gateway.hpp"
#include "query/wire.hpp"

namespace pelorus::testing {

inline error absent() { return {ec::not_supported, "not in this test"}; }

class fake_services : public services {
public:
  fake_services() { self_.alias = self_.controller_alias = "test"; }
  const node_identity& self() const override { return self_; }
  const settings& config() const override { return settings_; }
  expected<void> create_database(const database_info&) override { return absent(); }
  expected<void> drop_database(const std::string&) override { return absent(); }
  expected<database_info> find_database(const std::string&) override { return absent(); }
  expected<std::vector<std::string>> database_paths() override { return absent(); }
  expected<void> create_table(const table_info&) override { return absent(); }
  expected<void> drop_table(const std::string&, const std::string&) override { return absent(); }
  expected<table_info> find_table(const std::string&, const std::string&) override { return absent(); }
  expected<std::vector<std::string>> table_names(const std::string&) override { return absent(); }
  expected<table_snapshot> snapshot(const std::string&, const std::string&) override { return absent(); }
  expected<uint64_t> append(const std::string&, const std::string&, const table_ptr&) override { return absent(); }
  expected<std::vector<chunk_result>> run_on_chunks(const chunk_plan&, const table_snapshot&,
                                                    const std::vector<size_t>&, session&) override {
    return absent();
  }
  expected<value> call_remote(const std::string&, const value&, const std::vector<value>&, session&) override {
    return absent();
  }
  expected<table_ptr> cluster_perf(bool) override { return absent(); }
  expected<std::vector<std::string>> live_nodes(bool) override { return absent(); }
  expected<void> start_node(const std::string&) override { return absent(); }
  expected<void> stop_node(const std::string&) override { return absent(); }
  expected<table_ptr> cluster_chunks() override { return absent(); }
  expected<table_ptr> local_chunks() override { return absent(); }
  expected<table_ptr> actor_tree() override { return absent(); }
  expected<bool> authenticate(const std::string& user, const std::string& password) override {
    if (user == "admin" && password == "123456") return true;
    return error{ec::permission, "The user name or password is incorrect."};
  }
  expected<bool> is_admin(const std::string& user) override { return user == "admin"; }
  expected<void> change_password(const std::string&, const std::string&, const std::string&) override { return absent(); }
  expected<std::vector<std::string>> load_config(const std::string&) override { return absent(); }
  expected<void> save_config(const std::string&, const std::vector<std::string>&) override { return absent(); }
  table_ptr console_jobs() override { return port->console_jobs(); }
  table_ptr recent_jobs() override { return port->recent_jobs(); }
  table_ptr sessions() override { return port->sessions(); }
  expected<void> cancel_job(const std::string& id) override { return port->cancel_job(id); }
  expected<void> close_session(uint64_t id) override { return port->close_session(id); }
  expected<std::string> ticket(const session& who) override { return "ticket of " + who.user; }
  expected<std::string> user_of_ticket(const std::string& ticket) override {
    if (!ticket.starts_with("ticket of ")) return absent();
    return ticket.substr(10);
  }
  expected<std::string> public_key() override { return port->public_key(); }
  expected<std::string> decrypt(const std::string& text) override { return port->decrypt(text); }
  void share(const std::string& name, const value& x) override { shared_[name] = x; }
  std::optional<value> shared(const std::string& name) override {
    auto found = shared_.find(name);
    return found == shared_.end() ? std::nullopt : std::optional{found->second};
  }
  bool unshare(const std::string& name) override { return shared_.erase(name) != 0; }
  std::vector<std::string> shared_names() override { return {}; }
  expected<int64_t> log_length(const std::string&) override { return absent(); }
  expected<std::vector<std::string>> log_lines(const std::string&, int64_t, int64_t) override { return absent(); }

  gateway* port = nullptr;
  node_identity self_;
  settings settings_;

private:
  std::map<std::string, value> shared_;
};

/// What the server answered to one request.
struct reply {
  std::vector<std::string> messages;
  uint64_t session = 0;
  size_t objects = 0;
  std::string status;  ///< "OK" or the error
  value result;
  bool closed = false; ///< instead of an answer the connection ended
};

/// A plain TCP socket that speaks the API protocol.
class raw_client {
public:
  explicit raw_client(uint16_t port, const char* host = "127.0.0.1") {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, host, &to.sin_addr);
    timeval limit{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    int yes = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("cannot connect");
  }
  ~raw_client() { close(); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  void request(std::string_view command, std::string_view options = "0_1_4_64", std::string_view arguments = {},
               std::string_view version = "API2") {
    send(std::string{version} + " " + std::to_string(session_) + " " + std::to_string(command.size()) + " / " +
         std::string{options} + "\n" + std::string{command} + std::string{arguments});
  }
  reply ask(std::string_view command, std::string_view options = "0_1_4_64", std::string_view arguments = {}) {
    request(command, options, arguments);
    return read_reply();
  }
  reply script(std::string_view source, std::string_view options = "0_1_4_64") {
    return ask("script\n" + std::string{source}, options);
  }
  reply login() { return ask("connect\nlogin\nadmin\n123456"); }

  reply read_reply() {
    reply out;
    while (peek(4) && buffer_.compare(0, 4, "MSG\n") == 0) {
      auto end = until('\0', 4);
      if (end == std::string::npos) break;
      out.messages.push_back(buffer_.substr(4, end - 4));
      buffer_.erase(0, end + 1);
    }
    auto head = line();
    out.status = line();
    if (closed_) {
      out.closed = true;
      return out;
    }
    unsigned long long id = 0;
    unsigned long objects = 0;
    std::sscanf(head.c_str(), "%llu %lu", &id, &objects);
    out.session = session_ = id;
    out.objects = objects;
    for (size_t i = 0; i < objects; ++i) out.result = object();
    return out;
  }
  value object() {
    wire_scanner scanner;
    while (true) {
      auto done = scanner.scan(buffer_);
      if (!done) throw std::runtime_error(done.error().message);
      if (*done) break;
      if (!more()) throw std::runtime_error("connection closed inside an object");
    }
    auto x = decode(buffer_);
    if (!x) throw std::runtime_error(x.error().message);
    buffer_.erase(0, scanner.consumed());
    return *x;
  }
  /// Everything until the server closes.
  std::string rest() {
    while (more()) {}
    return std::exchange(buffer_, {});
  }
  std::string take(size_t bytes) {
    if (!peek(bytes)) return {};
    auto out = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return out;
  }
  std::string take_until(std::string_view end) {
    while (buffer_.find(end) == std::string::npos)
      if (!more()) return {};
    return take(buffer_.find(end) + end.size());
  }
  uint64_t session() const { return session_; }

private:
  bool more() {
    char chunk[65536];
    auto n = ::recv(fd_, chunk, sizeof chunk, 0);
    if (n <= 0) {
      closed_ = true;
      return false;
    }
    buffer_.append(chunk, static_cast<size_t>(n));
    return true;
  }
  bool peek(size_t bytes) {
    while (buffer_.size() < bytes)
      if (!more()) return false;
    return true;
  }
  size_t until(char end, size_t from) {
    while (true) {
      auto at = buffer_.find(end, from);
      if (at != std::string::npos || !more()) return at;
    }
  }
  std::string line() {
    auto end = until('\n', 0);
    if (end == std::string::npos) return {};
    auto out = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return out;
  }

  int fd_ = -1;
  uint64_t session_ = 0;
  bool closed_ = false;
  std::string buffer_;
};

} // namespace pelorus::testing
