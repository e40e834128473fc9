// Operands: literals, names, prefix application, brackets of all kinds, metacode.
#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/literals.hpp"
#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

bool is_adjacent(const token& a, const token& b) { return a.finish == b.begin; }

bool is_negatable(const token& t) {
  return t.is(token_kind::literal) && t.constant.is_scalar() && !t.constant.is_text() &&
         t.constant.type() != type_id::void_ && !t.constant.is_null();
}

value negated(const value& x) {
  switch (physical_of(x.type())) {
  case physical::f32:
  case physical::f64: return value::real(x.type(), -x.raw_real());
  case physical::b16: {
    double parts[2];
    int128 raw = x.raw_wide();
    std::memcpy(parts, &raw, sizeof raw);
    parts[0] = -parts[0];
    std::memcpy(&raw, parts, sizeof raw);
    return value::wide(x.type(), raw);
  }
  default:
    if (x.type() == type_id::duration)
      return value::duration(-static_cast<int32_t>(x.raw_int()),
                             static_cast<int32_t>(x.raw_int() >> 32));
    return value::integral(x.type(), -x.raw_int(), x.scale());
  }
}

/// The items as one constant, or null when one of them is no constant. Empty places are NULL.
node_ptr fold(const node_list& items, text_position at) {
  if (items.empty()) return nullptr;
  std::vector<value> constants;
  for (const auto& item : items) {
    const auto* literal = try_as<literal_node>(item);
    if (item && !literal) return nullptr;
    constants.push_back(literal ? literal->constant : value{});
  }
  return std::make_shared<literal_node>(at, combine(constants));
}

} // namespace

node_ptr parser_state::operand() {
  const auto& t = peek();
  switch (t.kind) {
  case token_kind::literal: return literal_run();
  case token_kind::macro: {
    auto macro = take();
    return std::make_shared<macro_node>(macro.at, macro.text, macro.many);
  }
  case token_kind::name: return named();
  case token_kind::symbol: return symbol_operand();
  default: fail_expected("an expression");
  }
}

node_ptr parser_state::symbol_operand() {
  const auto& t = peek();
  if (t.is_symbol("-") && is_negatable(peek(1)) && is_adjacent(t, peek(1))) return literal_run();
  const auto& next = peek(1);
  op o;
  bool alone =
      next.is_symbol(",") || next.is_symbol(")") || next.is_symbol("{") || template_follows(1);
  if (alone && (find_operator(t.text, o) || t.is_symbol("!"))) return operator_value();
  if (t.is_symbol("(")) return lambda_follows() ? lambda() : parenthesised();
  if (t.is_symbol("[")) return bracketed();
  if (t.is_symbol("{")) return braced();
  if (t.is_symbol("<") || t.is_symbol("<-") || t.is_symbol("<<")) return metacode();
  if (t.is_symbol("*") && mode_.sql) return std::make_shared<star_node>(take().at);
  fail_expected("an expression");
}

/// An operator as a function: each(+, a, b), +{1}, -:P.
node_ptr parser_state::operator_value() {
  auto t = take();
  op o = op::not_;
  find_operator(t.text, o);
  node_ptr function = make_name(t.at, std::string{info(o).function});
  return template_follows(0) ? template_of(std::move(function)) : function;
}

// -- literals

/// Does the run of literals go on with the token ahead (`1 -2 3`, but not `1 - 2` or `1-2`)?
bool parser_state::literal_follows() const {
  const auto& t = peek();
  if (!goes_on(t)) return false;
  if (t.is(token_kind::literal)) return true;
  return t.is_symbol("-") && t.space_before && is_negatable(peek(1)) && is_adjacent(t, peek(1));
}

value parser_state::literal_item() {
  bool negative = take_symbol("-");
  auto constant = take().constant;
  return negative ? negated(constant) : constant;
}

