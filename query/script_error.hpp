// The one exception of query/: what a running script throws. `run` (query/interpreter.hpp) is its only catch, besides
// the script's own try.
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "cfg/error.hpp"
#include "query/token.hpp"

namespace pelorus {

class script_error final : public std::exception {
public:
  script_error(ec code, std::string message, text_position at = {})
      : code_(code), message_(std::move(message)), at_(at) {}
  explicit script_error(error e) : code_(e.code), message_(std::move(e.message)) {}

  ec code() const { return code_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }
  text_position at() const { return at_; }
  /// Names of the functions it passed through, innermost first.
  const std::vector<std::string>& calls() const { return calls_; }

  /// Notes where it happened unless something deeper already did.
  void locate(text_position at) {
    if (at_.line == 0) at_ = at;
  }
  /// For a script that is a part of a longer text: its first line is line `lines + 1` there.
  void shift_lines(uint32_t lines) {
    if (at_.line != 0) at_.line += lines;
  }
  void passed_through(std::string function) {
    if (calls_.size() < 20) calls_.push_back(std::move(function));
  }
  /// What a script threw with `throw`; VOID for errors of ours.
  const value& thrown() const { return thrown_; }
  void set_thrown(value x) { thrown_ = std::move(x); }

private:
  ec code_;
  std::string message_;
  text_position at_;
  std::vector<std::string> calls_;
  value thrown_;
};

/// One line for clients: the message, and the line it belongs to when `with_line`.
std::string describe(const script_error& e, bool with_line);

/// The exception being handled as a script_error: memory_exceeded becomes out_of_memory with the limit named, any other
/// exception `internal`. Call it inside a catch block.
script_error current_script_error();

/// The value of an `expected`, or its error thrown as script_error.
template <class T>
T unwrap(expected<T> x) {
  if (!x) throw script_error(std::move(x).error());
  return *std::move(x);
}
inline void unwrap(expected<void> x) {
  if (!x) throw script_error(std::move(x).error());
}

} // namespace pelorus
