// Tables of the TSDB engine: what may be asked for, and what is read, against a model that sorts and drops by hand.
#include "query/sorted_chunk.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "query/interpreter.hpp"
#include "query/merge_segments.hpp"
#include "query/wire.hpp"
#include "sql_fake_services.hpp"
#include "storage/compaction.hpp"
#include "storage/segment.hpp"
#include "tests/storage/scratch.hpp"

using namespace pelorus;

namespace {

struct row {
  std::string sym;
  int32_t at = 0;  // null_of<int32_t>: null
  int32_t v = 0;
  auto key() const { return std::pair{sym, at}; }
  bool operator==(const row&) const = default;
};
using row_vector = std::vector<row>;

/// By key, equal ones as they come; then one of a key at most.
row_vector as_read(row_vector rows, const std::string& keep) {
  std::map<std::pair<std::string, int32_t>, row_vector> by_key;
  for (auto& r : rows) by_key[r.key()].push_back(r);
  row_vector result;
  for (auto& [key, same] : by_key) {
    if (keep == "FIRST") result.push_back(same.front());
    else if (keep == "LAST") result.push_back(same.back());
    else result.insert(result.end(), same.begin(), same.end());
  }
  return result;
}

const schema columns{{"sym", type_id::symbol, 0, "", ""}, {"at", type_id::int_, 0, "", ""}, {"v", type_id::int_, 0, "", ""}};

table_ptr table_of(const row_vector& rows) {
  auto t = std::make_shared<table>(columns);
  for (auto& r : rows) {
    t->own(0).push_text(r.sym);
    t->own(1).push(r.at);
    t->own(2).push(r.v);
  }
  return t;
}

row_vector rows_of(const table& t) {
  row_vector rows;
  for (size_t i = 0; i < t.rows(); ++i)
    rows.push_back({std::string{t.col(0)->text(i)}, t.col(1)->data<int32_t>()[i], t.col(2)->data<int32_t>()[i]});
  return rows;
}

row_vector random_rows(std::mt19937& random, size_t count, uint32_t keys) {
  row_vector rows;
  for (size_t i = 0; i < count; ++i) {
    auto sym = random() % 5;
    auto at = static_cast<int32_t>(random() % keys);
    rows.push_back({sym == 0 ? "" : "S" + std::to_string(sym), at == 3 ? null_of<int32_t> : at, static_cast<int32_t>(random() % 1000)});
  }
  return rows;
}

table_info described(const std::string& keep) {
  table_info info;
  info.name = "t";
  info.columns = columns;
  info.sort_columns = {"sym", "at"};
  info.keep_duplicates = keep;
  return info;
}

constexpr const char* modes[] = {"ALL", "FIRST", "LAST"};

chunk_plan plan_of(const std::string& sql) {
  auto both = column::make(type_id::any, 2);
  both->own_items()[0] = value{column::make(type_id::string)};
  both->own_items()[1] = value{column::make(type_id::any)};
  return {"dfs://d", "t", sql, encode(value{both}), {}};
}

struct node_under_test {
  testing::sql_services node;
  session who;
  node_under_test() { who.node = &node; }

  std::string fails(const std::string& script) {
    auto result = run(script, who);
    return result ? "no error" : result.error().message;
  }
  value works(const std::string& script) {
    auto result = run(script, who);
    if (!result) FAIL(script << "\n  -> " << result.error().message);
    return *result;
  }
};

constexpr const char* tables = R"(
  sorted = database("dfs://tsdb", VALUE, 0..3, , "TSDB")
  plain = database("dfs://olap", VALUE, 0..3)
  t = table(1:0, `sym`at`v`p`d`b, [SYMBOL, INT, INT, INT, DOUBLE, BOOL]))";

} // namespace

