// The gateway over real sockets of this machine; the language is a handful of words, so that only the port is tested.
#include <doctest/doctest.h>

#include "storage/parallel.hpp"
#include "storage/table.hpp"
#include "tests/actors/gateway_fake.hpp"

using namespace pelorus;
using namespace pelorus::testing;

namespace {
table_ptr numbers(int64_t rows) {
  auto col = column::make(type_id::long_, static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) col->mutable_data<int64_t>()[i] = i;
  return std::make_shared<table>(std::vector<std::string>{"n"}, std::vector<column_ptr>{col});
}

/// "1+1", "print TEXT", "loop", "table N", "fail TEXT", "name" (a variable), "who", "flood", "threads".
expected<value> little_language(client_session& who, const api_request& request) {
  auto& state = who.state;
  auto& text = request.text;
  if (request.command == api_command::connect) {
    if (!request.has_login) return value::nothing();
    auto admin = state.node->authenticate(request.user, request.password);
    if (!admin) return admin.error();
    state.user = request.user;
    state.logged_in = true;
    state.is_admin = *admin;
    return value::nothing();
  }
  std::string_view rest = request.arguments;
  std::vector<value> objects;
  for (size_t i = 0; i < request.argument_count; ++i) {
    size_t used = 0;
    auto x = decode(rest, &used, {.little_endian = request.little_endian});
    if (!x) return x.error();
    objects.push_back(*x);
    rest.remove_prefix(used);
  }
  if (request.command == api_command::variable) {
    state.variables.set(text, objects.front());
    return value::nothing();
  }
  if (request.command == api_command::function) return objects.empty() ? value::of_text(text) : objects.front();
  if (text == "1+1") return value::of_int(2);
  if (text.starts_with("print ")) {
    state.print(text.substr(6));
    return value::nothing();
  }
  if (text == "flood") {
    for (int i = 0; i < 5000; ++i) state.print(std::string(1000, 'x'));
    return value::of_int(5000);
  }
  if (text == "loop") {
    while (!*state.cancel) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return error{ec::cancelled, "The job was cancelled."};
  }
  if (text.starts_with("table ")) return value{numbers(std::stol(text.substr(6)))};
  if (text.starts_with("fail ")) return error{ec::bad_argument, text.substr(5)};
  if (text == "who") return value::of_text(state.user);
  if (text == "threads") return value::of_int(static_cast<int32_t>(thread_limit::here()));
  if (auto x = state.variables.find(text)) return *x;
  return error{ec::not_found, "cannot recognize " + text};
}

struct harness {
  fake_services node;
  gateway port;

