// Write docs/settings.md anew: PELORUS_REGENERATE=1 build/cfg_tests -tc="docs/settings.md*"
#include "cfg/settings_markdown.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

using namespace pelorus;

TEST_CASE("docs/settings.md is what the table of settings says") {
  auto path = std::filesystem::path{__FILE__}.parent_path() / "../../docs/settings.md";
  if (std::getenv("PELORUS_REGENERATE")) std::ofstream{path} << settings_markdown();
  std::ostringstream page;
  page << std::ifstream{path}.rdbuf();
  bool fresh = page.str() == settings_markdown();
  CHECK_MESSAGE(fresh, "docs/settings.md is stale; run PELORUS_REGENERATE=1 cfg_tests "
                       "-tc=\"docs/settings.md*\"");
}
