#include "actors/transaction_table.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace pelorus;
using namespace std::chrono_literals;

namespace {
const transaction_table::time_point start{};

std::vector<placement_candidate> nodes(std::initializer_list<const char*> aliases) {
  std::vector<placement_candidate> result;
  for (auto* alias : aliases) result.push_back({alias, std::string{"host of "} + alias, 0, 0});
  return result;
}

transaction_table::request write_to(tid_t tid, std::vector<std::string> partitions) {
  transaction_table::request req;
  req.tid = tid;
  req.coordinator = "N1";
  req.incarnation = 7;
  req.found.resize(partitions.size());
  req.partitions = std::move(partitions);
  req.table.id = 1;
  req.table.name = "t";
  return req;
}
} // namespace

TEST_CASE("a partition has one writer at a time, and a failed begin locks nothing") {
  transaction_table table{{}};
  REQUIRE(table.begin(write_to(1, {"a", "b"}), nodes({"N1"}), {1, 1}, start));
  auto second = table.begin(write_to(2, {"c", "b"}), nodes({"N1"}), {2, 1}, start);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ec::conflict);
  CHECK(second.error().message.find("partition b") != std::string::npos);
  CHECK(table.begin(write_to(3, {"c"}), nodes({"N1"}), {3, 1}, start));
  CHECK(table.finish(1));
  CHECK(table.begin(write_to(4, {"b"}), nodes({"N1"}), {4, 1}, start));
}

TEST_CASE("a commit raises versions and counts once, and a second one is refused") {
  transaction_table table{{}};
  REQUIRE(table.begin(write_to(1, {"a"}), nodes({"N1"}), {1, 1}, start));
  auto bad = table.prepare_commit({1, {1, 2}, {}, 7});
  REQUIRE_FALSE(bad);
  auto txn = table.prepare_commit({1, {42}, {}, 7});
  REQUIRE(txn);
  CHECK((*txn)->chunks[0].version == 1);
  CHECK((*txn)->chunks[0].rows == 42);
  CHECK((*txn)->chunks[0].replicas[0].version == 1);
  CHECK(table.prepare_commit({1, {42}, {}, 7}).error().code == ec::unavailable);
  CHECK(table.find(1)->deciding);
  CHECK(table.prepare_commit({9, {}, {}}).error().code == ec::unavailable);
}

TEST_CASE("what one start of a node began another start of it cannot commit") {
  transaction_table table{{}};
  REQUIRE(table.begin(write_to(1, {"a"}), nodes({"N1"}), {1, 1}, start));
  CHECK(table.prepare_commit({1, {42}, {}, 6}).error().code == ec::stale);
  CHECK(table.prepare_commit({1, {42}, {}}).error().code == ec::stale);
  CHECK_FALSE(table.find(1)->deciding);
  CHECK(table.prepare_commit({1, {42}, {}, 7}));
}

TEST_CASE("writes go to the newest replicas on live nodes only") {
  transaction_table table{{}};
  chunk_info chunk;
  chunk.id = {5, 5};
  chunk.version = 3;
  chunk.replicas = {{"N1", 3, false}, {"N2", 2, false}, {"N3", 3, true}, {"N4", 3, false}};
  auto req = write_to(1, {"a"});
  req.found[0] = chunk;
  auto txn = table.begin(std::move(req), nodes({"N1", "N2", "N3"}), {1, 1}, start);
  REQUIRE(txn);
  REQUIRE((*txn)->chunks[0].replicas.size() == 1);
  CHECK((*txn)->chunks[0].replicas[0].node == "N1");
  auto none = write_to(2, {"b"});
  none.found[0] = chunk;
  CHECK(table.begin(std::move(none), nodes({"N2"}), {1, 1}, start).error().code == ec::unavailable);
}

TEST_CASE("transactions of dead coordinators and past deadlines are abandoned, deciding ones are not") {
  transaction_table table{{1, 0, 60s}};
  REQUIRE(table.begin(write_to(1, {"a"}), nodes({"N1"}), {1, 1}, start));
  REQUIRE(table.begin(write_to(2, {"b"}), nodes({"N1"}), {2, 1}, start));
  CHECK(table.abandoned(start + 59s, {{"N1", 7}}).empty());
  CHECK(table.abandoned(start + 60s, {{"N1", 7}}).size() == 2);
  CHECK(table.abandoned(start, {}).size() == 2);
  REQUIRE(table.prepare_commit({1, {1}, {}, 7}));
  CHECK(table.abandoned(start + 60s, {{"N1", 8}}) == std::vector<tid_t>{2});
}

