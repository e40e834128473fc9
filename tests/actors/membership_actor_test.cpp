#include "actors/membership.hpp"

#include <filesystem>

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include "actors/errors.hpp"
#include "actors/metadata.hpp"
#include "actors/transactions.hpp"
#include "cfg/version.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"
#include "storage/seen_ids.hpp"
#include "tests/actors/virtual_clock.hpp"
#include "tests/storage/scratch.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

/// Membership and transactions of a controller as a process has them, on a metadata store in `directory`.
struct controller : testing::virtual_clock {
  std::shared_ptr<metadata_store> store;
  caf::actor peers = system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const member_list&) {}}; });
  metadata_actor metadata;
  transactions_actor transactions;
  membership_actor membership;
  int lists = 0;  ///< that transactions asked for

  explicit controller(const std::string& directory) {
    auto opened = metadata_store::open({.directory = directory});
    if (!opened) FAIL(opened.error().message);
    store = std::make_shared<metadata_store>(*std::move(opened));
    metadata = spawn_metadata(system, {.store = store, .own_thread = false});
    membership_options options;
    options.config.self = {"C", "10.0.0.80", 8900, 18900, uint8_t(node_role::controller)};
    options.config.controller = {"10.0.0.80", 8900, "C"};
    options.config.nodes.nodes = {{{"10.0.0.81", 8902, "N1"}, node_role::datanode, {}, {}, 2}};
    options.peers = caf::actor_cast<peers_actor>(peers);
    options.metadata = [this] { return metadata; };
    options.transactions = [this] { return transactions; };
    membership = spawn_membership(system, std::move(options));
    auto counting = system.spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {[this, self](list_nodes& ask) {
        ++lists;
        return self->delegate(membership, std::move(ask));
      }};
    });
    transactions = spawn_transactions(system, {.metadata = metadata, .membership = caf::actor_cast<membership_actor>(counting), .options = {}});
    all = {peers, counting, caf::actor_cast<caf::actor>(metadata), caf::actor_cast<caf::actor>(membership), caf::actor_cast<caf::actor>(transactions)};
    sched.run();
  }
  ~controller() {
    for (auto& x : all) caf::anon_send_exit(x, caf::exit_reason::kill);
    sched.run();
  }

  template <class Answer, class Handle, class Message>
  expected<Answer> ask(const Handle& whom, Message message) {
    caf::scoped_actor self{system};
    expected<Answer> result{Answer{}};
    auto pending = self->request(whom, caf::infinite, std::move(message));
    sched.run();
    pending.receive([&](Answer& x) { result = std::move(x); }, [&](caf::error& err) { result = from_caf(err, "asking"); });
    return result;
  }
  void change(dfs_entry entry) {
    REQUIRE(store->commit({std::move(entry)}, 1)[0]);
  }
  void make_table() {
    database_info db;
    db.path = "dfs://a";
    db.levels = {{partition_type::seq, type_id::void_, nullptr, {}, 2}};
    change(create_database{db});
    table_info table;
    table.database = db.path;
    table.name = "t";
    table.columns = {{"x", type_id::int_, 0, "", ""}};
    change(create_table{table});
  }
  expected<registration_reply> enter(uint64_t incarnation, seen_ids seen = {}) {
    registration who;
    who.who = {"N1", "10.0.0.81", 8902, 18902, uint8_t(node_role::datanode)};
    who.incarnation = incarnation;
    who.controller_site = "10.0.0.80:8900:C";
    who.version = std::string{program_version};
    who.highest_tid = seen.tid;
    who.highest_cid = seen.cid;
    return ask<registration_reply>(membership, who);
  }
  expected<write_plan> begin(uint64_t incarnation = 7) {
    return ask<write_plan>(transactions, begin_write{"dfs://a", "t", {"0"}, {}, "N1", incarnation});
  }
  /// One row more in the partition; answers tid and cid.
  seen_ids write() {
    auto plan = begin();
    if (!plan) FAIL(plan.error().message);
    auto cid = ask<uint64_t>(transactions, commit_write{plan->tid, {1}, {}, 7});
    if (!cid) FAIL(cid.error().message);
    return {plan->tid, *cid};
  }

