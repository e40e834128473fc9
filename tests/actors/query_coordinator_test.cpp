#include "actors/query_coordinator.hpp"

#include <functional>
#include <map>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include "actors/errors.hpp"
#include "query/wire.hpp"
#include "tests/actors/virtual_clock.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

/// A coordinator; the nodes are played by the test: each notes the chunks of its messages and answers as it is told.
struct asked_cluster {
  using answer = std::function<caf::result<task_result>(const std::vector<uint32_t>& chunks)>;
  testing::virtual_clock time;
  std::map<std::string, caf::actor> nodes;
  std::map<std::string, answer> answers;
  std::map<std::string, std::vector<std::vector<uint32_t>>> asked;  // chunks, message by message
  caf::actor peers;
  std::vector<uint32_t> answered;  // chunks whose rows the query gets
  size_t unpacked = 0;             // messages whose rows are a table already
  std::string failure;

  asked_cluster() {
    for (std::string name : {"N1", "N2"}) {
      answers[name] = [](const std::vector<uint32_t>& chunks) { return first(chunks.size()); };
      nodes[name] = time.system.spawn([this, name](caf::event_based_actor*) -> caf::behavior {
        return {[this, name](const run_task& task) -> caf::result<task_result> {
          std::vector<uint32_t> chunks;
          for (auto& chunk : task.chunks) chunks.push_back(chunk.index);
          asked[name].push_back(chunks);
          return answers[name](chunks);
        }};
      });
    }
    peers = time.system.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const find_peer& x) { return nodes.at(x.alias); }, [](const is_alive&) { return true; }};
    });
  }
  ~asked_cluster() {
    for (auto& [name, node] : nodes) caf::anon_send_exit(node, caf::exit_reason::kill);
    caf::anon_send_exit(peers, caf::exit_reason::kill);
    time.sched.run();
  }

  /// A row for each of the first chunks of a message.
  static task_result first(size_t count) { return {std::vector<uint64_t>(count, 1), "rows"}; }

  void ask(uint32_t chunks, std::vector<std::string> replicas, size_t per_node = 1) {
    std::vector<placed_task> tasks;
    for (uint32_t i = 0; i < chunks; ++i) {
      placed_task one;
      one.task.chunks = {{"", "", i}};
      one.nodes = replicas;
      tasks.push_back(one);
    }
    auto who = caf::actor_cast<caf::actor>(time.system.spawn(query_coordinator, caf::actor_cast<peers_actor>(peers), tasks, per_node));
    time.system.spawn([this, who](caf::event_based_actor* self) {
      self->request(who, caf::infinite, run_tasks{})
          .then([this](const task_results& all) {
            for (auto& one : all) unpacked += one.result.here != nullptr && one.result.table.empty();
            for (auto& one : all)
              for (auto index : one.indices)
                if (index != chunks_answer::not_wanted) answered.push_back(index);
          },
                [this](caf::error& err) { failure = from_caf(err, "query").message; });
    });
    time.sched.run();
    std::sort(answered.begin(), answered.end());
  }
};

using messages = std::vector<std::vector<uint32_t>>;

} // namespace

TEST_CASE("the chunks of a node go to it in as few messages as may wait there") {
  asked_cluster one, two;
  one.ask(5, {"N1"}, 1);
  CHECK(one.asked["N1"] == messages{{0, 1, 2, 3, 4}});
  CHECK(one.answered == std::vector<uint32_t>{0, 1, 2, 3, 4});
  two.ask(5, {"N1"}, 2);
  CHECK(two.asked["N1"] == messages{{0, 1, 2}, {3, 4}});
  CHECK(two.answered == std::vector<uint32_t>{0, 1, 2, 3, 4});
}

TEST_CASE("many chunks go in several messages, so that nodes take turns with other queries") {
  asked_cluster cluster;
  cluster.ask(40, {"N1"}, 1);
  CHECK(cluster.asked["N1"].size() == 3);
  CHECK(cluster.answered.size() == 40);
}

TEST_CASE("answers are tables when the query gets them; what is none is left to it") {
  asked_cluster good, bad;
  good.answers["N1"] = [](auto& chunks) -> caf::result<task_result> {
    auto rows = std::make_shared<table>(std::vector<std::string>{"x"}, std::vector<column_ptr>{column::make(type_id::int_, chunks.size())});
    return task_result{std::vector<uint64_t>(chunks.size(), 1), encode(value{rows})};
  };
  good.ask(5, {"N1"}, 2);
  CHECK(good.unpacked == 2);
  CHECK(good.answered.size() == 5);
  bad.ask(5, {"N1"}, 2);
  CHECK(bad.unpacked == 0);
  CHECK(bad.answered.size() == 5);
}

TEST_CASE("chunks that a node has not answered yet are asked for again") {
  asked_cluster cluster;
  cluster.answers["N1"] = [](auto& chunks) { return asked_cluster::first(std::min<size_t>(chunks.size(), 2)); };
  cluster.ask(5, {"N1"});
  CHECK(cluster.asked["N1"] == messages{{0, 1, 2, 3, 4}, {2, 3, 4}, {4}});
  CHECK(cluster.answered == std::vector<uint32_t>{0, 1, 2, 3, 4});
}

TEST_CASE("a chunk that fails goes to another replica, and the others of its message stay") {
  asked_cluster cluster;
  cluster.answers["N1"] = [](auto& chunks) -> caf::result<task_result> {
    if (chunks.front() == 2) return to_caf({ec::corrupt, "chunk 2 is damaged"});
    return asked_cluster::first(chunks.front() == 0 ? 2 : chunks.size());
  };
  cluster.ask(5, {"N1", "N2"});
  CHECK(cluster.asked["N2"] == messages{{2}});
  CHECK(cluster.answered == std::vector<uint32_t>{0, 1, 2, 3, 4});
}

TEST_CASE("an error of the query itself ends it") {
  asked_cluster cluster;
  cluster.answers["N1"] = [](auto&) -> caf::result<task_result> { return to_caf({ec::bad_argument, "no such column"}); };
  cluster.ask(5, {"N1", "N2"});
  CHECK(cluster.failure.find("no such column") != std::string::npos);
  CHECK(cluster.asked["N2"].empty());
}

TEST_CASE("a node that does not answer gives all its chunks to the other replicas") {
  asked_cluster cluster;
  cluster.answers["N1"] = [](auto&) -> caf::result<task_result> { return to_caf({ec::unavailable, "gone"}); };
  cluster.ask(3, {"N1", "N2"});
  CHECK(cluster.asked["N1"].size() == 1);
  CHECK(cluster.answered == std::vector<uint32_t>{0, 1, 2});
}

TEST_CASE("a node whose connection is lost gives all its chunks to the other replicas") {
  asked_cluster cluster;
  cluster.answers["N1"] = [&](auto&) -> caf::result<task_result> {
    caf::anon_send_exit(cluster.nodes["N1"], caf::exit_reason::kill);
    return to_caf({ec::timed_out, "late"});
  };
  cluster.ask(3, {"N1", "N2"});
  CHECK(cluster.answered == std::vector<uint32_t>{0, 1, 2});
}

TEST_CASE("an answer about more chunks than were asked for is refused") {
  asked_cluster cluster;
  cluster.answers["N1"] = [](auto& chunks) { return asked_cluster::first(chunks.size() + 1); };
  cluster.ask(2, {"N1", "N2"});
  CHECK(cluster.answered == std::vector<uint32_t>{0, 1});
  CHECK_FALSE(cluster.asked["N2"].empty());
}
