// HTTP and WebSocket on the site port, and the pieces they are made of.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>

#include "actors/gateway/http_message.hpp"
#include "actors/gateway/rsa_key.hpp"
#include "actors/gateway/static_files.hpp"
#include "actors/gateway/tls.hpp"
#include "actors/gateway/websocket_frames.hpp"
#include "tests/actors/gateway_fake.hpp"

using namespace pelorus;
using namespace pelorus::testing;

namespace {
struct temporary_directory {
  std::string path;
  temporary_directory() {
    char name[] = "/tmp/pelorus-gateway-XXXXXX";
    path = mkdtemp(name);
  }
  ~temporary_directory() { std::filesystem::remove_all(path); }
  void write(const std::string& file, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path{path + file}.parent_path());
    std::ofstream{path + file} << text;
  }
};

struct web_port {
  temporary_directory files;
  fake_services node;
  std::atomic<bool> ready{false};
  std::unique_ptr<gateway> port;

  explicit web_port(std::vector<std::string> lines = {}) {
    node.settings_.set_home(files.path);
    lines.push_back("webRoot=" + files.path + "/web");
    REQUIRE(node.settings_.set_lines(lines, "test"));
    gateway_hooks hooks;
    hooks.ready = [this] { return ready.load(); };
    hooks.status = [] { return std::string{"{\"alias\":\"test\"}"}; };
    hooks.metrics = [] { return std::string{"pelorus_up 1\n"}; };
    hooks.execute = [](client_session& who, const api_request& request) -> expected<value> {
      if (request.text == "print") who.state.print("hello");
      while (request.text == "until cancelled" && !who.is_cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
      return value::of_text(request.text);
    };
    port = std::make_unique<gateway>("127.0.0.1", 0, node, node.settings_, hooks);
    node.port = port.get();
    REQUIRE(port->start());
  }
  std::string get(std::string_view path, std::string_view headers = "") {
    raw_client client{port->port()};
    client.send("GET " + std::string{path} + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + std::string{headers} + "\r\n");
    return client.rest();
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string masked(websocket::opcode code, std::string_view payload, bool last = true) {
  auto head = websocket::frame_head(code, payload.size(), last);
  head[1] = static_cast<char>(head[1] | 0x80);
  const char mask[4] = {1, 2, 3, 4};
  head.append(mask, 4);
  for (size_t i = 0; i < payload.size(); ++i) head.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
  return head;
}

/// One frame of the server: its first byte and payload.
std::pair<uint8_t, std::string> frame(raw_client& client) {
  auto head = client.take(2);
  if (head.size() < 2) return {};
  uint64_t size = static_cast<uint8_t>(head[1]);
  if (size >= 126) {
    auto more = client.take(size == 126 ? 2 : 8);
    size = 0;
    for (auto c : more) size = size << 8 | static_cast<uint8_t>(c);
  }
  return {static_cast<uint8_t>(head[0]), client.take(size)};
}

std::string shake(raw_client& client, std::string_view extra = "") {
  client.send("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + std::string{extra} + "\r\n");
  return client.take_until("\r\n\r\n");
}
} // namespace

TEST_CASE("health, status and metrics") {
  web_port s;
  CHECK(s.get("/health").starts_with("HTTP/1.1 503 "));
  s.ready = true;
  auto healthy = s.get("/health");
  CHECK(healthy.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has(healthy, "{\"status\":\"ok\"}"));
  auto status = s.get("/status");
  CHECK(has(status, "Content-Type: application/json"));
  CHECK(has(status, "{\"alias\":\"test\"}"));
  CHECK(has(s.get("/metrics"), "pelorus_up 1\n"));
}

TEST_CASE("files of the console: types, ETag, gzip, and nothing outside") {
  web_port s;
  s.files.write("/secret.txt", "secret");
  s.files.write("/web/index.html", "<html>hello</html>");
  s.files.write("/web/app.js", std::string(5000, 'a'));
  s.files.write("/web/app.css", "plain");
  s.files.write("/web/app.css.br", "brotli bytes");
  s.files.write("/web/.hidden", "hidden");
  std::filesystem::create_symlink(s.files.path + "/secret.txt", s.files.path + "/web/link.txt");

  auto page = s.get("/");
  CHECK(has(page, "Content-Type: text/html; charset=utf-8"));
  CHECK(has(page, "<html>hello</html>"));
  CHECK(has(page, "X-Content-Type-Options: nosniff"));
  CHECK(has(page, "Content-Security-Policy: default-src 'self'"));
  auto begin = page.find("ETag: ") + 6;
  auto etag = page.substr(begin, page.find("\r\n", begin) - begin);
  auto again = s.get("/", "If-None-Match: " + etag + "\r\n");
  CHECK(again.starts_with("HTTP/1.1 304 "));
  CHECK_FALSE(has(again, "hello"));

  auto packed = s.get("/app.js", "Accept-Encoding: gzip, br\r\n");
  CHECK(has(packed, "Content-Encoding: gzip"));
  CHECK(packed.size() < 2000);
  CHECK_FALSE(has(s.get("/app.js", "Accept-Encoding: gzip;q=0\r\n"), "Content-Encoding"));
  auto brotli = s.get("/app.css", "Accept-Encoding: gzip, br\r\n");
  CHECK(has(brotli, "Content-Encoding: br"));
  CHECK(has(brotli, "brotli bytes"));
  CHECK(has(brotli, "text/css"));

  for (auto path : {"/../secret.txt", "/%2e%2e/secret.txt", "/link.txt", "/.hidden", "/web", "/none", "/x/../../secret.txt", "/%00"}) {
    INFO(path);
    auto answer = s.get(path);
    CHECK((answer.starts_with("HTTP/1.1 404 ") || answer.starts_with("HTTP/1.1 400 ")));
    CHECK_FALSE(has(answer, "secret"));
    CHECK_FALSE(has(answer, "hidden\n"));
  }
}

TEST_CASE("malformed and oversized HTTP is refused") {
  web_port s;
  raw_client client{s.port->port()};
  client.send("NONSENSE\r\n\r\n");
  CHECK(client.rest().starts_with("HTTP/1.1 400 "));
  CHECK(s.get("/", "X: " + std::string(70000, 'x') + "\r\n").starts_with("HTTP/1.1 431 "));
  raw_client big{s.port->port()};
  big.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n");
  CHECK(big.rest().starts_with("HTTP/1.1 413 "));
}

TEST_CASE("kept-alive connections serve several requests") {
  web_port s;
  s.ready = true;
  raw_client client{s.port->port()};
  for (int i = 0; i < 3; ++i) {
    client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(has(client.take_until("\r\n\r\n"), "keep-alive"));
    CHECK(client.take(16) == "{\"status\":\"ok\"}\n");
  }
}

TEST_CASE("JSON requests run scripts and functions in a session of their token") {
  web_port s;
  auto post = [&](std::string_view body, std::string_view type = "application/json") {
    raw_client client{s.port->port()};
    client.send("POST /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: " + std::string{type} +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
    return client.rest();
  };
  CHECK(has(post("{\"script\":\"1+2\"}"), "\"object\":[{\"form\":\"scalar\",\"type\":\"int\",\"value\":3}]"));
  CHECK(has(post("{\"functionName\":\"add\",\"params\":[[1,2],3]}"), "\"size\":2,\"value\":[4,5]"));
  CHECK(has(post("{\"script\":\"noSuchVariable\"}"), "\"resultCode\":\"1\""));
  CHECK(post("{\"script\":\"1\"}", "text/plain").starts_with("HTTP/1.1 415 "));
  CHECK(post("{\"script\":").starts_with("HTTP/1.1 400 "));
  CHECK(post("{\"script\":\"1\",\"params\":" + std::string(100000, '[')).starts_with("HTTP/1.1 400 "));
  CHECK(post("{\"script\":\"1\",\"sessionID\":\"17.guess\"}").starts_with("HTTP/1.1 401 "));

  auto login = post("{\"sessionID\":\"0\",\"functionName\":\"login\",\"params\":[\"admin\",\"123456\"]}");
  CHECK(has(login, "\"userId\":\"admin\""));
  auto begin = login.find("\"sessionID\":\"") + 13;
  auto token = login.substr(begin, login.find('"', begin) - begin);
  CHECK(has(post("{\"sessionID\":\"" + token + "\",\"script\":\"x = 7; getCurrentSessionAndUser()[1]\"}"), "\"value\":\"admin\""));
  CHECK(has(post("{\"sessionID\":\"" + token + "\",\"script\":\"x\"}"), "\"value\":7"));
}

TEST_CASE("a WebSocket carries the API protocol") {
  web_port s;
  raw_client client{s.port->port()};
  auto head = shake(client, "Sec-WebSocket-Protocol: streaming\r\n");
  CHECK(head.starts_with("HTTP/1.1 101 "));
  CHECK(has(head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  CHECK(has(head, "Sec-WebSocket-Protocol: streaming"));

  client.send(masked(websocket::opcode::binary, "API2 0 8 / 0_1_4_64\nscript\nx"));
  auto [code, payload] = frame(client);
  CHECK(code == 0x82);
  CHECK(has(payload, " 1 1\nOK\n"));
  CHECK(payload.ends_with(encode(value::of_text("x"))));

  client.send(masked(websocket::opcode::ping, "are you there"));
  auto pong = frame(client);
  CHECK(pong.first == 0x8a);
  CHECK(pong.second == "are you there");

  client.send(masked(websocket::opcode::binary, "API2 0 12 / 0_1", false));
  client.send(masked(websocket::opcode::continuation, "_4_64\nscript\n", false));
  client.send(masked(websocket::opcode::continuation, "print"));
  auto message = frame(client);
  CHECK(message.first == 0x82);
  CHECK(message.second == std::string{"MSG\nhello\0", 10});
  CHECK(has(frame(client).second, "OK\n"));

  client.send(masked(websocket::opcode::close, "\x03\xe8"));
  CHECK(frame(client).first == 0x88);
  CHECK(client.rest().empty());
}

TEST_CASE("nothing follows the close frame of a WebSocket, whatever was asked before") {
  web_port s;
  raw_client client{s.port->port()};
  shake(client);
  client.send(masked(websocket::opcode::binary, "API2 0 22 / 0_1_4_64\nscript\nuntil cancelled") +
              masked(websocket::opcode::binary, "API2 0 12 / 0_1_4_64\nscript\nprint") +
              masked(websocket::opcode::close, "\x03\xe8"));
  CHECK(frame(client).first == 0x88);
  CHECK(client.rest().empty());
}

TEST_CASE("WebSocket frames that break the rules end the connection") {
  web_port s;
  for (std::string bad : {std::string{"\x82\x01x", 3}, masked(static_cast<websocket::opcode>(3), "x"),
                          masked(websocket::opcode::continuation, "x"), masked(websocket::opcode::ping, "x", false)}) {
    raw_client client{s.port->port()};
    shake(client);
    client.send(bad);
    CHECK_FALSE(has(client.rest(), "OK\n"));
  }
}

TEST_CASE("big WebSocket messages of a client are put together from many frames") {
  websocket::frame_parser parser{1 << 20};
  std::string all;
  for (int i = 0; i < 300000; ++i) all.push_back(static_cast<char>(i * 7));
  for (size_t at = 0; at < all.size(); at += 70000) {
    auto part = std::string_view{all}.substr(at, 70000);
    parser.feed(masked(at == 0 ? websocket::opcode::binary : websocket::opcode::continuation, part, at + 70000 >= all.size()));
  }
  auto whole = parser.next();
  REQUIRE(whole);
  REQUIRE(*whole);
  CHECK((*whole)->payload == all);
  parser.feed(masked(websocket::opcode::binary, std::string(2 << 20, 'x')));
  CHECK_FALSE(parser.next());
}

TEST_CASE("TLS: a certificate is made once and kept, its key is private") {
  temporary_directory d;
  auto first = ensure_certificate(d.path + "/keys", "127.0.0.1");
  REQUIRE(first);
  auto perms = std::filesystem::status(first->key).permissions();
  CHECK((perms & std::filesystem::perms::group_read) == std::filesystem::perms::none);
  auto before = std::filesystem::last_write_time(first->certificate);
  REQUIRE(ensure_certificate(d.path + "/keys", "127.0.0.1"));
  CHECK(std::filesystem::last_write_time(first->certificate) == before);
  std::filesystem::remove(first->key);
  CHECK_FALSE(ensure_certificate(d.path + "/keys", "127.0.0.1"));
}

TEST_CASE("the login key refuses what it did not encrypt") {
  rsa_key key;
  auto pem = key.public_pem();
  REQUIRE(pem);
  CHECK(pem->starts_with("-----BEGIN PUBLIC KEY-----\n"));
  CHECK(*key.public_pem() == *pem);
  CHECK_FALSE(key.decrypt("bm90IGEgY2lwaGVydGV4dA=="));
  CHECK_FALSE(key.decrypt("!!!"));
}
