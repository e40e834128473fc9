#include "query/interpreter.hpp"

#include <fmt/format.h>

#include "query/parser.hpp"
#include "query/script_error.hpp"
#include "query/unparse.hpp"

namespace pelorus {

namespace {

error as_error(const script_error& e, bool with_line) { return {e.code(), describe(e, with_line)}; }

} // namespace

std::string code_object::text() const {
  substitution values = [this](const name_node& n) -> const value* {
    for (const auto& [name, x] : captured_)
      if (name == n.name && x.is_scalar() && !x.ptr()) return &x;
    return nullptr;
  };
  return "< " + unparse(*tree_, values) + " >";
}

parse_options parse_options_of(session& who) {
  return {[&who](std::string_view name) {
    if (const auto* x = who.variables.find(name))
      return x->type() == type_id::functiondef ? name_use::function : name_use::variable;
    return name_use::unknown;
  }};
}

expected<value> run(std::string_view script, session& who) {
  bool lines = script.find('\n') != std::string_view::npos;
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
    return as_error(current_script_error(), lines);
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
  return inside.evaluate(*code.tree());
}

} // namespace pelorus
