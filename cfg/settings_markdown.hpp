// docs/settings.md, made from the table of settings.
#pragma once

#include <string>

namespace pelorus {

/// The whole page. tests/cfg/settings_markdown_test.cpp compares it with docs/settings.md and
/// writes that file anew when PELORUS_REGENERATE is set.
std::string settings_markdown();

} // namespace pelorus
