// The clauses of a query, its select list, case, and window functions.
#include <fmt/format.h>

#include "query/lexer.hpp"
#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

bool parser_state::take_by(std::string_view first) {
  if (!is_word(peek(), first) || !is_word(peek(1), "by")) return false;
  take();
  take();
  return true;
}

/// Takes one clause if one follows, also on the next line.
bool parser_state::clause(select_node& s) {
  auto once = [&](bool given) {
    if (given) fail("The query has this clause already", previous());
  };
  auto group = [&](group_kind kind) {
    once(s.grouping != group_kind::none);
    s.grouping = kind;
    s.group_by = list_of_items();
    return true;
  };
  bool assigned =
      peek(1).is_symbol("=") && peek().newline_before; // `limit = 3` is the next statement
  if (assigned) return false;
  if (take_word("from")) return once(s.from != nullptr), s.from = tables(), true;
  if (take_word("where")) return once(!s.where.empty()), s.where = list_of_conditions(), true;
  if (take_by("group")) return group(group_kind::group_by);
  if (take_by("context")) return group(group_kind::context_by);
  if (take_by("pivot")) return group(group_kind::pivot_by);
  if (take_by("cgroup")) return once(!s.cgroup_by.empty()), s.cgroup_by = list_of_items(), true;
  if (take_word("csort")) return once(!s.csort.empty()), s.csort = order_list(), true;
  if (take_word("having")) return once(!s.having.empty()), s.having = list_of_conditions(), true;
  if (take_by("order")) return once(!s.order_by.empty()), s.order_by = order_list(), true;
  if (is_word(peek(), "limit") && starts_operand(1)) {
    take();
    return once(s.limit != nullptr), limit(s.limit, s.offset), true;
  }
  if (is_word(peek(), "map") && ends_line(1) && s.from) return take(), s.map = true;
  return false;
}

/// limit n; limit offset, n; limit n offset k.
void parser_state::limit(node_ptr& count, node_ptr& offset) {
  count = binary(precedence::bit_or);
  if (take_symbol(",")) {
    offset = std::move(count);
    count = binary(precedence::bit_or);
  } else if (take_word("offset")) {
    offset = binary(precedence::bit_or);
  }
}

/// price1...price5 ahead, to be taken.
parser_state::name_range parser_state::range_of_names() {
  auto from = take();
  take();
  auto to = take();
  auto split = [](const std::string& name) {
    auto digits = name.find_last_not_of("0123456789") + 1;
    return std::pair{name.substr(0, digits), name.substr(digits)};
  };
  auto [stem, first] = split(from.text);
  auto [stem_to, last] = split(to.text);
  bool good = stem == stem_to && !first.empty() && !last.empty() && first.size() <= 5 &&
              last.size() <= 5 && std::stoi(first) <= std::stoi(last);
  if (!good)
    fail(fmt::format(
             "'{}...{}' is no range of names: they must differ in an ascending number at their end",
             from.text, to.text),
         from);
  return {stem, std::stoi(first), static_cast<size_t>(std::stoi(last) - std::stoi(first)) + 1};
}

/// The name of a range that the current repetition of the select item stands for.
node_ptr parser_state::ranged_name() {
  auto at = peek();
  auto range = range_of_names();
  if (range_size_ != 0 && range.size != range_size_)
    fail(fmt::format("The ranges of names in one item must have one length, not {} and {}",
                     range_size_, range.size),
         at);
  range_size_ = range.size;
  return make_name(at.at, range.name(range_index_));
}

/// f(price1...price5) passes five arguments.
bool parser_state::range_argument(std::vector<argument>& result) {
  bool whole = peek().is(token_kind::name) && peek(1).is_symbol("...") &&
               peek(2).is(token_kind::name) && (peek(3).is_symbol(",") || peek(3).is_symbol(")"));
  if (!whole) return false;
  auto at = peek().at;
  auto range = range_of_names();
  for (size_t i = 0; i < range.size; ++i)
    result.push_back({"", make_name(at, range.name(i)), ""});
  return true;
}

/// One item, or as many as the ranges of names inside it have names.
void parser_state::select_items(node_list& items) {
  auto begin = at_;
  range_index_ = range_size_ = 0;
  items.push_back(select_item());
  auto count = range_size_;
  for (size_t i = 1; i < count; ++i) {
    at_ = begin;
    range_index_ = i;
    items.push_back(select_item());
  }
  range_index_ = range_size_ = 0;
}

