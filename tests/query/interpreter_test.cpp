#include "query/interpreter.hpp"

#include <doctest/doctest.h>

#include "query/format.hpp"
#include "storage/buffer.hpp"

using namespace pelorus;

namespace {

std::string outcome(session& who, std::string_view script) {
  auto result = run(script, who);
  return result ? format(*result) : "error: " + result.error().message;
}

} // namespace

TEST_CASE("variables live as long as the session") {
  session who;
  CHECK(outcome(who, "x=5") == format(value::nothing()));
  CHECK(outcome(who, "x+1") == "6");
  CHECK(who.variables.names() == std::vector<std::string>{"x"});
}

TEST_CASE("a failed script keeps what it did before and leaves the session usable") {
  session who;
  auto result = run("x=1\ny=nosuch(2)\nx=2", who);
  REQUIRE(!result);
  CHECK(result.error().code == ec::not_found);
  CHECK(result.error().message == "[line #2] Can't recognize function name nosuch");
  CHECK(outcome(who, "x") == "1");
  CHECK(who.depth == 0);
}

TEST_CASE("a variable lent to a function comes back when the function fails") {
  session who;
  CHECK(run("def f(mutable v){v[0]=7; throw \"no\"}; x=1 2", who));
  CHECK(outcome(who, "f(x)").find("no") != std::string::npos);
  CHECK(outcome(who, "x") == "[7,2]");
}

TEST_CASE("cancelling ends loops and calls, and cannot be caught") {
  session who;
  who.cancel->store(true);
  for (auto script : {"while(true){}", "for(i in 0:10) x=i", "try{while(true){}} catch(e){}",
                      "do {y=1} while(true)"}) {
    auto result = run(script, who);
    REQUIRE(!result);
    CHECK(result.error().code == ec::cancelled);
  }
}

TEST_CASE("messages go out while the script runs") {
  session who;
  std::vector<std::string> messages;
  who.print = [&](std::string_view text) { messages.emplace_back(text); };
  CHECK(run("timer(2) x=1", who));
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].starts_with("Time elapsed: "));
}

TEST_CASE("functions by name or expression, as clients call them") {
  session who;
  CHECK(run("def f(a,b){return a*10+b}", who));
  auto sum = run_function("f{1}", {value::of_int(2)}, who);
  REQUIRE(sum);
  CHECK(sum->as_long() == 12);
  auto unknown = run_function("noSuchFunction", {}, who);
  REQUIRE(!unknown);
  CHECK(unknown.error().message == "Can't recognize function name noSuchFunction");
}

TEST_CASE("an error of many lines becomes one line") {
  session who;
  auto result = run("throw \"a\\nb\"", who);
  REQUIRE(!result);
  CHECK(result.error().message == "a b");
}

TEST_CASE("source of a function holds what it captured") {
  session who;
  CHECK(run("a=10; g=x->x+a", who));
  auto f = as_function(*who.variables.find("g"));
  CHECK(f->source() == "(x) -> x + 10");
  session other;
  other.variables.set("g", value{});
  CHECK(outcome(other, "g=" + f->source() + "; g(1)") == "11");
}

TEST_CASE("a script that is a part of a longer text reports lines of that text") {
  session who;
  CHECK(outcome(who, "line://7\nx=1\nnosuch(2)") == "error: [line #8] Can't recognize function name nosuch");
  CHECK(outcome(who, "line://1\n1+1") == "2");
  CHECK(outcome(who, "line://3") == format(value::nothing()));
}
