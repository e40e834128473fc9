// Queries answered in one pass on all processors must give what a plain loop over the rows gives.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "query/interpreter.hpp"
#include "query/scan.hpp"
#include "sql_fake_services.hpp"
#include "storage/parallel.hpp"

using namespace pelorus;

namespace {

constexpr size_t rows = 300'000;

struct sample {
  table_ptr t = std::make_shared<table>();
  testing::sql_services node;
  session who;

  explicit sample(bool sorted) {
    std::mt19937 random{sorted ? 1u : 2u};
    auto sym = column::make(type_id::symbol, 0);
    for (auto text : {"zeta", "", "beta", "alpha", "unused"}) sym->push_text(text);
    auto codes = column::make_symbol(sym->dict(), rows);
    auto k = column::make(type_id::int_, rows), x = column::make(type_id::int_, rows), y = column::make(type_id::double_, rows);
    auto* code = codes->mutable_data<int32_t>();
    for (size_t i = 0; i < rows; ++i) {
      auto pick = [&](uint32_t n) { return static_cast<int32_t>(random() % n); };
      code[i] = sorted ? static_cast<int32_t>(i * 4 / rows) : pick(4);
      k->mutable_data<int32_t>()[i] = pick(20) == 0 ? null_of<int32_t> : pick(50) - 25;
      x->mutable_data<int32_t>()[i] = pick(10) == 0 ? null_of<int32_t> : pick(1000) - 500;
      y->mutable_data<double>()[i] = pick(10) == 0 ? null_of<double> : pick(100000) / 8.0 - 4000;
    }
    t->add("sym", codes);
    t->add("k", k);
    t->add("x", x);
    t->add("y", y);
    who.node = &node;
    who.variables.set("t", value{t});
  }

  table_ptr query(const std::string& sql) {
    auto result = run(sql, who);
    REQUIRE_MESSAGE(result, sql << ": " << result.error().message);
    return result->as<table>();
  }
};

struct truth {
  int64_t size = 0, valid = 0, sum = 0, min = INT64_MAX, max = INT64_MIN;
  double total = 0, reals = 0;
  int64_t first = 0, last = 0;
};

using group_key = std::pair<std::string, int64_t>;

std::map<group_key, truth> by_loop(const table& t, bool filtered) {
  std::map<group_key, truth> groups;
  auto* k = t.col(1)->data<int32_t>();
  auto* x = t.col(2)->data<int32_t>();
  auto* y = t.col(3)->data<double>();
  for (size_t i = 0; i < rows; ++i) {
    if (filtered && !(y[i] > 100.5 && x[i] < 100)) continue;
    auto& g = groups[{std::string{t.col(0)->text(i)}, k[i]}];
    if (g.size++ == 0) g.first = x[i];
    g.last = x[i];
    if (!is_null(y[i])) g.total += y[i], g.reals += 1;
    if (is_null(x[i])) continue;
    ++g.valid;
    g.sum += x[i];
    g.min = std::min<int64_t>(g.min, x[i]);
    g.max = std::max<int64_t>(g.max, x[i]);
  }
  return groups;
}

void check_groups(sample& s, bool filtered) {
  auto got = s.query("select count(*) as n, count(x) as v, sum(x) as s, min(x) as lo, max(x) as hi, first(x) as f, "
                     "last(x) as l, avg(y) as a, sum(y) as t from t" +
                     std::string{filtered ? " where y > 100.5, x < 100" : ""} + " group by sym, k");
  auto expected = by_loop(*s.t, filtered);
  REQUIRE(got->rows() == expected.size());
  size_t i = 0;
  auto number = [&](size_t c) { return element(*got->col(c), i); };
  for (auto& [key, g] : expected) {
    CAPTURE(i);
    REQUIRE(got->col(0)->text(i) == key.first);
    REQUIRE(got->col(1)->data<int32_t>()[i] == key.second);
    REQUIRE(number(2).as_long() == g.size);
    REQUIRE(number(3).as_long() == g.valid);
    REQUIRE(number(4).as_long() == g.sum);
    REQUIRE(number(5).as_long() == g.min);
    REQUIRE(number(6).as_long() == g.max);
    REQUIRE(got->col(7)->data<int32_t>()[i] == g.first);
    REQUIRE(got->col(8)->data<int32_t>()[i] == g.last);
    REQUIRE(number(9).as_double() == doctest::Approx(g.total / g.reals));
    REQUIRE(number(10).as_double() == doctest::Approx(g.total));
    ++i;
  }
}

} // namespace

