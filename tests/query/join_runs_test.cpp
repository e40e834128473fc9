#include "query/join_runs.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "query/grouping.hpp"
#include "query/plan.hpp"
#include "storage/value.hpp"

using namespace pelorus;

namespace {

/// Rows sorted by `keys`, each of which has `times` of them; `v` tells rows apart.
table_ptr part(type_id type, const std::vector<std::string>& keys, size_t times, std::mt19937& random) {
  auto key = column::make(type), text = column::make(type_id::symbol);
  auto v = column::make(type_id::double_), flag = column::make(type_id::bool_);
  for (auto& k : keys)
    for (size_t i = 0; i < times; ++i) {
      if (type == type_id::symbol) key->push_text(k);
      else key->push<int32_t>(k.empty() ? null_of<int32_t> : std::stoi(k));
      text->push_text("t" + std::to_string(random() % 7));
      v->push<double>(random() % 10 == 0 ? null_of<double> : static_cast<double>(random() % 1000));
      flag->push<int8_t>(static_cast<int8_t>(random() % 2));
    }
  return std::make_shared<table>(std::vector<std::string>{"v", "key", "text", "flag"}, std::vector<column_ptr>{v, key, text, flag});
}

/// The same by sorting all rows.
table_ptr sorted(const std::vector<table_ptr>& parts) {
  auto all = join_parts(parts);
  auto found = group_rows(std::vector<column_ptr>{all->col(1)}, all->rows());
  return all->gather(order_by_group(found.ids, found.groups()).rows);
}

void check_same(const table& a, const table& b) {
  REQUIRE(a.names() == b.names());
  REQUIRE(a.rows() == b.rows());
  for (size_t c = 0; c < a.width(); ++c) {
    REQUIRE(a.col(c)->type() == b.col(c)->type());
    size_t wrong = 0;
    for (size_t i = 0; i < a.rows(); ++i) {
      auto x = element(*a.col(c), i), y = element(*b.col(c), i);
      auto equal = [&] { return is_text(x.type()) ? x.text() == y.text() : x.as_double() == y.as_double(); };
      wrong += x.is_null() != y.is_null() || !(x.is_null() || equal());
    }
    CHECK(wrong == 0);
    CHECK((a.col(c)->may_have_nulls() || a.col(c)->count_nulls() == 0));
  }
}

} // namespace

TEST_CASE("sorted parts joined run by run are what sorting all rows gives") {
  std::mt19937 random{7};
  for (auto type : {type_id::symbol, type_id::int_})
    for (size_t times : {20, 400}) {
      std::vector<table_ptr> parts;
      for (size_t p = 0; p < 5; ++p) {
        std::vector<std::string> keys;
        for (int k = 10; k < 60; ++k)
          if (random() % 3 != 0) keys.push_back(std::to_string(k));
        if (p == 1) keys.insert(keys.begin(), "");  // null comes first
        if (p == 3) keys.clear();
        parts.push_back(part(type, keys, times, random));
      }
      auto joined = join_in_runs(parts, 1);
      REQUIRE(joined);
      check_same(*joined, *sorted(parts));
    }
}

TEST_CASE("parts that are not sorted, alone or not alike are joined in another way") {
  std::mt19937 random{7};
  auto in_order = part(type_id::symbol, {"a", "b", "c"}, 20, random), other_key = part(type_id::int_, {"1", "2", "3"}, 20, random);
  CHECK(join_in_runs({in_order, in_order}, 1));
  CHECK_FALSE(join_in_runs({in_order}, 1));
  CHECK_FALSE(join_in_runs({}, 1));
  CHECK_FALSE(join_in_runs({in_order, in_order}, 0));
  CHECK_FALSE(join_in_runs({in_order, part(type_id::symbol, {"b", "a"}, 20, random)}, 1));
  CHECK_FALSE(join_in_runs({in_order, part(type_id::symbol, {"a", "b", "c", "d"}, 1, random)}, 1));  // not worth it
  CHECK_FALSE(join_in_runs({in_order, other_key}, 1));
  auto with_text = std::make_shared<table>(*in_order);
  with_text->add("s", column::of_strings(std::vector<std::string>(60, "x")));
  CHECK_FALSE(join_in_runs({with_text, with_text}, 1));
}
