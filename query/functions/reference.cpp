#include "query/functions/reference.hpp"

#include <fmt/format.h>

#include "query/functions/registry.hpp"

namespace pelorus {

std::string functions_markdown() {
  std::string out = "# Functions\n\nWritten from the table of functions by "
                    "`tests/query/function_examples_test.cpp`; "
                    "do not edit.\nThe examples run as tests.\n";
  for (auto* entry : all_functions()) {
    out += fmt::format("\n## {}\n`{}`", entry->name, entry->usage);
    for (auto alias : entry->aliases)
      out += fmt::format(", alias `{}`", alias);
    if (entry->has(admin_only)) out += ", administrators only";
    out += fmt::format("\n\n{}\n", entry->doc);
    for (auto& e : entry->examples)
      out += fmt::format("```\n{}\n// {}\n```\n", e.script, [&] {
        std::string lines{e.expected};
        for (size_t at = 0; (at = lines.find('\n', at)) != std::string::npos; at += 4)
          lines.replace(at, 1, "\n// ");
        return lines;
      }());
  }
  return out;
}

} // namespace pelorus