TEST_CASE("group by in one pass: all rows and a where clause, sorted and mixed") {
  for (auto sorted : {false, true}) {
    sample s{sorted};
    check_groups(s, false);
    check_groups(s, true);
  }
}

TEST_CASE("aggregates of all rows keep the types of the plain functions") {
  sample s{false};
  auto got = s.query("select count(*) as n, count(x) as v, sum(x) as s, avg(x) as a, min(y) as lo, max(sym) as m from t");
  auto one = s.query("select count(*) as n, count(x) as v, sum(x) as s, avg(x) as a, min(y) as lo from t where k < 1000");
  for (size_t c = 0; c < 4; ++c) {
    auto plain = run("exec " + std::string{c == 0 ? "size(x)" : c == 1 ? "count(x)" : c == 2 ? "sum(x)" : "avg(x)"} + " from t", s.who);
    REQUIRE(plain);
    CHECK(got->col(c)->type() == plain->type());
    CHECK(one->col(c)->type() == plain->type());
    CHECK(element(*got->col(c), 0).as_double() == plain->as_double());
  }
  auto none = s.query("select count(*) as n, sum(x) as s, min(y) as lo from t where y > 1e9, x < 5");
  REQUIRE(none->rows() == 1);
  CHECK(element(*none->col(0), 0).as_long() == 0);
  CHECK(element(*none->col(1), 0).is_null());
  CHECK(element(*none->col(2), 0).is_null());
}

TEST_CASE("spreads and correlations agree with two passes over each group") {
  sample s{false};
  auto fast = s.query("select std(y) as d, var(x) as v, corr(x, y) as c, med(y) as m from t group by sym");
  for (size_t g = 0; g < fast->rows(); ++g) {
    auto name = std::string{fast->col(0)->text(g)};
    auto slow = s.query("select std(y) as d, var(x) as v, corr(x, y) as c, med(y) as m from (select * from t where sym = \"" + name + "\")");
    for (size_t c = 0; c < 4; ++c)
      CHECK(element(*fast->col(c + 1), g).as_double() == doctest::Approx(element(*slow->col(c), 0).as_double()).epsilon(1e-9));
  }
}

TEST_CASE("what a helper thread throws arrives at the caller") {
  std::atomic<int> ran{0};
  auto failing = [&](size_t i) {
    ++ran;
    if (i == 3) throw script_error{ec::cancelled, "enough"};
  };
  CHECK_THROWS_AS(for_each_task(8, failing), script_error);
  CHECK(ran >= 1);
  sample s{false};
  s.who.cancel->store(true);
  auto cancelled = run("select sum(x) from t group by sym", s.who);
  REQUIRE_FALSE(cancelled);
  CHECK(cancelled.error().code == ec::cancelled);
}

TEST_CASE("nearly distinct keys are grouped by sorting, repeated ones by hashing") {
  constexpr size_t n = 1'200'000;
  std::mt19937_64 random{7};
  for (uint64_t distinct : {uint64_t{1} << 40, uint64_t{1000}}) {
    auto keys = column::make(type_id::long_, n);
    for (size_t i = 0; i < n; ++i)
      keys->mutable_data<int64_t>()[i] = static_cast<int64_t>((random() % distinct) * 1'000'003 % (uint64_t{1} << 50));
    column_ptr list[] = {keys};
    auto found = group_rows(list, n);
    auto* at = keys->data<int64_t>();
    std::vector<bool> seen(found.groups(), false);
    for (size_t i = 0; i < n; ++i) {
      auto g = found.ids[i];
      REQUIRE(at[found.first_rows[g]] == at[i]);
      if (!seen[g]) REQUIRE(found.first_rows[g] == i);
      seen[g] = true;
    }
    for (uint32_t g = 1; g < found.groups(); ++g) REQUIRE(at[found.first_rows[g - 1]] < at[found.first_rows[g]]);
  }
}
