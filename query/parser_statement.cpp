// Statements.
#include <algorithm>

#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

std::shared_ptr<const block_node> parser_state::unit() {
  while (take_symbol(";")) {
  }
  if (peek().is(token_kind::end)) return nullptr;
  auto result = std::make_shared<block_node>(peek().at);
  while (!peek().is(token_kind::end)) {
    if (take_symbol(";")) continue;
    auto next = statement();
    end_statement();
    if (next->kind == node_kind::go) break;
    result->statements.push_back(std::move(next));
  }
  return result;
}

std::shared_ptr<const block_node> parser_state::script() {
  auto result = std::make_shared<block_node>(peek().at);
  while (!peek().is(token_kind::end)) {
    if (take_symbol(";")) continue;
    result->statements.push_back(statement());
    end_statement();
  }
  return result;
}

node_ptr parser_state::single_expression() {
  mode_change change(*this, {.lines_end = false});
  while (take_symbol(";")) {
  }
  auto result = expression();
  while (take_symbol(";")) {
  }
  if (!peek().is(token_kind::end)) fail_expected("the end of the expression");
  return result;
}

void parser_state::end_statement() {
  bool block_before = at_ > 0 && previous().is_symbol("}"); // { .. } needs no separator behind it
  if (!at_statement_end() && !block_before) fail_expected("the end of the statement");
  while (take_symbol(";")) {
  }
}

node_ptr parser_state::statement() {
  depth_guard guard(*this);
  const auto& t = peek();
  if (t.is_symbol("{")) return block();
  if (t.is(token_kind::directive)) {
    auto include = take();
    return std::make_shared<module_node>(node_kind::include, include.at, include.text);
  }
  if (t.is_symbol("&") && peek(1).is(token_kind::name) && peek(2).is_symbol("="))
    return const_or_reference(false);
  if (t.is(token_kind::name) && !peek(1).is_symbol("=") && !peek(1).is_symbol(".")) {
    if (auto result = keyword_statement()) return result;
  }
  return expression_or_assignment();
}

/// The statement of a keyword, or null when the name ahead is none.
node_ptr parser_state::keyword_statement() {
  const auto& t = peek();
  const auto& next = peek(1);
  bool bracket = next.is_symbol("("), name = next.is(token_kind::name) && !next.newline_before;
  if (t.text == "if" && bracket) return if_statement();
  if (t.text == "for" && bracket) return for_statement();
  if (t.text == "while" && bracket) return while_statement();
  if (t.text == "do") return do_statement();
  if (t.text == "try" && (next.is_symbol("{") || name)) return try_statement();
  if (t.text == "return") return leave_statement(node_kind::return_);
  if (t.text == "throw") return leave_statement(node_kind::throw_);
  if (t.text == "break" || t.text == "continue") {
    auto kind = t.text == "break" ? node_kind::break_ : node_kind::continue_;
    return std::make_shared<plain_node>(kind, take().at);
  }
  if (t.text == "go" && (next.is(token_kind::end) || next.newline_before || next.is_symbol(";")))
    return std::make_shared<plain_node>(node_kind::go, take().at);
  if (t.text == "timer") return timer_statement();
  if (t.text == "assert") return assert_statement();
  if (t.text == "const" && name) return const_or_reference(true);
  if (t.text == "undef" && name) return undef_statement();
  if (t.text == "share" && name) return share_statement();
  if (t.text == "use" && name) return module_statement(node_kind::use);
  if (t.text == "module" && name) return module_statement(node_kind::module);
  if (t.text == "class" && name) return class_statement();
  if (t.text == "transaction" && next.is_symbol("{")) {
    auto result = std::make_shared<transaction_node>(take().at);
    result->body = block();
    return result;
  }
  if (is_word(t, "with") && name) return with_query();
  if (is_word(t, "update") && (name || bracket) && !bracket) return update_statement();
  if (is_word(t, "delete") && is_word(next, "from")) return delete_statement();
  if (is_word(t, "insert") && is_word(next, "into")) return insert_statement();
  if (is_word(t, "create") && is_any_word(next, {"database", "table", "local", "global"}))
    return create_statement();
  if (is_word(t, "alter") && is_word(next, "table")) return alter_statement();
  if (is_word(t, "drop") && is_any_word(next, {"database", "table"})) return drop_statement();
  return nullptr;
}

node_ptr parser_state::block() {
  auto result = std::make_shared<block_node>(peek().at);
  expect_symbol("{");
  mode_change change(*this, {});
  while (!peek().is_symbol("}")) {
    if (take_symbol(";")) continue;
    if (peek().is(token_kind::end)) fail_expected("'}'");
    result->statements.push_back(statement());
    end_statement();
  }
  take();
  return result;
}

