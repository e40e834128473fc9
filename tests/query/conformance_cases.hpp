// The conformance scripts (../shared/conformance), as a corpus for parser tests. Empty where the files are not there.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "query/parser.hpp"

struct conformance_case {
  std::string id, kind, function, script;
};

inline const std::vector<conformance_case>& conformance_cases() {
  static const auto cases = [] {
    std::vector<conformance_case> result;
    std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../../../shared/conformance/cases.jsonl");
    for (std::string line; std::getline(file, line);) {
      auto c = nlohmann::json::parse(line);
      result.push_back({c["id"], c["kind"], c["function"], c["script"]});
    }
    return result;
  }();
  return cases;
}

/// Knows every function that the corpus is about, whether it is registered yet or not.
inline std::function<pelorus::name_use(std::string_view)> known_functions() {
  auto names = std::make_shared<std::set<std::string, std::less<>>>();
  for (const auto& c : conformance_cases()) names->insert(c.function);
  return [names](std::string_view name) {
    return names->contains(name) ? pelorus::name_use::function : pelorus::name_use::unknown;
  };
}
