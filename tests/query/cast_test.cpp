#include "query/cast.hpp"

#include <doctest/doctest.h>

#include "query/format.hpp"
#include "query/script_error.hpp"

using namespace pelorus;

namespace {
std::string shown(const value& x, type_id to, int32_t scale = 0) {
  return format(cast(x, to, scale));
}
value text(std::string_view t) { return value::of_text(t); }
} // namespace

TEST_CASE("numbers are rounded and never wrap") {
  CHECK(shown(value::of_double(8.9), type_id::int_) == "9");
  CHECK(shown(value::of_double(-2.5), type_id::int_) == "-3");
  CHECK(shown(value::of_double(3e9), type_id::int_) == "00i");
  CHECK(shown(value::of_int(0), type_id::bool_) == "false");
  CHECK(shown(value::null(type_id::int_), type_id::double_) == "00F");
  CHECK(shown(value::of_double(0.25), type_id::bool_) == "true");
}

TEST_CASE("text is parsed as far as it is a literal") {
  CHECK(shown(text("128.9"), type_id::int_) == "128");
  CHECK(shown(text("abc"), type_id::int_) == "00i");
  CHECK(shown(text("99999999999"), type_id::int_) == "00i");
  CHECK(shown(text("1.5"), type_id::double_) == "1.5");
  CHECK(shown(text("2011.10.12"), type_id::date) == "2011.10.12");
  CHECK(shown(text("2011-10-12 13:30:10"), type_id::datetime) == "2011.10.12T13:30:10");
  CHECK(shown(text("20111012"), type_id::date) == "2011.10.12");
  CHECK(shown(text("2011.02.30"), type_id::date) == "00d");
  CHECK(shown(text("13:30:10.008"), type_id::time) == "13:30:10.008");
  CHECK(shown(text("9d457e79-1bed-d6c2-3612-b0d31c1881f6"), type_id::uuid) ==
        "9d457e79-1bed-d6c2-3612-b0d31c1881f6");
  CHECK(shown(text("192.168.1.13"), type_id::ipaddr) == "192.168.1.13");
  CHECK(shown(text("fe80::1"), type_id::ipaddr) == "fe80::1");
  CHECK_THROWS_AS(cast(text("990"), type_id::char_), script_error);
}

TEST_CASE("temporal values convert within their family") {
  auto moment = value::integral(type_id::timestamp, 1'354'497'721'456); // 2012.12.03T01:22:01.456
  CHECK(shown(moment, type_id::date) == "2012.12.03");
  CHECK(shown(moment, type_id::month) == "2012.12M");
  CHECK(shown(moment, type_id::second) == "01:22:01");
  CHECK(shown(moment, type_id::datehour) == "2012.12.03T01");
  CHECK(shown(moment, type_id::nanotimestamp) == "2012.12.03T01:22:01.456000000");
  CHECK(shown(value::integral(type_id::month, 2016 * 12 + 2), type_id::date) == "2016.03.01");
  CHECK(shown(value::integral(type_id::datetime, -1), type_id::date) == "1969.12.31");
  CHECK_THROWS_AS(cast(value::integral(type_id::second, 1), type_id::date), script_error);
}

TEST_CASE("decimals keep their scale and refuse what does not fit") {
  CHECK(shown(value::of_int(142), type_id::decimal32, 2) == "142.00");
  CHECK(shown(value::of_double(1.0 / 7), type_id::decimal64, 6) == "0.142857");
  CHECK(shown(text("-3.1415926535"), type_id::decimal128, 4) == "-3.1416");
  CHECK(shown(value::integral(type_id::decimal64, 12345, 3), type_id::decimal64, 1) == "12.3");
  CHECK(shown(value::integral(type_id::decimal64, 12345, 3), type_id::double_) == "12.345");
  CHECK_THROWS_AS(cast(value::of_int(2'000'000'000), type_id::decimal32, 2), script_error);
}

TEST_CASE("whole columns convert as their elements do") {
  auto col = column::of<double>(type_id::double_, std::vector<double>{1.4, null_of<double>, -1.6});
  CHECK(format(value{cast_column(col, type_id::long_)}) == "[1,,-2]");
  CHECK(format(value{cast_column(col, type_id::string)}) == "[\"1.4\",,\"-1.6\"]");
  CHECK(cast_column(col, type_id::double_) == col);
  auto symbols =
      cast_column(column::of_strings(std::vector<std::string>{"a", "b", "a"}), type_id::symbol);
  CHECK(symbols->data<int32_t>()[0] == symbols->data<int32_t>()[2]);
}
