// update, delete, insert, and the statements that create, alter and drop databases and tables.
#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

node_ptr parser_state::update_statement() {
  auto result = std::make_shared<update_node>(take().at);
  auto next = mode_;
  next.sql = true;
  mode_change change(*this, next);
  result->table = table_source();
  expect_word("set");
  do {
    auto name = expect_name("the name of a column");
    expect_symbol("=");
    result->sets.emplace_back(std::move(name), expression());
  } while (take_symbol(","));
  for (;;) {
    if (take_word("from"))
      result->from = tables();
    else if (take_word("where"))
      result->where = list_of_conditions();
    else if (take_by("context"))
      result->context_by = list_of_conditions();
    else if (take_word("csort"))
      result->csort = order_list();
    else if (take_word("having"))
      result->having = list_of_conditions();
    else
      return result;
  }
}

node_ptr parser_state::delete_statement() {
  auto result = std::make_shared<delete_node>(take().at);
  take();
  auto next = mode_;
  next.sql = true;
  mode_change change(*this, next);
  result->table = tables();
  if (take_word("where")) result->where = list_of_conditions();
  return result;
}

/// insert into t [(a, b)] values (..), (..); insert into t [(a, b)] select ..
node_ptr parser_state::insert_statement() {
  auto result = std::make_shared<insert_node>(take().at);
  take();
  auto next = mode_;
  next.sql = true;
  mode_change change(*this, next);
  result->table = table_source();
  const auto* call = try_as<call_node>(result->table);
  const auto* callee = call ? try_as<name_node>(call->function) : nullptr;
  bool columns = callee && !call->method && !callee->builtin && !call->arguments.empty();
  for (size_t i = 0; columns && i < call->arguments.size(); ++i)
    columns = try_as<name_node>(call->arguments[i].expr) && call->arguments[i].name.empty();
  if (columns) {
    for (const auto& a : call->arguments)
      result->columns.push_back(as<name_node>(*a.expr).name);
    result->table = call->function;
  }
  if (select_follows()) {
    result->query = query();
    return result;
  }
  expect_word("values");
  do {
    expect_symbol("(");
    mode_change inside(*this, mode_change::brackets(mode_));
    result->rows.push_back(items(")"));
  } while (take_symbol(",") || peek().is_symbol("("));
  return result;
}

// -- databases and tables

/// if exists / if not exists.
bool parser_state::if_exists(bool negated) {
  if (!is_word(peek(), "if")) return false;
  take();
  if (negated) expect_word("not");
  expect_word("exists");
  return true;
}

/// "dfs://db"."t", db.t, t.
void parser_state::table_name(node_ptr& database, std::string& name) {
  auto first = take();
  auto text_of = [&](const token& t) -> std::string {
    if (t.is(token_kind::name)) return t.text;
    if (t.is(token_kind::literal) && t.constant.is_text()) return std::string{t.constant.text()};
    fail("Expected the name of a table", t);
  };
  name = text_of(first);
  if (!take_symbol(".")) return;
  if (first.is(token_kind::name))
    database = make_name(first.at, first.text);
  else
    database = std::make_shared<literal_node>(first.at, first.constant);
  name = text_of(take());
}

node_ptr parser_state::create_statement() {
  auto at = take().at;
  if (take_word("database")) return create_database(at);
  if (take_word("local") || take_word("global")) take_word("temporary");
  expect_word("table");
  return create_table(at);
}

node_ptr parser_state::create_database(text_position at) {
  auto result = std::make_shared<create_database_node>(at);
  mode_change change(*this, {.lines_end = false});
  result->if_not_exists = if_exists(true);
  {
    mode_change path(*this, {.lines_end = false, .sql = true, .no_prefix = true});
    result->path = unary();
    if (!is_word(peek(), "partitioned")) fail_expected("'partitioned by'");
    take();
    expect_word("by");
    do
      result->schemes.push_back(unary());
    while (peek().is_symbol(",") && peek(1).is(token_kind::name) && !peek(2).is_symbol("=") &&
           take_symbol(","));
  }
  trailing_options(result->options);
  return result;
}

