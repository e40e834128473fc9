// Every entry of the function table: documented, exemplified, and its examples true.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "query/format.hpp"
#include "query/functions/reference.hpp"
#include "query/functions/registry.hpp"
#include "query/interpreter.hpp"
#include "query/session.hpp"
#include "sql_fake_services.hpp"

using namespace pelorus;

namespace {

struct outcome {
  std::string printed;
  std::string error; ///< "" when it went well
};

outcome run_example(std::string_view script) {
  testing::sql_services node;
  session who;
  who.node = &node;
  who.is_admin = who.logged_in = true;
  who.user = "admin";
  std::string printed;
  who.print = [&](std::string_view text) { printed += std::string{text} + "\n"; };
  auto result = run(script, who);
  if (!result) return {"", result.error().message};
  return {printed + format(*result), ""};
}

std::string without_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

/// Functions that need a running node, a cluster or the network; their owners test them there.
bool needs_node(const function_entry& entry) {
  static const auto names = [] {
    std::set<std::string_view> all;
    for (auto family : {cluster_functions(), session_functions()})
      for (auto& e : family)
        all.insert(e.name);
    return all;
  }();
  return names.contains(entry.name);
}

} // namespace

TEST_CASE("every function has usage, doc and example") {
  for (auto* entry : all_functions()) {
    INFO(entry->name);
    CHECK(entry->usage.starts_with(entry->name));
    CHECK(entry->usage.find('(') != std::string_view::npos);
    CHECK(!entry->doc.empty());
    CHECK(!entry->examples.empty());
    CHECK((entry->call != nullptr));
    CHECK(entry->min_arguments <= entry->max_arguments);
  }
}

TEST_CASE("names and aliases are unique") {
  std::set<std::string_view> names;
  for (auto* entry : all_functions()) {
    CHECK_MESSAGE(names.insert(entry->name).second, entry->name);
    for (auto alias : entry->aliases)
      CHECK_MESSAGE(names.insert(alias).second, alias);
  }
}

TEST_CASE("examples give what they say") {
  for (auto* entry : all_functions()) {
    if (needs_node(*entry)) continue;
    for (auto& e : entry->examples) {
      auto got = run_example(e.script);
      INFO(entry->name, ": ", e.script, "  failed with: ", got.error);
      if (e.expected.starts_with("error: "))
        CHECK(got.error.find(e.expected.substr(7)) != std::string::npos);
      else if (e.expected != "...")
        CHECK(without_end(got.printed) == without_end(std::string{e.expected}));
    }
  }
}

TEST_CASE("a wrong number of arguments is an error that names the function") {
  for (auto* entry : all_functions()) {
    auto call = [&](int count) {
      std::string script = "f = funcByName(\"" + std::string{entry->name} + "\"); f(";
      for (int i = 0; i < count; ++i)
        script += i == 0 ? "1" : ",1";
      return run_example(script + ")");
    };
    INFO(entry->name);
    if (entry->min_arguments > 0)
      CHECK(call(entry->min_arguments - 1).error.find(entry->name) != std::string::npos);
    if (entry->max_arguments < 255)
      CHECK(call(entry->max_arguments + 1).error.find(entry->name) != std::string::npos);
  }
}

// PELORUS_WRITE_DOCS=1 writes the file anew.
TEST_CASE("docs/functions.md is what the table says") {
  auto path = std::filesystem::path(__FILE__).parent_path() / "../../docs/functions.md";
  auto text = functions_markdown();
  if (std::getenv("PELORUS_WRITE_DOCS") != nullptr) std::ofstream{path} << text;
  std::ostringstream written;
  written << std::ifstream{path}.rdbuf();
  CHECK_MESSAGE((written.str() == text),
                "docs/functions.md is stale: run query_tests with PELORUS_WRITE_DOCS=1");
}
