// The parser's inside: recursive descent for statements and SQL, precedence climbing for
// expressions. Its parts lie in
// parser_{tokens,expression,postfix,operand,function,statement,query,clause,change}.cpp.
#pragma once

#include <initializer_list>
#include <string>
#include <unordered_map>
#include <vector>

#include "query/operators.hpp"
#include "query/parser.hpp"
#include "query/syntax.hpp"
#include "query/token.hpp"

namespace pelorus {

/// Operators (or calls) side by side in one expression; more would make the tree too deep for the
/// stack.
inline constexpr size_t max_operators_in_a_row = 2000;

class parser_state {
public:
  parser_state(std::string_view text, parse_options options);

  std::shared_ptr<const block_node> unit();
  std::shared_ptr<const block_node> script();
  node_ptr single_expression();

private:
  /// What surrounds the place being parsed.
  struct mode {
    bool lines_end = true;  ///< a new line ends a statement (not inside brackets)
    bool sql = false;       ///< `=` compares, SQL keywords end an expression
    bool metacode = false;  ///< a `>` may close
    bool no_pair = false;   ///< `:` belongs to a ternary
    bool no_prefix = false; ///< names of a from clause take no argument behind them
    bool joins = false;     ///< `join` and its like end an expression
    bool frame = false;     ///< inside over(..)
  };
  class mode_change; ///< sets a mode until the end of a block
  class depth_guard; ///< bounds nested syntax

  /// price1...price5: names that differ in the number at their end.
  struct name_range {
    std::string stem;
    int64_t first = 0;
    size_t size = 0;
    std::string name(size_t i) const {
      return stem + std::to_string(first + static_cast<int64_t>(i));
    }
  };

  /// A function being parsed: its local variables, and the names to give slots to when its end is
  /// reached.
  struct function_scope {
    std::shared_ptr<function_node> function;
    bool captures = false;
    std::unordered_map<std::string, int32_t> slots;
    std::vector<name_node*> uses;
    std::vector<std::pair<std::string, int32_t*>> inner_captures;
  };

  // -- tokens (parser_tokens.cpp)
  // ---------------------------------------------------------------------
  const token& peek(size_t ahead = 0) const;
  const token& previous() const { return tokens_[at_ - 1]; }
  token take();
  bool take_symbol(std::string_view s);
  bool take_word(std::string_view word);
  void expect_symbol(std::string_view s);
  void expect_word(std::string_view word);
  std::string expect_name(std::string_view what);
  [[noreturn]] void fail(const std::string& message, const token& t) const;
  [[noreturn]] void fail_expected(std::string_view what) const;
  /// A keyword in lower or upper case.
  static bool is_word(const token& t, std::string_view lower);
  static bool is_any_word(const token& t, std::initializer_list<std::string_view> words);
  /// Does the token go on with what stands before it (no line end between that counts)?
  bool goes_on(const token& t) const { return !(t.newline_before && mode_.lines_end); }
  bool at_statement_end() const;
  /// Can the token `ahead` begin an operand?
  bool starts_operand(size_t ahead) const;
  /// Is the token `ahead` a keyword that ends an expression here?
  bool stops(size_t ahead) const;
  bool ends_line(size_t ahead) const;

  // -- names (parser_function.cpp)
  // ----------------------------------------------------------------------
  name_use use_of(const std::string& name) const;
  std::shared_ptr<name_node> make_name(text_position at, std::string name);
  void share_slot(const std::string& name, const std::string& other);
  void define(const std::string& name, name_use use = name_use::variable);
  void open_function(const std::shared_ptr<function_node>& f, bool captures);
  void close_function();
  void resolve(function_scope& scope);
  int32_t add_capture(function_scope& scope, const std::string& name);
  bool captured_somewhere(const std::string& name) const;

  // -- expressions (parser_expression.cpp)
  // ----------------------------------------------------------------
  node_ptr expression();
  node_ptr ternary(node_ptr condition);
  node_ptr binary(int least);
  bool binary_step(node_ptr& left, int least);
  node_ptr comparison(node_ptr left, op first, text_position at);
  bool symbol_operator(op& found) const;
  bool closes_metacode();
  bool word_operator(node_ptr& left, int least);
  node_ptr between(node_ptr left, text_position at);
  node_ptr is_null(node_ptr left, text_position at);
  bool infix_call(node_ptr& left, int least);
  bool line_goes_on() const;
  node_ptr unary();
  node_ptr postfix(node_ptr operand);
  bool postfix_step(node_ptr& operand);
  node_ptr member_or_method(node_ptr object);
  node_ptr computed_member(node_ptr object);
  node_ptr call_of(node_ptr function, std::vector<argument> arguments, text_position at,
                   bool method = false);
  std::vector<argument> arguments(std::string_view close, const name_node* callee);
  argument one_argument(const name_node* callee);
  bool names_argument(const name_node* callee) const;
  bool range_argument(std::vector<argument>& result);
  node_ptr index_item();