/// , name = expression, ..
void parser_state::trailing_options(std::vector<named_option>& options) {
  while (peek().is_symbol(",") ||
         (peek().is(token_kind::name) && peek(1).is_symbol("=") && !peek().newline_before)) {
    take_symbol(",");
    named_option o;
    o.name = expect_name("the name of an option");
    expect_symbol("=");
    mode_change change(*this, {.lines_end = true});
    o.expr = expression();
    options.push_back(std::move(o));
  }
}

std::vector<named_option> parser_state::options_until(std::string_view close) {
  std::vector<named_option> result;
  do {
    named_option o;
    o.name = expect_name("the name of an option");
    expect_symbol("=");
    o.expr = expression();
    result.push_back(std::move(o));
  } while (take_symbol(","));
  expect_symbol(close);
  return result;
}

/// name TYPE, name TYPE[], name DECIMAL64(2), each with [comment="..", compress=".."].
column_definition parser_state::column_of_table() {
  column_definition result;
  result.name = peek().is(token_kind::literal) && peek().constant.is_text()
                    ? std::string{take().constant.text()}
                    : expect_name("the name of a column");
  auto type = peek();
  std::string type_text = expect_name("the type of the column");
  node_ptr node = make_name(type.at, type_text);
  if (take_symbol("(")) node = call_of(std::move(node), arguments(")", nullptr), type.at);
  if (peek().is_symbol("[") && peek(1).is_symbol("]")) {
    auto array = std::make_shared<index_node>(take().at);
    take();
    array->object = std::move(node);
    array->indices = {nullptr};
    node = std::move(array);
  }
  result.type = std::move(node);
  if (take_symbol("[")) result.options = options_until("]");
  return result;
}

node_ptr parser_state::create_table(text_position at) {
  auto result = std::make_shared<create_table_node>(at);
  result->if_not_exists = if_exists(true);
  table_name(result->database, result->name);
  if (!result->database && functions_.empty()) define(result->name);
  mode_change change(*this, {.lines_end = false});
  expect_symbol("(");
  do
    result->columns.push_back(column_of_table());
  while (take_symbol(","));
  expect_symbol(")");
  if (is_word(peek(), "partitioned")) {
    take();
    expect_word("by");
    do {
      auto t = peek();
      result->partitioned_by.push_back(make_name(t.at, expect_name("a partitioning column")));
    } while (peek().is_symbol(",") && !peek(2).is_symbol("=") && take_symbol(","));
  }
  trailing_options(result->options);
  return result;
}

/// alter table t add a INT, b DOUBLE | drop [column] a, b | rename [column] a to b.
node_ptr parser_state::alter_statement() {
  auto result = std::make_shared<alter_table_node>(take().at);
  take();
  table_name(result->database, result->name);
  bool adds = take_word("add");
  if (adds || take_word("drop")) {
    result->what =
        adds ? alter_table_node::action::add_column : alter_table_node::action::drop_column;
    take_word("column");
    do {
      if (adds)
        result->columns.push_back(column_of_table());
      else
        result->columns.push_back({expect_name("the name of a column"), nullptr, {}});
    } while (take_symbol(","));
    return result;
  }
  if (!take_word("rename")) fail_expected("'add', 'drop' or 'rename'");
  take_word("column");
  result->what = alter_table_node::action::rename_column;
  result->old_name = expect_name("the name of a column");
  expect_word("to");
  result->new_name = expect_name("the new name");
  return result;
}

node_ptr parser_state::drop_statement() {
  auto result = std::make_shared<drop_node>(take().at);
  result->is_database = is_word(take(), "database");
  result->if_exists = if_exists(false);
  if (!result->is_database) {
    table_name(result->database, result->name);
    return result;
  }
  mode_change change(*this, {.sql = true, .no_prefix = true});
  result->database = unary();
  return result;
}

} // namespace pelorus
