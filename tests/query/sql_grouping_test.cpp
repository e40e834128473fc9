// Every way of numbering groups must give the same groups, in the order of the keys.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

#include "query/group_runs.hpp"
#include "query/grouping.hpp"
#include "query/join.hpp"
#include "query/sort.hpp"
#include "storage/value.hpp"

using namespace pelorus;

namespace {

column_ptr ints(std::vector<int32_t> xs, type_id type = type_id::int_) {
  return column::of<int32_t>(type, xs);
}

/// Groups through an ordered map of the keys' texts and numbers.
void check_against_map(const std::vector<column_ptr>& keys, size_t rows) {
  using key = std::vector<std::pair<double, std::string>>;
  std::map<key, uint32_t> known;
  std::vector<key> row_keys(rows);
  for (size_t i = 0; i < rows; ++i) {
    for (auto& k : keys) {
      auto x = element(*k, i);
      if (is_text(k->type())) row_keys[i].emplace_back(0, std::string{k->text(i)});
      else row_keys[i].emplace_back(x.is_null() ? -1e300 : x.as_double(), "");
    }
    known.emplace(row_keys[i], 0);
  }
  uint32_t number = 0;
  for (auto& [k, id] : known) id = number++;
  auto found = group_rows(keys, rows);
  REQUIRE(found.groups() == known.size());
  for (size_t i = 0; i < rows; ++i) REQUIRE(found.ids[i] == known[row_keys[i]]);
  for (uint32_t g = 0; g < found.groups(); ++g) {
    REQUIRE(found.ids[found.first_rows[g]] == g);
    for (uint32_t i = 0; i < found.first_rows[g]; ++i) REQUIRE(found.ids[i] != g);
  }
}

column_ptr random_keys(std::mt19937& random, int shape, size_t rows) {
  auto pick = [&](uint32_t n) { return static_cast<int32_t>(random() % n); };
  switch (shape) {
    case 0: {  // small range with nulls
      auto col = column::make(type_id::int_, 0);
      for (size_t i = 0; i < rows; ++i) col->push<int32_t>(pick(10) == 0 ? null_of<int32_t> : pick(7) - 3);
      return col;
    }
    case 1: {  // wide longs: hashed
      auto col = column::make(type_id::long_, 0);
      for (size_t i = 0; i < rows; ++i) col->push<int64_t>(pick(9) == 0 ? null_of<int64_t> : int64_t{pick(20)} << 40);
      return col;
    }
    case 2: {
      auto col = column::make(type_id::double_, 0);
      for (size_t i = 0; i < rows; ++i) col->push<double>(pick(9) == 0 ? null_of<double> : pick(9) / 2.0 - 2);
      return col;
    }
    case 3: case 4: {
      std::vector<std::string> texts;
      for (size_t i = 0; i < rows; ++i)
        texts.push_back(pick(8) == 0 ? "" : std::string(static_cast<size_t>(1 + pick(20)), static_cast<char>('z' - pick(5))));
      return column::of_strings(texts, shape == 3 ? type_id::symbol : type_id::string);
    }
    case 5: {  // bool
      auto col = column::make(type_id::bool_, 0);
      for (size_t i = 0; i < rows; ++i) col->push<int8_t>(static_cast<int8_t>(pick(5) == 0 ? -128 : pick(2)));
      return col;
    }
    default: {  // sorted, wide
      auto col = column::make(type_id::long_, 0);
      for (size_t i = 0; i < rows; ++i) col->push<int64_t>(static_cast<int64_t>(i / 5) << 40);
      return col;
    }
  }
}

} // namespace

