// Canonical text of queries and of statements on databases and tables.
#include <fmt/format.h>

#include "query/lexer.hpp"
#include "query/literal_text.hpp"
#include "query/operators.hpp"
#include "query/unparse_writer.hpp"

namespace pelorus {

/// Writes the node if it is SQL.
bool script_writer::query(const node& n) {
  switch (n.kind) {
  case node_kind::select: select(as<select_node>(n)); return true;
  case node_kind::set_operation: set_operation(as<set_operation_node>(n)); return true;
  case node_kind::join: join(as<join_node>(n)); return true;
  case node_kind::window: window(as<window_node>(n)); return true;
  case node_kind::update: update(as<update_node>(n)); return true;
  case node_kind::delete_: remove(as<delete_node>(n)); return true;
  case node_kind::insert: insert(as<insert_node>(n)); return true;
  case node_kind::create_database: create_database(as<create_database_node>(n)); return true;
  case node_kind::create_table: create_table(as<create_table_node>(n)); return true;
  case node_kind::alter_table: alter_table(as<alter_table_node>(n)); return true;
  case node_kind::drop: drop(as<drop_node>(n)); return true;
  default: return false;
  }
}

void script_writer::clause(std::string_view words, const node_list& list) {
  if (list.empty()) return;
  text_ += fmt::format(" {} ", words);
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) text_ += ", ";
    bool alias = list[i]->kind == node_kind::aliased;
    expression(*list[i], alias ? weakest : precedence::or_);
  }
}

void script_writer::head(const select_node& n) {
  if (!n.with.empty()) {
    text_ += "with ";
    for (size_t i = 0; i < n.with.size(); ++i) {
      if (i > 0) text_ += ", ";
      write_name(n.with[i].name);
      text_ += " as (";
      expression(*n.with[i].query, loosest);
      text_ += ")";
    }
    text_ += " ";
  }
  text_ += n.is_exec ? "exec" : "select";
  for (size_t i = 0; i < n.hints.size(); ++i)
    text_ += (i == 0 ? " [" : ", ") + n.hints[i];
  if (!n.hints.empty()) text_ += "]";
  if (n.distinct) text_ += " distinct";
  if (n.top) {
    text_ += " top ";
    expression(*n.top, precedence::pair);
  }
}

void script_writer::grouping(const select_node& n) {
  switch (n.grouping) {
  case group_kind::none: break;
  case group_kind::group_by: clause("group by", n.group_by); break;
  case group_kind::context_by: clause("context by", n.group_by); break;
  case group_kind::pivot_by: clause("pivot by", n.group_by); break;
  }
  clause("cgroup by", n.cgroup_by);
}

void script_writer::select(const select_node& n) {
  head(n);
  text_ += " ";
  for (size_t i = 0; i < n.items.size(); ++i) {
    if (i > 0) text_ += ", ";
    bool alias = n.items[i]->kind == node_kind::aliased;
    expression(*n.items[i], alias ? weakest : precedence::or_);
  }
  if (n.from) {
    text_ += " from ";
    table(*n.from);
  }
  clause("where", n.where);
  grouping(n);
  if (!n.csort.empty()) {
    text_ += " csort ";
    order(n.csort);
  }
  clause("having", n.having);
  if (!n.order_by.empty()) {
    text_ += " order by ";
    order(n.order_by);
  }
  limit(n.limit, n.offset);
  if (n.map) text_ += " map";
}

void script_writer::order(const std::vector<order_item>& list) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) text_ += ", ";
    expression(*list[i].expr, precedence::or_);
    if (list[i].descending) text_ += " desc";
    if (list[i].place == order_item::nulls::first) text_ += " nulls first";
    if (list[i].place == order_item::nulls::last) text_ += " nulls last";
  }
}

void script_writer::limit(const node_ptr& count, const node_ptr& offset) {
  if (!count) return;
  text_ += " limit ";
  if (offset) {
    expression(*offset, precedence::bit_or);
    text_ += ", ";
  }
  expression(*count, precedence::bit_or);
}

void script_writer::set_operation(const set_operation_node& n) {
  static constexpr std::string_view words[] = {"union",         "union all", "intersect",
                                               "intersect all", "minus",     "minus all"};
  expression(*n.left, loosest);
  text_ += fmt::format(" {} ", words[static_cast<size_t>(n.how)]);
  // Brackets keep an order by or limit of the right query apart from those of the whole.
  expression(*n.right, postfix_binding);
  if (!n.order_by.empty()) {
    text_ += " order by ";
    order(n.order_by);
  }
  limit(n.limit, n.offset);
}

/// A table in a from clause.
void script_writer::table(const node& n) {
  if (n.kind == node_kind::join) return join(as<join_node>(n));
  const auto* alias = try_as<aliased_node>(&n);
  expression(alias ? *alias->expr : n, postfix_binding);
  if (alias) names_as(alias->names);
}

