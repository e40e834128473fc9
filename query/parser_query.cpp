// select and exec: heads, tables, joins, set operations, with.
#include <fmt/format.h>

#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

/// `select` begins a query unless it is used as the name of an argument or variable.
bool parser_state::select_follows() const {
  if (!is_any_word(peek(), {"select", "exec"})) return false;
  const auto& next = peek(1);
  return starts_operand(1) || next.is_symbol("*") || next.is_symbol("[");
}

node_ptr parser_state::query() {
  depth_guard guard(*this);
  return set_operations(select());
}

/// with a as (select ..), b as (..) select ..
node_ptr parser_state::with_query() {
  auto with = take();
  std::vector<with_item> items;
  do {
    with_item item;
    item.name = expect_name("the name of the common table");
    expect_word("as");
    expect_symbol("(");
    mode_change change(*this, mode_change::brackets({.sql = true}));
    item.query = query();
    expect_symbol(")");
    items.push_back(std::move(item));
  } while (take_symbol(","));
  if (!select_follows()) fail_expected("'select' or 'exec'");
  auto first = select();
  first->with = std::move(items);
  return set_operations(std::move(first));
}

/// union [all], intersect [all], minus [all] between queries; the last one's order by and limit
/// belong to the whole.
node_ptr parser_state::set_operations(node_ptr left) {
  auto next = mode_;
  next.sql = true;
  mode_change change(*this, next);
  while (is_any_word(peek(), {"union", "intersect", "minus", "except"}) &&
         (is_any_word(peek(1), {"all", "select", "exec"}) || peek(1).is_symbol("("))) {
    auto result = std::make_shared<set_operation_node>(peek().at);
    auto word = take();
    bool all = take_word("all");
    if (is_word(word, "union"))
      result->how = all ? set_kind::union_all : set_kind::union_;
    else if (is_word(word, "intersect"))
      result->how = all ? set_kind::intersect_all : set_kind::intersect;
    else
      result->how = all ? set_kind::minus_all : set_kind::minus;
    result->left = std::move(left);
    if (peek().is_symbol("(")) {
      result->right = parenthesised();
      if (take_by("order")) result->order_by = order_list();
      if (take_word("limit")) limit(result->limit, result->offset);
    } else {
      if (!select_follows()) fail_expected("'select'");
      auto right = select();
      result->order_by = std::move(right->order_by);
      result->limit = std::move(right->limit);
      result->offset = std::move(right->offset);
      right->order_by.clear();
      result->right = std::move(right);
    }
    left = std::move(result);
  }
  return left;
}

std::shared_ptr<select_node> parser_state::select() {
  auto result = std::make_shared<select_node>(peek().at);
  result->is_exec = is_word(take(), "exec");
  auto next = mode_;
  next.sql = true;
  next.no_pair = next.no_prefix = next.joins = next.frame = false;
  mode_change change(*this, next);
  select_head(*result);
  do
    select_items(result->items);
  while (take_symbol(","));
  clauses(*result);
  return result;
}

void parser_state::select_head(select_node& s) {
  if (peek().is_symbol("[") &&
      (peek(1).is(token_kind::literal) || peek(1).text.starts_with("HINT_")))
    hints(s);
  for (;;) {
    bool item_behind = starts_operand(1) || peek(1).is_symbol("*");
    if (is_word(peek(), "distinct") && item_behind &&
        !(peek(1).is_symbol("(") && !peek(1).space_before)) {
      take();
      s.distinct = true;
    } else if (is_word(peek(), "top") && starts_operand(1) && !peek(1).is_symbol("-")) {
      take();
      s.top = binary(precedence::pair);
    } else {
      return;
    }
  }
}

/// select [HINT_A, HINT_B] ..
void parser_state::hints(select_node& s) {
  take();
  do {
    if (!peek().is(token_kind::name) && !peek().is(token_kind::literal))
      fail_expected("the name of a hint");
    s.hints.push_back(take().text);
  } while (take_symbol(","));
  expect_symbol("]");
}

void parser_state::clauses(select_node& s) {
  while (clause(s)) {
  }
}

// -- tables

/// Behind `from`: tables, joined or separated by commas (a cross join).
node_ptr parser_state::tables() {
  auto next = mode_;
  next.joins = true;
  mode_change change(*this, next);
  auto left = joined_table();
  while (peek().is_symbol(",")) {
    auto join = std::make_shared<join_node>(take().at);
    join->left = std::move(left);
    join->right = joined_table();
    left = std::move(join);
  }
  return left;
}

node_ptr parser_state::joined_table() {
  auto left = table_source();
  join_kind how;
  size_t words = 0;
  while (join_at(0, how, words)) {
    auto join = std::make_shared<join_node>(peek().at);
    for (; words > 0; --words)
      take();
    join->how = how;
    join->left = std::move(left);
    join->right = table_source();
    if (take_word("on"))
      join->on = expression();
    else if (how != join_kind::cross)
      fail_expected("'on'");
    left = std::move(join);
  }
  return left;
}

/// One table with its other name: t as x, t x.
node_ptr parser_state::table_source() {
  node_ptr source;
  {
    auto next = mode_;
    next.no_prefix = true;
    mode_change change(*this, next);
    source = unary();
  }
  if (is_word(peek(), "as")) return aliased(std::move(source));
  bool name = peek().is(token_kind::name) && !peek().newline_before && !stops(0) &&
              !is_any_word(peek(), {"select", "exec"});
  if (!name) return source;
  auto result = std::make_shared<aliased_node>(peek().at);
  result->names = {take().text};
  result->expr = std::move(source);
  return result;
}

/// [inner|cross|left [outer|semi]|right [outer]|full [outer]] join at the token ahead?
bool parser_state::join_at(size_t ahead, join_kind& how, size_t& words) const {
  words = 1;
  how = join_kind::inner;
  if (is_word(peek(ahead), "join")) return true;
  const auto& first = peek(ahead);
  if (is_word(first, "inner"))
    how = join_kind::inner;
  else if (is_word(first, "cross"))
    how = join_kind::cross;
  else if (is_word(first, "left"))
    how = join_kind::left;
  else if (is_word(first, "right"))
    how = join_kind::right;
  else if (is_word(first, "full"))
    how = join_kind::full;
  else
    return false;
  if (is_word(peek(ahead + 1), "outer")) ++words;
  if (how == join_kind::left && is_word(peek(ahead + 1), "semi")) {
    how = join_kind::left_semi;
    ++words;
  }
  return is_word(peek(ahead + words++), "join");
}

} // namespace pelorus