TEST_CASE("rows in runs of rising keys are seen to be in order, others are not") {
  auto same_as_sorting = [](const column_ptr& key) {
    auto in_runs = order_of_runs({&key, 1}, key->size());
    if (!in_runs) return false;
    auto found = group_rows({&key, 1}, key->size());
    auto order = order_by_group(found.ids, found.groups());
    CHECK(in_runs->offsets == order.offsets);
    CHECK(in_runs->is_identity);
    CHECK(std::equal(in_runs->rows.begin(), in_runs->rows.end(), order.rows.begin(), order.rows.end()));
    return true;
  };
  auto runs_of = [](const std::vector<int32_t>& keys, size_t times) {
    std::vector<int32_t> all;
    for (auto key : keys) all.insert(all.end(), times, key);
    return all;
  };
  std::vector<int32_t> uneven(33, -5);
  uneven.insert(uneven.end(), 1, 0);
  uneven.insert(uneven.end(), 95, 7);
  CHECK(same_as_sorting(ints(uneven)));
  CHECK(same_as_sorting(ints(runs_of({null_of<int32_t>, -3, 0, 9}, 40))));
  CHECK(same_as_sorting(ints(runs_of({4}, 1))));
  CHECK_FALSE(same_as_sorting(ints(runs_of({1, 3, 2}, 40))));
  CHECK_FALSE(same_as_sorting(ints(runs_of({1, 2, 1}, 40))));
  CHECK_FALSE(same_as_sorting(ints(runs_of({1, 2, 3, 4, 5, 6, 7, 8, 9}, 1))));  // as many runs as rows: not worth it
  CHECK_FALSE(order_of_runs({}, 3).has_value());
  // Codes of symbols do not tell their order.
  auto dictionary = std::make_shared<symbol_dictionary>();
  std::vector<int32_t> codes;
  for (auto text : {"c", "a", "b"}) codes.push_back(dictionary->code(text));
  auto symbols = [&](std::vector<int32_t> order) {
    auto keys = column::make_symbol(dictionary, 0);
    for (auto i : order)
      for (int k = 0; k < 20; ++k) keys->push<int32_t>(codes[static_cast<size_t>(i)]);
    return keys;
  };
  CHECK(same_as_sorting(symbols({1, 2, 0})));
  CHECK_FALSE(same_as_sorting(symbols({0, 1, 2})));
}

TEST_CASE("groups are the same whatever table is chosen") {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937 random{seed};
    CAPTURE(seed);
    auto rows = random() % 300;
    for (int shape = 0; shape < 7; ++shape) check_against_map({random_keys(random, shape, rows)}, rows);
    std::vector<column_ptr> several;
    for (uint32_t k = 0; k < 2 + seed % 4; ++k) several.push_back(random_keys(random, static_cast<int>(random() % 7), rows));
    check_against_map(several, rows);
  }
}

TEST_CASE("rows in group order keep their own order") {
  row_list ids{2, 0, 1, 0, 2};
  auto order = order_by_group(ids, 3);
  CHECK(order.rows == row_list{1, 3, 2, 0, 4});
  CHECK(order.offsets == std::vector<uint32_t>{0, 2, 3, 5});
  CHECK_FALSE(order.is_identity);
  CHECK(order_by_group(std::vector<uint32_t>{0, 0, 1}, 2).is_identity);
}

TEST_CASE("sorting is stable, nulls are smallest, and a limit gives the head of the full order") {
  for (uint32_t seed = 0; seed < 30; ++seed) {
    std::mt19937 random{seed};
    CAPTURE(seed);
    auto rows = 1 + random() % 1500;
    std::vector<sort_key> keys;
    for (int k = 0; k < 2; ++k) keys.push_back({random_keys(random, static_cast<int>(random() % 6), rows), random() % 2 == 0});
    auto order = sorted_rows(keys, rows);
    std::vector<scratch<uint64_t>> bits;
    for (auto& k : keys) bits.push_back(order_bits(*k.keys));
    for (size_t i = 1; i < rows; ++i) {
      auto a = order[i - 1], b = order[i];
      size_t k = 0;
      while (k < keys.size() && bits[k][a] == bits[k][b]) ++k;
      if (k == keys.size()) REQUIRE(a < b);
      else REQUIRE((keys[k].descending ? bits[k][a] > bits[k][b] : bits[k][a] < bits[k][b]));
    }
    auto head = sorted_rows(keys, rows, 10);
    REQUIRE(head.size() == std::min<size_t>(10, rows));
    for (size_t i = 0; i < head.size(); ++i) REQUIRE(head[i] == order[i]);
  }
}

