#include "storage/column.hpp"

#include <doctest/doctest.h>

#include "storage/table.hpp"
#include "storage/value.hpp"

using namespace pelorus;

namespace {
column_ptr ints(std::vector<int32_t> items) { return column::of<int32_t>(type_id::int_, items); }
const std::string long_text = "a text that does not fit into twelve bytes";
} // namespace

TEST_CASE("a slice shares memory and a write to it leaves the source alone") {
  auto all = ints({1, 2, 3, 4});
  auto part = all->slice(1, 2);
  CHECK(part->data<int32_t>() == all->data<int32_t>() + 1);
  part->mutable_data<int32_t>()[0] = 9;
  CHECK(part->data<int32_t>()[0] == 9);
  CHECK(all->data<int32_t>()[1] == 2);
}

TEST_CASE("appending to a slice copies, appending to the only holder grows in place") {
  auto all = ints({1, 2, 3});
  auto part = all->slice(0, 2);
  part->append(*ints({7, 8}));
  CHECK(part->size() == 4);
  CHECK(part->data<int32_t>()[2] == 7);
  CHECK(all->data<int32_t>()[2] == 3);
  for (int32_t i = 0; i < 1000; ++i) all->push(i);
  CHECK(all->size() == 1003);
  CHECK(all->data<int32_t>()[1002] == 999);
  all->append(*all);
  CHECK(all->size() == 2006);
  CHECK(all->data<int32_t>()[2005] == 999);
}

TEST_CASE("gather gives null outside the column") {
  auto all = ints({5, 6, 7});
  std::vector<int64_t> rows{2, -1, 0, 3};
  auto picked = all->gather(std::span<const int64_t>{rows});
  CHECK(picked->data<int32_t>()[0] == 7);
  CHECK(picked->is_null(1));
  CHECK(picked->data<int32_t>()[2] == 5);
  CHECK(picked->is_null(3));
}

TEST_CASE("nulls of every type are recognised as null") {
  for (auto type : {type_id::bool_, type_id::char_, type_id::short_, type_id::int_, type_id::long_, type_id::date,
                    type_id::timestamp, type_id::float_, type_id::double_, type_id::symbol, type_id::string,
                    type_id::uuid, type_id::int128_, type_id::complex, type_id::duration, type_id::decimal32,
                    type_id::decimal64, type_id::decimal128}) {
    CAPTURE(type_name(type));
    auto nulls = column::make_null(type, 3);
    CHECK(nulls->is_null(1));
    CHECK(nulls->count_nulls() == 3);
    CHECK(value::null(type).is_null());
    CHECK(element(*nulls, 2).is_null());
    auto copy = column::make_null(type, 1);
    CHECK(push_element(*copy, value::null(type)));
    CHECK(copy->is_null(1));
  }
}

TEST_CASE("symbols translate between dictionaries, strings keep their arenas") {
  auto a = std::make_shared<column>(type_id::symbol), b = std::make_shared<column>(type_id::symbol);
  for (auto text : {"x", "y"}) a->push_text(text);
  for (auto text : {"y", "z", ""}) b->push_text(text);
  a->append(*b);
  CHECK(a->text(2) == "y");
  CHECK(a->data<int32_t>()[2] == a->data<int32_t>()[1]);
  CHECK(a->text(3) == "z");
  CHECK(a->is_null(4));
  CHECK(b->text(0) == "y");

  auto strings = std::make_shared<column>(type_id::string);
  {
    auto source = std::make_shared<column>(type_id::string);
    source->push_text(long_text);
    source->push_text("short");
    strings->append(*source);
  }
  CHECK(strings->text(0) == long_text);
  CHECK(strings->text(1) == "short");
  a->append(*strings);
  CHECK(a->text(5) == long_text);
}

TEST_CASE("array vectors slice, gather and append by row") {
  auto rows = column::make(array_of(type_id::int_));
  CHECK(push_element(*rows, value{ints({1, 2})}));
  CHECK(push_element(*rows, value{ints({3})}));
  CHECK(push_element(*rows, value{ints({4, 5, 6})}));
  auto tail = rows->slice(1, 2);
  CHECK(element(*tail, 0).vec().data<int32_t>()[0] == 3);
  CHECK(element(*tail, 1).size() == 3);
  auto joined = tail->clone();
  joined->append(*rows);
  CHECK(joined->size() == 5);
  CHECK(element(*joined, 4).vec().data<int32_t>()[2] == 6);
  std::vector<uint32_t> order{2, 0};
  auto picked = rows->gather(std::span<const uint32_t>{order});
  CHECK(element(*picked, 0).size() == 3);
  CHECK(element(*picked, 1).vec().data<int32_t>()[1] == 2);
}

TEST_CASE("a value owns its vector before it writes") {
  value a{ints({1, 2})};
  value b = a;
  b.own_vec().mutable_data<int32_t>()[0] = 5;
  CHECK(a.vec().data<int32_t>()[0] == 1);
  CHECK(b.vec().data<int32_t>()[0] == 5);
}

TEST_CASE("set_element converts numbers and refuses text in a number column") {
  auto doubles = column::make(type_id::double_, 1);
  CHECK(set_element(*doubles, 0, value::of_int(3)));
  CHECK(doubles->data<double>()[0] == 3.0);
  auto refused = set_element(*doubles, 0, value::of_text("x"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::type_mismatch);
}

TEST_CASE("memory past the limit throws and is not counted") {
  auto before = memory::in_use();
  memory::set_limit(before + (1 << 20));
  CHECK_THROWS_AS(column::make(type_id::double_, 1 << 20), memory_exceeded);
  memory::set_limit(0);
  CHECK(memory::in_use() <= before);  // caches may have given way
}

TEST_CASE("tables find columns by name and append by position") {
  table t{{"id", "Price"}, {ints({1}), column::of<double>(type_id::double_, std::vector<double>{2.5})}};
  CHECK(t.find("price") == 1);
  CHECK(t.find("none") == -1);
  auto copy = t.slice(0, 1);
  copy->append(t);
  CHECK(copy->rows() == 2);
  CHECK(t.rows() == 1);
}
