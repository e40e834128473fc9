#include "storage/dfs_entry.hpp"

#include <doctest/doctest.h>

#include "storage/dfs_codec.hpp"

using namespace pelorus;

namespace {

database_info sample_database() {
  database_info db;
  db.path = "dfs://a";
  partition_level days{partition_type::value, type_id::date, column::of<int32_t>(type_id::date, std::vector<int32_t>{1, 2}), {}, 0};
  auto names = column::make(type_id::symbol);
  for (auto* name : {"IBM", "", "MSFT", "IBM"}) names->push_text(name);
  partition_level list{partition_type::list, type_id::symbol, nullptr, {names, names}, 0};
  partition_level hash{partition_type::hash, type_id::int_, nullptr, {}, 50};
  db.levels = {days, list, hash};
  db.id = 7;
  return db;
}

chunk_info sample_chunk(uint64_t low) {
  chunk_info chunk;
  chunk.id = {1, low};
  chunk.table_id = 3;
  chunk.partition = "20230108/Key3";
  chunk.version = 4;
  chunk.rows = 1000;
  chunk.replicas = {{"P1-node1", 4, false}, {"P2-node1", 3, true}};
  return chunk;
}

std::vector<dfs_entry> samples() {
  table_info t;
  t.database = "dfs://a";
  t.name = "t";
  t.columns = {{"at", type_id::datetime, 0, "when", "delta"}, {"price", type_id::decimal64, 4, "", "", "cost"}};
  t.partition_columns = {0};
  t.sort_columns = {"price", "at"};
  return {create_database{sample_database()},
          drop_database{"dfs://a"},
          create_table{t},
          drop_table{"dfs://a", "t"},
          alter_table{t},
          commit_transaction{5, 6, 7, {sample_chunk(1), sample_chunk(2)}, encode_columns(sample_database().levels[1].lists), {{8, 9}}},
          drop_chunks_entry{3, {{1, 2}, {3, 4}}},
          set_replicas{{1, 2}, {{"N", 3, true}}, {"M"}},
          set_user{"ann", "hash", true},
          drop_user{"ann"},
          set_blob{"key", std::string("a\0b", 3)},
          reserve_tids{1000},
          extend_scheme{"dfs://a", 1, "added", ""},
          raise_ids{7, 9}};
}

} // namespace

TEST_CASE("every entry survives its bytes") {
  auto all = samples();
  REQUIRE(all.size() == std::variant_size_v<dfs_entry>);
  for (size_t i = 0; i < all.size(); ++i) {
    REQUIRE(all[i].index() == i);
    auto bytes = encode_entry(all[i]);
    auto back = decode_entry(bytes);
    REQUIRE(back);
    CHECK(encode_entry(*back) == bytes);
  }
  auto commit = std::get<commit_transaction>(*decode_entry(encode_entry(all[5])));
  CHECK(commit.chunks[1].replicas == sample_chunk(2).replicas);
  CHECK(commit.dropped == std::vector<chunk_id>{{8, 9}});
  auto db = std::get<create_database>(*decode_entry(encode_entry(all[0]))).database;
  CHECK(db.levels[1].lists[0]->text(3) == "IBM");
  CHECK(db.levels[2].buckets == 50);
}

TEST_CASE("cut off, lengthened or flipped entries answer corrupt or another entry, and never more") {
  for (auto& entry : samples()) {
    auto bytes = encode_entry(entry);
    for (size_t size = 0; size < bytes.size(); ++size) {
      auto cut = decode_entry(std::string_view{bytes}.substr(0, size));
      REQUIRE_FALSE(cut);
      CHECK(cut.error().code == ec::corrupt);
    }
    CHECK_FALSE(decode_entry(bytes + "x"));
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      if (auto read = decode_entry(flipped); !read) CHECK(read.error().code == ec::corrupt);
    }
  }
}

TEST_CASE("chunk ids are printed as UUIDs and read back") {
  chunk_id id{0x0123456789abcdef, 0xfedcba9876543210};
  CHECK(to_string(id) == "01234567-89ab-cdef-fedc-ba9876543210");
  CHECK(*parse_chunk_id(to_string(id)) == id);
  for (auto* text : {"", "0123", "01234567-89ab-cdef-fedc-ba987654321g", "0123456789abcdeffedcba9876543210"})
    CHECK_FALSE(parse_chunk_id(text));
}
