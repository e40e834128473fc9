#include "actors/replica_plan.hpp"

#include <doctest/doctest.h>

#include "actors/recovery_tasks.hpp"

using namespace pelorus;

namespace {
chunk_info chunk(uint64_t low, uint64_t rows, std::vector<replica_info> replicas) {
  chunk_info x;
  x.id = {7, low};
  x.version = 3;
  x.rows = rows;
  x.replicas = std::move(replicas);
  return x;
}
} // namespace

TEST_CASE("a report is judged by version and commit") {
  auto x = chunk(1, 10, {{"A", 3, false}, {"B", 3, false}});
  x.cid = 30;
  CHECK(judge(nullptr, "A", {7, 1, 3, 30, 10}) == report_verdict::unknown);
  CHECK(judge(&x, "C", {7, 1, 3, 30, 10}) == report_verdict::unknown);
  CHECK(judge(&x, "A", {7, 1, 2, 20, 10}) == report_verdict::stale);
  CHECK(judge(&x, "A", {7, 1, 3, 30, 10}) == report_verdict::current);
  CHECK(judge(&x, "A", {7, 1, 3, 31, 10}) == report_verdict::foreign);
  CHECK(judge(&x, "A", {7, 1, 4, 40, 10}) == report_verdict::foreign);
}

TEST_CASE("a copy comes from a live node that holds the newest version") {
  auto x = chunk(1, 10, {{"A", 2, false}, {"B", 3, true}, {"C", 3, false}, {"D", 3, false}});
  CHECK(pick_source(x, "E", {"A", "B", "C", "D"}) == "C");
  CHECK(pick_source(x, "E", {"A", "B", "C", "D"}, "D") == "D");
  CHECK(pick_source(x, "C", {"A", "B", "C"}).empty());
}

TEST_CASE("a chunk that lost a replica for good gets another home, on another host if it must") {
  std::vector<placement_candidate> live{{"B", "h1", 5, 0}, {"C", "h1", 0, 0}, {"D", "h2", 9, 0}};
  auto x = chunk(1, 10, {{"A", 3, false}, {"B", 3, false}});
  CHECK(pick_new_home(x, live, {}, 2, 0).empty());
  CHECK(pick_new_home(x, live, {"A"}, 1, 0).empty());
  CHECK(pick_new_home(x, live, {"A"}, 2, 0) == "C");
  CHECK(pick_new_home(x, live, {"A"}, 2, 1) == "D");
  std::vector<placement_candidate> same_host{{"B", "h1", 0, 0}, {"C", "h1", 0, 0}};
  CHECK(pick_new_home(x, same_host, {"A"}, 2, 1).empty());
  CHECK(pick_new_home(x, same_host, {"A"}, 2, 2) == "C");
}

TEST_CASE("rebalance narrows the gap and leaves fresh or stale chunks alone") {
  std::vector<chunk_info> chunks;
  for (uint64_t i = 0; i < 4; ++i) chunks.push_back(chunk(i, 100, {{"A", 3, false}}));
  auto moves = even_out(chunks, {"A", "B"}, 0);
  CHECK(moves.size() == 2);
  for (auto& move : moves) CHECK((move.source == "A" && move.target == "B"));
  for (auto& x : chunks) x.updated_ms = 10;
  CHECK(even_out(chunks, {"A", "B"}, 9).empty());
  for (auto& x : chunks) x.version = 4;
  CHECK(even_out(chunks, {"A", "B"}, 99).empty());
}

TEST_CASE("moves do not take the room of recoveries") {
  recovery_tasks tasks;
  tasks.limit({2, 1});
  auto add = [&](uint64_t n, const char* type) {
    recovery_task task;
    task.chunk = chunk(n, 1, {});
    task.view.type = type;
    task.view.target = "B";
    return tasks.add(task, std::to_string(n), 1);
  };
  for (uint64_t n = 1; n <= 3; ++n) add(n, "LoadRebalance");
  for (uint64_t n = 4; n <= 6; ++n) add(n, "ChunkRecovery");
  auto next = [&] { auto task = tasks.next(2); return task ? task->view.id : std::string{}; };
  CHECK(next() == "1");
  CHECK(next() == "4");
  CHECK(next() == "5");
  CHECK(next() == "");
  tasks.limit({2, 2});
  CHECK(next() == "2");
  tasks.limit({3, 2});
  CHECK(next() == "6");
}

TEST_CASE("recovery tasks wait, run, end; one a chunk and node; suspended ones do not start") {
  recovery_tasks tasks;
  recovery_task task;
  task.chunk = chunk(1, 1, {});
  task.view.target = "B";
  CHECK(tasks.add(task, "one", 1));
  CHECK_FALSE(tasks.add(task, "again", 1));
  task.view.target = "C";
  CHECK(tasks.add(task, "two", 2));
  tasks.suspend(true);
  CHECK_FALSE(tasks.next(3));
  tasks.suspend(false);
  auto first = tasks.next(3);
  REQUIRE(first);
  CHECK_FALSE(tasks.next(3));
  CHECK_FALSE(tasks.cancel("one", 4));
  CHECK(tasks.cancel("two", 4));
  tasks.finish(first, "", 5);
  auto list = tasks.list();
  REQUIRE(list.size() == 2);
  CHECK(list[0].status == "Aborted");
  CHECK(list[1].status == "Finished");
  CHECK(tasks.add(task, "three", 6));
}
