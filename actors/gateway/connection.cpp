#include "actors/gateway/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "cfg/log.hpp"

namespace pelorus {

namespace {
using std::chrono::steady_clock;

int64_t steady_ms(steady_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

/// Bytes that tell the API protocol from HTTP.
constexpr size_t sniff_bytes = 4;
} // namespace

connection::connection(std::shared_ptr<gateway_core> core, asio::any_io_executor executor,
                       std::unique_ptr<byte_stream> stream, peer_address peer, bool reserved)
    : core_(std::move(core)), executor_(std::move(executor)), stream_(std::move(stream)), peer_(std::move(peer)),
      reserved_(reserved) {}

void connection::start() {
  asio::co_spawn(
      executor_, [self = shared_from_this()] { return self->serve(); },
      [self = shared_from_this()](std::exception_ptr failed) {
        if (failed) {
          try {
            std::rethrow_exception(failed);
          } catch (const std::exception& e) {
            log_warn("connection of {}:{} ended: {}", self->peer_.ip, self->peer_.port, e.what());
          }
        }
        self->close_here();
        self->core_->forget(self);
      });
}

asio::awaitable<void> connection::serve() {
  expect_within(core_->hooks.patience.handshake);
  bool opened = co_await stream_->open();
  if (!opened) co_return;
  std::string first;
  char buffer[4096];
  while (first.size() < sniff_bytes) {
    auto size = co_await read_some(buffer);
    if (size == 0) co_return;
    first.append(buffer, size);
  }
  if (first.starts_with("API")) co_await serve_api(shared_from_this(), std::move(first));
  else co_await serve_http(shared_from_this(), std::move(first));
}

asio::awaitable<size_t> connection::read_some(std::span<char> into) {
  if (closed_) co_return 0;
  auto size = co_await stream_->read_some(into);
  core_->bytes_in.fetch_add(size, std::memory_order_relaxed);
  co_return size;
}

asio::awaitable<bool> connection::write(std::span<const std::string_view> pieces) {
  if (closed_) co_return false;
  auto fine = co_await stream_->write(pieces);
  if (fine)
    for (auto& piece : pieces) core_->bytes_out.fetch_add(piece.size(), std::memory_order_relaxed);
  co_return fine;
}

asio::awaitable<bool> connection::write(std::string_view bytes) {
  co_return co_await write(std::span<const std::string_view>{&bytes, 1});
}

void connection::expect_within(std::chrono::milliseconds time) {
  deadline_ms_ = time.count() == 0 ? 0 : steady_ms(steady_clock::now() + time);
}

void connection::check_deadline(steady_clock::time_point now) {
  auto deadline = deadline_ms_.load();
  if (deadline == 0 || steady_ms(now) < deadline) return;
  deadline_ms_ = 0;
  log_info("connection of {}:{} is closed: it was silent for too long", peer_.ip, peer_.port);
  close();
}

void connection::close() {
  asio::post(executor_, [self = shared_from_this()] { self->close_here(); });
}

void connection::close_here() {
  if (closed_) return;
  closed_ = true;
  stream_->close();
  on_close();
}

} // namespace pelorus
