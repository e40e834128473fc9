#include "storage/partition.hpp"

#include <random>

#include <doctest/doctest.h>

#include "storage/temporal.hpp"

using namespace pelorus;

namespace {

column_ptr ints(std::vector<int32_t> items, type_id type = type_id::int_) { return column::of<int32_t>(type, items); }

column_ptr texts(std::vector<std::string> items, type_id type) {
  auto col = column::make(type);
  for (auto& item : items) col->push_text(item);
  return col;
}

partition_level level_of(partition_type kind, column_ptr values) {
  partition_level level;
  level.kind = kind;
  level.key_type = values->type();
  level.values = std::move(values);
  return level;
}

partition_level hash_of(type_id type, int32_t buckets) {
  partition_level level;
  level.kind = partition_type::hash;
  level.key_type = type;
  level.buckets = buckets;
  return level;
}

std::string path_of(const routing& r, size_t row) {
  return r.part_of_row[row] == routing::outside ? "-" : r.paths[r.part_of_row[row]];
}

/// The paths of all rows, joined by spaces.
std::string spell(const expected<routing>& r) {
  REQUIRE(r);
  std::string all;
  for (size_t i = 0; i < r->part_of_row.size(); ++i) all += (i == 0 ? "" : " ") + path_of(*r, i);
  return all;
}

} // namespace

TEST_CASE("VALUE: a DATETIME goes to its date, unknown dates are new or outside, nulls outside") {
  auto day = days_from_civil(2023, 1, 8);
  std::vector<partition_level> levels{level_of(partition_type::value, ints({day}, type_id::date))};
  auto at = [&](int32_t d, int32_t second) { return (day + d) * 86'400 + second; };
  auto keys = ints({at(0, 0), at(0, 86'399), at(1, 0), null_of<int32_t>, at(-1, 86'399), at(1, 5)}, type_id::datetime);
  auto added = route_rows(levels, {keys}, true);
  CHECK(spell(added) == "20230108 20230108 20230109 - 20230107 20230109");
  CHECK(added->fresh == std::vector<bool>{false, true, true});
  CHECK(added->rows_outside == 1);
  REQUIRE(added->new_values[0]);
  CHECK(added->new_values[0]->type() == type_id::date);
  CHECK(added->new_values[0]->size() == 2);
  CHECK(added->new_values[0]->data<int32_t>()[1] == day - 1);
  auto kept = route_rows(levels, {keys}, false);
  CHECK(spell(kept) == "20230108 20230108 - - - -");
  CHECK(kept->rows_outside == 4);
}

TEST_CASE("VALUE: months, integers and texts are spelled as directories, unsafe signs escaped, and read back") {
  auto route = [](column_ptr values) { return spell(route_rows({level_of(partition_type::value, values)}, {values}, false)); };
  CHECK(route(ints({2023 * 12, 2023 * 12 + 11}, type_id::month)) == "202301M 202312M");
  CHECK(route(ints({5, -7})) == "5 -7");
  std::vector<std::string> names{"IBM", "../x", "a b", "BRK.A", "平安", "%41"};
  auto values = texts(names, type_id::symbol);
  auto level = level_of(partition_type::value, values);
  CHECK(route(values) == "IBM %2E%2E%2Fx a%20b BRK%2EA 平安 %2541");
  for (size_t i = 0; i < names.size(); ++i) {
    auto keys = segment_keys(level, partition_segment(level, i));
    REQUIRE(keys);
    CHECK(keys->key.text() == names[i]);
  }
  auto dates = level_of(partition_type::value, ints({0}, type_id::date));
  for (auto bad : {"2023010", "20230230", "20231301", "2023-1-1", "x", ""}) CHECK_FALSE(segment_keys(dates, bad));
}

TEST_CASE("VALUE: STRING and SYMBOL keys serve each other's schemes") {
  std::vector<partition_level> levels{level_of(partition_type::value, texts({"A", "B"}, type_id::string))};
  CHECK(spell(route_rows(levels, {texts({"B", "", "C", "A", "C"}, type_id::symbol)}, true)) == "B - C A C");
  CHECK(spell(route_rows(levels, {texts({"B", "", "C", "A"}, type_id::string)}, false)) == "B - - A");
}

TEST_CASE("RANGE: half-open, outside below the first and from the last edge on") {
  std::vector<partition_level> levels{level_of(partition_type::range, ints({0, 50, 100}))};
  CHECK(spell(route_rows(levels, {ints({-1, 0, 49, 50, 99, 100, null_of<int32_t>})}, true)) == "- 0_50 0_50 50_100 50_100 - -");
  auto range = segment_keys(levels[0], "50_100");
  REQUIRE(range);
  CHECK(range->low.raw_int() == 50);
  CHECK(range->high.raw_int() == 100);
  CHECK_FALSE(segment_keys(levels[0], "0_100"));
  std::vector<partition_level> names{level_of(partition_type::range, texts({"A", "M", "ZZZ"}, type_id::symbol))};
  CHECK(spell(route_rows(names, {texts({"A", "LZ", "M", "ZZZ", "0"}, type_id::symbol)}, true)) == "A_M A_M M_ZZZ - -");
}

TEST_CASE("LIST, HASH and SEQ") {
  partition_level list;
  list.kind = partition_type::list;
  list.key_type = type_id::symbol;
  list.lists = {texts({"IBM", "ORCL"}, type_id::symbol), texts({"GOOG"}, type_id::symbol)};
  CHECK(spell(route_rows({list}, {texts({"GOOG", "IBM", "MSFT", ""}, type_id::string)}, true)) == "List1 List0 - -");
  CHECK(segment_keys(list, "List1")->exact->text(0) == "GOOG");
  CHECK_FALSE(segment_keys(list, "List2"));
  CHECK(spell(route_rows({hash_of(type_id::int_, 10)}, {ints({3, 13, 0, null_of<int32_t>})}, true)) == "Key3 Key3 Key0 -");
  CHECK(segment_keys(hash_of(type_id::int_, 10), "Key3")->bucket == 3);
  partition_level seq;
  seq.kind = partition_type::seq;
  seq.buckets = 2;
  CHECK(spell(route_rows({seq}, {ints({9, 9, 9, 9})}, true)) == "0 0 1 1");
}

TEST_CASE("HASH: a text's bucket does not depend on STRING or SYMBOL, nor on its neighbours") {
  std::mt19937_64 engine{1};
  std::vector<std::string> names;
  for (int i = 0; i < 2000; ++i) names.push_back(i % 97 == 0 ? "" : "S" + std::to_string(engine() % 300));
  auto plain = route_rows({hash_of(type_id::string, 7)}, {texts(names, type_id::string)}, true);
  auto coded = route_rows({hash_of(type_id::symbol, 7)}, {texts(names, type_id::symbol)}, true);
  CHECK(spell(plain) == spell(coded));
  auto col = texts(names, type_id::string);
  for (size_t i = 0; i < names.size(); ++i) {
    auto bucket = hash_bucket(*col, i, 7);
    CHECK(path_of(*plain, i) == (bucket < 0 ? "-" : "Key" + std::to_string(bucket)));
  }
}

TEST_CASE("COMPO: levels are combined; a row outside of one level is outside") {
  auto day = days_from_civil(2023, 1, 8);
  std::vector<partition_level> levels{level_of(partition_type::value, ints({day}, type_id::date)), hash_of(type_id::int_, 4),
                                      level_of(partition_type::range, ints({0, 10, 20}))};
  auto dates = ints({day, day + 1, day, day, null_of<int32_t>}, type_id::date);
  auto routed = route_rows(levels, {dates, ints({6, 6, 1, 6, 6}), ints({5, 15, 25, 5, 5})}, true);
  CHECK(spell(routed) == "20230108/Key2/0_10 20230109/Key2/10_20 - 20230108/Key2/0_10 -");
  CHECK(routed->fresh == std::vector<bool>{false, true});
  CHECK(routed->new_values.size() == 3);
  CHECK(routed->new_values[0]);
  CHECK_FALSE(routed->new_values[1]);
  auto wrong = route_rows(levels, {dates, ints({1, 1, 1, 1, 1}), texts({"a", "b", "c", "d", "e"}, type_id::string)}, true);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == ec::type_mismatch);
  CHECK(wrong.error().message.find("level 3") != std::string::npos);
}

