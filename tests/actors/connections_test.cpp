#include "actors/connections.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include "actors/ask.hpp"
#include "actors/discovery.hpp"
#include "actors/message_types.hpp"
#include "actors/transactions.hpp"
#include "cfg/node_role.hpp"
#include "storage/dfs_codec.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

struct network_config : caf::actor_system_config {
  network_config() {
    pelorus::add_message_types(*this);
    set("scheduler.max-threads", size_t{2});
    set("logger.verbosity", caf::atom("quiet"));
    load<caf::io::middleman>();
    set("middleman.workers", size_t{0});
  }
};

/// One process as the other sees it.
struct process {
  network_config config;
  caf::actor_system system{config};
};

/// Answers numbers, and nothing to text.
caf::behavior door(caf::event_based_actor* self) {
  return {[](int32_t x) { return x + 1; },
          [self](const std::string&) -> caf::result<int32_t> { return self->make_response_promise<int32_t>(); }};
}

struct two_processes {
  process here, there;
  caf::actor published = there.system.spawn(door);
  uint16_t port = *there.system.middleman().publish(published, 0, "127.0.0.1");
  connector_actor connector = spawn_connector(here.system);

  expected<caf::actor> connect() { return connect(port); }
  expected<caf::actor> connect(uint16_t port) {
    caf::scoped_actor self{here.system};
    expected<caf::actor> result = error{ec::internal, ""};
    self->request(connector, 10s, std::string{"127.0.0.1"}, uint16_t{0}, port)
        .receive([&](caf::actor& x) { result = x; }, [&](caf::error& err) { result = from_caf(err, "connecting"); });
    return result;
  }

  /// What CAF does to the connection that got the number of one it cleans up after.
  void forget_routes() {
    auto broker = connection_broker(there.system);
    there.system.middleman().backend().post([broker] {
      auto* basp = static_cast<caf::io::basp_broker*>(caf::actor_cast<caf::abstract_actor*>(broker));
      for (auto connection : basp->connections()) basp->connection_cleanup(connection, caf::sec::none);
    });
    std::this_thread::sleep_for(100ms);
  }

  ~two_processes() {
    caf::anon_send_exit(published, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(connector, caf::exit_reason::user_shutdown);
  }
};

std::chrono::milliseconds since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
}

} // namespace

TEST_CASE("a connection whose route CAF has forgotten hears nobody, until it is given up on both sides") {
  two_processes s;
  auto far = s.connect();
  REQUIRE(far);
  CHECK(*ask<int32_t>(s.here.system, *far, int32_t{1}, 5s, "door") == 2);
  s.forget_routes();
  auto deaf = ask<int32_t>(s.here.system, *far, int32_t{1}, 500ms, "door");
  REQUIRE(!deaf);
  CHECK(deaf.error().code == ec::timed_out);
  auto began = std::chrono::steady_clock::now();
  auto keeper = spawn_connection_keeper(s.there.system);
  auto told = ask<int32_t>(s.here.system, *far, int32_t{1}, 20s, "door");
  REQUIRE(!told);
  CHECK(told.error().code == ec::unavailable);
  CHECK(since(began) < 10s);
  auto again = s.connect();
  REQUIRE(again);
  CHECK(*ask<int32_t>(s.here.system, *again, int32_t{5}, 5s, "door") == 6);
  caf::anon_send_exit(keeper, caf::exit_reason::user_shutdown);
}

TEST_CASE("who waits for an answer is told when the connection goes, and who asks after that, too") {
  two_processes s;
  auto far = s.connect();
  REQUIRE(far);
  auto began = std::chrono::steady_clock::now();
  std::thread cutter{[&] {
    std::this_thread::sleep_for(300ms);
    drop_connections(s.here.system, (*far)->node());
  }};
  auto answer = ask<int32_t>(s.here.system, *far, std::string{"never"}, 30s, "door");
  cutter.join();
  REQUIRE(!answer);
  CHECK(answer.error().code == ec::unavailable);
  CHECK(since(began) >= 300ms);
  CHECK(since(began) < 10s);
  answer = ask<int32_t>(s.here.system, *far, int32_t{1}, 30s, "door");
  CHECK(!answer);
  CHECK(since(began) < 10s);
}

TEST_CASE("what somebody began whose connection is lost is rolled back, and nobody waits for its locks") {
  two_processes s;
  auto membership = s.there.system.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const list_nodes&) {
      node_view node;
      node.address = {"N1", "127.0.0.1", 1, 2, uint8_t(node_role::datanode)};
      node.state = uint8_t(node_state::alive);
      node.incarnation = 5;
      return member_list{node};
    }};
  });
  auto metadata = s.there.system.spawn([tid = uint64_t{0}](caf::event_based_actor*) mutable -> caf::behavior {
    return {[tid](const look_up_write&) mutable {
      table_info table;
      table.id = 3;
      return write_lookup{++tid, {}, encode_table(table), {{}}};
    }};
  });
  transactions_config config;
  config.metadata = caf::actor_cast<metadata_actor>(metadata);
  config.membership = caf::actor_cast<membership_actor>(membership);
  auto door = caf::actor_cast<caf::actor>(spawn_transactions(s.there.system, std::move(config)));
  auto far = s.connect(*s.there.system.middleman().publish(door, 0, "127.0.0.1"));
  REQUIRE(far);
  begin_write order{"dfs://db", "t", {"20260101"}, {}, "N1", 5};
  caf::scoped_actor writer{s.here.system};  // stays, as the coordinator of an append does
  uint64_t tid = 0;
  writer->request(*far, 5s, order).receive([&](write_plan& plan) { tid = plan.tid; }, [](caf::error&) {});
  REQUIRE(tid == 1);
  auto held = ask<write_plan>(s.there.system, door, order, 5s, "begin");
  REQUIRE(!held);
  CHECK(held.error().code == ec::conflict);
  drop_connections(s.here.system, (*far)->node());
  expected<write_plan> freed = held;
  for (int i = 0; i < 100 && !freed; ++i) {
    std::this_thread::sleep_for(50ms);
    freed = ask<write_plan>(s.there.system, door, order, 5s, "begin");
  }
  INFO((freed ? std::string{} : freed.error().message));
  REQUIRE(freed);
  auto late = ask<uint64_t>(s.there.system, door, commit_write{tid, {1}, {}}, 5s, "commit");
  REQUIRE(!late);
  CHECK(late.error().code == ec::aborted);
  for (auto& each : {membership, metadata, door}) caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
}

TEST_CASE("a port at which nobody says who he is ends the attempt") {
  process p;
  auto connector = spawn_connector(p.system);
  caf::scoped_actor self{p.system};
  expected<caf::actor> result{caf::actor{}};
  self->request(connector, 10s, std::string{"127.0.0.1"}, uint16_t{0}, uint16_t{1})
      .receive([&](caf::actor& x) { result = x; }, [&](caf::error& err) { result = from_caf(err, "connecting"); });
  REQUIRE(!result);
  CHECK(result.error().code == ec::unavailable);
  caf::anon_send_exit(connector, caf::exit_reason::user_shutdown);
}
