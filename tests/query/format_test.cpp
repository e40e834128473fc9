#include "query/format.hpp"

#include <doctest/doctest.h>

#include "query/cast.hpp"
#include "query/dictionary.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/set.hpp"

using namespace pelorus;

namespace {
value ints(std::vector<int32_t> items) { return value{column::of<int32_t>(type_id::int_, items)}; }
constexpr int32_t none = null_of<int32_t>;
} // namespace

TEST_CASE("numbers have at most six decimals and no trailing zeros") {
  CHECK(format_real(2.5) == "2.5");
  CHECK(format_real(1.0 / 3) == "0.333333");
  CHECK(format_real(-0.0) == "0");
  CHECK(format_real(3) == "3");
  CHECK(format_real(2.806415e-8) == "2.806415E-8");
  CHECK(format_real(1e20) == "1E20");
  CHECK(format_real(1234567.891) == "1234567.891");
}

TEST_CASE("scalars print as literals, texts bare") {
  CHECK(format(value::of_text("abc")) == "abc");
  CHECK(format(value::null(type_id::int_)) == "00i");
  CHECK(format(value::null(type_id::nanotimestamp)) == "00N");
  CHECK(format(value::null(type_id::string)) == "");
  CHECK(format(value::nothing()) == "");
  CHECK(format(value{}) == "NULL");
  CHECK(format(value::integral(type_id::month, 2012 * 12 + 5)) == "2012.06M");
  CHECK(format(value::integral(type_id::minute, 580)) == "09:40m");
  CHECK(format(value::integral(type_id::date, 0)) == "1970.01.01");
  CHECK(format(value::integral(type_id::timestamp, -1)) == "1969.12.31T23:59:59.999");
  CHECK(format(value::integral(type_id::char_, 'c')) == "'c'");
  CHECK(format(value::integral(type_id::char_, 7)) == "7");
  CHECK(format(value::integral(type_id::decimal64, -1205, 2)) == "-12.05");
  CHECK(format(value::duration(3, 6)) == "3d");
}

TEST_CASE("vectors, pairs, tuples and sets") {
  CHECK(format(ints({1, none, 3})) == "[1,,3]");
  CHECK(format(value{column::of_strings(std::vector<std::string>{"a", "", "b c"})}) ==
        "[\"a\",,\"b c\"]");
  CHECK(format(value::pair(ints({1, 2}).vec_ptr())) == "1 : 2");
  CHECK(format(make_tuple_value({ints({1, 2}), value::of_text("x"), value{}})) == "([1,2],\"x\",)");
  CHECK(format(value{std::make_shared<set_object>(ints({4, 5, 5}).vec())}) == "set(5,4)");
  std::vector<int32_t> many(2000, 7);
  CHECK(format(ints(many)).ends_with(",7...]"));
}

TEST_CASE("tables and matrices are grids, dictionaries lines") {
  auto t = std::make_shared<table>(
      std::vector<std::string>{"sym", "price"},
      std::vector<column_ptr>{
          column::of_strings(std::vector<std::string>{"A", "BCDE"}),
          column::of<double>(type_id::double_, std::vector<double>{1.5, null_of<double>})});
  CHECK(format(value{t}) == "sym  price\n---- -----\nA    1.5\nBCDE ");
  CHECK(format(value{std::make_shared<matrix>(ints({1, 2, 3, 4}).vec_ptr(), 2, 2)}) ==
        "#0  #1\n--- ---\n1   3\n2   4");
  auto d = std::make_shared<dictionary>(type_id::string, type_id::any, true);
  d->set("a", value::of_int(1));
  d->set("b", ints({2, 3}));
  CHECK(format(value{d}) == "a->1\nb->[2,3]");
}

TEST_CASE("a long table is cut after thirty rows") {
  auto t =
      std::make_shared<table>(std::vector<std::string>{"x"},
                              std::vector<column_ptr>{ints(std::vector<int32_t>(50, 1)).vec_ptr()});
  CHECK(format(value{t}).ends_with("\n1\n..."));
}
