#include "actors/commit_outcome.hpp"

#include <csignal>

#include <sys/resource.h>

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include "actors/append_coordinator.hpp"
#include "actors/errors.hpp"
#include "actors/message_types.hpp"
#include "actors/metadata.hpp"
#include "actors/transactions.hpp"
#include "cfg/node_role.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"
#include "tests/actors/virtual_clock.hpp"
#include "tests/storage/scratch.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

/// What a request gets once everything that it sets off has run.
template <class Answer, class Handle, class Message>
expected<Answer> ask(testing::virtual_clock& clock, const Handle& whom, Message message) {
  caf::scoped_actor self{clock.system};
  expected<Answer> result{Answer{}};
  auto pending = self->request(whom, caf::infinite, std::move(message));
  clock.sched.run();
  pending.receive([&](Answer& x) { result = std::move(x); }, [&](caf::error& err) { result = from_caf(err, "asking"); });
  return result;
}

/// The `transactions` actor between a metadata that decides as told and one live data node.
struct controller_part : testing::virtual_clock {
  expected<uint64_t> decision{uint64_t{77}};
  int decided = 0;
  tid_t next_tid = 1000;
  caf::actor metadata = system.spawn([this](caf::event_based_actor*) -> caf::behavior {
    return {[this](const look_up_write& x) {
              return write_lookup{++next_tid, {}, encode_table(table_info{}), std::vector<bytes>(x.partitions.size())};
            },
            [this](const decide&) -> caf::result<uint64_t> {
              ++decided;
              if (decision) return *decision;
              return to_caf(decision.error());
            },
            [](const get_chunk&) { return bytes{}; }};
  });
  caf::actor membership = system.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const list_nodes&) {
      node_view node;
      node.address = {"N1", "h1", 8902, 18902, static_cast<uint8_t>(node_role::datanode)};
      node.state = static_cast<uint8_t>(node_state::alive);
      node.incarnation = 7;
      return member_list{node};
    }};
  });
  transactions_actor transactions = spawn_transactions(system, {.metadata = caf::actor_cast<metadata_actor>(metadata),
                                                                .membership = caf::actor_cast<membership_actor>(membership),
                                                                .options = {}});

  tid_t begin() {
    begin_write order{"dfs://a", "t", {"p"}, {}, "N1", 7};
    auto plan = ask<write_plan>(*this, transactions, order);
    if (!plan) FAIL(plan.error().message);
    return plan->tid;
  }
  expected<uint64_t> commit(tid_t tid) { return ask<uint64_t>(*this, transactions, commit_write{tid, {1}, {}, 7}); }
  outcome outcome_of(tid_t tid) {
    auto answer = ask<resolution>(*this, transactions, resolve_transaction{tid, 1, 1});
    return static_cast<outcome>(answer->outcome);
  }
  ~controller_part() {
    for (auto& x : {metadata, membership, caf::actor_cast<caf::actor>(transactions)})
      caf::anon_send_exit(x, caf::exit_reason::kill);
    sched.run();
  }
};

/// One coordinator that has staged its rows and asks for the decision; counts what the data node is told then.
struct writer : testing::virtual_clock {
  int forgotten = 0, completed = 0;
  caf::actor node = system.spawn([this](caf::event_based_actor*) -> caf::behavior {
    return {[this](const forget_write&) { ++forgotten; }, [this](const complete_write&) { ++completed; }};
  });

  expected<uint64_t> commit(const expected<uint64_t>& answer) {
    auto controller = system.spawn([answer](caf::event_based_actor*) -> caf::behavior {
      return {[answer](const commit_write&) -> caf::result<uint64_t> {
        if (answer) return *answer;
        return to_caf(answer.error());
      }};
    });
    auto peers = system.spawn([this, controller](caf::event_based_actor*) -> caf::behavior {
      return {[this, controller](const find_peer& x) { return x.alias.empty() ? controller : node; }};
    });
    chunk_info chunk;
    chunk.replicas = {{"N1", 0, false}};
    append_order order;
    order.rows = std::make_shared<table>();
    order.does = write_part::commit;
    order.opened = write_plan{5, encode_table(table_info{}), {encode_chunk(chunk)}};
    order.decision = {5, {1}, {0}};
    forgotten = completed = 0;
    auto coordinator = system.spawn(append_coordinator, caf::actor_cast<peers_actor>(peers), std::move(order));
    auto result = ask<uint64_t>(*this, coordinator, run_append{});
    for (auto& x : {controller, peers}) caf::anon_send_exit(x, caf::exit_reason::kill);
    sched.run();
    return result;
  }
  ~writer() {
    caf::anon_send_exit(node, caf::exit_reason::kill);
    sched.run();
  }
};