TEST_CASE("a day of the tutorial, 1.21 million rows: every row once, in row order") {
  constexpr size_t rows = 5000 * 242;
  auto day = days_from_civil(2023, 1, 8);
  auto times = column::make(type_id::datetime, rows), securities = column::make(type_id::int_, rows);
  auto* at = times->mutable_data<int32_t>();
  auto* security = securities->mutable_data<int32_t>();
  for (size_t i = 0; i < rows; ++i) {
    at[i] = day * 86'400 + 34'200 + static_cast<int32_t>(i % 242) * 60;
    security[i] = static_cast<int32_t>(i / 242);
  }
  std::vector<partition_level> levels{level_of(partition_type::value, ints({0}, type_id::date)), hash_of(type_id::int_, 50)};
  auto routed = route_rows(levels, {times, securities}, true);
  REQUIRE(routed);
  CHECK(routed->paths.size() == 50);
  CHECK(routed->rows_outside == 0);
  auto by_path = rows_by_path(*routed);
  std::vector<bool> seen(rows);
  size_t wrong = 0, total = 0;
  for (size_t p = 0; p < by_path.size(); ++p)
    for (size_t k = 0; k < by_path[p].size(); ++k, ++total) {
      auto row = by_path[p][k];
      auto path = "20230108/Key" + std::to_string(security[row] % 50);
      wrong += seen[row] || routed->paths[p] != path || (k != 0 && by_path[p][k - 1] >= row);
      seen[row] = true;
    }
  CHECK(wrong == 0);
  CHECK(total == rows);
}

TEST_CASE("schemes that make no sense are refused with a reason") {
  auto reason = [](partition_level level) { return check_levels({level}); };
  CHECK(reason(level_of(partition_type::value, ints({1, 2}))) == "");
  CHECK(reason(level_of(partition_type::value, ints({1, 1}))).find("twice") != std::string::npos);
  CHECK(reason(level_of(partition_type::value, ints({null_of<int32_t>}))).find("null") != std::string::npos);
  CHECK(reason(level_of(partition_type::value, ints({}))).find("at least one") != std::string::npos);
  CHECK(reason(level_of(partition_type::range, ints({0, 50, 50}))).find("ascend") != std::string::npos);
  CHECK(reason(level_of(partition_type::range, column::of<double>(type_id::double_, std::vector<double>{0, 1}))).find("DOUBLE") != std::string::npos);
  CHECK(reason(hash_of(type_id::int_, 0)).find("positive") != std::string::npos);
  CHECK(check_levels(std::vector<partition_level>(4, hash_of(type_id::int_, 2))).find("at most 3") != std::string::npos);
}
