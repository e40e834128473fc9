// Lines a user types into the shell: editing, history, and statements over several lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pelorus {

/// True when brackets, quotes or a comment are still open at the end of the text.
bool is_open(std::string_view text);

/// A statement from the terminal, nothing at its end. Edited with libedit; the history is kept in ~/.pelorus_history.
class shell_input {
public:
  shell_input();
  std::optional<std::string> read(const std::string& prompt);

private:
  void remember(const std::string& statement);
  std::string history_file_;
};

} // namespace pelorus
