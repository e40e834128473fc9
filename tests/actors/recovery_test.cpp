#include "actors/recovery.hpp"

#include <set>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include "actors/errors.hpp"
#include "cfg/node_role.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"
#include "tests/actors/virtual_clock.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

/// A controller's recovery over one chunk, which N1 has and N2 is behind with. What N2 answers is up to the test.
struct controller {
  testing::virtual_clock time;
  chunk_info chunk;
  member_list nodes;
  caf::actor metadata, membership, transactions, peers, target, recovery;
  int orders = 0, silent = 0, busy = 0;  // orders that came; how many get no answer; how many hear that it goes on
  std::shared_ptr<replica_reports> reports = std::make_shared<replica_reports>();
  std::vector<std::string> sources;      // of the orders
  std::set<std::string> unable;          // sources that do not answer; "" for a target that finds nothing when it looks itself
  uint32_t behind = 0;                   // how many versions the copy lacks

  controller() {
    chunk.id = {1, 1};
    chunk.version = 3;
    chunk.replicas = {{"N1", 3, false}, {"N2", 2, false}};
    for (auto* alias : {"N1", "N2"}) {
      node_view view;
      view.address.alias = view.address.host = alias;
      view.address.role = static_cast<uint8_t>(node_role::datanode);
      view.state = static_cast<uint8_t>(node_state::alive);
      view.incarnation = 1;
      nodes.push_back(view);
    }
    auto& system = time.system;
    membership = system.spawn([this](caf::event_based_actor*) -> caf::behavior { return {[this](const list_nodes&) { return nodes; }}; });
    metadata = system.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const list_chunks&) { return bytes{encode_chunks({chunk})}; }, [this](const get_chunk&) { return bytes{encode_chunk(chunk)}; },
              [this](const mutate& order) {
                auto entry = decode_entry(order.entry);
                REQUIRE(entry);
                for (auto& fresh : std::get<set_replicas>(*entry).replicas)
                  for (auto& replica : chunk.replicas)
                    if (replica.node == fresh.node) replica = {fresh.node, std::max(replica.version, fresh.version), fresh.corrupted};
                return caf::unit;
              }};
    });
    transactions = system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const list_transactions&) { return transaction_views{}; }}; });
    target = system.spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {[this, self](const replicate& order) -> caf::result<held_chunk> {
        ++orders;
        sources.push_back(order.source);
        if (unable.contains(order.source)) return to_caf(error{order.source.empty() ? ec::corrupt : ec::unavailable, "no"});
        if (silent > 0) {
          --silent;
          self->make_response_promise();
          return caf::delegated<held_chunk>{};
        }
        if (busy > 0 && busy-- > 0) return to_caf(error{ec::timed_out, "still copying"});
        return held_chunk{1, 1, chunk.version - behind, 0, 0};
      }};
    });
    peers = system.spawn([this](caf::event_based_actor*) -> caf::behavior { return {[this](const find_peer&) { return target; }}; });
    start();
  }
  void start() {
    recovery_config config{caf::actor_cast<metadata_actor>(metadata), caf::actor_cast<membership_actor>(membership),
                           caf::actor_cast<transactions_actor>(transactions), caf::actor_cast<peers_actor>(peers), {{1, 1}, 2, 0, 0ms}, [] { return int64_t{1}; }, 1, reports, false};
    recovery = caf::actor_cast<caf::actor>(spawn_recovery(time.system, config));
  }
  ~controller() {
    for (auto& each : {recovery, metadata, membership, transactions, peers, target}) caf::anon_send_exit(each, caf::exit_reason::kill);
    time.sched.run();
  }

  bool is_current() const { return chunk.replicas[1].version == chunk.version; }
  recovery_views tasks() {
    recovery_views result;
    auto asker = time.system.spawn([&](caf::event_based_actor* self) {
      self->request(recovery, caf::infinite, list_recovery{}).then([&](const recovery_views& views) { result = views; });
    });
    time.sched.run();
    return result;
  }
};

} // namespace

TEST_CASE("an order that is lost is given again soon") {
  controller c;
  c.silent = 1;
  c.time.pass(6s);
  CHECK(c.orders == 1);
  c.time.pass(25s);
  CHECK(c.orders == 2);
  CHECK(c.is_current());
  auto tasks = c.tasks();
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].status == "Finished");
}

