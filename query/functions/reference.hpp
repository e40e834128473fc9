// docs/functions.md and the console's completion, written from the table of functions.
#pragma once

#include <string>

namespace pelorus {

/// All functions in alphabetical order with usage, text and examples, as Markdown.
std::string functions_markdown();

} // namespace pelorus
