// HTTP over one connection, up to the moment when it becomes a WebSocket.
#include "actors/gateway/connection.hpp"
#include "actors/gateway/http_routes.hpp"
#include "actors/gateway/run_on.hpp"
#include "actors/gateway/websocket_frames.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

namespace {
asio::awaitable<bool> respond(connection_ptr client, const http_response& response, bool keep_alive) {
  client->expect_within(client->core().hooks.patience.stall);
  auto head = head_of(response, keep_alive);
  std::string_view pieces[] = {head, response.head_only ? std::string_view{} : response.content()};
  co_return co_await client->write(pieces);
}

bool is_upgrade(const http_request& request) {
  return request.method == "GET" && request.header_has("upgrade", "websocket");
}

/// The answer to a WebSocket handshake: 101, or why not.
http_response shake_hands(const http_request& request) {
  auto key = request.header("sec-websocket-key");
  if (request.header("sec-websocket-version") != "13") {
    auto refused = text_response(426, "WebSocket version 13 is needed\n");
    refused.headers.emplace_back("Sec-WebSocket-Version", "13");
    return refused;
  }
  if (key.size() != 24 || !request.header_has("connection", "upgrade")) return text_response(400, "malformed WebSocket handshake\n");
  http_response accepted;
  accepted.status = 101;
  accepted.headers.emplace_back("Upgrade", "websocket");
  accepted.headers.emplace_back("Sec-WebSocket-Accept", websocket::accept_key(key));
  for (auto protocol : {"streaming", "python", "q"})
    if (request.header_has("sec-websocket-protocol", protocol)) {
      accepted.headers.emplace_back("Sec-WebSocket-Protocol", protocol);
      break;
    }
  return accepted;
}

/// 101 has a head of its own: no length, and Connection says what happens.
std::string upgrade_head(const http_response& accepted) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n";
  for (auto& [name, text] : accepted.headers) out.append(name).append(": ").append(text).append("\r\n");
  return out + "\r\n";
}

asio::awaitable<http_response> answer_on_pool(connection_ptr client, const http_request& request) {
  auto& core = client->core();
  auto work = work_of(request);
  http_response response;
  if (work == http_work::immediate) co_return answer(core, request, client->peer());
  client->expect_within(std::chrono::seconds{0});
  co_await run_on(work == http_work::job ? *core.jobs : *core.urgent, client->executor(),
                  [&] { response = answer(core, request, client->peer()); });
  co_return response;
}
} // namespace

asio::awaitable<void> serve_http(connection_ptr client, std::string first) {
  http_parser parser;
  std::string bytes = std::move(first);
  char buffer[16384];
  while (true) {
    auto next = parser.feed(bytes);
    bytes.clear();
    if (!next) {
      auto refused = text_response(parser.error_status(), next.error().message + "\n");
      co_await respond(client, refused, false);
      co_return;
    }
    if (!*next) {
      if (parser.wants_continue()) co_await client->write("HTTP/1.1 100 Continue\r\n\r\n");
      auto& patience = client->core().hooks.patience;
      client->expect_within(parser.idle() ? patience.http_idle : patience.handshake);
      auto size = co_await client->read_some(buffer);
      if (size == 0) co_return;
      bytes.assign(buffer, size);
      continue;
    }
    auto& request = **next;
    if (client->is_reserved() && request.path != "/health") {
      auto refused = text_response(503, "The node has reached maxConnections.\n");
      co_await respond(client, refused, false);
      co_return;
    }
    if (is_upgrade(request)) {
      auto accepted = shake_hands(request);
      if (accepted.status != 101) {
        co_await respond(client, accepted, false);
        co_return;
      }
      auto head = upgrade_head(accepted), rest = parser.take_rest();
      bool fine = co_await client->write(head);
      if (fine) co_await serve_websocket(client, std::move(rest));
      co_return;
    }
    auto response = co_await answer_on_pool(client, request);
    bool fine = co_await respond(client, response, request.keep_alive);
    if (!fine || !request.keep_alive) co_return;
  }
}

} // namespace pelorus