TEST_CASE("a chunk of several segments is read in order, conditions see what is left of duplicates") {
  std::mt19937 random{7};
  for (auto* keep : modes)
    for (size_t count : {size_t{0}, size_t{1}, size_t{300}, segment_block_rows * 2 + 17}) {
      ::scratch dir;
      std::vector<segment_ref> refs;
      row_vector all;
      for (int s = 0; s < 3; ++s) {
        auto rows = random_rows(random, count, count < 1000 ? 40 : 20'000);
        for (auto& r : rows) r.v += s * 1000;  // each segment has values of its own: its blocks can be told apart
        auto ref = write_segment(dir.path, fmt::format("{}.seg", s), *table_of(rows), {});
        REQUIRE(ref);
        refs.push_back(*ref);
        all.insert(all.end(), rows.begin(), rows.end());
      }
      auto reader = chunk_reader::open(dir.path, refs, columns);
      REQUIRE(reader);
      testing::sql_services node;
      session who;
      who.node = &node;
      auto ask = [&](const std::string& where) {
        auto rows = run_chunk_task(plan_of("select * from _chunk" + where), **reader, who, order_of(described(keep)));
        REQUIRE(rows);
        return rows_of(**rows);
      };
      auto expected = as_read(all, keep);
      auto filtered = [&](auto&& pass) {
        row_vector left;
        std::copy_if(expected.begin(), expected.end(), std::back_inserter(left), pass);
        return left;
      };
      CAPTURE(keep);
      CAPTURE(count);
      CHECK((ask("") == expected));
      CHECK((ask(" where v < 1000") == filtered([](auto& r) { return r.v < 1000; })));
      CHECK((ask(" where v >= 2000") == filtered([](auto& r) { return r.v >= 2000; })));
      CHECK((ask(" where at > 30, v >= 1000, v < 2000") ==
             filtered([](auto& r) { return r.at > 30 && r.v >= 1000 && r.v < 2000; })));
      CHECK((ask(" where sym == `S2, at == 5") == filtered([](auto& r) { return r.sym == "S2" && r.at == 5; })));
    }
}

TEST_CASE("segments that were sorted when written read like those that were not, before and after they are merged") {
  std::mt19937 random{13};
  for (auto* keep : modes)
    for (size_t count : {size_t{1}, size_t{300}, segment_block_rows + 1000}) {
      ::scratch dir;
      auto info = described(keep);
      auto order = order_of(info);
      std::vector<segment_ref> refs;
      row_vector all;
      for (int s = 0; s < 5; ++s) {
        auto rows = random_rows(random, count, count < 1000 ? 40 : 20'000);
        for (auto& r : rows) r.v += s * 1000;
        auto t = table_of(rows);
        auto picked = rows_in_order({t->col(0), t->col(1)}, t->rows(), order.keep);
        segment_options options;
        options.sorted_by = info.sort_columns;
        options.distinct = order.keep != chunk_order::duplicates::all;
        auto name = fmt::format("{:016x}.seg", s + 1);
        auto ref = picked ? write_segment(dir.path, name, *t, {picked->data(), picked->size()}, options) : write_segment(dir.path, name, *t, options);
        REQUIRE(ref);
        refs.push_back(*ref);
        all.insert(all.end(), rows.begin(), rows.end());
      }
      auto expected = as_read(all, keep);
      auto check = [&] {
        auto reader = chunk_reader::open(dir.path, refs, columns);
        REQUIRE(reader);
        testing::sql_services node;
        session who;
        who.node = &node;
        auto ask = [&](const std::string& where) {
          auto rows = run_chunk_task(plan_of("select * from _chunk" + where), **reader, who, order);
          REQUIRE(rows);
          return rows_of(**rows);
        };
        auto filtered = [&](auto&& pass) {
          row_vector left;
          std::copy_if(expected.begin(), expected.end(), std::back_inserter(left), pass);
          return left;
        };
        for (int twice = 0; twice < 2; ++twice) CHECK((ask("") == expected));  // the second time in the order that was kept
        CHECK((ask(" where sym == `S2") == filtered([](auto& r) { return r.sym == "S2"; })));
        CHECK((ask(" where v >= 1000, v < 2000") == filtered([](auto& r) { return r.v >= 1000 && r.v < 2000; })));
        CHECK((ask(" where sym == `S4, at < 7, v >= 3000") == filtered([](auto& r) { return r.sym == "S4" && r.at < 7 && r.v >= 3000; })));
      };
      CAPTURE(keep);
      CAPTURE(count);
      check();
      // Those in the middle first: what lies around them still decides which duplicate stays.
      for (auto [first, end] : {std::pair<size_t, size_t>{1, 4}, {0, 3}}) {
        std::span<const segment_ref> sources{refs.data() + first, end - first};
        auto merged = merge_segments(dir.path, sources, info, merged_name(sources, first + 1), false, 1);
        REQUIRE(merged);
        refs.erase(refs.begin() + static_cast<ptrdiff_t>(first), refs.begin() + static_cast<ptrdiff_t>(end));
        refs.insert(refs.begin() + static_cast<ptrdiff_t>(first), *merged);
        check();
      }
      CHECK(refs.size() == 1);
      CHECK(refs.front().rows == expected.size());
    }
}

TEST_CASE("merging keeps columns that some of the segments lack, and the rows of tables in no order as they follow each other") {
  ::scratch dir;
  auto write = [&](tid_t tid, const table& t) { return *write_segment(dir.path, fmt::format("{:016x}.seg", tid), t, {}); };
  auto narrow = std::make_shared<table>(schema{{"a", type_id::int_, 0, "", ""}}), wide = std::make_shared<table>(schema{{"a", type_id::int_, 0, "", ""}, {"s", type_id::symbol, 0, "", ""}});
  narrow->own(0).push<int32_t>(3);
  narrow->own(0).push<int32_t>(1);
  wide->own(0).push<int32_t>(2);
  wide->own(1).push_text("x");
  std::vector<segment_ref> refs{write(1, *narrow), write(2, *wide)};
  table_info info;
  info.name = "t";
  info.columns = wide->schema();
  auto merged = merge_segments(dir.path, refs, info, merged_name(refs, 1), false, 1);
  REQUIRE(merged);
  auto reader = chunk_reader::open(dir.path, {*merged}, wide->schema());
  REQUIRE(reader);
  auto a = *(*reader)->read(0), s = *(*reader)->read(1);
  REQUIRE(a->size() == 3);
  CHECK(a->data<int32_t>()[0] == 3);
  CHECK(a->data<int32_t>()[1] == 1);
  CHECK(a->data<int32_t>()[2] == 2);
  CHECK(s->is_null(0));
  CHECK(s->text(2) == "x");
}

TEST_CASE("appends, updates, deletes, upserts and counts of a sorted table are those of a model") {
  for (auto* keep : modes) {
    std::mt19937 random{11};
    node_under_test c;
    c.works(tables);
    c.works(fmt::format("pt = sorted.createPartitionedTable(table(1:0, `sym`at`v`p, [SYMBOL, INT, INT, INT]), `pt, `p, , "
                        "`sym`at, {})", keep));
    row_vector model;
    for (int step = 0; step < 60; ++step) {
      auto bound = static_cast<int32_t>(random() % 1000);
      if (step % 4 != 3) {
        auto fresh = random_rows(random, 20, 10);
        auto arguments = table_of(fresh);
        arguments->add("p", column::of<int32_t>(type_id::int_, std::vector<int32_t>(20, 1)));
        c.who.variables.set("fresh", value{arguments});
        c.works("pt.append!(fresh)");
        model.insert(model.end(), fresh.begin(), fresh.end());
      } else if (step % 8 == 3) {
        c.works(fmt::format("update pt set v = v + 1 where v < {}", bound));
        model = as_read(model, keep);
        for (auto& r : model) r.v += r.v < bound;
      } else if (step % 16 == 7) {
        c.works(fmt::format("delete from pt where v < {}", bound / 2));
        model = as_read(model, keep);
        std::erase_if(model, [&](auto& r) { return r.v < bound / 2; });
      } else {
        c.works(fmt::format("upsert!(pt, table(take(`S1, 1) as sym, [5] as at, [{}] as v, [1] as p), false, `sym`at)", bound));
        auto before = as_read(model, keep);
        auto same = std::find_if(before.begin(), before.end(), [](auto& r) { return r.sym == "S1" && r.at == 5; });
        if (same == before.end()) model.push_back({"S1", 5, bound});
        else same->v = bound, model = before;
      }
      auto expected = as_read(model, keep);
      CAPTURE(keep);
      CAPTURE(step);
      CHECK((rows_of(*c.works("select sym, at, v from pt").as<table>()) == expected));
      CHECK(c.works("exec count(*) from pt").as_long() == static_cast<int64_t>(expected.size()));
      CHECK(c.works("exec count(*) from pt where p == 1").as_long() == static_cast<int64_t>(expected.size()));
      auto all = c.works("select first(v) as f, last(v) as l, max(v) as m from pt").as<table>();
      if (expected.empty()) continue;
      CHECK(all->col(0)->data<int32_t>()[0] == expected.front().v);
      CHECK(all->col(1)->data<int32_t>()[0] == expected.back().v);
      CHECK(all->col(2)->data<int32_t>()[0] ==
            std::max_element(expected.begin(), expected.end(), [](auto& a, auto& b) { return a.v < b.v; })->v);
    }
  }
}

TEST_CASE("what a table can be sorted by, and which duplicates it keeps") {
  node_under_test c;
  c.works(tables);
  std::pair<const char*, const char*> wrong[] = {
      {"sorted.createPartitionedTable(t, `x, `p)", "createPartitionedTable: a table of the TSDB engine needs sortColumns"},
      {"sorted.createTable(t, `x)", "createTable: a table of the TSDB engine needs sortColumns"},
      {"plain.createPartitionedTable(t, `x, `p, , `sym`at)", "sortColumns needs a database of engine TSDB; 'dfs://olap' is OLAP"},
      {"sorted.createPartitionedTable(t, `x, `p, , `sym`gone)", "createPartitionedTable: sortColumns: there is no column 'gone'"},
      {"sorted.createTable(t, `x, , `gone)", "createTable: sortColumns: there is no column 'gone'"},
      {"sorted.createPartitionedTable(t, `x, `p, , `at`at)", "sortColumns names 'at' twice"},
      {"sorted.createPartitionedTable(t, `x, `p, , `d`at)", "column 'd' is DOUBLE"},
      {"sorted.createPartitionedTable(t, `x, `p, , `b)", "column 'b' is BOOL"},
      {"sorted.createPartitionedTable(t, `x, `p, , `at`sym)", "'sym' is SYMBOL"},
      {"sorted.createPartitionedTable(t, `x, `p, , `sym`at, `MIDDLE)", "keepDuplicates must be ALL, FIRST or LAST"},
      {"sorted.createPartitionedTable(t, `x, `p, , `sym`at, 3)", "keepDuplicates must be ALL, FIRST or LAST"},
      {"sorted.createPartitionedTable(t, `x, `p, , `sym`at, -1)", "keepDuplicates must be ALL, FIRST or LAST"},
      {"plain.createTable(t, `x, , , LAST)", "createTable: keepDuplicates=LAST needs a database of engine TSDB"},
      {"plain.createPartitionedTable(t, `x, `p, {v: `rar})", "the method of column 'v' is 'rar'"},
      {"plain.createPartitionedTable(t, `x, `p, {gone: `lz4})", "compressMethods names 'gone', which is not a column"},
      {"plain.createTable(t, `x, `lz4)", "createTable: compressMethods must be a dictionary"},
      {"plain.createPartitionedTable(t, `x, `p, {d: `delta})", "compressMethods: delta is for integers and times, but column 'd' is DOUBLE"},
      {"plain.createPartitionedTable(t, `x, `p, {sym: `delta})", "compressMethods: delta is for integers and times, but column 'sym' is SYMBOL"},
      {"plain.createTable(t, `x, {v: `chimp})", "createTable: compressMethods: chimp is for DOUBLE and FLOAT, but column 'v' is INT"},
      {"sorted.createPartitionedTable(t, `x, `p, , `sym`at, LAST, [abs])", "sortKeyMappingFunction is not supported yet"},
      {"sorted.createPartitionedTable(t, `x, `p, , `sym`at, LAST, , true)", "softDelete is not supported yet"},
      {"sorted.createPartitionedTable(t, `x, `p, , `sym`at, ALL, , , {sym: `bloomfilter})", "indexes is not supported yet"},
  };
  for (auto& [script, message] : wrong) {
    auto said = c.fails(script);
    CAPTURE(script);
    CAPTURE(said);
    CHECK(said.find(message) != std::string::npos);
  }
  for (auto* mode : {"FIRST", "1", "`FIRST"}) {
    c.works(fmt::format("sorted.createPartitionedTable(t, `x, `p, {{v: `delta, d: `zstd}}, `sym`at, {})", mode));
    CHECK(c.works("schema(loadTable(\"dfs://tsdb\", `x)).keepDuplicates").text() == "FIRST");
  }
  c.works("plain.createPartitionedTable(t, `y, `p, , , ALL)");
  c.works("sorted.createTable(t, `z, , `at)");
}
