// Expressions with operators: precedence climbing, infix functions, calls, indices, members.
#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

/// Operators (or calls) side by side in one expression; longer ones would make the tree too deep for the stack.
constexpr size_t max_chain = 2000;

bool is_adjacent(const token& a, const token& b) { return a.finish == b.begin; }

} // namespace

node_ptr parser_state::expression() {
  depth_guard guard(*this);
  auto left = binary(precedence::or_);
  return peek().is_symbol("?") && goes_on(peek()) ? ternary(std::move(left)) : left;
}

node_ptr parser_state::ternary(node_ptr condition) {
  auto result = std::make_shared<ternary_node>(take().at);
  result->condition = std::move(condition);
  {
    auto next = mode_;
    next.no_pair = true;
    mode_change change(*this, next);
    result->yes = expression();
  }
  expect_symbol(":");
  result->no = expression();
  return result;
}

node_ptr parser_state::binary(int least) {
  auto left = unary();
  for (size_t count = 0; binary_step(left, least); ++count)
    if (count > max_chain) fail(fmt::format("An expression may have at most {} operators in a row", max_chain), peek());
  return left;
}

/// A line of SQL may begin with one of these and still belong to the expression before it.
bool parser_state::line_goes_on() const {
  const auto& t = peek();
  if (goes_on(t)) return true;
  if (!mode_.sql) return false;
  if (t.kind == token_kind::symbol)
    return t.text == "&&" || t.text == "||" || t.text == "+" || t.text == "/" || t.text == "==" || t.text == "=" ||
           t.text == ">=" || t.text == "<=" || t.text == "!=";
  return is_any_word(t, {"and", "or", "like", "in", "between", "not"});
}

bool parser_state::symbol_operator(op& found) const {
  const auto& t = peek();
  if (t.kind != token_kind::symbol) return false;
  if (t.text == "=" && mode_.sql) {
    found = op::eq;
    return true;
  }
  return find_operator(t.text, found) != nullptr;
}

bool parser_state::binary_step(node_ptr& left, int least) {
  if (!line_goes_on()) return false;
  if (peek().kind == token_kind::name) {
    if (stops(0)) return false;
    if (word_operator(left, least)) return true;
    return !is_any_word(peek(), {"and", "or"}) && infix_call(left, least);  // never as functions of that name
  }
  op o;
  if (mode_.metacode && closes_metacode()) return false;
  if (!symbol_operator(o) || info(o).precedence < least) return false;
  bool open_end = peek(1).is_symbol("]") || peek(1).is_symbol(",");  // x[2:]
  if (o == op::pair && (mode_.no_pair || open_end)) return false;
  auto at = take().at;
  if (template_follows(0)) {
    auto function = template_of(make_name(at, std::string{info(o).function}));
    auto right = binary(info(o).precedence + 1);
    left = call_of(std::move(function), {{"", std::move(left), ""}, {"", std::move(right), ""}}, at);
  } else if (is_comparison(o)) {
    left = comparison(std::move(left), o, at);
  } else {
    auto right = binary(info(o).precedence + 1);
    left = std::make_shared<binary_node>(at, o, std::move(left), std::move(right));
  }
  return true;
}

/// One comparison, or a chain `a < b <= c`.
node_ptr parser_state::comparison(node_ptr left, op first, text_position at) {
  auto right = binary(precedence::comparison + 1);
  op next;
  auto goes_further = [&] {
    return line_goes_on() && !(mode_.metacode && closes_metacode()) && symbol_operator(next) && is_comparison(next);
  };
  if (!goes_further()) return std::make_shared<binary_node>(at, first, std::move(left), std::move(right));
  auto chain = std::make_shared<chain_node>(at);
  chain->operands = {std::move(left), std::move(right)};
  chain->ops = {first};
  while (goes_further()) {
    take();
    chain->ops.push_back(next);
    chain->operands.push_back(binary(precedence::comparison + 1));
  }
  return chain;
}

/// Is the `>` ahead the end of the metacode? It is when no operand follows. `>>` is split when it is two ends.
bool parser_state::closes_metacode() {
  auto& t = tokens_[at_];
  if (t.kind != token_kind::symbol || t.text.empty() || t.text[0] != '>' || t.text == ">=") return false;
  const auto& next = peek(1);
  bool closes = next.newline_before || !starts_operand(1);
  if (next.is_symbol("-") || next.is_symbol("<")) closes = !is_adjacent(next, peek(2)) && next.space_before;
  if (!closes) return false;
  if (t.text == ">>") {
    token second = t;
    t.text = second.text = ">";
    t.finish = second.begin = t.begin + 1;
    second.space_before = second.newline_before = false;
    tokens_.insert(tokens_.begin() + static_cast<ptrdiff_t>(at_) + 1, second);
  }
  return true;
}