void script_writer::join(const join_node& n) {
  static constexpr std::string_view words[] = {" cross join ", " inner join ", " left join ",
                                               " right join ", " full join ",  " left semi join "};
  table(*n.left);
  bool comma = n.how == join_kind::cross && n.right->kind == node_kind::join;
  text_ += comma ? std::string_view{", "} : words[static_cast<size_t>(n.how)];
  table(*n.right);
  if (!n.on) return;
  text_ += " on ";
  expression(*n.on, precedence::or_);
}

void script_writer::bound(const window_node::bound& b) {
  using place = window_node::bound::place;
  switch (b.where) {
  case place::unbounded_preceding: text_ += "unbounded preceding"; return;
  case place::unbounded_following: text_ += "unbounded following"; return;
  case place::current_row: text_ += "current row"; return;
  default: break;
  }
  expression(*b.offset, precedence::additive);
  text_ += b.where == place::preceding ? " preceding" : " following";
}

void script_writer::window(const window_node& n) {
  expression(*n.call, postfix_binding);
  text_ += " over (";
  std::string_view gap;
  if (!n.partition_by.empty()) {
    text_ += "partition by ";
    items(n.partition_by);
    gap = " ";
  }
  if (!n.order_by.empty()) {
    text_ += fmt::format("{}order by ", gap);
    order(n.order_by);
    gap = " ";
  }
  if (n.has_frame) {
    text_ += fmt::format("{}{} between ", gap, n.by_range ? "range" : "rows");
    bound(n.from);
    text_ += " and ";
    bound(n.to);
  }
  text_ += ")";
}

// -- changes

void script_writer::update(const update_node& n) {
  text_ += "update ";
  table(*n.table);
  text_ += " set ";
  for (size_t i = 0; i < n.sets.size(); ++i) {
    if (i > 0) text_ += ", ";
    write_name(n.sets[i].first);
    text_ += " = ";
    expression(*n.sets[i].second, precedence::or_);
  }
  if (n.from) {
    text_ += " from ";
    table(*n.from);
  }
  clause("where", n.where);
  clause("context by", n.context_by);
  if (!n.csort.empty()) {
    text_ += " csort ";
    order(n.csort);
  }
  clause("having", n.having);
}

void script_writer::remove(const delete_node& n) {
  text_ += "delete from ";
  table(*n.table);
  clause("where", n.where);
}

void script_writer::insert(const insert_node& n) {
  text_ += "insert into ";
  table(*n.table);
  for (size_t i = 0; i < n.columns.size(); ++i) {
    text_ += i == 0 ? "(" : ", ";
    write_name(n.columns[i]);
  }
  if (!n.columns.empty()) text_ += ")";
  text_ += " ";
  if (n.query) return expression(*n.query, loosest);
  text_ += "values ";
  for (size_t i = 0; i < n.rows.size(); ++i) {
    text_ += i == 0 ? "(" : ", (";
    items(n.rows[i]);
    text_ += ")";
  }
}

// -- databases and tables

void script_writer::options(const std::vector<named_option>& list, bool lead_comma) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0 || lead_comma) text_ += ", ";
    text_ += list[i].name + "=";
    expression(*list[i].expr);
  }
}

void script_writer::table_name(const node_ptr& database, const std::string& name) {
  if (database) {
    expression(*database);
    text_ += ".";
  }
  text_ += is_identifier(name) ? name : quoted(name);
}

void script_writer::create_database(const create_database_node& n) {
  text_ += n.if_not_exists ? "create database if not exists " : "create database ";
  expression(*n.path, postfix_binding);
  text_ += " partitioned by ";
  items(n.schemes);
  options(n.options, true);
}

void script_writer::column(const column_definition& c) {
  text_ += is_identifier(c.name) ? c.name : quoted(c.name);
  if (!c.type) return;
  text_ += " ";
  expression(*c.type);
  if (c.options.empty()) return;
  text_ += "[";
  options(c.options, false);
  text_ += "]";
}

void script_writer::create_table(const create_table_node& n) {
  text_ += n.if_not_exists ? "create table if not exists " : "create table ";
  table_name(n.database, n.name);
  text_ += "(";
  for (size_t i = 0; i < n.columns.size(); ++i) {
    if (i > 0) text_ += ", ";
    column(n.columns[i]);
  }
  text_ += ")";
  clause("partitioned by", n.partitioned_by);
  options(n.options, true);
}

void script_writer::alter_table(const alter_table_node& n) {
  text_ += "alter table ";
  table_name(n.database, n.name);
  using action = alter_table_node::action;
  if (n.what == action::rename_column) {
    text_ += fmt::format(" rename {} to {}", n.old_name, n.new_name);
    return;
  }
  text_ += n.what == action::add_column ? " add " : " drop ";
  for (size_t i = 0; i < n.columns.size(); ++i) {
    if (i > 0) text_ += ", ";
    column(n.columns[i]);
  }
}

void script_writer::drop(const drop_node& n) {
  text_ += n.is_database ? "drop database " : "drop table ";
  if (n.if_exists) text_ += "if exists ";
  if (n.is_database)
    expression(*n.database, postfix_binding);
  else
    table_name(n.database, n.name);
}

} // namespace pelorus
