#include "actors/gateway/api_channel.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "actors/gateway/execute.hpp"
#include "actors/gateway/run_on.hpp"
#include "cfg/limits.hpp"
#include "cfg/log.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {
constexpr size_t read_bytes_max = 1 << 20;
constexpr size_t batch_bytes = 1 << 20;
constexpr size_t batch_pieces = 64;
constexpr int64_t fetch_rows_min = 8192;

size_t bytes_of(const std::vector<wire_piece>& pieces) {
  size_t sum = 0;
  for (auto& piece : pieces) sum += piece.view().size();
  return sum;
}

job_order order_of(const api_request& request) {
  return {kind_of(request), request.text, request.priority, request.parallelism, request.cancellable};
}

request_limits limits_for(bool logged_in) {
  return {limits::script_bytes, logged_in ? limits::argument_bytes : limits::anonymous_request_bytes};
}
} // namespace

asio::awaitable<void> wake_up::wait() { co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable)); }

// -- printed messages ---------------------------------------------------------------------------------

bool message_queue::push(std::string_view text, const std::atomic<bool>& cancelled) {
  std::unique_lock lock{mutex_};
  while (bytes_ > limits::waiting_message_bytes && !shut_ && !cancelled)
    taken_.wait_for(lock, std::chrono::milliseconds{100});
  if (shut_) return false;
  bytes_ += text.size();
  texts_.emplace_back(text);
  return !std::exchange(told_, true);
}

std::deque<std::string> message_queue::take() {
  std::lock_guard lock{mutex_};
  bytes_ = 0;
  told_ = !texts_.empty();
  taken_.notify_all();
  return std::exchange(texts_, {});
}

void message_queue::shut() {
  std::lock_guard lock{mutex_};
  shut_ = true;
  taken_.notify_all();
}

// -- life ---------------------------------------------------------------------------------------------

struct api_channel::outcome {
  std::optional<error> failed;
  bool close = false;
  wire_encoder encoder;
};

api_channel::api_channel(connection_ptr client, bool websocket)
    : client_(std::move(client)), websocket_(websocket), limits_(limits_for(false)),
      frames_(limits_.script_bytes + limits_.argument_bytes), request_came_(client_->executor()),
      room_(client_->executor()), flushed_(client_->executor()), prepared_(client_->executor()) {
  session_ = client_->core().sessions.create(client_->peer(), [weak = std::weak_ptr{client_}] {
    if (auto client = weak.lock()) client->close();
  });
}

asio::awaitable<void> api_channel::run(std::string first) {
  auto self = shared_from_this();
  client_->on_close = [weak = weak_from_this()] {
    if (auto channel = weak.lock()) channel->client_is_gone();
  };
  if (take_bytes(first)) asio::co_spawn(client_->executor(), [self] { return self->read(); }, asio::detached);
  while (true) {
    while (requests_.empty() && !gone_ && !broken_) co_await request_came_.wait();
    if (requests_.empty()) break;
    auto request = std::move(requests_.front());
    requests_.pop_front();
    room_.notify();
    bool goes_on = co_await process(std::move(request));
    if (!goes_on) break;
  }
  while (flushing_) co_await flushed_.wait();
  if (broken_) {
    wire_encoder last;
    last.add_raw(header(0) + one_line(broken_->message) + "\n");
    co_await send(last);
  }
  client_is_gone();
  client_->core().sessions.remove(session_->id);
}

void api_channel::client_is_gone() {
  gone_ = true;
  session_->cancel();
  messages_.shut();
  request_came_.notify();
  room_.notify();
}

// -- reading ------------------------------------------------------------------------------------------

asio::awaitable<void> api_channel::read() {
  auto self = shared_from_this();
  while (!gone_ && !broken_) {
    while (requests_.size() >= limits::waiting_requests && !gone_) co_await room_.wait();
    if (gone_) co_return;
    bool more = co_await read_bytes();
    if (!more) client_is_gone();
  }
}

asio::awaitable<bool> api_channel::read_bytes() {
  auto into = websocket_ ? frames_.prepare(read_size_) : parser_.prepare(read_size_);
  auto size = co_await client_->read_some({into, read_size_});
  websocket_ ? frames_.commit(size) : parser_.commit(size);
  if (size == 0) co_return false;
  read_size_ = size == read_size_ ? std::min(read_size_ * 4, read_bytes_max) : std::max(size, size_t{4096});
  co_return websocket_ ? take_frames() : take_requests();
}

bool api_channel::take_bytes(std::string_view bytes) {
  if (bytes.empty()) return true;
  websocket_ ? frames_.feed(bytes) : parser_.feed(bytes);
  return websocket_ ? take_frames() : take_requests();
}

