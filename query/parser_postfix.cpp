// What follows an operand: calls, indices, members, partial application, over(..); and arguments.
#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

bool is_adjacent(const token& a, const token& b) { return a.finish == b.begin; }

} // namespace

node_ptr parser_state::postfix(node_ptr operand) {
  for (size_t count = 0; postfix_step(operand); ++count)
    if (count > max_operators_in_a_row)
      fail(fmt::format("At most {} calls may follow one another", max_operators_in_a_row), peek());
  return operand;
}

bool parser_state::postfix_step(node_ptr& operand) {
  const auto& t = peek();
  bool constant = operand->kind == node_kind::literal;
  if (t.is_symbol(".") && peek(1).is(token_kind::name) && is_adjacent(t, peek(1))) {
    operand = member_or_method(std::move(operand));
    return true;
  }
  if (t.is_symbol(".") && (peek(1).is_symbol("(") || peek(1).is_symbol("{")) && !t.space_before) {
    operand = computed_member(std::move(operand));
    return true;
  }
  if (t.is_symbol(".") && mode_.sql && peek(1).is_symbol("*")) {
    auto all = std::make_shared<member_node>(take().at);
    take();
    all->object = std::move(operand);
    all->name = "*";
    operand = std::move(all);
    return true;
  }
  if (t.newline_before) return false;
  bool is_name = operand->kind == node_kind::name;
  if (t.is_symbol("(") && !constant && (!t.space_before || is_name)) {
    auto at = take().at;
    auto given = arguments(")", try_as<name_node>(operand));
    operand = call_of(std::move(operand), std::move(given), at);
    return true;
  }
  if (t.is_symbol("[") && (!t.space_before || is_name)) {
    auto index = std::make_shared<index_node>(take().at);
    mode_change change(*this, mode_change::brackets(mode_));
    do
      index->indices.push_back(index_item());
    while (take_symbol(","));
    expect_symbol("]");
    index->object = std::move(operand);
    operand = std::move(index);
    return true;
  }
  if (t.is_symbol("{") && !t.space_before && !constant) {
    auto partial = std::make_shared<partial_node>(take().at);
    partial->arguments = arguments("}", try_as<name_node>(operand));
    partial->function = std::move(operand);
    operand = std::move(partial);
    return true;
  }
  if (is_word(t, "over") && peek(1).is_symbol("(") && operand->kind == node_kind::call) {
    operand = over(std::move(operand));
    return true;
  }
  return false;
}

node_ptr parser_state::member_or_method(node_ptr object) {
  auto at = take().at;
  auto name = take();
  std::string text = name.text;
  while (peek().is_symbol("::") && peek(1).is(token_kind::name)) {
    take();
    text += "::" + take().text;
  }
  if (peek().is_symbol("(") && !peek().space_before) {
    take();
    auto function = make_name(name.at, std::move(text));
    auto given = arguments(")", function.get());
    given.insert(given.begin(), {"", std::move(object), ""});
    return call_of(std::move(function), std::move(given), name.at, true);
  }
  auto member = std::make_shared<member_node>(at);
  member->object = std::move(object);
  member->name = std::move(text);
  return member;
}

/// x.(i) is x[i]; x.{f}(y) calls the function that the expression in braces gives: f(x, y).
node_ptr parser_state::computed_member(node_ptr object) {
  auto at = take().at;
  if (peek().is_symbol("(")) {
    auto index = std::make_shared<index_node>(at);
    index->object = std::move(object);
    index->indices = {parenthesised()};
    return index;
  }
  take();
  mode_change change(*this, mode_change::brackets(mode_));
  auto function = expression();
  expect_symbol("}");
  expect_symbol("(");
  auto given = arguments(")", nullptr);
  given.insert(given.begin(), {"", std::move(object), ""});
  return call_of(std::move(function), std::move(given), at);
}

node_ptr parser_state::call_of(node_ptr function, std::vector<argument> arguments, text_position at,
                               bool method) {
  auto call = std::make_shared<call_node>(at);
  call->function = std::move(function);
  for (const auto& a : arguments) {
    const auto* name = try_as<name_node>(a.expr);
    const auto* member = try_as<member_node>(a.expr);
    call->argument_names.push_back(!a.alias.empty() ? a.alias
                                   : name           ? name->name
                                   : member         ? member->name
                                                    : "");
  }
  call->arguments = std::move(arguments);
  call->method = method;
  return call;
}

/// Behind an opening bracket, up to and with the closing one. `f()` has no argument, `f(,1)` an
/// empty first place.
std::vector<argument> parser_state::arguments(std::string_view close, const name_node* callee) {
  mode_change change(*this, mode_change::brackets(mode_));
  std::vector<argument> result;
  if (take_symbol(close)) return result;
  do {
    if (!range_argument(result)) result.push_back(one_argument(callee));
  } while (take_symbol(","));
  if (!peek().is_symbol(close)) fail_expected(fmt::format("',' or '{}'", close));
  take();
  return result;
}

/// `name=` names an argument; in SQL it may be a comparison with a column instead.
bool parser_state::names_argument(const name_node* callee) const {
  if (!peek().is(token_kind::name) || !peek(1).is_symbol("=")) return false;
  if (!mode_.sql || callee == nullptr || callee->builtin == nullptr) return true;
  for (const auto& parameter : callee->builtin->parameters())
    if (parameter == peek().text) return true;
  return false;
}

argument parser_state::one_argument(const name_node* callee) {
  argument result;
  if (peek().is_symbol(",") || peek().is_symbol(")") || peek().is_symbol("}")) return result;
  bool count_all = peek().is_symbol("*") && callee != nullptr && peek(1).is_symbol(")") &&
                   (callee->name == "count" || callee->name == "nunique");
  if (count_all) {
    result.expr = std::make_shared<star_node>(take().at);
    return result;
  }
  if (names_argument(callee)) {
    result.name = take().text;
    take();
  }
  result.expr = expression();
  if (take_word("as")) result.alias = alias_names().front();
  return result;
}

/// An index may leave out one end of a range: x[2:], x[:3], or be empty: m[, 1].
node_ptr parser_state::index_item() {
  auto open_end = [&] {
    return std::make_shared<literal_node>(peek().at, value::null(type_id::int_));
  };
  if (peek().is_symbol(",") || peek().is_symbol("]")) return nullptr;
  if (peek().is_symbol(":")) {
    auto at = take().at;
    bool whole = peek().is_symbol("]") || peek().is_symbol(","); // x[:]
    return std::make_shared<binary_node>(at, op::pair, open_end(),
                                         whole ? open_end() : expression());
  }
  auto first = expression();
  if (peek().is_symbol(":") && (peek(1).is_symbol("]") || peek(1).is_symbol(","))) {
    auto at = take().at;
    return std::make_shared<binary_node>(at, op::pair, std::move(first), open_end());
  }
  return first;
}

} // namespace pelorus