/// and, or, [not] in / like / between, is [not] null.
bool parser_state::word_operator(node_ptr& left, int least) {
  auto at = peek().at;
  bool is_and = is_word(peek(), "and");
  if (is_and || is_word(peek(), "or")) {
    op o = is_and ? op::and_ : op::or_;
    if (info(o).precedence < least) return false;
    take();
    auto right = binary(info(o).precedence + 1);
    left = std::make_shared<binary_node>(at, o, std::move(left), std::move(right));
    return true;
  }
  if (precedence::multiplicative < least) return false;
  bool null_test = is_word(peek(), "is") && (peek(1).text == "null" || peek(1).text == "NULL" || is_word(peek(1), "not"));
  if (null_test) {
    left = is_null(std::move(left), at);
    return true;
  }
  bool negated = is_word(peek(), "not") && is_any_word(peek(1), {"in", "like", "between"});
  size_t word = negated ? 1 : 0;
  if (!is_any_word(peek(word), {"in", "like", "between"}) || template_follows(word + 1)) return false;
  if (negated) take();
  auto name = take();
  node_ptr result;
  if (is_word(name, "between")) {
    result = between(std::move(left), at);
  } else {
    auto function = make_name(name.at, is_word(name, "in") ? "in" : "like");
    auto right = binary(precedence::multiplicative + 1);
    result = call_of(std::move(function), {{"", std::move(left), ""}, {"", std::move(right), ""}}, at);
  }
  left = negated ? std::make_shared<unary_node>(at, op::not_, std::move(result)) : std::move(result);
  return true;
}

/// x between a:b, x between a and b.
node_ptr parser_state::between(node_ptr left, text_position at) {
  auto low = binary(precedence::bit_or);
  if (is_word(peek(), "and") && line_goes_on()) {
    auto middle = take().at;
    low = std::make_shared<binary_node>(middle, op::pair, std::move(low), binary(precedence::bit_or));
  }
  return call_of(make_name(at, "between"), {{"", std::move(left), ""}, {"", std::move(low), ""}}, at);
}

node_ptr parser_state::is_null(node_ptr left, text_position at) {
  take();
  bool negated = take_word("not");
  if (peek().text != "null" && peek().text != "NULL") fail_expected("'null'");
  take();
  auto test = call_of(make_name(at, "isNull"), {{"", std::move(left), ""}}, at);
  return negated ? std::make_shared<unary_node>(at, op::not_, std::move(test)) : test;
}

/// `x f y` for any function f, and `x f :E y`.
bool parser_state::infix_call(node_ptr& left, int least) {
  if (precedence::multiplicative < least) return false;
  size_t behind = 1;
  while (peek(behind).is_symbol("::") && peek(behind + 1).is(token_kind::name)) behind += 2;
  bool with_template = template_follows(behind);
  size_t right_at = with_template ? behind + 2 : behind;
  if (!starts_operand(right_at) || (peek(right_at).newline_before && mode_.lines_end)) return false;
  if (peek(right_at).is_symbol("{")) return false;
  auto at = peek().at;
  std::string name = take().text;
  for (; behind > 1; behind -= 2) {
    take();
    name += "::" + take().text;
  }
  node_ptr function = make_name(at, std::move(name));
  if (with_template) function = template_of(std::move(function));
  auto right = binary(precedence::multiplicative + 1);
  left = call_of(std::move(function), {{"", std::move(left), ""}, {"", std::move(right), ""}}, at);
  return true;
}

node_ptr parser_state::unary() {
  const auto& t = peek();
  bool is_not = mode_.sql && is_word(t, "not") && starts_operand(1);
  bool operator_alone = peek(1).is_symbol(",") || peek(1).is_symbol(")") || peek(1).is_symbol("{") || template_follows(1);
  bool is_sign = (t.is_symbol("-") || t.is_symbol("!")) && !operator_alone;
  bool negative_literal = t.is_symbol("-") && peek(1).is(token_kind::literal) && is_adjacent(t, peek(1)) &&
                          !peek(1).constant.is_text() && peek(1).constant.is_scalar();
  if (!is_not && (!is_sign || negative_literal)) return postfix(operand());
  depth_guard guard(*this);
  auto sign = take();
  auto what = is_not ? binary(precedence::comparison) : unary();
  return std::make_shared<unary_node>(sign.at, sign.is_symbol("-") ? op::neg : op::not_, std::move(what));
}

node_ptr parser_state::postfix(node_ptr operand) {
  for (size_t count = 0; postfix_step(operand); ++count)
    if (count > max_chain) fail(fmt::format("At most {} calls may follow one another", max_chain), peek());
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
    do index->indices.push_back(index_item());
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

node_ptr parser_state::call_of(node_ptr function, std::vector<argument> arguments, text_position at, bool method) {
  auto call = std::make_shared<call_node>(at);
  call->function = std::move(function);
  for (const auto& a : arguments) {
    const auto* name = try_as<name_node>(a.expr);
    const auto* member = try_as<member_node>(a.expr);
    call->argument_names.push_back(!a.alias.empty() ? a.alias : name ? name->name : member ? member->name : "");
  }
  call->arguments = std::move(arguments);
  call->method = method;
  return call;
}

/// Behind an opening bracket, up to and with the closing one. `f()` has no argument, `f(,1)` an empty first place.
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
  auto open_end = [&] { return std::make_shared<literal_node>(peek().at, value::null(type_id::int_)); };
  if (peek().is_symbol(",") || peek().is_symbol("]")) return nullptr;
  if (peek().is_symbol(":")) {
    auto at = take().at;
    bool whole = peek().is_symbol("]") || peek().is_symbol(",");  // x[:]
    return std::make_shared<binary_node>(at, op::pair, open_end(), whole ? open_end() : expression());
  }
  auto first = expression();
  if (peek().is_symbol(":") && (peek(1).is_symbol("]") || peek(1).is_symbol(","))) {
    auto at = take().at;
    return std::make_shared<binary_node>(at, op::pair, std::move(first), open_end());
  }
  return first;
}

} // namespace pelorus