node_ptr parser_state::literal_run() {
  auto at = peek().at;
  std::vector<value> items;
  bool chain = peek().is(token_kind::literal) && peek().constant.is_vector();
  items.push_back(literal_item());
  if (!literal_follows()) return std::make_shared<literal_node>(at, std::move(items.front()));
  auto add = [&](const value& x) {
    if (!x.is_vector()) return items.push_back(x);
    for (size_t i = 0; i < x.size(); ++i)
      items.push_back(element(x.vec(), i)); // a backtick chain
  };
  if (chain) {
    auto first = std::move(items.front());
    items.clear();
    add(first);
  }
  while (literal_follows())
    add(literal_item());
  return std::make_shared<literal_node>(at, combine(items));
}

// -- names

node_ptr parser_state::named() {
  const auto& t = peek();
  if (select_follows()) return query();
  if (is_word(t, "case") &&
      (is_word(peek(1), "when") || (mode_.sql && starts_operand(1) && !peek(1).is_symbol("("))))
    return case_when();
  if ((t.text == "def" || t.text == "defg") &&
      (peek(1).is(token_kind::name) || peek(1).is_symbol("(")))
    return definition();
  if (peek(1).is_symbol("->")) return lambda();
  if (mode_.sql && peek(1).is_symbol("...") && peek(2).is(token_kind::name)) return ranged_name();
  if (stops(0)) fail_expected("an expression");
  return name_or_prefix();
}

/// f:E and its like, seen from the colon on.
bool parser_state::template_follows(size_t ahead) const {
  const auto& colon = peek(ahead);
  const auto& letter = peek(ahead + 1);
  static constexpr std::string_view letters = "EPOLRCTAGXUHV";
  return colon.is_symbol(":") && letter.is(token_kind::name) && letter.text.size() == 1 &&
         is_adjacent(colon, letter) && letters.find(letter.text[0]) != std::string_view::npos;
}

node_ptr parser_state::template_of(node_ptr function) {
  auto at = take().at;
  return std::make_shared<higher_order_node>(at, std::move(function), take().text);
}

node_ptr parser_state::name_or_prefix() {
  auto t = take();
  std::string name = t.text;
  while (peek().is_symbol("::") && peek(1).is(token_kind::name)) {
    take();
    name += "::" + take().text;
  }
  auto function = make_name(t.at, name);
  bool tight =
      is_adjacent(t, peek()) && peek(2).is_symbol("(") && is_adjacent(peek(1), peek(2)); // f:E(x)
  if (template_follows(0) && (tight || use_of(name) != name_use::variable) && !mode_.no_pair) {
    auto applied = template_of(function);
    bool prefix = starts_operand(0) && goes_on(peek()) && !peek().is_symbol("(");
    return prefix ? call_of(applied, {{"", expression(), ""}}, t.at) : applied;
  }
  if (mode_.no_prefix || !takes_prefix_argument(name)) return function;
  return call_of(function, {{"", expression(), ""}}, t.at);
}

/// `f x`: does what follows the name become its argument?
bool parser_state::takes_prefix_argument(const std::string& name) const {
  const auto& next = peek();
  if (!next.space_before || !goes_on(next)) return false;
  auto use = use_of(name);
  if (use == name_use::variable) return false;
  switch (next.kind) {
  case token_kind::literal:
  case token_kind::macro: return true;
  case token_kind::name: return name_is_prefix_argument(use);
  case token_kind::symbol: break;
  default: return false;
  }
  bool tight = is_adjacent(next, peek(1));
  if (next.is_symbol("!")) return true;
  if (use != name_use::function) return false;
  if (next.is_symbol("[")) return true;
  return tight && (next.is_symbol("-") || (next.is_symbol("<") && !mode_.sql));
}

