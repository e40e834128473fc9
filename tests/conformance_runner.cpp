// Runs the language cases of a cases.jsonl in this process and compares tolerantly, as run.mjs does
// against a server.
//
//   conformance_runner CASES.jsonl [--function=NAME] [--fails=N] [--needs]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "query/format.hpp"
#include "query/interpreter.hpp"
#include "query/session.hpp"
#include "query/sql_fake_services.hpp"

namespace {

using namespace pelorus;

std::vector<std::string> split(const std::string& text, const std::string& any) {
  std::vector<std::string> parts{""};
  for (char c : text) {
    if (any.find(c) == std::string::npos)
      parts.back() += c;
    else
      parts.emplace_back();
  }
  return parts;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// Words and numbers of what is printed, without layout, quotes and column labels.
std::vector<std::string> tokens(std::string text) {
  std::string joined;
  for (auto& line : split(text, "\n")) {
    if (line.find('|') != std::string::npos) {
      for (auto& cell : split(line, "|")) {
        auto plain = cell;
        plain.erase(std::remove(plain.begin(), plain.end(), ','), plain.end());
        char* end = nullptr;
        std::strtod(plain.c_str(), &end);
        joined += (*end == '\0' ? plain : cell) + " ";
      }
    } else {
      joined += line;
    }
    joined += '\n';
  }
  while (joined.find("---") != std::string::npos) {
    auto at = joined.find("---");
    auto end = joined.find_first_not_of('-', at);
    joined.replace(at, (end == std::string::npos ? joined.size() : end) - at, " ");
  }
  replace_all(joined, "->", " ");
  std::vector<std::string> result;
  for (auto& word : split(joined, " \t\n\r|,;()[]{}:\"'`")) {
    bool label = word.size() > 1 && (word[0] == '#' || word.starts_with("col")) &&
                 std::all_of(word.begin() + (word[0] == '#' ? 1 : 3), word.end(),
                             [](unsigned char c) { return std::isdigit(c); });
    if (word.empty() || label || word == "..." || word == "label") continue;
    result.push_back(word == "true" ? "1" : word == "false" ? "0" : word);
  }
  return result;
}

bool same(const std::string& expected, const std::string& got) {
  if (expected == got) return true;
  char *e1 = nullptr, *e2 = nullptr;
  auto a = std::strtod(expected.c_str(), &e1), b = std::strtod(got.c_str(), &e2);
  if (*e1 != '\0' || *e2 != '\0') return false;
  auto dot = expected.find('.');
  auto shown = dot == std::string::npos ? size_t{0}
               : expected.find_first_of("eE", dot) == std::string::npos
                   ? expected.size() - dot - 1
                   : expected.find_first_of("eE", dot) - dot - 1;
  return std::abs(a - b) <= 0.6 * std::pow(10.0, -static_cast<double>(shown)) ||
         std::abs(a - b) <= 1e-6 * std::abs(a);
}

bool agrees(const nlohmann::json& c, const std::string& printed) {
  auto expected = c["expected"].get<std::string>();
  auto e = tokens(expected), g = tokens(printed);
  if (c.contains("unordered_hint") && c["unordered_hint"].is_boolean() &&
      c["unordered_hint"].get<bool>()) {
    std::sort(e.begin(), e.end());
    std::sort(g.begin(), g.end());
  }
  if (c["kind"] == "grid" && e.size() != g.size()) {
    auto header = tokens(expected.substr(0, expected.find('\n')));
    if (g.size() == e.size() - header.size())
      e.erase(e.begin(), e.begin() + static_cast<ptrdiff_t>(header.size()));
  }
  if (e.size() != g.size()) return false;
  for (size_t i = 0; i < e.size(); ++i)
    if (!same(e[i], g[i])) return false;
  return true;
}

struct outcome {
  bool ok = false;
  std::string printed;
};

outcome run_case(const std::string& script) {
  testing::sql_services node;
  session who;
  who.node = &node;
  who.user = "admin";
  who.is_admin = who.logged_in = true;
  std::string printed;
  who.print = [&](std::string_view text) { printed += std::string{text} + "\n"; };
  auto result = run(script, who);
  if (!result) return {false, result.error().message};
  try {
    return {true, printed + format(*result)};
  } catch (const std::exception& e) {
    return {false, e.what()};
  }
}

} // namespace

int main(int argc, char** argv) {
  std::string path, only;
  int fails = 20;
  bool needs = false;
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    if (arg.starts_with("--function="))
      only = arg.substr(11);
    else if (arg.starts_with("--fails="))
      fails = std::atoi(arg.c_str() + 8);
    else if (arg == "--needs")
      needs = true;
    else
      path = arg;
  }
  std::ifstream file(path);
  if (!file) {
    fmt::print(stderr, "conformance_runner: cannot read '{}'\n", path);
    return 3;
  }
  std::map<std::string, std::pair<int, int>> by_function;
  int passed = 0, failed = 0;
  for (std::string line; std::getline(file, line);) {
    auto c = nlohmann::json::parse(line);
    auto function = c["function"].get<std::string>();
    if ((!only.empty() && function != only) || (!needs && c.contains("needs"))) continue;
    auto result = run_case(c["script"].get<std::string>());
    bool pass = c["kind"] == "error" ? !result.ok : result.ok && agrees(c, result.printed);
    (pass ? passed : failed)++;
    (pass ? by_function[function].first : by_function[function].second)++;
    if (!pass && fails-- > 0)
      fmt::print("FAIL {}\n{}\n  expected: {}\n  got: {}\n\n", c["id"].get<std::string>(),
                 c["script"].get<std::string>(), c["expected"].get<std::string>(), result.printed);
  }
  for (auto& [function, counts] : by_function)
    fmt::print("{} {}/{}\n", function, counts.first, counts.first + counts.second);
  fmt::print("{} passed, {} failed\n", passed, failed);
}
