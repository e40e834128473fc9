// The inside of unparse: one writer, its parts in unparse.cpp, unparse_query.cpp and unparse_statement.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/syntax.hpp"
#include "query/unparse.hpp"

namespace pelorus {

class script_writer {
public:
  explicit script_writer(const substitution& substitute, bool for_people = false)
      : substitute_(substitute), for_people_(for_people) {}
  std::string run(const node& n);

private:
  /// How tightly the text of a node binds. Queries bind `loosest`: a comma behind one would go on with its lists.
  static int binding(const node& n);
  static constexpr int loosest = -1, weakest = 0, postfix_binding = 20, atom = 30;

  // -- expressions (unparse.cpp)
  void expression(const node& n, int least = weakest);
  void bare(const node& n);
  void literal(const value& x, int least);
  void name(const name_node& n, int least);
  void call(const call_node& n);
  void arguments(const std::vector<argument>& list, size_t from);
  void index(const index_node& n);
  void binary(const binary_node& n);
  void unary(const unary_node& n);
  void chain(const chain_node& n);
  void list(const list_node& n);
  void dict(const dict_node& n);
  void function(const function_node& n);
  void case_when(const case_node& n);
  void names_as(const std::vector<std::string>& names);
  void items(const node_list& list);
  void write_name(std::string_view text);

  // -- queries (unparse_query.cpp)
  void select(const select_node& n);
  void head(const select_node& n);
  void grouping(const select_node& n);
  void set_operation(const set_operation_node& n);
  void join(const join_node& n);
  void table(const node& n);
  void window(const window_node& n);
  void bound(const window_node::bound& b);
  void order(const std::vector<order_item>& list);
  void clause(std::string_view words, const node_list& list);
  void limit(const node_ptr& count, const node_ptr& offset);
  void update(const update_node& n);
  void remove(const delete_node& n);
  void insert(const insert_node& n);
  void create_database(const create_database_node& n);
  void create_table(const create_table_node& n);
  void column(const column_definition& c);
  void alter_table(const alter_table_node& n);
  void drop(const drop_node& n);
  void options(const std::vector<named_option>& list, bool lead_comma);
  void table_name(const node_ptr& database, const std::string& name);
  bool query(const node& n);

  // -- statements (unparse_statement.cpp)
  bool statement(const node& n);
  void block(const node_list& statements);
  void body(const node& n);
  void lone(const node& n);
  void assign(const assign_node& n);
  void if_else(const if_node& n);
  void for_loop(const for_node& n);
  void while_loop(const while_node& n);
  void leave(const leave_node& n);
  void try_catch(const try_node& n);
  void small(const node& n);
  void class_body(const class_node& n);
  void line() { text_ += "\n" + std::string(indent_ * 2, ' '); }

  const substitution& substitute_;
  const bool for_people_;
  std::string text_;
  size_t indent_ = 0;
};

} // namespace pelorus
