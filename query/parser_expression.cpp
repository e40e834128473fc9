// Expressions with operators: precedence climbing, infix functions, calls, indices, members.
#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

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
    if (count > max_operators_in_a_row)
      fail(fmt::format("An expression may have at most {} operators in a row",
                       max_operators_in_a_row),
           peek());
  return left;
}

/// A line of SQL may begin with one of these and still belong to the expression before it.
bool parser_state::line_goes_on() const {
  const auto& t = peek();
  if (goes_on(t)) return true;
  if (!mode_.sql) return false;
  if (t.kind == token_kind::symbol)
    return t.text == "&&" || t.text == "||" || t.text == "+" || t.text == "/" || t.text == "==" ||
           t.text == "=" || t.text == ">=" || t.text == "<=" || t.text == "!=";
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
    return !is_any_word(peek(), {"and", "or"}) &&
           infix_call(left, least); // never as functions of that name
  }
  op o;
  if (mode_.metacode && closes_metacode()) return false;
  if (!symbol_operator(o) || info(o).precedence < least) return false;
  bool open_end = peek(1).is_symbol("]") || peek(1).is_symbol(","); // x[2:]
  if (o == op::pair && (mode_.no_pair || open_end)) return false;
  auto at = take().at;
  if (template_follows(0)) {
    auto function = template_of(make_name(at, std::string{info(o).function}));
    auto right = binary(info(o).precedence + 1);
    left =
        call_of(std::move(function), {{"", std::move(left), ""}, {"", std::move(right), ""}}, at);
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
    return line_goes_on() && !(mode_.metacode && closes_metacode()) && symbol_operator(next) &&
           is_comparison(next);
  };
  if (!goes_further())
    return std::make_shared<binary_node>(at, first, std::move(left), std::move(right));
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

/// Is the `>` ahead the end of the metacode? It is when no operand follows. `>>` is split when it
/// is two ends.
bool parser_state::closes_metacode() {
  auto& t = tokens_[at_];
  if (t.kind != token_kind::symbol || t.text.empty() || t.text[0] != '>' || t.text == ">=")
    return false;
  const auto& next = peek(1);
  bool closes = next.newline_before || !starts_operand(1);
  if (next.is_symbol("-") || next.is_symbol("<"))
    closes = !is_adjacent(next, peek(2)) && next.space_before;
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
  bool null_test = is_word(peek(), "is") &&
                   (peek(1).text == "null" || peek(1).text == "NULL" || is_word(peek(1), "not"));
  if (null_test) {
    left = is_null(std::move(left), at);
    return true;
  }
  bool negated = is_word(peek(), "not") && is_any_word(peek(1), {"in", "like", "between"});
  size_t word = negated ? 1 : 0;
  if (!is_any_word(peek(word), {"in", "like", "between"}) || template_follows(word + 1))
    return false;
  if (negated) take();
  auto name = take();
  node_ptr result;
  if (is_word(name, "between")) {
    result = between(std::move(left), at);
  } else {
    auto function = make_name(name.at, is_word(name, "in") ? "in" : "like");
    auto right = binary(precedence::multiplicative + 1);
    result =
        call_of(std::move(function), {{"", std::move(left), ""}, {"", std::move(right), ""}}, at);
  }
  left =
      negated ? std::make_shared<unary_node>(at, op::not_, std::move(result)) : std::move(result);
  return true;
}

/// x between a:b, x between a and b.
node_ptr parser_state::between(node_ptr left, text_position at) {
  auto low = binary(precedence::bit_or);
  auto* whole = try_as<binary_node>(low);
  bool is_pair = whole != nullptr && whole->op == op::pair;  // what follows is the next condition then
  if (!is_pair && is_word(peek(), "and") && line_goes_on()) {
    auto middle = take().at;
    low =
        std::make_shared<binary_node>(middle, op::pair, std::move(low), binary(precedence::bit_or));
  }
  return call_of(make_name(at, "between"), {{"", std::move(left), ""}, {"", std::move(low), ""}},
                 at);
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
  if (precedence::multiplicative < least || is_any_word(peek(), {"and", "or"})) return false;
  size_t behind = 1;
  while (peek(behind).is_symbol("::") && peek(behind + 1).is(token_kind::name))
    behind += 2;
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
  bool operator_alone = peek(1).is_symbol(",") || peek(1).is_symbol(")") ||
                        peek(1).is_symbol("{") || template_follows(1);
  bool is_sign = (t.is_symbol("-") || t.is_symbol("!")) && !operator_alone;
  bool negative_literal = t.is_symbol("-") && peek(1).is(token_kind::literal) &&
                          is_adjacent(t, peek(1)) && !peek(1).constant.is_text() &&
                          peek(1).constant.is_scalar();
  if (!is_not && (!is_sign || negative_literal)) return postfix(operand());
  depth_guard guard(*this);
  auto sign = take();
  auto what = is_not ? binary(precedence::comparison) : unary();
  return std::make_shared<unary_node>(sign.at, sign.is_symbol("-") ? op::neg : op::not_,
                                      std::move(what));
}

} // namespace pelorus