TEST_CASE("nulls can be asked to the other end") {
  auto col = ints({2, null_of<int32_t>, 1});
  CHECK(sorted_rows({{col, false, sort_key::nulls::last}}, 3) == row_list{2, 0, 1});
  CHECK(sorted_rows({{col, true, sort_key::nulls::first}}, 3) == row_list{1, 0, 2});
  CHECK(sorted_rows({{col, true}}, 3) == row_list{0, 2, 1});
}

TEST_CASE("joins find the pairs that nested loops find") {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    std::mt19937 random{seed};
    CAPTURE(seed);
    auto n = random() % 60, m = random() % 60;
    auto shape = static_cast<int>(random() % 6);
    column_list left{random_keys(random, shape, n), random_keys(random, 0, n)};
    column_list right{random_keys(random, shape, m), random_keys(random, 0, m)};
    auto same = [&](size_t i, size_t k) {
      for (size_t c = 0; c < 2; ++c) {
        if (is_text(left[c]->type()) ? left[c]->text(i) != right[c]->text(k)
                                     : element(*left[c], i).as_double() != element(*right[c], k).as_double())
          return false;
      }
      return true;
    };
    join_rows inner, outer, semi;
    for (uint32_t i = 0; i < n; ++i) {
      size_t matches = 0;
      for (uint32_t k = 0; k < m; ++k) {
        if (!same(i, k)) continue;
        for (auto* j : {&inner, &outer}) j->left.push_back(i), j->right.push_back(k);
        if (matches++ == 0) semi.right.push_back(k);
      }
      if (matches == 0) {
        outer.left.push_back(i);
        outer.right.push_back(join_rows::absent);
        semi.right.push_back(join_rows::absent);
      }
    }
    auto got = inner_join(left, right);
    REQUIRE(got.left == inner.left);
    REQUIRE(got.right == inner.right);
    REQUIRE(left_join(left, right).right == outer.right);
    REQUIRE(left_semi_join(left, right).right == semi.right);
    // asof: the last of the largest times that are not later
    auto asof = asof_join(left, right);
    for (uint32_t i = 0; i < n; ++i) {
      auto best = join_rows::absent;
      auto time = [](const column& c, size_t row) { return element(c, row).is_null() ? -1e300 : element(c, row).as_double(); };
      for (uint32_t k = 0; k < m; ++k) {
        auto same_key = is_text(left[0]->type()) ? left[0]->text(i) == right[0]->text(k)
                                                 : element(*left[0], i).as_double() == element(*right[0], k).as_double();
        if (same_key && time(*right[1], k) <= time(*left[1], i) &&
            (best == join_rows::absent || time(*right[1], k) >= time(*right[1], best)))
          best = k;
      }
      REQUIRE(asof.right[i] == best);
    }
  }
}

TEST_CASE("windows hold the rows within their bounds") {
  column_list left{ints({5, 9, 1})}, right{ints({8, 3, 5})};
  auto rows_of = [](const window_rows& w, size_t i) {
    return row_list{w.order.begin() + w.begin[i], w.order.begin() + w.end[i]};
  };
  auto w = window_join(left, right, -2, 0, false);
  CHECK(rows_of(w, 0) == row_list{1, 2});
  CHECK(rows_of(w, 1) == row_list{0});
  CHECK(rows_of(w, 2).empty());
  auto p = window_join(left, right, -2, 0, true);
  CHECK(rows_of(p, 1) == row_list{2, 0});
  CHECK(rows_of(p, 0) == row_list{1, 2});
}

TEST_CASE("a cross join varies the left table slowest") {
  table a{{"x"}, {ints({1, 2})}};
  table b{{"x", "y"}, {ints({7, 8, 9}), column::of_strings(std::vector<std::string>{"p", "q", "a text beyond inlining"})}};
  auto t = cross_join(a, b, "b");
  REQUIRE(t->rows() == 6);
  CHECK(t->names() == std::vector<std::string>{"x", "b_x", "y"});
  CHECK(element(*t->col(0), 2).as_long() == 1);
  CHECK(element(*t->col(0), 3).as_long() == 2);
  CHECK(element(*t->col(1), 4).as_long() == 8);
  CHECK(t->col(2)->text(5) == "a text beyond inlining");
}
