// The API protocol over one connection, bare or inside WebSocket messages. Internal to actors/gateway.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "actors/gateway/api_request.hpp"
#include "actors/gateway/connection.hpp"
#include "actors/gateway/websocket_frames.hpp"
#include "query/wire.hpp"

namespace pelorus {

/// A flag that a coroutine of the same io thread waits for.
class wake_up {
public:
  explicit wake_up(const asio::any_io_executor& executor) : timer_(executor) {
    timer_.expires_at(asio::steady_timer::time_point::max());
  }
  void notify() { timer_.cancel(); }
  asio::awaitable<void> wait();

private:
  asio::steady_timer timer_;
};

/// Texts that a running script prints, on their way to the client. The job waits when the client does not take them.
class message_queue {
public:
  /// From the job's thread. Answers true when somebody must be told that there is something to send.
  bool push(std::string_view text, const std::atomic<bool>& cancelled);
  /// All texts waiting; none means that the next push tells again.
  std::deque<std::string> take();
  /// Nobody will take them any more.
  void shut();

private:
  std::mutex mutex_;
  std::condition_variable taken_;
  std::deque<std::string> texts_;
  size_t bytes_ = 0;
  bool told_ = false, shut_ = false;
};

class api_channel : public std::enable_shared_from_this<api_channel> {
public:
  api_channel(connection_ptr client, bool websocket);

  /// Serves requests one at a time, in order, until the client goes.
  asio::awaitable<void> run(std::string first);

private:
  struct outcome;

  // reading: goes on while a job runs, so that a lost client ends its job
  asio::awaitable<void> read();
  asio::awaitable<bool> read_bytes();
  bool take_bytes(std::string_view bytes);
  bool take_requests();
  bool take_frames();
  bool fail(error why);
  void set_deadline();
  void client_is_gone();

  // running
  asio::awaitable<bool> process(api_request request);
  asio::awaitable<void> run_job(const api_request& request, outcome& out);
  void perform(const api_request& request, outcome& out);
  void add_result(const api_request& request, const value& result, outcome& out);
  bool admits(const api_request& request, outcome& out) const;

  // writing
  void start_flush();
  asio::awaitable<void> flush_messages();
  /// What is sent next, and the piece behind it.
  struct batch {
    std::vector<wire_piece> pieces;
    wire_piece behind;
    bool begun = false, more = false, ready = false, failed = false;
  };
  asio::awaitable<bool> send(wire_encoder& encoder);
  asio::awaitable<bool> send_pieces(const std::vector<wire_piece>& pieces, const std::string& frame_head);
  void prepare(wire_encoder& encoder, batch& next);
  static void fill(wire_encoder& encoder, batch& next);
  std::string header(size_t objects) const;

  connection_ptr client_;
  const bool websocket_;
  session_handle session_;
  request_limits limits_;
  api_parser parser_;
  websocket::frame_parser frames_;
  size_t read_size_ = 4096;

  std::deque<api_request> requests_;
  std::optional<error> broken_;   // the last thing the client hears
  std::atomic<bool> gone_{false}; // nothing more will be read
  bool writing_ = false, flushing_ = false;
  wake_up request_came_, room_, flushed_, prepared_;
  message_queue messages_;
  std::string control_;           // WebSocket pongs and close frames to send
  bool closing_ = false;          // the close frame is the last thing the client hears
};

} // namespace pelorus
