#include "deploy/shell_input.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <editline/readline.h>

namespace pelorus {

namespace {
constexpr int history_lines_max = 5000;

/// A quote as it ends a text: "..." and '...' with backslash escapes, `...` only within a line (a symbol).
size_t skip_quoted(std::string_view text, size_t at) {
  auto quote = text[at];
  for (++at; at < text.size() && text[at] != quote; ++at)
    if (text[at] == '\\') ++at;
  return at;
}
} // namespace

bool is_open(std::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '"' || c == '\'') {
      i = skip_quoted(text, i);
      if (i >= text.size()) return true;
    } else if (c == '/' && i + 1 < text.size() && text[i + 1] == '/') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '/' && i + 1 < text.size() && text[i + 1] == '*') {
      i = text.find("*/", i + 2);
      if (i == std::string_view::npos) return true;
      ++i;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
    }
  }
  return depth > 0;
}

shell_input::shell_input() {
  if (auto home = std::getenv("HOME")) history_file_ = std::string{home} + "/.pelorus_history";
  rl_readline_name = const_cast<char*>("pelorus");
  using_history();
  stifle_history(history_lines_max);
  if (!history_file_.empty()) read_history(history_file_.c_str());
}

std::optional<std::string> shell_input::read(const std::string& prompt) {
  std::string statement;
  do {
    auto shown = statement.empty() ? prompt : std::string(prompt.size() > 5 ? prompt.size() - 5 : 0, ' ') + "...> ";
    std::unique_ptr<char, void (*)(void*)> line{readline(shown.c_str()), std::free};
    if (!line) return statement.empty() ? std::nullopt : std::optional{statement};
    if (!statement.empty()) statement += '\n';
    statement += line.get();
  } while (statement.front() != '\\' && is_open(statement));
  remember(statement);
  return statement;
}

void shell_input::remember(const std::string& statement) {
  auto one_line = statement;
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  if (one_line.find_first_not_of(' ') == std::string::npos) return;
  add_history(one_line.c_str());
  if (!history_file_.empty()) write_history(history_file_.c_str());
}

} // namespace pelorus