  // -- operands (parser_operand.cpp)
  // --------------------------------------------------------------------
  node_ptr operand();
  node_ptr symbol_operand();
  node_ptr literal_run();
  bool literal_follows() const;
  value literal_item();
  node_ptr named();
  node_ptr name_or_prefix();
  bool takes_prefix_argument(const std::string& name) const;
  bool name_is_prefix_argument(name_use use) const;
  bool template_follows(size_t ahead) const;
  node_ptr template_of(node_ptr function);
  node_ptr operator_value();
  node_ptr parenthesised();
  node_ptr bracketed();
  node_list items(std::string_view close);
  node_ptr braced();
  node_ptr dict_key();
  node_ptr metacode();

  // -- functions (parser_function.cpp)
  // --------------------------------------------------------------------
  node_ptr definition();
  std::vector<parameter> parameters(std::string_view close);
  bool lambda_follows() const;
  node_ptr lambda();
  void check_parameters(const function_node& f, const token& at) const;

  // -- statements (parser_statement.cpp)
  // --------------------------------------------------------------------
  node_ptr statement();
  node_ptr keyword_statement();
  node_ptr block();
  node_ptr if_statement();
  node_ptr for_statement();
  node_ptr while_statement();
  node_ptr do_statement();
  node_ptr try_statement();
  node_ptr timer_statement();
  node_ptr assert_statement();
  node_ptr module_statement(node_kind kind);
  node_ptr class_statement();
  node_ptr undef_statement();
  node_ptr share_statement();
  node_ptr leave_statement(node_kind kind);
  node_ptr condition();
  node_ptr expression_or_assignment();
  node_ptr assignment(node_list targets, const token& start, bool by_reference, bool is_const);
  void define_target(const node_ptr& target, const node& expr, const token& start);
  node_ptr const_or_reference(bool is_const);
  void end_statement();

  // -- SQL (parser_query.cpp, parser_clause.cpp, parser_change.cpp)
  // ---------------------------------------
  bool select_follows() const;
  node_ptr query();
  node_ptr with_query();
  node_ptr set_operations(node_ptr left);
  std::shared_ptr<select_node> select();
  void select_head(select_node& s);
  void hints(select_node& s);
  void clauses(select_node& s);
  bool clause(select_node& s);
  void select_items(node_list& items);
  node_ptr select_item();
  name_range range_of_names();
  node_ptr ranged_name();
  node_ptr aliased(node_ptr expr);
  std::vector<std::string> alias_names();
  node_list list_of_items();
  node_list list_of_conditions();
  std::vector<order_item> order_list();
  void limit(node_ptr& limit, node_ptr& offset);
  node_ptr tables();
  node_ptr joined_table();
  node_ptr table_source();
  bool join_at(size_t ahead, join_kind& how, size_t& words) const;
  bool take_by(std::string_view first);
  node_ptr case_when();
  node_ptr over(node_ptr call);
  window_node::bound frame_bound();
  void frame(window_node& w);
  node_ptr update_statement();
  node_ptr delete_statement();
  node_ptr insert_statement();
  node_ptr create_statement();
  node_ptr create_database(text_position at);
  node_ptr create_table(text_position at);
  node_ptr alter_statement();
  node_ptr drop_statement();
  bool if_exists(bool negated);
  void table_name(node_ptr& database, std::string& name);
  column_definition column_of_table();
  std::vector<named_option> options_until(std::string_view close);
  void trailing_options(std::vector<named_option>& options);

  parse_options options_;
  std::vector<token> tokens_;
  size_t at_ = 0;
  mode mode_;
  uint32_t depth_ = 0;
  size_t range_index_ = 0; ///< which name of `a1...a5` a repeated select item takes now
  size_t range_size_ = 0;  ///< how many names the ranges of the item have, 0: it has none
  std::vector<function_scope> functions_;
  std::vector<std::shared_ptr<name_node>> uses_;    // names inside the functions that are open
  std::unordered_map<std::string, name_use> names_; // that the script defines outside functions
};

class parser_state::mode_change {
public:
  mode_change(parser_state& parser, mode next) : parser_(parser), before_(parser.mode_) {
    parser.mode_ = next;
  }
  ~mode_change() { parser_.mode_ = before_; }
  mode_change(const mode_change&) = delete;
  mode_change& operator=(const mode_change&) = delete;
  /// Inside brackets: lines do not end, SQL stays SQL.
  static mode brackets(const mode& outer) { return {.lines_end = false, .sql = outer.sql}; }

private:
  parser_state& parser_;
  mode before_;
};

class parser_state::depth_guard {
public:
  explicit depth_guard(parser_state& parser);
  ~depth_guard() { --parser_.depth_; }
  depth_guard(const depth_guard&) = delete;
  depth_guard& operator=(const depth_guard&) = delete;

private:
  parser_state& parser_;
};

} // namespace pelorus
