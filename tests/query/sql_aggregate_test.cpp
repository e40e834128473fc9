// Every aggregate kernel against a naive loop, on random data with nulls; and every split against the whole.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>

#include "query/aggregate.hpp"
#include "query/grouping.hpp"

using namespace pelorus;

namespace {

struct sample {
  std::vector<uint32_t> ids;
  column_ptr x, y;
  uint32_t groups = 0;
};

column_ptr random_column(std::mt19937& random, type_id type, size_t rows, int null_percent) {
  auto col = column::make(type, 0);
  for (size_t i = 0; i < rows; ++i) {
    auto null = static_cast<int>(random() % 100) < null_percent;
    auto x = static_cast<int32_t>(random() % 41) - 20;
    if (type == type_id::int_) col->push<int32_t>(null ? null_of<int32_t> : x);
    else col->push<double>(null ? null_of<double> : x / 4.0);
  }
  if (null_percent == 0) col->set_no_nulls();
  return col;
}

sample make_sample(uint32_t seed, type_id type, int null_percent) {
  std::mt19937 random{seed};
  sample s;
  auto rows = random() % 400;
  s.groups = 1 + random() % 20;
  for (size_t i = 0; i < rows; ++i) s.ids.push_back(random() % s.groups);
  s.x = random_column(random, type, rows, null_percent);
  s.y = random_column(random, type_id::double_, rows, null_percent);
  return s;
}

using pairs = std::vector<std::pair<double, double>>;  // null as NaN
double nan() { return std::nan(""); }

pairs group_of(const sample& s, uint32_t g) {
  pairs result;
  for (size_t i = 0; i < s.ids.size(); ++i) {
    if (s.ids[i] != g) continue;
    auto a = element(*s.x, i), b = element(*s.y, i);
    result.emplace_back(a.is_null() ? nan() : a.as_double(), b.is_null() ? nan() : b.as_double());
  }
  return result;
}

std::vector<double> valid(const pairs& all) {
  std::vector<double> result;
  for (auto& [x, y] : all)
    if (!std::isnan(x)) result.push_back(x);
  return result;
}

pairs valid_pairs(const pairs& all) {
  pairs result;
  for (auto& p : all)
    if (!std::isnan(p.first) && !std::isnan(p.second)) result.push_back(p);
  return result;
}

double sum_of(const std::vector<double>& v) {
  double s = 0;
  for (auto x : v) s += x;
  return s;
}

double moment(const std::vector<double>& v, int k) {
  auto mean = sum_of(v) / static_cast<double>(v.size());
  double s = 0;
  for (auto x : v) s += std::pow(x - mean, k);
  return s;
}

double median_of(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  auto n = v.size();
  return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

double comoment(const pairs& v, bool x_only, bool y_only) {
  double mx = 0, my = 0, s = 0;
  for (auto& [x, y] : v) mx += x, my += y;
  mx /= static_cast<double>(v.size());
  my /= static_cast<double>(v.size());
  for (auto& [x, y] : v) s += (y_only ? y - my : x - mx) * (x_only ? x - mx : y - my);
  return s;
}

using naive = std::function<double(const pairs&)>;

template <class F>
naive over_valid(F f) {
  return [f](const pairs& all) {
    auto v = valid(all);
    return v.empty() ? nan() : f(v);
  };
}

const std::map<std::string, naive>& naive_aggregates() {
  static const std::map<std::string, naive> all{
      {"count", [](const pairs& v) { return static_cast<double>(valid(v).size()); }},
      {"size", [](const pairs& v) { return static_cast<double>(v.size()); }},
      {"sum", over_valid(sum_of)},
      {"avg", over_valid([](auto& v) { return sum_of(v) / static_cast<double>(v.size()); })},
      {"sum2", over_valid([](auto& v) { double s = 0; for (auto x : v) s += x * x; return s; })},
      {"min", over_valid([](auto& v) { return *std::min_element(v.begin(), v.end()); })},
      {"max", over_valid([](auto& v) { return *std::max_element(v.begin(), v.end()); })},
      {"first", [](const pairs& v) { return v.empty() ? nan() : v.front().first; }},
      {"last", [](const pairs& v) { return v.empty() ? nan() : v.back().first; }},
      {"firstNot", over_valid([](auto& v) { return v.front(); })},
      {"lastNot", over_valid([](auto& v) { return v.back(); })},
      {"var", over_valid([](auto& v) { return v.size() < 2 ? nan() : moment(v, 2) / static_cast<double>(v.size() - 1); })},
      {"varp", over_valid([](auto& v) { return moment(v, 2) / static_cast<double>(v.size()); })},
      {"std", over_valid([](auto& v) { return v.size() < 2 ? nan() : std::sqrt(moment(v, 2) / static_cast<double>(v.size() - 1)); })},
      {"stdp", over_valid([](auto& v) { return std::sqrt(moment(v, 2) / static_cast<double>(v.size())); })},
      {"med", over_valid(median_of)},
      {"wsum", [](const pairs& all) {
         auto v = valid_pairs(all);
         double s = 0;
         for (auto& [x, y] : v) s += x * y;
         return v.empty() ? nan() : s;
       }},
      {"covar", [](const pairs& all) {
         auto v = valid_pairs(all);
         return v.size() < 2 ? nan() : comoment(v, false, false) / static_cast<double>(v.size() - 1);
       }},
      {"corr", [](const pairs& all) {
         auto v = valid_pairs(all);
         if (v.size() < 2) return nan();
         return comoment(v, false, false) / std::sqrt(comoment(v, true, false) * comoment(v, false, true));
       }},
      {"nunique", [](const pairs& all) {
         std::vector<double> v;
         for (auto& [x, y] : all) v.push_back(std::isnan(x) ? -1e9 : x);
         std::sort(v.begin(), v.end());
         return static_cast<double>(std::unique(v.begin(), v.end()) - v.begin());
       }},
  };
  return all;
}

void compare(const std::string& name, const column& got, uint32_t g, double expected, uint32_t seed) {
  auto x = element(got, g);
  CAPTURE(name);
  CAPTURE(seed);
  CAPTURE(g);
  if (std::isnan(expected) || std::isinf(expected)) CHECK(x.is_null());
  else CHECK(x.as_double() == doctest::Approx(expected).epsilon(1e-9));
}

column_ptr apply(const aggregate_kind& kind, const sample& s) {
  std::vector<column_ptr> inputs{s.x};
  if (kind.inputs == 2) inputs.push_back(s.y);
  return kind.kernel({inputs, {}, {s.ids.size(), s.groups, s.ids.data()}});
}

} // namespace

TEST_CASE("aggregates agree with naive loops, with and without nulls") {
  for (uint32_t seed = 0; seed < 40; ++seed)
    for (auto type : {type_id::int_, type_id::double_}) {
      auto s = make_sample(seed, type, seed % 4 == 0 ? 0 : seed % 4 == 1 ? 95 : 20);
      for (auto& [name, f] : naive_aggregates()) {
        auto result = apply(*find_aggregate(name), s);
        REQUIRE(result->size() == s.groups);
        for (uint32_t g = 0; g < s.groups; ++g) compare(name, *result, g, f(group_of(s, g)), seed);
      }
    }
}

TEST_CASE("one group without ids gives what one group with ids gives") {
  for (uint32_t seed = 100; seed < 110; ++seed) {
    auto s = make_sample(seed, type_id::double_, 10);
    std::fill(s.ids.begin(), s.ids.end(), 0);
    s.groups = 1;
    for (auto& [name, f] : naive_aggregates()) {
      auto& kind = *find_aggregate(name);
      std::vector<column_ptr> inputs{s.x};
      if (kind.inputs == 2) inputs.push_back(s.y);
      auto alone = kind.kernel({inputs, {}, {s.ids.size(), 1, nullptr}});
      compare(name, *alone, 0, f(group_of(s, 0)), seed);
    }
  }
}

TEST_CASE("partial aggregates of parts merge to the aggregate of the whole") {
  for (uint32_t seed = 200; seed < 230; ++seed) {
    auto s = make_sample(seed, seed % 2 ? type_id::int_ : type_id::double_, 15);
    if (s.ids.empty()) continue;
    for (auto& [name, f] : naive_aggregates()) {
      auto& kind = *find_aggregate(name);
      if (!kind.is_mergeable()) continue;
      std::vector<column_ptr> partials;
      for (auto partial : kind.partials) {
        auto& p = *find_aggregate(partial);
        column_ptr all;
        for (size_t from = 0; from < s.ids.size(); from += 37) {  // each part answers for the groups it has
          sample part{{}, s.x->slice(from, std::min<size_t>(37, s.ids.size() - from)),
                      s.y->slice(from, std::min<size_t>(37, s.ids.size() - from)), 0};
          for (size_t i = from; i < from + part.x->size(); ++i) part.ids.push_back(s.ids[i]);
          part.groups = s.groups;
          auto result = apply(p, part);
          if (!all) all = result->clone();
          else all->append(*result);
        }
        partials.push_back(all);
      }
      auto parts = static_cast<uint32_t>(partials[0]->size()) / s.groups;
      std::vector<uint32_t> ids;
      for (uint32_t p = 0; p < parts; ++p)
        for (uint32_t g = 0; g < s.groups; ++g) ids.push_back(g);
      if (name == "first" || name == "last") continue;  // only parts that hold the group take part in the merge
      auto merged = find_aggregate(kind.merge)->kernel({partials, {}, {ids.size(), s.groups, ids.data()}});
      for (uint32_t g = 0; g < s.groups; ++g) compare(name, *merged, g, f(group_of(s, g)), seed);
    }
  }
}

TEST_CASE("types of results follow the language") {
  auto ints = column::of<int32_t>(type_id::int_, std::vector<int32_t>{1, 2, 3});
  auto type = [&](const char* name) {
    auto& kind = *find_aggregate(name);
    std::vector<column_ptr> inputs(kind.inputs, ints);
    return kind.kernel({inputs, {}, {3, 1, nullptr}})->type();
  };
  CHECK(type("sum") == type_id::long_);
  CHECK(type("avg") == type_id::double_);
  CHECK(type("count") == type_id::int_);
  CHECK(type("max") == type_id::int_);
  CHECK(type("first") == type_id::int_);
  CHECK(type("std") == type_id::double_);
  CHECK(type("wavg") == type_id::double_);
  CHECK(type("imax") == type_id::int_);
}

TEST_CASE("a variance of large numbers does not cancel") {
  std::vector<double> xs;
  for (int i = 0; i < 1000; ++i) xs.push_back(1e9 + i % 2);
  auto col = column::of<double>(type_id::double_, xs);
  auto& kind = *find_aggregate("varp");
  CHECK(element(*kind.kernel({{&col, 1}, {}, {1000, 1, nullptr}}), 0).as_double() == doctest::Approx(0.25));
}

TEST_CASE("min, max and mode of texts follow the alphabet") {
  std::vector<std::string> texts{"b", "c", "", "a", "c"};
  for (auto type : {type_id::string, type_id::symbol}) {
    auto col = column::of_strings(texts, type);
    auto text = [&](const char* name) {
      return std::string{find_aggregate(name)->kernel({{&col, 1}, {}, {5, 1, nullptr}})->text(0)};
    };
    CHECK(text("min") == "a");
    CHECK(text("max") == "c");
    CHECK(text("mode") == "c");
    CHECK(text("last") == "c");
  }
}