node_ptr parser_state::condition() {
  expect_symbol("(");
  mode_change change(*this, {.lines_end = false});
  auto result = expression();
  expect_symbol(")");
  return result;
}

node_ptr parser_state::if_statement() {
  auto result = std::make_shared<if_node>(take().at);
  result->condition = condition();
  result->yes = statement();
  size_t semicolons = 0;
  while (peek(semicolons).is_symbol(";"))
    ++semicolons;
  if (!peek(semicolons).is_name("else")) return result;
  for (; semicolons > 0; --semicolons)
    take();
  take();
  result->no = statement();
  return result;
}

/// for (x in X), for (a, b in X), for (x : X).
node_ptr parser_state::for_statement() {
  auto result = std::make_shared<for_node>(take().at);
  expect_symbol("(");
  {
    mode_change change(*this, {.lines_end = false});
    do {
      auto t = peek();
      define(expect_name("a variable's name"));
      result->variables.push_back(make_name(t.at, t.text));
    } while (take_symbol(","));
    if (!take_symbol(":") && !take_word("in")) fail_expected("'in' or ':'");
    result->source = expression();
    expect_symbol(")");
  }
  result->body = statement();
  return result;
}

node_ptr parser_state::while_statement() {
  auto result = std::make_shared<while_node>(node_kind::while_, take().at);
  result->condition = condition();
  result->body = statement();
  return result;
}

node_ptr parser_state::do_statement() {
  auto result = std::make_shared<while_node>(node_kind::do_while, take().at);
  result->body = statement();
  take_symbol(";");
  expect_word("while");
  result->condition = condition();
  return result;
}

node_ptr parser_state::try_statement() {
  auto result = std::make_shared<try_node>(take().at);
  result->body = statement();
  take_symbol(";");
  expect_word("catch");
  expect_symbol("(");
  auto t = peek();
  define(expect_name("the name of the caught error"));
  result->error = make_name(t.at, t.text);
  expect_symbol(")");
  result->handler = statement();
  return result;
}

node_ptr parser_state::leave_statement(node_kind kind) {
  auto result = std::make_shared<leave_node>(kind, take().at);
  if (!at_statement_end() && !peek().is_name("else")) result->expr = expression();
  if (kind == node_kind::throw_ && !result->expr) fail_expected("what to throw");
  return result;
}

/// timer s, timer(n) s.
node_ptr parser_state::timer_statement() {
  auto result = std::make_shared<timer_node>(take().at);
  if (peek().is_symbol("(")) {
    auto begin = at_;
    auto count = condition();
    bool body_follows = !at_statement_end() && (starts_operand(0) || peek().is_symbol("{"));
    if (body_follows)
      result->repeat = std::move(count);
    else
      at_ = begin; // `timer (a+b)` times the expression
  }
  result->body = statement();
  return result;
}

/// assert c; assert label, c.
node_ptr parser_state::assert_statement() {
  auto result = std::make_shared<assert_node>(take().at);
  auto begin = at_;
  auto first = expression();
  if (take_symbol(",")) {
    result->label = std::move(first);
    begin = at_;
    first = expression();
  }
  result->condition = std::move(first);
  for (size_t i = begin; i < at_; ++i) {
    if (i > begin && tokens_[i].space_before) result->source += ' ';
    result->source += tokens_[i].text;
  }
  return result;
}

node_ptr parser_state::module_statement(node_kind kind) {
  auto at = take().at;
  std::string name = expect_name("a module's name");
  while (take_symbol("::"))
    name += "::" + expect_name("a module's name");
  return std::make_shared<module_node>(kind, at, std::move(name));
}

node_ptr parser_state::undef_statement() {
  auto result = std::make_shared<undef_node>(take().at);
  if (take_word("all")) return result;
  do
    result->names.push_back(expect_name("a variable's name"));
  while (take_symbol(","));
  return result;
}

node_ptr parser_state::share_statement() {
  auto result = std::make_shared<share_node>(take().at);
  result->expr = expression();
  expect_word("as");
  result->name = alias_names().front();
  if (functions_.empty()) define(result->name);
  return result;
}

