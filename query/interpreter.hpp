// Runs scripts: a tree-walking evaluator over immutable syntax trees.
//
// Names resolve in this order: local slot (functions), captured variable (metacode), session variable, registered
// function, constant, shared variable. Inside a function defined by `def` the session's variables are invisible, its
// functions are not.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/error.hpp"
#include "query/code.hpp"
#include "query/function.hpp"
#include "query/parser.hpp"
#include "query/session.hpp"
#include "query/syntax.hpp"

namespace pelorus {

/// Parses and runs a script in a session and answers the value of its last statement (`nothing` when that gives none).
/// The only place that catches what scripts throw. Resets `who.depth`, leaves variables as far as it came.
expected<value> run(std::string_view script, session& who);

/// Calls a function by its name, or by an expression that gives a function (`tableInsert{t}`), as API clients do.
expected<value> run_function(std::string_view function, std::vector<value> arguments, session& who);

/// Evaluates metacode in the session, with `more` names in front. Throws script_error.
value evaluate_code(const code_object& code, session& who, const named_values& more = {});

/// What parsers ask about names of the session: its variables, its functions, shared variables.
parse_options parse_options_of(session& who);

/// Local variables of a running function.
struct frame {
  const user_function& function;
  std::vector<value> slots;
  uint64_t assigned = 0;  ///< parameters that got a new value and thus may be changed

  explicit frame(const user_function& f);
};

/// What a slot holds before its variable gets a value.
inline value unset_slot() { return value::integral(type_id::void_, 3); }
inline bool is_unset(const value& x) { return x.is_void() && x.raw_int() == 3; }

/// Evaluates expressions and executes statements in one scope. Throws script_error.
class evaluator {
public:
  /// In the session, or with `captured` names in front of its variables.
  explicit evaluator(session& who, const named_values* captured = nullptr) : who_(who), captured_(captured) {}
  /// In a running function.
  evaluator(session& who, frame& locals) : who_(who), frame_(&locals) {}

  value evaluate(const node& n);
  /// As `evaluate`, for optional parts: VOID when the node is absent.
  value evaluate(const node_ptr& n) { return n ? evaluate(*n) : value{}; }
  /// The variable, function or constant of a name; throws when there is none.
  value lookup(const name_node& n);
  /// Runs a block; answers the value of its last statement, or what `return` gave.
  value run_block(const block_node& block);
  /// Runs a function's body; answers what it returns, `nothing` without a return.
  value run_body(const node& body);

  session& who() { return who_; }
  /// What `string(x)` gives.
  std::string text_of(const value& x);
  /// Calls a registered function by name; throws when it is not there.
  value call_registered(std::string_view name, std::vector<value> arguments);
  /// The truth of a condition; throws unless it is a scalar.
  bool is_true(const value& x, const node& where);
  void check_cancelled() const {
    if (who_.cancel->load(std::memory_order_relaxed)) throw_cancelled();
  }
  /// Statements of a module go into names "a::b::x".
  void set_module(std::string module) { module_ = std::move(module); }

private:
  enum class flow : uint8_t { next, break_, continue_, return_ };

  // -- expressions (interpreter_expression.cpp)
  const value* find_variable(const name_node& n);
  const value* find_session_name(const name_node& n);
  value unary(const unary_node& n);
  value binary(const binary_node& n);
  value operate(op o, value left, value right);
  value chain(const chain_node& n);
  value ternary(const ternary_node& n);
  value list(const list_node& n);
  value dict(const dict_node& n);
  value member(const member_node& n);
  value index(const index_node& n);
  value case_when(const case_node& n);
  value metacode(const metacode_node& n);
  value pair(const value& left, const value& right);
  value rare(const node& n);

  // -- functions and calls (interpreter_call.cpp)
  value make_function(const std::shared_ptr<const function_node>& n);
  value define(const node& n);
  value call(const call_node& n);
  value call_type(const call_node& n, const name_node& name);
  std::shared_ptr<const callable> callee(const node& function);
  arguments bind(const std::vector<argument>& given, const callable& function, std::vector<size_t>& order);
  value invoke(const call_node& n, const callable& function);
  value partial(const partial_node& n);

  // -- assignments (interpreter_assign.cpp)
  void assign(const assign_node& n);
  void assign_to(const node& target, value x);
  void assign_name(const name_node& n, value x);
  void assign_compound(const assign_node& n);
  void bind_reference(const name_node& n, const node& source);
  /// Applies `change` to the variable, element or member that the node names, in place.
  void modify(const node& place, const std::function<void(value&)>& change);
  void modify_variable(const name_node& n, const std::function<void(value&)>& change);
  std::vector<value> index_values(const index_node& n);
  value* variable_place(const name_node& n);
  void check_writable(const name_node& n, const value& x);

  // -- statements (interpreter_statement.cpp)
  flow execute(const node& n);
  flow dispatch(const node& n);
  flow block(const block_node& n);
  flow for_loop(const for_node& n);
  flow for_range(const for_node& n, const value& range);
  bool loop_body(const for_node& n, value item, flow& result);
  flow while_loop(const while_node& n);
  flow try_catch(const try_node& n);
  flow timer(const timer_node& n);
  void check_assertion(const assert_node& n);
  void rare_statement(const node& n);
  void undefine(const undef_node& n);
  void share(const share_node& n);

  [[noreturn]] void throw_cancelled() const;

  session& who_;
  frame* frame_ = nullptr;
  const named_values* captured_ = nullptr;
  value result_;        // of the last statement, or of return
  std::string module_;
};

} // namespace pelorus
