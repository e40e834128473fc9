// One accepted connection: finds out what its client speaks and serves it. Internal to actors/gateway.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "actors/gateway/byte_stream.hpp"
#include "actors/gateway/gateway_core.hpp"

namespace pelorus {

/// Everything but `close`, `check_deadline` and the constructor happens on the thread of its io_context.
class connection : public std::enable_shared_from_this<connection> {
public:
  /// `reserved`: beyond maxConnections, kept for administrators.
  connection(std::shared_ptr<gateway_core> core, asio::any_io_executor executor, std::unique_ptr<byte_stream> stream,
             peer_address peer, bool reserved);

  void start();
  /// From any thread.
  void close();
  /// Closes when the deadline has passed; from any thread.
  void check_deadline(std::chrono::steady_clock::time_point now);

  gateway_core& core() { return *core_; }
  asio::any_io_executor executor() const { return executor_; }
  const peer_address& peer() const { return peer_; }
  bool is_reserved() const { return reserved_; }
  bool is_closed() const { return closed_; }

  asio::awaitable<size_t> read_some(std::span<char> into);
  asio::awaitable<bool> write(std::span<const std::string_view> pieces);
  asio::awaitable<bool> write(std::string_view bytes);

  /// The client must move a byte within this time; zero: it may take its time.
  void expect_within(std::chrono::milliseconds time);
  /// Called when the connection is closed by us.
  std::function<void()> on_close = [] {};

private:
  asio::awaitable<void> serve();
  void close_here();

  std::shared_ptr<gateway_core> core_;
  asio::any_io_executor executor_;
  std::unique_ptr<byte_stream> stream_;
  const peer_address peer_;
  const bool reserved_;
  bool closed_ = false;
  std::atomic<int64_t> deadline_ms_{0};
};
using connection_ptr = std::shared_ptr<connection>;

/// The protocols; `first` are the bytes that were read to tell them apart.
asio::awaitable<void> serve_api(connection_ptr client, std::string first);
asio::awaitable<void> serve_http(connection_ptr client, std::string first);
/// After the handshake; `first` are bytes that came behind it.
asio::awaitable<void> serve_websocket(connection_ptr client, std::string first);

} // namespace pelorus