TEST_CASE("replicas spread over hosts as dfsReplicaReliabilityLevel says") {
  std::vector<placement_candidate> live{{"A", "h1", 0, 0}, {"B", "h1", 0, 0}, {"C", "h2", 5, 0}};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto copy = live;
    auto level0 = place_replicas(copy, 2, 0, seed);
    REQUIRE(level0);
    CHECK(std::find(level0->begin(), level0->end(), "C") == level0->end());  // it has the most chunks
    copy = live;
    auto level1 = place_replicas(copy, 2, 1, seed);
    REQUIRE(level1);
    CHECK((*level1)[1] == "C");
    copy = live;
    CHECK(place_replicas(copy, 3, 1, seed).error().code == ec::unavailable);
    copy = live;
    CHECK(place_replicas(copy, 3, 2, seed)->size() == 3);
  }
}

TEST_CASE("transactions that begin between two reports of the nodes spread their chunks evenly") {
  placement_memory memory;
  std::map<std::string, int> got;
  auto one_more = [&](std::map<std::string, uint64_t> reported, std::chrono::milliseconds at, uint64_t seed) {
    std::vector<placement_candidate> live{{"A", "h1", reported["A"], 0}, {"B", "h2", reported["B"], 0}};
    memory.correct(live, start + at);
    auto node = place_replicas(live, 1, 0, seed)->front();
    memory.placed(node, start + at);
    ++got[node];
  };
  for (uint64_t i = 0; i < 20; ++i) one_more({}, 10ms * i, i * 77);
  CHECK(got["A"] == 10);
  CHECK(got["B"] == 10);
  for (uint64_t i = 0; i < 10; ++i) one_more({{"A", 10}, {"B", 4}}, 1200ms, i * 77);  // B's report is older than A's
  CHECK(got["A"] == 15);
  CHECK(got["B"] == 15);
  for (uint64_t i = 0; i < 10; ++i) one_more({{"A", 5}, {"B", 15}}, 10s, i * 77);  // ten chunks of A were dropped
  CHECK(got["A"] == 25);
  CHECK(got["B"] == 15);
}

namespace {
chunk_info known_chunk(uint64_t low, const char* partition) {
  chunk_info chunk;
  chunk.id = {1, low};
  chunk.partition = partition;
  chunk.version = 4;
  chunk.rows = 100;
  chunk.replicas = {{"N1", 4, false}};
  return chunk;
}
} // namespace

TEST_CASE("a commit replaces, appends, drops and leaves chunks alone") {
  transaction_table table{{}};
  auto req = write_to(5, {"a", "b", "c", "d"});
  for (uint64_t i = 0; i < 4; ++i) req.found[i] = known_chunk(i, req.partitions[i].c_str());
  REQUIRE(table.begin(std::move(req), nodes({"N1"}), {1, 1}, start));
  auto txn = table.prepare_commit({5, {7, 7, 0, 0}, {1, 0, 3, 2}, 7});
  REQUIRE(txn);
  REQUIRE((*txn)->written.size() == 2);
  CHECK((*txn)->written[0].rows == 7);
  CHECK((*txn)->written[0].version == 5);
  CHECK((*txn)->written[1].rows == 107);
  REQUIRE((*txn)->dropped.size() == 1);
  CHECK((*txn)->dropped[0] == chunk_id{1, 2});
}

TEST_CASE("a partial begin takes what is free, a forced one needs no live replica") {
  transaction_table table{{}};
  REQUIRE(table.begin(write_to(1, {"a"}), nodes({"N1"}), {1, 1}, start));
  auto partial = write_to(2, {"a", "b"});
  partial.partial = true;
  auto txn = table.begin(std::move(partial), nodes({"N1"}), {2, 1}, start);
  REQUIRE(txn);
  REQUIRE((*txn)->chunks.size() == 1);
  CHECK((*txn)->chunks[0].partition == "b");
  auto none_free = write_to(3, {"a", "b"});
  none_free.partial = true;
  CHECK(table.begin(std::move(none_free), nodes({"N1"}), {3, 1}, start).error().code == ec::conflict);
  auto forced = write_to(4, {"c"});
  forced.found[0] = known_chunk(9, "c");
  CHECK(table.begin(transaction_table::request{forced}, {}, {4, 1}, start).error().code == ec::unavailable);
  forced.force = true;
  CHECK(table.begin(std::move(forced), {}, {4, 1}, start));
}