/// `f x` with a name x: not when x is itself an infix function (`a join b`).
bool parser_state::name_is_prefix_argument(name_use use) const {
  const auto& next = peek();
  if (stops(0) || is_any_word(next, {"and", "or", "like", "between", "in"})) return false;
  if (is_word(next, "is") || is_word(next, "over")) return false;
  if (is_word(next, "not") && is_any_word(peek(1), {"in", "like", "between"})) return false;
  if (use == name_use::function) return true;
  bool operand_behind = starts_operand(1) && goes_on(peek(1)) && peek(1).space_before;
  bool call_behind = peek(1).is_symbol("(") || peek(1).is_symbol("[");
  if (use_of(next.text) == name_use::function) return !operand_behind && !template_follows(1);
  return !operand_behind || call_behind;
}

// -- brackets

/// Items up to and with the closing bracket; empty places are null. `close` alone gives no item.
node_list parser_state::items(std::string_view close) {
  node_list result;
  if (take_symbol(close)) return result;
  do {
    bool empty = peek().is_symbol(",") || peek().is_symbol(close);
    result.push_back(empty ? nullptr : expression());
  } while (take_symbol(","));
  if (!peek().is_symbol(close)) fail_expected(fmt::format("',' or '{}'", close));
  take();
  return result;
}

node_ptr parser_state::parenthesised() {
  auto at = take().at;
  mode_change change(*this, mode_change::brackets(mode_));
  auto parts = items(")");
  if (parts.size() == 1 && parts.front()) return parts.front();
  if (parts.size() == 2 && !parts.back()) parts.pop_back(); // (x,) is a tuple of one
  auto tuple = std::make_shared<list_node>(node_kind::tuple, at);
  tuple->items = std::move(parts);
  return tuple;
}

node_ptr parser_state::bracketed() {
  auto at = take().at;
  mode_change change(*this, mode_change::brackets(mode_));
  auto parts = items("]");
  if (auto constant = fold(parts, at)) return constant;
  auto vector = std::make_shared<list_node>(node_kind::vector, at);
  vector->items = std::move(parts);
  return vector;
}

/// {x, y -> ..} or {"key": value, ..}.
node_ptr parser_state::braced() {
  for (size_t i = 1; peek(i).is(token_kind::name); i += 2) {
    if (peek(i + 1).is_symbol("->")) return lambda();
    if (!peek(i + 1).is_symbol(",")) break;
  }
  auto dict = std::make_shared<dict_node>(take().at);
  mode_change change(*this, mode_change::brackets(mode_));
  if (take_symbol("}")) return dict;
  do {
    if (peek().is_symbol("}") && !dict->entries.empty()) break;
    auto key = dict_key();
    expect_symbol(":");
    dict->entries.emplace_back(std::move(key), expression());
  } while (take_symbol(","));
  expect_symbol("}");
  return dict;
}

node_ptr parser_state::dict_key() {
  const auto& t = peek();
  if (t.is(token_kind::name) && peek(1).is_symbol(":")) {
    auto name = take();
    return std::make_shared<literal_node>(name.at, value::of_text(name.text));
  }
  return binary(precedence::pair + 1);
}

node_ptr parser_state::metacode() {
  auto& t = tokens_[at_];
  if (t.text != "<") { // `<-x>` and `<<..>>` were read as one symbol
    token rest = t;
    rest.text = t.text.substr(1);
    rest.begin = t.begin + 1;
    rest.space_before = rest.newline_before = false;
    t.text = "<";
    t.finish = rest.begin;
    tokens_.insert(tokens_.begin() + static_cast<ptrdiff_t>(at_) + 1, rest);
  }
  auto at = take().at;
  mode_change change(*this, {.lines_end = false, .sql = true, .metacode = true});
  auto known_uses = uses_.size();
  auto inner = aliased(expression());
  if (!peek().is_symbol(">")) closes_metacode();
  if (!peek().is_symbol(">")) fail_expected("'>' at the end of the metacode");
  take();
  auto result = std::make_shared<metacode_node>(at, std::move(inner));
  for (size_t i = known_uses; i < uses_.size(); ++i)
    result->names.push_back(uses_[i]);
  return result;
}

} // namespace pelorus
