// Runs language tests: files of cases, each "=== name", script lines, "----", and what the script
// prints.
//
//   script_runner FILE.test ..    exit status 1 when a case fails
//
// Expected is every message of `print` in order, then the value of the last statement as the
// console shows it; or "error: WORDS" for a script that must fail with a message that contains the
// words.
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "query/format.hpp"
#include "query/interpreter.hpp"
#include "query/session.hpp"

namespace {

struct test_case {
  std::string name, script, expected;
  size_t line = 0;
};

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

std::vector<test_case> read_cases(const std::string& path) {
  std::ifstream file(path);
  std::vector<test_case> cases;
  std::string line;
  bool expected = false;
  for (size_t number = 1; std::getline(file, line); ++number) {
    if (line.starts_with("=== ")) {
      cases.push_back({line.substr(4), "", "", number});
      expected = false;
    } else if (line == "----") {
      expected = true;
    } else if (!cases.empty()) {
      (expected ? cases.back().expected : cases.back().script) += line + "\n";
    }
  }
  return cases;
}

/// Messages and value, or "error: message".
std::string outcome(const std::string& script) {
  pelorus::session who;
  std::string text;
  who.print = [&](std::string_view message) { text += std::string{message} + "\n"; };
  auto result = pelorus::run(script, who);
  if (!result) return text + "error: " + result.error().message;
  return result->is_nothing() ? text : text + pelorus::format(*result);
}

bool passes(const test_case& test, const std::string& actual) {
  auto expected = trimmed(test.expected);
  if (!expected.starts_with("error: ")) return trimmed(actual) == expected;
  auto at = actual.rfind("error: ");
  return at != std::string::npos && actual.find(expected.substr(7), at) != std::string::npos;
}

} // namespace

int main(int count, char** arguments) {
  size_t failed = 0, total = 0;
  for (int i = 1; i < count; ++i) {
    auto cases = read_cases(arguments[i]);
    if (cases.empty()) {
      fmt::print("{}: no cases\n", arguments[i]);
      ++failed;
    }
    for (const auto& test : cases) {
      ++total;
      auto actual = outcome(test.script);
      if (passes(test, actual)) continue;
      ++failed;
      fmt::print("{}:{}: {}\n--- script\n{}--- expected\n{}--- actual\n{}\n\n", arguments[i],
                 test.line, test.name, test.script, test.expected, trimmed(actual));
    }
  }
  fmt::print("{} of {} cases passed\n", total - failed, total);
  return failed == 0 ? 0 : 1;
}
