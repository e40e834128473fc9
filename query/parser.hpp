// From script text to a syntax tree.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "query/syntax.hpp"

namespace pelorus {

/// What a name stands for where a script is parsed; decides between `f x` (a call) and `x f y` (an infix call).
enum class name_use : uint8_t { unknown, variable, function };

struct parse_options {
  /// Asked for names that the script itself does not define; may be empty. Registered functions need no mention.
  std::function<name_use(std::string_view)> known;
};

class parser_state;

/// Parses a script unit by unit: `go` ends a unit, so that what it runs may define names for the next one.
class script_parser {
public:
  /// Throws script_error (parse_failed) when the text has no tokens.
  explicit script_parser(std::string_view text, parse_options options = {});
  ~script_parser();
  script_parser(const script_parser&) = delete;
  script_parser& operator=(const script_parser&) = delete;

  /// The next unit, or null at the end. Throws script_error (parse_failed).
  std::shared_ptr<const block_node> next_unit();

private:
  std::unique_ptr<parser_state> state_;
};

/// The whole script as one block; `go` stays in it as a statement. Throws script_error.
std::shared_ptr<const block_node> parse_script(std::string_view text, parse_options options = {});

/// One expression, query or function definition, and nothing behind it. Throws script_error.
node_ptr parse_expression(std::string_view text, parse_options options = {});

} // namespace pelorus
