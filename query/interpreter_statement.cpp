// Executing statements.
#include <chrono>

#include <fmt/format.h>

#include "query/indexing.hpp"
#include "query/interpreter.hpp"
#include "query/modules.hpp"
#include "query/script_error.hpp"
#include "query/sql.hpp"
#include "query/unparse.hpp"

namespace pelorus {

void evaluator::throw_cancelled() const {
  throw script_error(ec::cancelled, "The job was cancelled");
}

value evaluator::run_block(const block_node& n) {
  result_ = value::nothing();
  block(n);
  return std::move(result_);
}

value evaluator::run_body(const node& body) {
  if (body.kind != node_kind::block) return evaluate(body);
  return block(as<block_node>(body)) == flow::return_ ? std::move(result_) : value::nothing();
}

evaluator::flow evaluator::block(const block_node& n) {
  for (const auto& s : n.statements) {
    auto next = execute(*s);
    if (next != flow::next) return next;
  }
  return flow::next;
}

evaluator::flow evaluator::execute(const node& n) {
  try {
    return dispatch(n);
  } catch (script_error& e) {
    e.locate(n.at);
    throw;
  }
}

evaluator::flow evaluator::dispatch(const node& n) {
  switch (n.kind) {
  case node_kind::assign:
    assign(as<assign_node>(n));
    result_ = value::nothing();
    return flow::next;
  case node_kind::block: return block(as<block_node>(n));
  case node_kind::if_: {
    const auto& i = as<if_node>(n);
    if (is_true(evaluate(*i.condition), *i.condition)) return execute(*i.yes);
    return i.no ? execute(*i.no) : flow::next;
  }
  case node_kind::for_: return for_loop(as<for_node>(n));
  case node_kind::while_:
  case node_kind::do_while: return while_loop(as<while_node>(n));
  case node_kind::break_: return flow::break_;
  case node_kind::continue_: return flow::continue_;
  case node_kind::return_:
    result_ = as<leave_node>(n).expr ? evaluate(*as<leave_node>(n).expr) : value::nothing();
    return flow::return_;
  case node_kind::throw_: {
    auto x = evaluate(*as<leave_node>(n).expr);
    script_error e(ec::aborted, x.is_text() ? std::string{x.text()} : text_of(x), n.at);
    e.set_thrown(std::move(x));
    throw e;
  }
  case node_kind::try_: return try_catch(as<try_node>(n));
  case node_kind::timer: return timer(as<timer_node>(n));
  case node_kind::transaction: return execute(*as<transaction_node>(n).body);
  case node_kind::function:
    define(n);
    result_ = value::nothing();
    return flow::next;
  default: break;
  }
  rare_statement(n);
  return flow::next;
}

void evaluator::rare_statement(const node& n) {
  auto result = value::nothing();
  switch (n.kind) {
  case node_kind::assert_: check_assertion(as<assert_node>(n)); break;
  case node_kind::undef: undefine(as<undef_node>(n)); break;
  case node_kind::share: share(as<share_node>(n)); break;
  case node_kind::update:
  case node_kind::delete_:
  case node_kind::insert:
  case node_kind::create_database:
  case node_kind::create_table:
  case node_kind::alter_table:
  case node_kind::drop: execute_change(n, *this); break;
  case node_kind::go: break;
  case node_kind::use: use_module(as<module_node>(n).name, who_); break;
  case node_kind::include: include_script(as<module_node>(n).name, who_); break;
  case node_kind::module:
    throw script_error(ec::bad_argument,
                       "'module' may stand only at the beginning of a module's file");
  case node_kind::class_:
    throw script_error(ec::not_supported,
                       fmt::format("Classes are not supported yet: {}", as<class_node>(n).name));
  default: result = evaluate(n); break;
  }
  result_ = std::move(result);
}

// -- loops

/// Runs the body for one item; false ends the loop with `result`.
bool evaluator::loop_body(const for_node& n, value item, flow& result) {
  if (n.variables.size() == 1) {
    assign_name(*n.variables[0], std::move(item));
  } else {
    loop_items parts(std::move(item), who_);
    if (parts.size() != n.variables.size())
      throw script_error(ec::bad_argument,
                         fmt::format("{} values cannot be assigned to {} loop variables",
                                     parts.size(), n.variables.size()));
    for (size_t i = 0; i < n.variables.size(); ++i)
      assign_name(*n.variables[i], parts[i]);
  }
  check_cancelled();
  auto next = execute(*n.body);
  if (next == flow::return_) result = flow::return_;
  return next == flow::next || next == flow::continue_;
}

/// a:b is a, a+1, .. b-1, or backwards from a-1 to b.
evaluator::flow evaluator::for_range(const for_node& n, const value& range) {
  auto low = element(range.vec(), 0), high = element(range.vec(), 1);
  if (!is_integral(range.type()) && !is_temporal(range.type()))
    throw script_error(ec::type_mismatch, "A for loop over a range a:b needs whole numbers",
                       n.source->at);
  if (low.is_null() || high.is_null())
    throw script_error(ec::bad_argument, "A range of a for loop has no null ends", n.source->at);
  flow result = flow::next;
  int64_t from = low.raw_int(), to = high.raw_int();
  for (int64_t i = from; i < to; ++i)
    if (!loop_body(n, value::integral(range.type(), i), result)) return result;
  for (int64_t i = from - 1; i >= to; --i)
    if (!loop_body(n, value::integral(range.type(), i), result)) return result;
  return result;
}

evaluator::flow evaluator::for_loop(const for_node& n) {
  auto source = evaluate(*n.source);
  result_ = value::nothing();
  if (source.is_pair()) return for_range(n, source);
  flow result = flow::next;
  loop_items items(std::move(source), who_);
  for (size_t i = 0; i < items.size(); ++i)
    if (!loop_body(n, items[i], result)) break;
  return result;
}

evaluator::flow evaluator::while_loop(const while_node& n) {
  bool test_first = n.kind == node_kind::while_;
  while (!test_first || is_true(evaluate(*n.condition), *n.condition)) {
    check_cancelled();
    auto next = execute(*n.body);
    if (next == flow::return_) return next;
    if (next == flow::break_) break;
    if (!test_first && !is_true(evaluate(*n.condition), *n.condition)) break;
  }
  result_ = value::nothing();
  return flow::next;
}

// -- errors and time

/// The handler sees the error as (type, message). A cancelled job cannot be caught.
evaluator::flow evaluator::try_catch(const try_node& n) {
  value caught;
  try {
    return execute(*n.body);
  } catch (...) {
    auto e = current_script_error();
    if (e.code() == ec::cancelled) throw;
    bool thrown = !e.thrown().is_void();
    value parts[] = {value::of_text(thrown ? "USER" : "SYSTEM"),
                     thrown ? e.thrown() : value::of_text(e.message())};
    auto tuple = column::make(type_id::any, 0);
    for (const auto& part : parts)
      unwrap(push_element(*tuple, part));
    caught = value{tuple};
  }
  assign_name(*n.error, std::move(caught));
  return execute(*n.handler);
}

evaluator::flow evaluator::timer(const timer_node& n) {
  int64_t count = 1;
  if (n.repeat) {
    auto x = evaluate(*n.repeat);
    count = x.is_scalar() ? x.as_long() : 0;
    if (count < 1)
      throw script_error(ec::bad_argument, "timer(n) needs a positive number of repetitions", n.at);
  }
  auto begin = std::chrono::steady_clock::now();
  flow next = flow::next;
  for (int64_t i = 0; i < count && next == flow::next; ++i) {
    check_cancelled();
    next = execute(*n.body);
  }
  std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
  who_.print(fmt::format("Time elapsed: {:.3f} ms", elapsed.count()));
  return next;
}

void evaluator::check_assertion(const assert_node& n) {
  auto x = evaluate(*n.condition);
  bool holds =
      x.is_scalar() ? is_true(x, *n.condition) : is_true(call_registered("all", {x}), *n.condition);
  if (holds) return;
  auto label = n.label ? text_of(evaluate(*n.label)) + ": " : std::string{};
  throw script_error(ec::aborted, fmt::format("Assertion failed: {}{}", label, n.source), n.at);
}

// -- names

void evaluator::undefine(const undef_node& n) {
  if (n.names.empty()) return who_.variables.clear();
  for (const auto& name : n.names) {
    bool known = who_.variables.erase(name);
    if (!known && who_.node) known = who_.node->unshare(name);
    if (!known)
      throw script_error(ec::not_found, fmt::format("There is no variable '{}' to undefine", name),
                         n.at);
  }
}

void evaluator::share(const share_node& n) {
  auto x = evaluate(*n.expr);
  if (!who_.node)
    throw script_error(ec::unavailable, "Variables can be shared only on a node", n.at);
  who_.node->share(n.name, x);
}

} // namespace pelorus
