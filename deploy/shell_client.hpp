// A blocking client of the API protocol over plain TCP, for the shell.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cfg/error.hpp"
#include "storage/value.hpp"

namespace pelorus {

class shell_client {
public:
  shell_client(std::string host, std::string port) : host_(std::move(host)), port_(std::move(port)) {}
  ~shell_client() { close(); }
  shell_client(const shell_client&) = delete;
  shell_client& operator=(const shell_client&) = delete;

  /// Connects and, unless `user` is empty, logs in.
  expected<void> connect(const std::string& user, const std::string& password);
  void close();

  /// Runs a script; `print` gets its messages as they come, `interrupted` is asked while it runs whether the user wants
  /// it to end (then the job is cancelled over a second connection). ec::unavailable means that the connection is lost.
  expected<value> run(std::string_view script, const std::function<void(std::string_view)>& print,
                      const std::function<bool()>& interrupted);

  uint64_t session() const { return session_; }

private:
  expected<void> open_socket();
  expected<value> ask(std::string_view command, std::string_view options,
                      const std::function<void(std::string_view)>& print, const std::function<bool()>& interrupted);
  expected<void> send(std::string_view bytes);
  expected<void> receive(const std::function<bool()>& interrupted);
  expected<std::string> line(char end, const std::function<bool()>& interrupted);
  expected<value> object(const std::function<bool()>& interrupted);
  void cancel_job();

  const std::string host_, port_;
  std::string user_, password_;
  int fd_ = -1;
  uint64_t session_ = 0;
  bool cancelled_ = false;
  std::string buffer_;
};

} // namespace pelorus
