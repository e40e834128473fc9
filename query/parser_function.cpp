// Function definitions, lambdas, and which name is a local variable of which function.
#include <algorithm>

#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

// -- names

name_use parser_state::use_of(const std::string& name) const {
  for (auto scope = functions_.rbegin(); scope != functions_.rend(); ++scope) {
    if (scope->slots.contains(name)) return name_use::variable;
    if (!scope->captures) break;
  }
  bool sees_session =
      std::all_of(functions_.begin(), functions_.end(), [](const auto& f) { return f.captures; });
  auto known = names_.find(name);
  if (known != names_.end() && (sees_session || known->second == name_use::function))
    return known->second;
  if (options_.known) {
    auto use = options_.known(name);
    if (use == name_use::function || (use == name_use::variable && sees_session)) return use;
  }
  return find_function(name) ? name_use::function : name_use::unknown;
}

std::shared_ptr<name_node> parser_state::make_name(text_position at, std::string name) {
  auto result = std::make_shared<name_node>(at, std::move(name));
  if (functions_.empty()) return result;
  functions_.back().uses.push_back(result.get());
  uses_.push_back(result); // kept until the functions around are closed, since they write its slot
  return result;
}

void parser_state::define(const std::string& name, name_use use) {
  if (functions_.empty()) {
    names_[name] = use;
    return;
  }
  auto& scope = functions_.back();
  auto slot = static_cast<int32_t>(scope.function->locals.size());
  if (scope.slots.try_emplace(name, slot).second) scope.function->locals.push_back(name);
}

/// `&name = other` in a function: both are one variable.
void parser_state::share_slot(const std::string& name, const std::string& other) {
  auto& slots = functions_.back().slots;
  if (auto found = slots.find(other); found != slots.end()) slots.try_emplace(name, found->second);
}

void parser_state::open_function(const std::shared_ptr<function_node>& f, bool captures) {
  functions_.push_back({f, captures, {}, {}, {}});
}

int32_t parser_state::add_capture(function_scope& scope, const std::string& name) {
  auto slot = static_cast<int32_t>(scope.function->locals.size());
  scope.slots.emplace(name, slot);
  scope.function->locals.push_back(name);
  scope.function->captures.push_back({name, -1, slot});
  return slot;
}

/// Gives slots to the names of a finished function. A capturing function copies what it does not
/// define itself, unless the name can only be a registered function.
void parser_state::resolve(function_scope& scope) {
  auto slot_of = [&](const std::string& name, bool registered) {
    auto found = scope.slots.find(name);
    if (found != scope.slots.end()) return found->second;
    if (!scope.captures) return -1;
    return registered && !captured_somewhere(name) ? -1 : add_capture(scope, name);
  };
  for (auto* use : scope.uses)
    use->slot = slot_of(use->name, use->builtin != nullptr);
  for (auto& [name, outer] : scope.inner_captures)
    *outer = slot_of(name, false);
}

/// Is the name a variable around the innermost function?
bool parser_state::captured_somewhere(const std::string& name) const {
  for (size_t i = functions_.size() - 1; i-- > 0;) {
    if (functions_[i].slots.contains(name)) return true;
    if (!functions_[i].captures) return false;
  }
  auto known = names_.find(name);
  if (known != names_.end()) return known->second == name_use::variable;
  return options_.known && options_.known(name) == name_use::variable;
}

void parser_state::close_function() {
  auto& scope = functions_.back();
  resolve(scope);
  auto function = scope.function;
  functions_.pop_back();
  if (functions_.empty()) {
    uses_.clear();
    return;
  }
  for (auto& capture : function->captures)
    functions_.back().inner_captures.emplace_back(capture.name, &capture.outer);
}

// -- definitions

void parser_state::check_parameters(const function_node& f, const token& at) const {
  for (size_t i = 0; i < f.parameters.size(); ++i) {
    for (size_t j = 0; j < i; ++j)
      if (f.parameters[i].name == f.parameters[j].name)
        fail(fmt::format("The parameter '{}' is named twice", f.parameters[i].name), at);
    if (i > 0 && !f.parameters[i].default_value && f.parameters[i - 1].default_value)
      fail(fmt::format("The parameter '{}' needs a default value, since the one before it has one",
                       f.parameters[i].name),
           at);
  }
}

/// Up to and with the closing bracket.
std::vector<parameter> parser_state::parameters(std::string_view close) {
  std::vector<parameter> result;
  mode_change change(*this, {.lines_end = false});
  if (take_symbol(close)) return result;
  do {
    parameter p;
    p.is_mutable = peek().is_name("mutable") && peek(1).is(token_kind::name);
    if (p.is_mutable) take();
    p.name = expect_name("a parameter's name");
    define(p.name);
    if (take_symbol("=")) p.default_value = expression();
    result.push_back(std::move(p));
  } while (take_symbol(","));
  expect_symbol(close);
  return result;
}

/// def [name](..) {..} | : expr | -> expr. Without a body it is a forward declaration, which
/// defines nothing yet.
node_ptr parser_state::definition() {
  depth_guard guard(*this);
  auto start = take();
  auto f = std::make_shared<function_node>(start.at);
  f->is_aggregate = start.text == "defg";
  if (peek().is(token_kind::name)) {
    f->name = take().text;
    define(f->name, name_use::function);
  }
  bool nested = !functions_.empty();
  expect_symbol("(");
  open_function(f, f->name.empty() || nested);
  f->parameters = parameters(")");
  check_parameters(*f, start);
  auto outer = mode_;
  mode_change change(*this, {.lines_end = outer.lines_end});
  if (peek().is_symbol("{")) {
    f->body = block();
  } else if (take_symbol(":") || take_symbol("->")) {
    f->body = expression();
  } else if (f->name.empty()) {
    fail_expected("'{', ':' or '->' before the function's body");
  }
  close_function();
  if (!f->body) return std::make_shared<block_node>(start.at);
  return f;
}

/// (a, b) -> .. ahead?
bool parser_state::lambda_follows() const {
  size_t i = 1;
  while (peek(i).is(token_kind::name)) {
    ++i;
    if (!peek(i).is_symbol(",")) break;
    ++i;
  }
  return peek(i).is_symbol(")") && peek(i + 1).is_symbol("->");
}

/// x -> .., (x, y) -> .., {x, y -> ..}.
node_ptr parser_state::lambda() {
  depth_guard guard(*this);
  auto f = std::make_shared<function_node>(peek().at);
  f->is_lambda = true;
  bool braces = take_symbol("{");
  bool brackets = !braces && take_symbol("(");
  open_function(f, true);
  if (!peek().is_symbol(")") && !peek().is_symbol("->")) {
    do {
      f->parameters.push_back({expect_name("a parameter's name"), nullptr, false});
      define(f->parameters.back().name);
    } while ((brackets || braces) && take_symbol(","));
  }
  check_parameters(*f, peek());
  if (brackets) expect_symbol(")");
  expect_symbol("->");
  auto outer = mode_;
  mode_change change(
      *this, {.lines_end = !braces && outer.lines_end, .no_pair = !braces && outer.no_pair});
  f->body = expression();
  if (braces) expect_symbol("}");
  close_function();
  return f;
}

} // namespace pelorus