/// A store whose log could not be written while it took in the blob "lost".
std::shared_ptr<metadata_store> broken_store(const std::string& directory, std::vector<expected<dfs_entry>>& results) {
  auto store = metadata_store::open({directory, true, 64 << 20, [](const std::string&) {}});
  REQUIRE(store);
  REQUIRE(store->commit({set_blob{"kept", "k"}}, 1)[0]);  // makes room in the file
  rlimit old;
  getrlimit(RLIMIT_FSIZE, &old);
  auto tight = old;
  tight.rlim_cur = 1;
  auto* handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &tight);
  results = store->commit({set_blob{"lost", "l"}}, 1);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  return std::make_shared<metadata_store>(*std::move(store));
}

} // namespace

TEST_CASE("a commit that arrives again after the end gets the same answer") {
  controller_part controller;
  auto tid = controller.begin();
  REQUIRE(controller.commit(tid));
  auto again = controller.commit(tid);
  REQUIRE(again);
  CHECK(*again == 77);
  CHECK(controller.decided == 1);
  auto other = controller.begin();
  controller.decision = error{ec::conflict, "the partition has changed"};
  CHECK(controller.commit(other).error().code == ec::conflict);
  CHECK(controller.commit(other).error().code == ec::aborted);
  CHECK(controller.commit(3).error().code == ec::unavailable);  // perhaps the controller before this one committed it
}

TEST_CASE("a transaction whose record may be in the log stays undecided") {
  for (auto code : {ec::unavailable, ec::io_failed, ec::internal}) {
    controller_part controller;
    auto tid = controller.begin();
    controller.decision = error{code, "the log failed"};
    CHECK(controller.commit(tid).error().code == code);
    CHECK(controller.commit(tid).error().code == ec::unavailable);
    CHECK(controller.outcome_of(tid) == outcome::open);
  }
}

TEST_CASE("once it has asked for a commit a coordinator drops staged rows only when that surely failed") {
  writer node;
  REQUIRE(node.commit(uint64_t{9}));
  CHECK(node.completed == 1);
  CHECK(node.forgotten == 0);
  for (auto code : {ec::aborted, ec::conflict, ec::bad_argument, ec::disk_full}) {
    CHECK(node.commit(error{code, "no"}).error().code == code);
    CHECK(node.forgotten == 1);
  }
  for (auto code : {ec::unavailable, ec::timed_out, ec::io_failed, ec::internal, ec::corrupt, ec::stale}) {
    auto open = node.commit(error{code, "?"});
    CHECK(open.error().message.find("may or may not have been committed") != std::string::npos);
    CHECK(node.forgotten == 0);
  }
}

TEST_CASE("after a failure of its log the metadata answers nothing, started again or not") {
  scratch dir;
  std::vector<expected<dfs_entry>> results;
  auto store = broken_store(dir.path, results);
  CHECK_FALSE(store->usable());
  REQUIRE_FALSE(results[0]);
  CHECK_FALSE(surely_not_committed(results[0].error().code));
  caf::actor_system_config config;
  add_message_types(config);
  config.set("logger.verbosity", caf::atom("quiet"));
  caf::actor_system system{config};
  auto metadata = spawn_metadata(system, {store});
  caf::scoped_actor self{system};
  bool answered = false;
  self->request(metadata, caf::infinite, get_blob{"lost"}).receive([&](bytes&) { answered = true; }, [](caf::error&) {});
  CHECK_FALSE(answered);
  self->send_exit(metadata, caf::exit_reason::user_shutdown);
}