node_ptr parser_state::select_item() {
  if (peek().is_symbol("*")) return std::make_shared<star_node>(take().at);
  return aliased(expression());
}

/// as name, as `a`b, as "two words".
std::vector<std::string> parser_state::alias_names() {
  if (peek(1).is_symbol("...") && peek(2).is(token_kind::name))
    return {range_of_names().name(range_index_)};
  if (peek().is(token_kind::name)) return {take().text};
  if (!peek().is(token_kind::literal)) fail_expected("a name behind 'as'");
  auto t = take();
  if (t.constant.is_text()) return {std::string{t.constant.text()}};
  if (!t.constant.is_vector() || t.constant.type() != type_id::string)
    fail("A name must follow 'as'", t);
  std::vector<std::string> names;
  for (size_t i = 0; i < t.constant.size(); ++i)
    names.emplace_back(t.constant.vec().text(i));
  return names;
}

node_ptr parser_state::aliased(node_ptr expr) {
  if (!is_word(peek(), "as")) return expr;
  auto result = std::make_shared<aliased_node>(take().at);
  result->names = alias_names();
  result->expr = std::move(expr);
  return result;
}

node_list parser_state::list_of_items() {
  node_list result;
  do
    result.push_back(aliased(expression()));
  while (take_symbol(","));
  return result;
}

node_list parser_state::list_of_conditions() {
  node_list result;
  do
    result.push_back(expression());
  while (take_symbol(","));
  return result;
}

std::vector<order_item> parser_state::order_list() {
  std::vector<order_item> result;
  do {
    order_item item;
    item.expr = expression();
    if (take_word("desc"))
      item.descending = true;
    else
      take_word("asc");
    if (take_word("nulls")) {
      if (take_word("first"))
        item.place = order_item::nulls::first;
      else if (take_word("last"))
        item.place = order_item::nulls::last;
      else
        fail_expected("'first' or 'last'");
    }
    result.push_back(std::move(item));
  } while (take_symbol(","));
  return result;
}

node_ptr parser_state::case_when() {
  depth_guard guard(*this);
  auto result = std::make_shared<case_node>(take().at);
  mode_change change(*this, {.lines_end = false, .sql = true});
  if (!is_word(peek(), "when")) result->operand = expression();
  while (take_word("when")) {
    auto when = expression();
    expect_word("then");
    result->whens.emplace_back(std::move(when), expression());
  }
  if (result->whens.empty()) fail_expected("'when'");
  if (take_word("else")) result->otherwise = expression();
  expect_word("end");
  return result;
}

/// f(x) over (partition by .. order by .. rows between .. and ..).
node_ptr parser_state::over(node_ptr call) {
  auto result = std::make_shared<window_node>(take().at);
  result->call = std::move(call);
  expect_symbol("(");
  mode_change change(*this, {.lines_end = false, .sql = true, .frame = true});
  if (take_by("partition")) result->partition_by = list_of_conditions();
  if (take_by("order")) result->order_by = order_list();
  if (is_any_word(peek(), {"rows", "range"})) frame(*result);
  expect_symbol(")");
  return result;
}

void parser_state::frame(window_node& w) {
  w.has_frame = true;
  w.by_range = is_word(take(), "range");
  if (take_word("between")) {
    w.from = frame_bound();
    expect_word("and");
    w.to = frame_bound();
  } else {
    w.from = frame_bound();
    w.to.where = window_node::bound::place::current_row;
  }
}

window_node::bound parser_state::frame_bound() {
  using place = window_node::bound::place;
  window_node::bound result;
  if (take_word("current")) {
    expect_word("row");
    result.where = place::current_row;
    return result;
  }
  bool unbounded = take_word("unbounded");
  if (!unbounded) result.offset = binary(precedence::additive);
  if (take_word("preceding")) {
    result.where = unbounded ? place::unbounded_preceding : place::preceding;
  } else if (take_word("following")) {
    result.where = unbounded ? place::unbounded_following : place::following;
  } else {
    fail_expected("'preceding' or 'following'");
  }
  return result;
}

} // namespace pelorus
