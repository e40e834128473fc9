#include "cfg/strings.hpp"

#include <doctest/doctest.h>

using namespace pelorus;

TEST_CASE("wildcards: % is any number of characters, ? exactly one") {
  using strings::wildcard_match;
  CHECK(wildcard_match("P1-%", "P1-datanode"));
  CHECK(wildcard_match("P1-%", "P1-"));
  CHECK_FALSE(wildcard_match("P1-%", "P2-datanode"));
  CHECK(wildcard_match("node?", "node1"));
  CHECK_FALSE(wildcard_match("node?", "node"));
  CHECK_FALSE(wildcard_match("node?", "node12"));
  CHECK(wildcard_match("%", ""));
  CHECK(wildcard_match("%node%", "P1-node-3"));
  CHECK(wildcard_match("%a%b?", "xxaxxbxxb1"));
  CHECK_FALSE(wildcard_match("", "a"));
  CHECK(wildcard_match("?", "\xE8\x8A\x82"));           // one CJK character is one character
  CHECK_FALSE(wildcard_match("??", "\xE8\x8A\x82"));
  CHECK(wildcard_match("%\x82", "\xE8\x8A\x82") == false);  // never inside a character
}

TEST_CASE("a long wildcard pattern ends soon") {
  std::string pattern, text(2000, 'a');
  for (int i = 0; i < 200; ++i) pattern += "%a";
  CHECK_FALSE(strings::wildcard_match(pattern + "b", text));
}

TEST_CASE("UTF-8 is checked byte by byte") {
  using strings::invalid_utf8;
  CHECK_FALSE(invalid_utf8("plain \xC3\xA9 \xE8\x8A\x82 \xF0\x9F\x98\x80"));
  CHECK(invalid_utf8("ab\xFF") == 2);
  CHECK(invalid_utf8("\xC0\xAF") == 0);          // overlong
  CHECK(invalid_utf8("\xED\xA0\x80") == 0);      // surrogate
  CHECK(invalid_utf8("\xE8\x8A") == 0);          // cut off
  CHECK(invalid_utf8("\xF4\x90\x80\x80") == 0);  // beyond U+10FFFF
}

TEST_CASE("quoted text is short and has no control characters") {
  CHECK(strings::quoted("a\nb") == "'a\\x0ab'");
  CHECK(strings::quoted(std::string(100, 'x')) == "'" + std::string(60, 'x') + "...'");
}

TEST_CASE("small tools") {
  CHECK(strings::trim(" \t a b \t") == "a b");
  CHECK(strings::trim(" ") == "");
  CHECK(strings::split("a,,b", ',').size() == 3);
  CHECK(strings::edit_distance("maxMemsize", "maxMemSize") == 0);
  CHECK(strings::edit_distance("maxMenSize", "maxMemSize") == 1);
  CHECK(strings::replace_all("<A>/<A>", "<A>", "<A><A>") == "<A><A>/<A><A>");
}