private:
  std::vector<caf::actor> all;
};

void copy(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

} // namespace

TEST_CASE("a heartbeat that was only sent is answered when there is something to say") {
  scratch dir;
  controller c{dir / "meta"};
  REQUIRE(c.enter(7));
  int answers = 0;
  heartbeat_reply last;
  auto node = c.system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {[&](const heartbeat_reply& reply) { ++answers, last = reply; },
            [&, self](const heartbeat& sign) { self->send(caf::actor_cast<caf::actor>(c.membership), sign); }};
  });
  auto send = [&](uint64_t incarnation, uint64_t view) {
    caf::anon_send(node, heartbeat{"N1", incarnation, view, {}});
    c.sched.run();
  };
  send(7, 0);
  REQUIRE(answers == 1);
  CHECK(last.known);
  send(7, last.view);
  CHECK(answers == 1);
  send(6, last.view);
  REQUIRE(answers == 2);
  CHECK_FALSE(last.known);
  auto asked = c.ask<heartbeat_reply>(c.membership, heartbeat{"N1", 7, last.view, {}});
  REQUIRE(asked);
  CHECK(asked->known);
  // Sent ones count as signs of life like the others.
  for (int i = 0; i < 20; ++i) {
    c.pass(1s);
    send(7, last.view);
  }
  auto nodes = c.ask<member_list>(c.membership, list_nodes{});
  REQUIRE(nodes);
  CHECK(node_state((*nodes)[1].state) == node_state::alive);
  caf::anon_send_exit(node, caf::exit_reason::kill);
  c.sched.run();
}

TEST_CASE("writes are planned with the nodes as they are, and nobody is asked for them") {
  scratch dir;
  controller c{dir / "meta"};
  c.make_table();
  CHECK(c.begin().error().code == ec::unavailable);
  REQUIRE(c.enter(7));
  REQUIRE(c.begin());  // in the moment in which the node is there
  auto lists = c.lists;
  for (int i = 0; i < 5; ++i) CHECK(c.begin().error().code == ec::conflict);
  CHECK(c.lists == lists);
  // It falls silent: dead after 8 s, and no write is planned to go there.
  c.pass(9s);
  CHECK(c.begin(8).error().code == ec::unavailable);
  REQUIRE(c.enter(8));
  CHECK(c.begin(8));
}

TEST_CASE("transactions that start late ask for the nodes") {
  scratch dir;
  controller c{dir / "meta"};
  c.make_table();
  REQUIRE(c.enter(7));
  auto fresh = spawn_transactions(c.system, {.metadata = c.metadata, .membership = c.membership, .options = {}});
  CHECK(c.ask<write_plan>(fresh, begin_write{"dfs://a", "t", {"0"}, {}, "N1", 7}));
  caf::anon_send_exit(fresh, caf::exit_reason::kill);
  c.sched.run();
}

TEST_CASE("metadata put back to an old state gives out no id that a node has seen") {
  scratch dir;
  seen_ids seen;
  {
    controller c{dir / "meta"};
    c.make_table();
    REQUIRE(c.enter(7));
    c.write();
  }
  copy(dir / "meta", dir / "backup");
  {
    controller c{dir / "meta"};
    REQUIRE(c.enter(7));
    for (int i = 0; i < 20; ++i) seen = c.write();
  }
  SUBCASE("by less than a block of ids") {}
  SUBCASE("by far") { seen = {seen.tid + 5'000, seen.cid + 5'000}; }
  copy(dir / "backup", dir / "meta");
  seen_ids next;
  {
    controller c{dir / "meta"};
    SUBCASE("which the node tells before anything is written") {}
    SUBCASE("which another node has begun to write to") {
      REQUIRE(c.enter(7));
      CHECK(c.write().tid < seen.tid);
      c.pass(9s);
    }
    REQUIRE(c.enter(7, seen));
    next = c.write();
    CHECK(next.tid > seen.tid);
    CHECK(next.cid > seen.cid);
  }
  // A restart knows it without being told.
  controller c{dir / "meta"};
  REQUIRE(c.enter(7, seen));
  auto later = c.write();
  CHECK(later.tid > next.tid);
  CHECK(later.cid > next.cid);
}
