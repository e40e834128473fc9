// Clients that are slow, silent or stay too long, under a gateway that waits milliseconds.
#include <doctest/doctest.h>

#include "storage/table.hpp"
#include "tests/actors/gateway_fake.hpp"

using namespace pelorus;
using namespace pelorus::testing;
using std::chrono::milliseconds;

namespace {
value big_table() {
  auto col = column::make(type_id::long_, 20'000'000);
  return value{std::make_shared<table>(std::vector<std::string>{"n"}, std::vector<column_ptr>{col})};
}

struct hurried {
  fake_services node;
  gateway port;

  explicit hurried(gateway_patience patience, std::vector<std::string> lines = {})
      : port("127.0.0.1", 0, node, prepare(lines), hooks(patience)) {
    node.port = &port;
    REQUIRE(port.start());
  }
  const settings& prepare(const std::vector<std::string>& lines) {
    node.settings_.set_home("/nowhere");
    REQUIRE(node.settings_.set_lines(lines, "test"));
    return node.settings_;
  }
  static gateway_hooks hooks(gateway_patience patience) {
    gateway_hooks out;
    patience.sweep = milliseconds{10};
    out.patience = patience;
    out.execute = [](client_session& who, const api_request& request) -> expected<value> {
      if (request.text == "big") return big_table();
      if (request.text == "long") {
        who.state.print("begun");
        std::this_thread::sleep_for(milliseconds{200});
      }
      return value::of_int(2);
    };
    return out;
  }
};

template <class F>
bool soon(F f) {
  for (int i = 0; i < 4000; ++i) {
    if (f()) return true;
    std::this_thread::sleep_for(milliseconds{5});
  }
  return false;
}

std::string post(uint16_t port, const std::string& session) {
  raw_client client{port};
  auto body = R"({"sessionID":")" + session +
              R"(","functionName":"executeCode","params":[{"name":"script","form":"scalar","type":"string","value":"1"}]})";
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  return client.rest();
}
} // namespace

TEST_CASE("a connection that says nothing is cut") {
  hurried h{{.handshake = milliseconds{50}}};
  raw_client silent{h.port.port()}, half{h.port.port()};
  half.send("AP");
  CHECK(silent.rest().empty());
  CHECK(half.rest().empty());
  CHECK(soon([&] { return h.port.load().connections == 0; }));
}

TEST_CASE("a request that stops half-way is cut, a client that rests is not") {
  hurried h{{.stall = milliseconds{50}}};
  raw_client resting{h.port.port()}, half{h.port.port()}, arguments{h.port.port()};
  CHECK(resting.script("1+1").status == "OK");
  half.send("API2 0 100 / 0_1_4_64\nscript\n1+");
  arguments.send("API2 0 14 / 0_1_4_64\nfunction\nf\n1\n1\4\1\xff\xff\0\0");
  CHECK(half.rest().empty());
  CHECK(arguments.rest().empty());
  std::this_thread::sleep_for(milliseconds{100});
  CHECK(resting.script("1+1").status == "OK");
}

TEST_CASE("a job that prints may then take its time") {
  hurried h{{.stall = milliseconds{50}}};
  raw_client client{h.port.port()};
  auto answer = client.script("long");
  CHECK(answer.messages == std::vector<std::string>{"begun"});
  CHECK(answer.status == "OK");
}

TEST_CASE("a client that takes no more of its response is cut and its session ends") {
  hurried h{{.stall = milliseconds{100}}};
  raw_client lazy{h.port.port()};
  lazy.request("script\nbig");
  CHECK(soon([&] { return h.port.load().requests == 1; }));
  CHECK(soon([&] { return h.port.load().connections == 0 && h.node.sessions()->rows() == 0; }));
}

TEST_CASE("a kept-alive HTTP connection is closed when it idles") {
  hurried h{{.http_idle = milliseconds{50}}};
  raw_client client{h.port.port()};
  client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.rest().starts_with("HTTP/1.1 200"));
}

TEST_CASE("sessions of the JSON API expire when idle and at the latest after their life") {
  for (bool idle : {true, false}) {
    gateway_patience patience;
    (idle ? patience.session_idle : patience.session_life) = milliseconds{50};
    hurried h{patience};
    auto answer = post(h.port.port(), "0");
    CHECK(answer.find("200 OK") != std::string::npos);
    CHECK(soon([&] { return h.node.sessions()->rows() == 0; }));
  }
  hurried patient{{}};
  post(patient.port.port(), "0");
  std::this_thread::sleep_for(milliseconds{100});
  CHECK(patient.node.sessions()->rows() == 1);
}

TEST_CASE("strictSecurityPolicy ends idle sessions of connected clients as well") {
  gateway_patience patience;
  patience.session_idle = milliseconds{50};
  {
    hurried h{patience, {"strictSecurityPolicy=true"}};
    raw_client client{h.port.port()};
    CHECK(client.script("1+1").status == "OK");
    CHECK(client.read_reply().closed);
  }
  hurried lax{patience};
  raw_client client{lax.port.port()};
  CHECK(client.script("1+1").status == "OK");
  std::this_thread::sleep_for(milliseconds{100});
  CHECK(client.script("1+1").status == "OK");
}
