#include "storage/temporal.hpp"

#include <doctest/doctest.h>

using namespace pelorus;

TEST_CASE("days and civil dates are each other's inverse over all years a DATE is used for") {
  int32_t expected = days_from_civil(1, 1, 1);
  for (int32_t days = expected; days < days_from_civil(3000, 1, 1); days += 17) {
    auto d = civil_from_days(days);
    CHECK(days_from_civil(d.year, d.month, d.day) == days);
  }
  CHECK(days_from_civil(1970, 1, 1) == 0);
  CHECK(days_from_civil(2000, 3, 1) - days_from_civil(2000, 2, 28) == 2);
  CHECK(days_from_civil(1900, 3, 1) - days_from_civil(1900, 2, 28) == 1);
}

TEST_CASE("temporal scalars convert by flooring, and refuse what makes no sense or does not fit") {
  auto to = [](type_id from, type_id wanted, int64_t raw) {
    int64_t x = 0;
    REQUIRE(convert_temporal(from, wanted, raw, x));
    return x;
  };
  auto day = days_from_civil(2023, 1, 8);
  int64_t half_past_nine = day * int64_t{86'400} + 34'200;
  CHECK(to(type_id::datetime, type_id::date, half_past_nine) == day);
  CHECK(to(type_id::datetime, type_id::month, half_past_nine) == 2023 * 12);
  CHECK(to(type_id::datetime, type_id::minute, half_past_nine) == 570);
  CHECK(to(type_id::datetime, type_id::timestamp, half_past_nine) == half_past_nine * 1000);
  CHECK(to(type_id::datetime, type_id::datehour, half_past_nine) == day * 24 + 9);
  CHECK(to(type_id::month, type_id::date, 2023 * 12 + 1) == days_from_civil(2023, 2, 1));
  CHECK(to(type_id::date, type_id::datetime, day) == day * int64_t{86'400});
  CHECK(to(type_id::nanotimestamp, type_id::date, -1) == -1);
  CHECK(to(type_id::datetime, type_id::second, -1) == 86'399);
  int64_t ignored = 0;
  CHECK_FALSE(convert_temporal(type_id::time, type_id::date, 5, ignored));
  CHECK_FALSE(convert_temporal(type_id::timestamp, type_id::datetime, int64_t{1} << 50, ignored));
  CHECK_FALSE(convert_temporal(type_id::int_, type_id::date, 5, ignored));
  CHECK_FALSE(convert_temporal(type_id::month, type_id::date, 2'000'000'000, ignored));
  CHECK_FALSE(convert_temporal(type_id::month, type_id::nanotimestamp, 2'000'000'000, ignored));
  CHECK_FALSE(convert_temporal(type_id::timestamp, type_id::month, int64_t{1} << 62, ignored));
}

TEST_CASE("columns convert as their elements do, for every pair of temporal types") {
  constexpr type_id all[] = {type_id::date, type_id::month, type_id::time, type_id::minute, type_id::second,
                             type_id::datetime, type_id::timestamp, type_id::nanotime, type_id::nanotimestamp, type_id::datehour};
  const int64_t samples[] = {0, 1, -1, 59, 570, 1439, 24'000, 34'200'000, 1'673'170'200, -1'673'170'200};
  for (auto from : all)
    for (auto to : all) {
      CAPTURE(type_name(from));
      CAPTURE(type_name(to));
      auto col = column::make(from);
      bool wide = physical_of(from) == physical::i64;
      for (auto x : samples) wide ? col->push(x) : col->push(static_cast<int32_t>(x));
      col->append_nulls(1);
      int64_t x = 0;
      auto result = convert_temporal(col, to);
      if (!result) {
        CHECK(result.error().code == ec::type_mismatch);
        CHECK_FALSE(convert_temporal(from, to, 1, x));
        continue;
      }
      CHECK((*result)->is_null(std::size(samples)));
      for (size_t i = 0; i < std::size(samples); ++i) {
        if (!convert_temporal(from, to, samples[i], x)) {
          CHECK((*result)->is_null(i));
          continue;
        }
        auto got = physical_of(to) == physical::i64 ? (*result)->data<int64_t>()[i] : (*result)->data<int32_t>()[i];
        CHECK(got == x);
      }
    }
}