/// class C : base { name :: TYPE ... def f(..) {..} ... }
node_ptr parser_state::class_statement() {
  auto result = std::make_shared<class_node>(take().at);
  result->name = expect_name("the name of the class");
  define(result->name, name_use::function);
  if (take_symbol(":")) result->base = expect_name("the name of the base class");
  expect_symbol("{");
  mode_change change(*this, {});
  while (!take_symbol("}")) {
    if (take_symbol(";")) continue;
    if (peek().is_name("def")) {
      auto method = definition();
      if (!try_as<function_node>(method)) fail("A method needs a body", previous());
      result->methods.push_back(std::static_pointer_cast<const function_node>(method));
    } else {
      auto name = expect_name("an attribute or a method");
      expect_symbol("::");
      std::string type = expect_name("the type of the attribute");
      if (take_symbol("[")) {
        expect_symbol("]");
        type += "[]";
      }
      result->attributes.emplace_back(std::move(name), std::move(type));
    }
    end_statement();
  }
  return result;
}

// -- assignments

/// `&x = y` and `const x = y`.
node_ptr parser_state::const_or_reference(bool is_const) {
  auto start = take();
  auto t = peek();
  node_list targets{make_name(t.at, expect_name("a variable's name"))};
  return assignment(std::move(targets), start, !is_const, is_const);
}

node_ptr parser_state::expression_or_assignment() {
  auto start = peek();
  auto first = expression();
  const auto& t = peek();
  bool several = t.is_symbol(",") && !t.newline_before;
  static constexpr std::string_view compound[] = {
      "+=", "-=", "*=", "/=", "\\=", "%=", "**=", "<<=", ">>="};
  bool is_compound = t.is(token_kind::symbol) && std::find(std::begin(compound), std::end(compound),
                                                           t.text) != std::end(compound);
  if (!t.is_symbol("=") && !several && !is_compound) return first;
  node_list targets{std::move(first)};
  while (take_symbol(","))
    targets.push_back(expression());
  return assignment(std::move(targets), start, false, false);
}

/// From the `=` (or compound operator) on.
node_ptr parser_state::assignment(node_list targets, const token& start, bool by_reference,
                                  bool is_const) {
  auto result = std::make_shared<assign_node>(start.at);
  auto sign = peek();
  if (!sign.is(token_kind::symbol) || sign.text.back() != '=') fail_expected("'='");
  for (const auto& target : targets) {
    bool assignable = target->kind == node_kind::name || target->kind == node_kind::index ||
                      target->kind == node_kind::member;
    if (!assignable)
      fail("Please use '==' rather than '=' as equal operator in non-sql expression.", sign);
  }
  take();
  if (sign.text != "=") {
    result->is_compound = true;
    find_operator(sign.text.substr(0, sign.text.size() - 1), result->op);
  }
  result->expr = expression();
  if (targets.size() > 1 && peek().is_symbol(",")) { // a, b = b, a
    auto tuple = std::make_shared<list_node>(node_kind::tuple, result->expr->at);
    tuple->items.push_back(std::move(result->expr));
    while (take_symbol(","))
      tuple->items.push_back(expression());
    result->expr = std::move(tuple);
  }
  result->by_reference = by_reference;
  result->is_const = is_const;
  const auto* other = try_as<name_node>(result->expr);
  if (by_reference && other && !functions_.empty())
    share_slot(as<name_node>(*targets[0]).name, other->name);
  for (const auto& target : targets)
    define_target(target, *result->expr, start);
  result->targets = std::move(targets);
  return result;
}

void parser_state::define_target(const node_ptr& target, const node& expr, const token& start) {
  const auto* name = try_as<name_node>(target);
  if (!name) return;
  auto type = type_from_name(name->name);
  bool constant =
      (type && type_name(*type) == name->name) || name->name == "pi" || name->name == "e";
  if (constant && functions_.empty())
    fail(fmt::format("'{}' is a constant. Please use '==' rather than '=' as equal operator in "
                     "non-sql expression.",
                     name->name),
         start);
  bool function = expr.kind == node_kind::function || expr.kind == node_kind::partial ||
                  expr.kind == node_kind::higher_order;
  define(name->name, function ? name_use::function : name_use::variable);
}

// -- the public side

script_parser::script_parser(std::string_view text, parse_options options)
    : state_(std::make_unique<parser_state>(text, std::move(options))) {}
script_parser::~script_parser() = default;

std::shared_ptr<const block_node> script_parser::next_unit() { return state_->unit(); }

std::shared_ptr<const block_node> parse_script(std::string_view text, parse_options options) {
  return parser_state(text, std::move(options)).script();
}

node_ptr parse_expression(std::string_view text, parse_options options) {
  return parser_state(text, std::move(options)).single_expression();
}

} // namespace pelorus
