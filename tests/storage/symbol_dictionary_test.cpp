#include "storage/symbol_dictionary.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace pelorus;

namespace {

/// Some short enough to lie in their references, some not, some equal in their first four bytes.
std::string text_of(int i) { return (i % 3 == 0 ? "S" : i % 3 == 1 ? "SecurityOfTheExchange" : "Secu") + std::to_string(i); }

} // namespace

TEST_CASE("the codes of a dictionary count up from the empty string, which is the null") {
  symbol_dictionary dict;
  CHECK(dict.size() == 1);
  CHECK(dict[0].empty());
  CHECK(dict.code("") == 0);
  CHECK(dict.find("a") == -1);
  CHECK(dict.code("a") == 1);
  CHECK(dict.code("b") == 2);
  CHECK(dict.code("a") == 1);
  CHECK(dict.find("b") == 2);
  CHECK(dict.size() == 3);
}

TEST_CASE("a dictionary that has grown often knows every string, and what it answered before lies where it lay") {
  symbol_dictionary dict;
  std::vector<std::string_view> answered;
  constexpr int count = 20'000;
  for (int i = 1; i <= count; ++i) {
    REQUIRE(dict.code(text_of(i)) == i);
    answered.push_back(dict[i]);
  }
  for (int i = 1; i <= count; ++i) {
    REQUIRE(answered[static_cast<size_t>(i) - 1] == text_of(i));
    REQUIRE(answered[static_cast<size_t>(i) - 1].data() == dict[i].data());
    REQUIRE(dict.find(text_of(i)) == i);
  }
  CHECK(dict.find(text_of(count + 1)) == -1);
  CHECK(dict.bytes() > count * 16);
}

TEST_CASE("room that was reserved changes no code") {
  symbol_dictionary dict;
  dict.code("a");
  dict.reserve(1000);
  CHECK(dict.find("a") == 1);
  CHECK(dict.code("b") == 2);
  dict.reserve(1);
  CHECK(dict.find("b") == 2);
}

TEST_CASE("a copy of a dictionary grows by itself") {
  auto first = std::make_unique<symbol_dictionary>();
  for (int i = 1; i <= 100; ++i) first->code(text_of(i));
  symbol_dictionary copy{*first};
  CHECK(copy.code("new") == 101);
  CHECK(first->find("new") == -1);
  CHECK(first->is_prefix_of(copy));
  CHECK_FALSE(copy.is_prefix_of(*first));
  first.reset();
  for (int i = 1; i <= 100; ++i) REQUIRE(copy[i] == text_of(i));
  for (int i = 1; i <= 100; ++i) REQUIRE(copy.find(text_of(i)) == i);
}

TEST_CASE("a text that contains a null byte or differs late is another text") {
  symbol_dictionary dict;
  CHECK(dict.code(std::string_view{"a\0b", 3}) == 1);
  CHECK(dict.code("a") == 2);
  CHECK(dict.code("a text that is longer than a reference 1") == 3);
  CHECK(dict.code("a text that is longer than a reference 2") == 4);
  symbol_dictionary other;
  other.code(std::string_view{"a\0b", 3});
  other.code("a");
  other.code("a text that is longer than a reference 2");
  CHECK_FALSE(other.is_prefix_of(dict));
}
