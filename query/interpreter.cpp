#include "query/interpreter.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "query/parser.hpp"
#include "query/script_error.hpp"
#include "query/sql.hpp"
#include "query/unparse.hpp"

namespace pelorus {

namespace {

error as_error(const script_error& e, bool with_line) { return {e.code(), describe(e, with_line)}; }

/// Takes a first line `line://N` off: web shells say with it that the script stands at line N of a longer text. Answers
/// the lines before it.
uint32_t take_origin(std::string_view& script) {
  constexpr std::string_view mark = "line://";
  if (!script.starts_with(mark)) return 0;
  auto end = std::min(script.find('\n'), script.size());
  uint32_t line = 0;
  auto parsed = std::from_chars(script.data() + mark.size(), script.data() + end, line);
  if (parsed.ec != std::errc{}) return 0;
  script.remove_prefix(std::min(end + 1, script.size()));
  return line == 0 ? 0 : line - 1;
}

} // namespace

std::string code_object::text() const {
  substitution values = [this](const name_node& n) -> const value* {
    for (const auto& [name, x] : captured_)
      if (name == n.name && x.is_scalar() && !x.ptr()) return &x;
    return nullptr;
  };
  return "< " + readable(*tree_, values) + " >";
}

parse_options parse_options_of(session& who) {
  return {[&who](std::string_view name) {
    if (const auto* x = who.variables.find(name))
      return x->type() == type_id::functiondef ? name_use::function : name_use::variable;
    return name_use::unknown;
  }};
}

expected<value> run(std::string_view script, session& who) {
  auto before = take_origin(script);
  bool lines = before != 0 || script.find('\n') != std::string_view::npos;
  who.depth = 0;
  try {
    script_parser parser(script, parse_options_of(who));
    value result = value::nothing();
    while (auto unit = parser.next_unit()) {
      evaluator top(who);
      result = top.run_block(*unit);
    }
    return result;
  } catch (...) {
    who.depth = 0;
    auto e = current_script_error();
    e.shift_lines(before);
    return as_error(e, lines);
  }
}

expected<value> run_function(std::string_view function, std::vector<value> arguments,
                             session& who) {
  who.depth = 0;
  try {
    evaluator top(who);
    auto tree = parse_expression(function, parse_options_of(who));
    auto callee = as_function(top.evaluate(*tree));
    return callee->call(who, arguments);
  } catch (...) {
    who.depth = 0;
    auto e = current_script_error();
    // A name that means nothing at all is an unknown function to the client.
    if (e.code() == ec::not_found &&
        e.message() == fmt::format("Cannot recognize the token {}", function))
      return error{ec::not_found, fmt::format("Can't recognize function name {}", function)};
    return as_error(e, false);
  }
}

value evaluate_code(const code_object& code, session& who, const named_values& more) {
  named_values names = more;
  names.insert(names.end(), code.captured().begin(), code.captured().end());
  evaluator inside(who, &names);
  auto& tree = *code.tree();
  bool change = tree.kind == node_kind::update || tree.kind == node_kind::delete_;
  return change ? execute_change(tree, inside) : inside.evaluate(tree);
}

} // namespace pelorus
