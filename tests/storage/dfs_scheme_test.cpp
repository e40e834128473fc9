#include <doctest/doctest.h>

#include "storage/dfs_codec.hpp"
#include "storage/dfs_metadata.hpp"

using namespace pelorus;

namespace {
column_ptr numbers(std::vector<int32_t> x) { return column::of<int32_t>(type_id::int_, x); }

dfs_metadata with_database(partition_type kind, std::vector<int32_t> values) {
  dfs_metadata state;
  database_info db;
  db.path = "dfs://a";
  db.levels = {{kind, type_id::int_, numbers(std::move(values)), {}, 0}};
  dfs_entry entry = create_database{db};
  REQUIRE(state.complete(entry, 1));
  state.apply(entry);
  table_info t;
  t.database = "dfs://a";
  t.name = "t";
  t.columns = {{"k", type_id::int_, 0, "", ""}, {"x", type_id::int_, 0, "", ""}};
  t.partition_columns = {0};
  entry = create_table{t};
  REQUIRE(state.complete(entry, 1));
  state.apply(entry);
  return state;
}

expected<void> change(dfs_metadata& state, dfs_entry entry) {
  auto done = state.complete(entry, 2);
  if (done) state.apply(entry);
  return done;
}

extend_scheme adding(std::vector<int32_t> keys) { return {"dfs://a", 0, encode_columns({numbers(std::move(keys))}), ""}; }
size_t keys_of(const dfs_metadata& state) { return state.find_database("dfs://a")->levels[0].values->size(); }
} // namespace

TEST_CASE("VALUE keys join a scheme once, and leave it") {
  auto state = with_database(partition_type::value, {1, 2});
  CHECK(change(state, adding({2, 3, 3})));
  CHECK(keys_of(state) == 3);
  CHECK(change(state, extend_scheme{"dfs://a", 0, "", encode_columns({numbers({1})})}));
  CHECK(keys_of(state) == 2);
  CHECK_FALSE(change(state, extend_scheme{"dfs://a", 1, encode_columns({numbers({9})}), ""}));
  CHECK_FALSE(change(state, extend_scheme{"dfs://b", 0, encode_columns({numbers({9})}), ""}));
}

TEST_CASE("RANGE edges go on from the last one, ascending") {
  auto state = with_database(partition_type::range, {0, 10});
  CHECK(change(state, adding({10, 20, 30})));
  CHECK(keys_of(state) == 4);
  CHECK(change(state, adding({40})));
  CHECK_FALSE(change(state, adding({35, 50})));
  CHECK(keys_of(state) == 5);
}

TEST_CASE("known replicas get better, never worse; the last whole one stays") {
  auto state = with_database(partition_type::value, {1});
  commit_transaction commit;
  chunk_info chunk;
  chunk.id = {1, 1};
  chunk.table_id = state.find_table("dfs://a", "t")->id;
  chunk.partition = "1";
  chunk.version = 1;
  chunk.replicas = {{"A", 1, false}};
  commit.chunks = {chunk};
  REQUIRE(change(state, commit));
  REQUIRE(change(state, set_replicas{{1, 1}, {{"B", 0, false}}}));
  CHECK(state.find_chunk({1, 1})->replicas.size() == 2);
  CHECK(change(state, set_replicas{{1, 1}, {}, {"A"}}).error().code == ec::conflict);
  REQUIRE(change(state, set_replicas{{1, 1}, {{"B", 1, false}, {"A", 0, false}}}));
  CHECK(state.find_chunk({1, 1})->replicas[0].version == 1);
  REQUIRE(change(state, set_replicas{{1, 1}, {}, {"A"}}));
  REQUIRE(state.find_chunk({1, 1})->replicas.size() == 1);
  CHECK(state.find_chunk({1, 1})->replicas[0].node == "B");
}

TEST_CASE("stored names of columns stay apart, and segments know no others") {
  auto state = with_database(partition_type::value, {1});
  auto t = *state.find_table("dfs://a", "t");
  ++t.schema_version;
  t.columns[1] = {"y", type_id::int_, 0, "", "", "x"};
  t.columns.push_back({"x", type_id::int_, 0, "", ""});
  CHECK(change(state, alter_table{t}).error().code == ec::already_exists);
  t.columns[2].stored = "x\x1f" "2";
  REQUIRE(change(state, alter_table{t}));
  auto stored = as_stored(*state.find_table("dfs://a", "t"));
  CHECK(stored.columns[1].name == "x");
  CHECK(stored.columns[2].name == "x\x1f" "2");
}