/// Inside a request or a response the client must go on; otherwise it may rest.
void api_channel::set_deadline() {
  bool rests = !writing_ && parser_.idle() && frames_.idle();
  client_->expect_within(rests ? std::chrono::milliseconds{0} : client_->core().hooks.patience.stall);
}

bool api_channel::fail(error why) {
  broken_ = std::move(why);
  request_came_.notify();
  return true;
}

bool api_channel::take_requests() {
  while (true) {
    auto next = parser_.next(limits_);
    if (!next) return fail(std::move(next).error());
    if (!*next) break;
    requests_.push_back(*std::move(*next));
    request_came_.notify();
  }
  set_deadline();
  return true;
}

bool api_channel::take_frames() {
  using websocket::opcode;
  while (true) {
    auto next = frames_.next();
    if (!next) return fail(std::move(next).error());
    if (!*next) break;
    auto& message = **next;
    switch (message.code) {
      case opcode::pong: continue;
      case opcode::ping: control_ += websocket::control_frame(opcode::pong, message.payload); break;
      case opcode::close:
        control_ += websocket::close_frame(1000, "");
        closing_ = true;
        break;
      default:
        parser_.take(std::move(message.payload));
        if (!take_requests() || broken_) return true;
        if (!parser_.idle()) return fail({ec::parse_failed, "a WebSocket message must hold one whole request"});
        continue;
    }
    start_flush();
    if (closing_) return false;
  }
  set_deadline();
  return true;
}

// -- running ------------------------------------------------------------------------------------------

/// Beyond maxConnections only administrators are served.
bool api_channel::admits(const api_request& request, outcome& out) const {
  if (!client_->is_reserved() || session_->state.is_admin || request.has_login) return true;
  out.failed = error{ec::limit_exceeded, "The node has reached the maximum of " +
                                             std::to_string(client_->core().max_connections) +
                                             " connections (maxConnections)."};
  out.close = true;
  return false;
}

asio::awaitable<bool> api_channel::process(api_request request) {
  outcome out;
  client_->core().requests.fetch_add(1, std::memory_order_relaxed);
  if (admits(request, out)) co_await run_job(request, out);
  if (client_->is_reserved() && request.has_login && !session_->state.is_admin) {
    request.has_login = false;
    admits(request, out);
  }
  limits_ = limits_for(session_->state.logged_in);
  frames_.set_limit(limits_.script_bytes + limits_.argument_bytes);
  while (flushing_) co_await flushed_.wait();
  if (closing_) co_return false;  // nothing may follow the close frame
  if (request.has(request_flag::async)) co_return !gone_ && !out.close;
  if (out.failed) {
    out.encoder = wire_encoder{};
    out.encoder.add_raw(header(0) + one_line(out.failed->message) + "\n");
  }
  bool fine = co_await send(out.encoder);
  co_return fine && !out.close;
}

asio::awaitable<void> api_channel::run_job(const api_request& request, outcome& out) {
  auto& core = client_->core();
  auto& pool = is_urgent(request) ? *core.urgent : *core.jobs;
  session_->announce_job(order_of(request));
  co_await run_on(pool, client_->executor(), [this, &request, &out] { perform(request, out); }, request.priority);
}

/// On a job thread.
void api_channel::perform(const api_request& request, outcome& out) {
  auto& state = session_->state;
  job_scope job{*session_, order_of(request)};
  if (gone_) return;
  if (session_->is_cancelled()) {  // while it waited for this thread
    out.failed = error{ec::cancelled, "The job was cancelled."};
    return;
  }
  state.fetch_size = request.fetch_size;
  state.print = [](std::string_view) {};
  if (request.messages && !request.has(request_flag::async)) {
    state.print = [this](std::string_view text) {
      if (!messages_.push(text, *session_->state.cancel)) return;
      asio::post(client_->executor(), [self = shared_from_this()] { self->start_flush(); });
    };
  }
  auto result = client_->core().hooks.execute(*session_, request);
  state.print = [](std::string_view) {};
  if (request.has(request_flag::clear_memory)) state.variables.clear();
  client_->core().sessions.note_end(*session_, result ? "" : result.error().message);
  if (!result) out.failed = std::move(result).error();
  if (!result || request.has(request_flag::async)) return;
  try {
    add_result(request, *result, out);
  } catch (...) {
    out.failed = error{ec::not_supported, current_script_error().message()};
  }
}

