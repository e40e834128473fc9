#include "query/lexer.hpp"

#include <doctest/doctest.h>

#include "query/literal_text.hpp"
#include "query/script_error.hpp"

using namespace pelorus;

namespace {

/// Tokens one behind the other: literals as canonical text with their type, everything else as
/// written.
std::string tokens_of(std::string_view text) {
  std::string result;
  for (const auto& t : tokenize(text)) {
    if (t.is(token_kind::end)) break;
    if (!result.empty()) result += ' ';
    if (t.is(token_kind::literal))
      result += std::string{type_name(t.constant.type())} + ":" + literal_text(t.constant);
    else if (t.is(token_kind::macro))
      result += (t.many ? "$$" : "$") + t.text;
    else
      result += t.text;
  }
  return result;
}

std::string error_of(std::string_view text) {
  try {
    tokenize(text);
  } catch (const script_error& e) {
    return e.message();
  }
  return "";
}

} // namespace

TEST_CASE("numbers take their type from suffix and size") {
  CHECK(tokens_of("21 21i 22l 122h 97c 1b") ==
        "INT:21 INT:21 LONG:22l SHORT:122h CHAR:97c BOOL:true");
  CHECK(tokens_of("3000000000 2.1 3F 2.1f 1e5 1E-3") ==
        "LONG:3000000000l DOUBLE:2.1 DOUBLE:3.0 FLOAT:2.1f DOUBLE:100000.0 DOUBLE:0.001");
  CHECK(tokens_of("3.141P 2.3+4.0i") == "DECIMAL64:3.141P COMPLEX:2.3+4.0i");
  CHECK(tokens_of("3d 1w 10H 5m 2s 7ms 1us 1ns 1M 1y 2B") ==
        "DURATION:3d DURATION:1w DURATION:10H DURATION:5m DURATION:2s DURATION:7ms DURATION:1us "
        "DURATION:1ns DURATION:1M "
        "DURATION:1y DURATION:2B");
}

TEST_CASE("typed nulls") {
  CHECK(tokens_of("00i 00F 00d 00M 00T 00N 00b NULL") ==
        "INT:00i DOUBLE:00F DATE:00d MONTH:00M TIMESTAMP:00T NANOTIMESTAMP:00N BOOL:00b VOID:NULL");
}

TEST_CASE("temporal literals") {
  CHECK(tokens_of("2013.06.13 2012.06M 13:30:10.008 13:30m 13:30:10 13:30:10s") ==
        "DATE:2013.06.13 MONTH:2012.06M TIME:13:30:10.008 MINUTE:13:30m SECOND:13:30:10 "
        "SECOND:13:30:10");
  CHECK(tokens_of("2012.06.13T13:30:10 2012.06.13T13:30:10.008 2012.06.13T13:30:10.008007006") ==
        "DATETIME:2012.06.13T13:30:10 TIMESTAMP:2012.06.13T13:30:10.008 "
        "NANOTIMESTAMP:2012.06.13T13:30:10.008007006");
  CHECK(tokens_of("2012.06.13 13:30:10") == "DATETIME:2012.06.13T13:30:10");
  CHECK(tokens_of("1969.12.31T23:59:59 2012.06.13T13") ==
        "DATETIME:1969.12.31T23:59:59 DATEHOUR:2012.06.13T13");
  CHECK(tokens_of("2021.01.01..2021.12.31") == "DATE:2021.01.01 .. DATE:2021.12.31");
}

TEST_CASE("ranges, pairs and points are no parts of numbers") {
  CHECK(tokens_of("1..3") == "INT:1 .. INT:3");
  CHECK(tokens_of("2:3") == "INT:2 : INT:3");
  CHECK(tokens_of("x.5") == "x . INT:5");
  CHECK(tokens_of("x=.5") == "x = DOUBLE:0.5");
  CHECK(tokens_of("1.5.f") == "DOUBLE:1.5 . f");
}

TEST_CASE("strings, words and characters") {
  CHECK(tokens_of(R"("a\"b\\c\n" 'x' 'xy')") == R"(STRING:"a\"b\\c\n" CHAR:120c STRING:"xy")");
  CHECK(tokens_of(R"("\d+")") == R"(STRING:"\\d+")");
  CHECK(tokens_of("`A`B`C `0) `128.9") == R"(STRING:["A","B","C"] STRING:"0" ) STRING:"128.9")");
  CHECK(tokens_of("\"dfs://x\" // 注释\n/* a\nb */ y") == "STRING:\"dfs://x\" y");
}

TEST_CASE("names, macros and symbols") {
  CHECK(tokens_of("append!(x) x!=y _$a _$$b _x") == "append! ( x ) x != y $a $$b _x");
  CHECK(tokens_of("a<-b a**b a<=b p1...p5") == "a <- b a ** b a <= b p1 ... p5");
}

TEST_CASE("positions count characters, lines from one") {
  auto tokens = tokenize("x = \"é\" + y\n  z");
  CHECK(tokens[4].at == text_position{1, 11});
  CHECK(tokens[5].at == text_position{2, 3});
  CHECK(tokens[5].newline_before);
}

TEST_CASE("errors name line and column") {
  CHECK(error_of("x=1\n\"abc") ==
        "Syntax Error: [line #2] The string that begins here is not closed (column 1)");
  CHECK(error_of("/* x").find("'*/' is missing") != std::string::npos);
  CHECK(error_of("2021.02.30").find("does not exist") != std::string::npos);
  CHECK(error_of("12q").find("suffix 'q' is unknown") != std::string::npos);
  CHECK(error_of("99999999999999999999").find("out of range") != std::string::npos);
  CHECK(error_of("a ? \x01").find("means nothing here") != std::string::npos);
}
