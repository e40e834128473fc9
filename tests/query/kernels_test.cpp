// The element-wise drivers: blocks, broadcasting, nulls, memory reuse.
#include "query/functions/kernels.hpp"

#include <doctest/doctest.h>

#include "query/format.hpp"
#include "query/functions/arithmetic.hpp"
#include "query/functions/comparison.hpp"

using namespace pelorus;

namespace {

template <class T>
value vec(type_id type, std::vector<T> items) {
  return value{column::of<T>(type, items)};
}

std::string calc(arithmetic op, value x, value y) { return format(compute(op, x, y)); }
std::string test(comparison op, value x, value y) { return format(compare(op, x, y)); }

constexpr int32_t none = null_of<int32_t>;

} // namespace

TEST_CASE("integers wrap, floor and give null by zero") {
  auto i = [](int32_t x) { return value::of_int(x); };
  CHECK(calc(arithmetic::add, i(INT32_MAX), i(1)) == "00i");
  CHECK(calc(arithmetic::div, i(-7), i(5)) == "-2");
  CHECK(calc(arithmetic::div, i(7), i(0)) == "00i");
  CHECK(calc(arithmetic::mod, i(-5), i(3)) == "1");
  CHECK(calc(arithmetic::mod, i(5), i(-3)) == "-1");
  CHECK(calc(arithmetic::ratio, i(1), i(4)) == "0.25");
  CHECK(calc(arithmetic::div, value::of_long(INT64_MIN + 1), value::of_long(-1)) ==
        "9223372036854775807");
}

TEST_CASE("an overflow of floats is null") {
  CHECK(calc(arithmetic::mul, value::of_double(1e300), value::of_double(1e300)) == "00F");
  CHECK(calc(arithmetic::ratio, value::of_int(1), value::of_int(0)) == "00F");
}

TEST_CASE("nulls spread and types widen") {
  auto x = vec<int32_t>(type_id::int_, {1, none, 3});
  CHECK(calc(arithmetic::add, x, value::of_double(0.5)) == "[1.5,,3.5]");
  CHECK(calc(arithmetic::mul, value::of_long(2), x) == "[2,,6]");
  CHECK(calc(arithmetic::add, x, value{}) == "[,,]");
}

TEST_CASE("blocks of every length agree with the scalar operation") {
  for (size_t size : {0u, 1u, 1023u, 1024u, 1025u, 3000u}) {
    std::vector<int32_t> items(size);
    for (size_t i = 0; i < size; ++i)
      items[i] = i % 7 == 0 ? none : static_cast<int32_t>(i);
    auto x = vec<int32_t>(type_id::int_, items);
    value y = value::of_double(0.5), copy = x;
    auto result = compute(arithmetic::add, copy, y);
    REQUIRE(result.size() == size);
    bool same = true;
    for (size_t i = 0; i < size; ++i) {
      auto expected = items[i] == none ? null_of<double> : items[i] + 0.5;
      same &= result.vec().data<double>()[i] == expected;
    }
    CHECK(same);
  }
}

TEST_CASE("a vector nobody else holds is overwritten, a shared one is not") {
  auto x = vec<double>(type_id::double_, {1, 2, 3});
  auto* memory = x.vec().data<double>();
  value one = value::of_double(1);
  value kept = x;
  auto first = compute(arithmetic::add, x, one);
  CHECK(format(kept) == "[1,2,3]");
  kept = value{};
  x = value{};
  auto* made = first.vec().data<double>();
  auto second = compute(arithmetic::add, first, one);
  CHECK(second.vec().data<double>() == made);
  CHECK(made != memory);
  CHECK(format(second) == "[3,4,5]");
}

TEST_CASE("the null flag of a result is exact") {
  auto x = vec<int32_t>(type_id::int_, {1, 2});
  value one = value::of_int(1);
  CHECK(!compute(arithmetic::add, x, one).vec().may_have_nulls());
  auto y = vec<int32_t>(type_id::int_, {1, INT32_MAX});
  CHECK(compute(arithmetic::add, y, one).vec().may_have_nulls());
}

TEST_CASE("NULL is the smallest value and equal to itself") {
  CHECK(test(comparison::lt, value::null(type_id::int_), value::of_int(INT32_MIN + 1)) == "true");
  CHECK(test(comparison::eq, value{}, value{}) == "true");
  CHECK(test(comparison::eq, value::null(type_id::double_), value::null(type_id::int_)) == "true");
  CHECK(test(comparison::lt, value::real(type_id::double_, -HUGE_VAL),
             value::null(type_id::double_)) == "true");
  CHECK(test(comparison::gt, value::of_text("b"), value::of_text("")) == "true");
}

TEST_CASE("unequal lengths and impossible types are errors that say so") {
  auto x = vec<int32_t>(type_id::int_, {1, 2}), y = vec<int32_t>(type_id::int_, {1, 2, 3});
  CHECK_THROWS_WITH_AS(compute(arithmetic::add, x, y),
                       "add: the vectors must have the same length, not 2 and 3.", script_error);
  value text = value::of_text("a"), one = value::of_int(1);
  CHECK_THROWS_AS(compute(arithmetic::mul, text, one), script_error);
  CHECK_THROWS_AS(compare(comparison::lt, text, one), script_error);
}