void api_channel::add_result(const api_request& request, const value& result, outcome& out) {
  auto compression = request.has(request_flag::compress) ? wire_compression::smaller : wire_compression::none;
  out.encoder = wire_encoder{{compression}};
  if (result.is_nothing()) return out.encoder.add_raw(header(0) + "OK\n");
  out.encoder.add_raw(header(1) + "OK\n");
  auto t = request.fetch_size > 0 ? result.as<table>() : nullptr;
  auto rows = static_cast<size_t>(std::max(request.fetch_size, fetch_rows_min));
  if (!t || t->rows() <= rows) return out.encoder.add(result);
  // A block reader: an ANY vector whose items the client fetches one by one.
  auto blocks = static_cast<uint32_t>((t->rows() + rows - 1) / rows);
  const uint32_t shape[] = {blocks, 1};
  out.encoder.add_raw(std::string{static_cast<char>(type_id::any), static_cast<char>(form::vector)});
  out.encoder.add_raw({reinterpret_cast<const char*>(shape), sizeof shape});
  for (size_t from = 0; from < t->rows(); from += rows)
    out.encoder.add(value{t->slice(from, std::min(rows, t->rows() - from))});
}

// -- writing ------------------------------------------------------------------------------------------

std::string api_channel::header(size_t objects) const {
  return std::to_string(session_->id) + ' ' + std::to_string(objects) + " 1\n";
}

void api_channel::start_flush() {
  if (std::exchange(flushing_, true)) return;
  asio::co_spawn(client_->executor(), [self = shared_from_this()] { return self->flush_messages(); }, asio::detached);
}

asio::awaitable<void> api_channel::flush_messages() {
  auto self = shared_from_this();
  while (writing_) co_await flushed_.wait();
  writing_ = true;
  while (true) {
    set_deadline();
    auto texts = messages_.take();
    if (closing_) texts.clear();
    std::string out = std::exchange(control_, {});
    for (auto& text : texts) {
      std::replace(text.begin(), text.end(), '\0', ' ');
      if (websocket_) out += websocket::frame_head(websocket::opcode::binary, text.size() + 5, true);
      out.append("MSG\n").append(text).push_back('\0');
    }
    if (out.empty()) break;
    bool fine = co_await client_->write(out);
    if (!fine) break;
  }
  writing_ = flushing_ = false;
  set_deadline();
  flushed_.notify();
}

/// About a MiB of pieces, or one big one.
void api_channel::fill(wire_encoder& encoder, batch& next) {
  if (!std::exchange(next.begun, true)) next.more = encoder.next(next.behind);
  for (size_t bytes = 0; next.more && bytes < batch_bytes && next.pieces.size() < batch_pieces;) {
    bytes += next.behind.view().size();
    next.pieces.push_back(std::move(next.behind));
    next.more = encoder.next(next.behind);
  }
}

/// Fills the next batch: here when that is next to nothing, otherwise on a thread of its own, while others are sent.
void api_channel::prepare(wire_encoder& encoder, batch& next) {
  next.pieces.clear();
  next.ready = !encoder.has_work();
  if (next.ready) return fill(encoder, next);
  client_->core().encoders->post([self = shared_from_this(), &encoder, &next] {
    try {
      fill(encoder, next);
    } catch (const std::exception& e) {
      log_warn("a response to {}:{} was cut: {}", self->client_->peer().ip, self->client_->peer().port, e.what());
      next.failed = true;
    }
    asio::post(self->client_->executor(), [self, &next] {
      next.ready = true;
      self->prepared_.notify();
    });
  });
}

asio::awaitable<bool> api_channel::send(wire_encoder& encoder) {
  using websocket::frame_head, websocket::opcode;
  writing_ = true;
  batch next;
  bool fine = true;
  // One frame for all, if its size is known: a client that gets parts has to copy them together.
  auto whole = encoder.bytes_left();
  prepare(encoder, next);
  for (bool first = true, more = true; more; first = false) {
    while (!next.ready) co_await prepared_.wait();
    fine = fine && !next.failed;
    if (!fine) break;
    auto pieces = std::move(next.pieces);
    more = next.more;
    if (more) prepare(encoder, next);
    set_deadline();
    std::string head;
    if (websocket_ && whole && first) head = frame_head(opcode::binary, *whole, true);
    if (websocket_ && !whole) head = frame_head(first ? opcode::binary : opcode::continuation, bytes_of(pieces), !more);
    fine = co_await send_pieces(pieces, head);
  }
  writing_ = false;
  set_deadline();
  flushed_.notify();
  co_return fine;
}

asio::awaitable<bool> api_channel::send_pieces(const std::vector<wire_piece>& pieces, const std::string& frame_head) {
  std::vector<std::string_view> views;
  views.reserve(pieces.size() + 1);
  if (!frame_head.empty()) views.emplace_back(frame_head);
  for (auto& piece : pieces) views.push_back(piece.view());
  co_return co_await client_->write(views);
}

asio::awaitable<void> serve_api(connection_ptr client, std::string first) {
  auto channel = std::make_shared<api_channel>(std::move(client), false);
  co_await channel->run(std::move(first));
}

asio::awaitable<void> serve_websocket(connection_ptr client, std::string first) {
  auto channel = std::make_shared<api_channel>(std::move(client), true);
  co_await channel->run(std::move(first));
}

} // namespace pelorus