  explicit harness(std::vector<std::string> lines = {}, gateway_hooks hooks = {})
      : port("127.0.0.1", 0, node, prepare(lines), with_language(std::move(hooks))) {
    node.port = &port;
    auto started = port.start();
    REQUIRE(started);
  }
  const settings& prepare(const std::vector<std::string>& lines) {
    node.settings_.set_home("/nowhere");
    REQUIRE(node.settings_.set_lines(lines, "test"));
    return node.settings_;
  }
  static gateway_hooks with_language(gateway_hooks hooks) {
    hooks.execute = little_language;
    return hooks;
  }
};

/// Asks until `f` holds; false after a long while.
template <class F>
bool soon(F f) {
  for (int i = 0; i < 4000; ++i) {
    if (f()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return false;
}
} // namespace

TEST_CASE("connect, login, script, function and variable") {
  harness h;
  raw_client client{h.port.port()};
  auto hello = client.login();
  CHECK(hello.status == "OK");
  CHECK(hello.session != 0);
  auto two = client.script("1+1");
  CHECK(two.result.raw_int() == 2);
  CHECK(two.session == hello.session);
  CHECK(client.script("who").result.text() == "admin");

  auto seven = encode(value::of_int(7));
  CHECK(client.ask("function\necho\n1\n1\n", "0_1_4_64", seven).result.raw_int() == 7);
  CHECK(client.ask("function\necho\n1\n1", "0_1_4_64", seven).result.raw_int() == 7);
  std::string big_endian{"\x04\x00\x00\x00\x01\x02", 6};
  CHECK(client.ask("function\necho\n1\n0", "0_1_4_64", big_endian).result.raw_int() == 258);
  CHECK(client.ask("function\nversion\n0\n1\n").result.text() == "version");
  auto set = client.ask("variable\nx\n1\n1\n", "0_1_4_64", seven);
  CHECK(set.status == "OK");
  CHECK(set.objects == 0);
  CHECK(client.script("x").result.raw_int() == 7);
  CHECK(client.script("x", "16_1_4_64").result.raw_int() == 7);  // clears the session's memory behind it
  CHECK(client.script("x").status == "cannot recognize x");
}

TEST_CASE("a wrong password is an error and leaves a guest") {
  harness h;
  raw_client client{h.port.port()};
  CHECK(client.ask("connect\nlogin\nadmin\nnonsense").status == "The user name or password is incorrect.");
  CHECK(client.script("who").result.text() == "guest");
}

TEST_CASE("errors are one line and keep the session usable") {
  harness h;
  raw_client client{h.port.port()};
  CHECK(client.script("fail first\nsecond").status == "first second");
  CHECK(client.script("1+1").result.raw_int() == 2);
}

TEST_CASE("prints come before the answer, to API2 clients only") {
  harness h;
  raw_client client{h.port.port()};
  auto printed = client.script("print hello\nworld");
  REQUIRE(printed.messages.size() == 1);
  CHECK(printed.messages[0] == "hello\nworld");
  client.request("script\nprint x", "0_1_4_64", {}, "API");
  CHECK(client.read_reply().messages.empty());
  auto flood = client.script("flood");
  CHECK(flood.messages.size() == 5000);
  CHECK(flood.result.raw_int() == 5000);
}

TEST_CASE("pipelined requests are answered in order, async ones not at all") {
  harness h;
  raw_client client{h.port.port()};
  client.request("script\nprint lost", "4_1_4_64");
  for (int i = 0; i < 20; ++i) client.request("script\nprint " + std::to_string(i));
  for (int i = 0; i < 20; ++i) {
    auto one = client.read_reply();
    REQUIRE(one.messages.size() == 1);
    CHECK(one.messages[0] == std::to_string(i));
  }
}

TEST_CASE("a big table arrives whole, plain, compressed and in blocks") {
  harness h;
  raw_client client{h.port.port()};
  auto whole = client.script("table 300000");
  auto t = whole.result.as<table>();
  REQUIRE(t);
  CHECK(t->rows() == 300000);
  CHECK(t->col(0)->data<int64_t>()[299999] == 299999);
  auto packed = client.script("table 300000", "64_1_4_64");
  REQUIRE(packed.result.as<table>());
  CHECK(packed.result.as<table>()->col(0)->data<int64_t>()[299999] == 299999);
  auto blocks = client.script("table 20000", "0_1_4_64__8192");
  REQUIRE(blocks.result.is_vector());
  auto& items = blocks.result.vec().items();
  REQUIRE(items.size() == 3);
  CHECK(items[0].size() == 8192);
  CHECK(items[2].size() == 3616);
}

TEST_CASE("an upload may arrive byte by byte") {
  harness h;
  raw_client client{h.port.port()};
  auto wire = encode(value{numbers(50)});
  auto command = std::string{"variable\nt\n1\n1\n"};
  auto all = "API2 0 " + std::to_string(command.size()) + " / 0_1_4_64\n" + command + wire;
  for (auto byte : all) client.send({&byte, 1});
  CHECK(client.read_reply().status == "OK");
  CHECK(client.script("t").result.size() == 50);
}

TEST_CASE("a job is seen and cancelled from another connection") {
  harness h;
  raw_client busy{h.port.port()}, admin{h.port.port()};
  busy.login();
  busy.request("script\nloop");
  table_ptr jobs;
  REQUIRE(soon([&] { return (jobs = h.node.console_jobs())->rows() == 1; }));
  CHECK(jobs->col(jobs->find("sessionId"))->data<int64_t>()[0] == static_cast<int64_t>(busy.session()));
  CHECK(jobs->col(jobs->find("desc"))->text(0) == "loop");
  CHECK(jobs->col(jobs->find("userID"))->text(0) == "admin");
  CHECK_FALSE(h.node.cancel_job("00000000-0000-0000-0000-000000000000"));
  CHECK(h.node.cancel_job(std::string{jobs->col(jobs->find("rootJobId"))->text(0)}));
  CHECK(busy.read_reply().status == "The job was cancelled.");
  CHECK(busy.script("1+1").result.raw_int() == 2);
}

TEST_CASE("a job that its client sent as not cancellable is not cancelled by its id") {
  harness h;
  raw_client busy{h.port.port()};
  table_ptr jobs;
  auto id_of_job = [&] {
    REQUIRE(soon([&] { return (jobs = h.node.console_jobs())->rows() == 1; }));
    return std::string{jobs->col(jobs->find("rootJobId"))->text(0)};
  };
  busy.request("script\nloop", "0_0_4_64");
  auto first = id_of_job();
  auto refused = h.node.cancel_job(first);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::bad_argument);
  CHECK(refused.error().message == "The job " + first + " can't be cancelled: its client sent it as not cancellable.");
  CHECK(id_of_job() == first);
  CHECK(h.node.close_session(static_cast<uint64_t>(jobs->col(jobs->find("sessionId"))->data<int64_t>()[0])));
  CHECK(soon([&] { return h.node.console_jobs()->rows() == 0; }));
  raw_client other{h.port.port()};
  other.request("script\nloop");
  auto second = id_of_job();
  CHECK(h.node.cancel_job(first).error().code == ec::not_found);
  CHECK(h.node.cancel_job(second));
  CHECK(other.read_reply().status == "The job was cancelled.");
}

TEST_CASE("the parallelism of a request is what its job may take") {
  harness h;
  raw_client client{h.port.port()};
  CHECK(client.script("threads", "0_1_4_1").result.raw_int() == 1);
  CHECK(client.script("threads", "0_1_4_3").result.raw_int() == 3);
  CHECK(client.script("threads", "0_1_4_0").result.raw_int() == 1);
  CHECK(client.script("threads", "0_1_4").result.raw_int() == 64);
  CHECK(client.script("threads", "1_1_8_2").result.raw_int() == 2);
}

TEST_CASE("a dropped connection ends its job and its session") {
  harness h;
  {
    raw_client client{h.port.port()};
    client.request("script\nloop");
    REQUIRE(soon([&] { return h.node.console_jobs()->rows() == 1; }));
  }
  CHECK(soon([&] { return h.node.console_jobs()->rows() == 0 && h.node.sessions()->rows() == 0; }));
}

TEST_CASE("urgent requests get through while every worker is busy") {
  harness h{{"workerNum=1"}};
  raw_client busy{h.port.port()}, urgent{h.port.port()};
  busy.request("script\nloop");
  REQUIRE(soon([&] { return h.node.console_jobs()->rows() == 1; }));
  CHECK(urgent.script("1+1", "1_1_8_64").result.raw_int() == 2);
  raw_client hog{h.port.port()};
  hog.request("script\nloop", "1_1_8_64");
  REQUIRE(soon([&] { return h.node.console_jobs()->rows() == 2; }));
  CHECK(urgent.script("1+1", "1_1_8_64").result.raw_int() == 2);
}

TEST_CASE("a job that waits for a worker is seen and cancelled") {
  harness h{{"workerNum=1"}};
  raw_client busy{h.port.port()}, second{h.port.port()};
  busy.request("script\nloop");
  table_ptr jobs;
  auto running = [&](size_t row) { return jobs->col(jobs->find("runningTask"))->data<int32_t>()[row]; };
  REQUIRE(soon([&] { return (jobs = h.node.console_jobs())->rows() == 1 && running(0) == 1; }));
  auto first_id = std::string{jobs->col(jobs->find("rootJobId"))->text(0)};
  second.request("script\n1+1");
  REQUIRE(soon([&] { return (jobs = h.node.console_jobs())->rows() == 2; }));
  size_t waiting = running(0) == 0 ? 0 : 1;
  CHECK(running(waiting) == 0);
  CHECK(jobs->col(jobs->find("desc"))->text(waiting) == "1+1");
  CHECK(h.node.cancel_job(std::string{jobs->col(jobs->find("rootJobId"))->text(waiting)}));
  CHECK(h.node.cancel_job(first_id));
  CHECK(second.read_reply().status == "The job was cancelled.");
  CHECK(second.script("1+1").result.raw_int() == 2);
}

TEST_CASE("jobs that ended are listed with their error") {
  harness h;
  raw_client client{h.port.port()};
  client.script("1+1");
  client.script("fail");
  auto jobs = h.node.recent_jobs();
  REQUIRE(jobs->rows() == 2);
  auto cell = [&](const char* name, size_t row) { return std::string{jobs->col(jobs->find(name))->text(row)}; };
  CHECK(cell("jobDesc", 0) == "1+1");
  CHECK(cell("errorMsg", 0).empty());
  CHECK(cell("jobDesc", 1) == "fail");
  CHECK_FALSE(cell("errorMsg", 1).empty());
}

TEST_CASE("closing a session from outside ends its connection") {
  harness h;
  raw_client client{h.port.port()};
  client.login();
  CHECK(h.node.close_session(client.session()));
  CHECK(client.read_reply().closed);
  CHECK_FALSE(h.node.close_session(12345));
}

TEST_CASE("maxConnections is honoured with a clear error") {
  harness h{{"maxConnections=2"}};
  raw_client first{h.port.port()}, second{h.port.port()};
  first.script("1+1");
  second.script("1+1");
  raw_client third{h.port.port()};
  CHECK(third.ask("connect\n").status.find("maximum of 2 connections (maxConnections)") != std::string::npos);
  CHECK(soon([&] { return h.port.load().connections == 2; }));
  raw_client admin{h.port.port()};
  CHECK(admin.login().status == "OK");
  CHECK(admin.script("1+1").result.raw_int() == 2);
  raw_client fourth{h.port.port()}, fifth{h.port.port()};
  CHECK(fifth.rest().find("maximum of 2 connections") != std::string::npos);
}

TEST_CASE("a taken port is a clear error") {
  harness h;
  fake_services node;
  node.settings_.set_home("/nowhere");
  gateway second{"127.0.0.1", h.port.port(), node, node.settings_, harness::with_language({})};
  auto started = second.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == ec::io_failed);
  CHECK(started.error().message == "Failed to bind the socket on port " + std::to_string(h.port.port()) + " with error code 98");
}

TEST_CASE("malformed requests are answered and cut") {
  harness h;
  for (std::string bad : {"API x\n", "API2 0 99999999999 / 0_1_4_64\n", "API2 0 6 / 0_1_4_64\nbogus\n",
                          "API2 0 17 / 0_1_4_64\nfunction\nf\n1\n1\n\n\x09\x09\x09", "API2 0 5 / 0_z\n"}) {
    raw_client client{h.port.port()};
    client.send(bad);
    auto answer = client.read_reply();
    INFO(bad);
    CHECK(answer.status != "OK");
    CHECK_FALSE(answer.status.empty());
    CHECK(client.rest().empty());
  }
}

TEST_CASE("stopping cancels running jobs") {
  auto h = std::make_unique<harness>();
  raw_client client{h->port.port()};
  client.request("script\nloop");
  REQUIRE(soon([&] { return h->node.console_jobs()->rows() == 1; }));
  h->port.stop();
  h.reset();
  client.rest();
}