TEST_CASE("a copy may take as long as its target says that it makes it") {
  controller c;
  c.busy = 500;
  c.time.pass(6s);
  c.time.pass(1s);
  CHECK(c.orders == 501);
  CHECK(c.is_current());
  CHECK(c.tasks().size() == 1);
}

TEST_CASE("a copy ends with its target, and another one is made for the next start of it") {
  controller c;
  c.silent = 1;
  c.time.pass(6s);
  REQUIRE(c.orders == 1);
  SUBCASE("started again") { c.nodes[1].incarnation = 2; }
  SUBCASE("dead for a while") {
    c.nodes[1].state = static_cast<uint8_t>(node_state::dead);
    c.time.pass(6s);
    auto tasks = c.tasks();
    REQUIRE(tasks.size() == 1);
    CHECK(tasks[0].status == "Aborted");
    CHECK(tasks[0].failure.find("N2 died") != std::string::npos);
    c.nodes[1].state = static_cast<uint8_t>(node_state::alive);
    c.nodes[1].incarnation = 2;
  }
  c.time.pass(6s);
  CHECK(c.orders == 2);
  CHECK(c.is_current());
  CHECK(c.tasks().size() == 2);
}

TEST_CASE("a target that never answers is given up, and tried anew") {
  controller c;
  c.silent = 3;
  c.time.pass(90s);
  CHECK(c.orders == 4);
  CHECK(c.is_current());
  auto tasks = c.tasks();
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].status != tasks[1].status);
}

TEST_CASE("a node that reports less than the metadata believes is copied to until it has it, also from a source that is late itself") {
  controller c;
  c.chunk.replicas[1].version = 3;
  c.behind = 1;
  auto report = [&](uint32_t version) {
    caf::anon_send(c.recovery, chunk_report{"N2", 1, {held_chunk{1, 1, version, 0, 0}}});
    c.time.pass(1s);
  };
  report(2);
  CHECK(c.orders == 1);
  CHECK(c.tasks().back().status == "Aborted");
  c.time.pass(6s);
  CHECK(c.orders == 2);
  c.behind = 0;
  c.time.pass(6s);
  CHECK(c.orders == 3);
  CHECK(c.tasks().back().status == "Finished");
  c.time.pass(20s);
  CHECK(c.orders == 3);
}

TEST_CASE("a replica that a report lacks is looked at by its node before it is copied: the report may have come late") {
  controller c;
  c.chunk.replicas[1].version = 3;
  c.unable = {"N1"};
  SUBCASE("it is there") {
    caf::anon_send(c.recovery, chunk_report{"N2", 1, {}});
    c.time.pass(1s);
    CHECK(c.sources == std::vector<std::string>{""});
    CHECK_FALSE(c.chunk.replicas[1].corrupted);
  }
  SUBCASE("it is gone, and its source comes late") {
    c.unable.insert("");
    caf::anon_send(c.recovery, chunk_report{"N2", 1, {}});
    c.time.pass(1s);
    CHECK(c.sources == std::vector<std::string>{"", "N1"});
    CHECK(c.chunk.replicas[1].corrupted);
    c.unable.erase("N1");
    c.time.pass(6s);
    CHECK(c.sources.back() == "N1");
    CHECK_FALSE(c.chunk.replicas[1].corrupted);
  }
}

TEST_CASE("what a node has reported is known to the next start of this actor") {
  controller c;
  c.chunk.replicas[1].version = 3;
  c.behind = 1;
  caf::anon_send(c.recovery, chunk_report{"N2", 1, {held_chunk{1, 1, 2, 0, 0}}});
  c.time.pass(1s);
  CHECK(c.orders == 1);
  caf::anon_send_exit(c.recovery, caf::exit_reason::kill);
  c.time.pass(1s);
  c.start();
  c.behind = 0;
  c.time.pass(6s);
  CHECK(c.orders == 2);
  CHECK(c.reports->behind.empty());
}

TEST_CASE("a replica that a writer has found stale is brought up to date, and not marked as damaged") {
  controller c;
  c.chunk.replicas[1].version = 3;
  c.time.pass(6s);
  CHECK(c.orders == 0);
  c.unable = {"N1"};
  caf::anon_send(c.recovery, damaged_chunk{"N2", 1, 1, 0, "chunk is at version 2 here"});
  c.time.pass(1s);
  CHECK(c.sources == std::vector<std::string>{"N1"});
  CHECK_FALSE(c.chunk.replicas[1].corrupted);
  c.unable.clear();
  c.time.pass(6s);
  CHECK(c.orders == 2);
  CHECK(c.reports->behind.empty());
}
