// Evaluating expressions.
#include <fmt/format.h>

#include "query/constants.hpp"
#include "query/fast_arithmetic.hpp"
#include "query/indexing.hpp"
#include "query/interpreter.hpp"
#include "query/literal_text.hpp"
#include "query/literals.hpp"
#include "query/operators.hpp"
#include "query/script_error.hpp"
#include "query/sql.hpp"

namespace pelorus {

value evaluator::evaluate(const node& n) {
  switch (n.kind) {
  case node_kind::literal: return as<literal_node>(n).constant;
  case node_kind::name: {
    if (const auto* x = find_variable(as<name_node>(n))) return *x;
    return lookup(as<name_node>(n));
  }
  case node_kind::binary: return binary(as<binary_node>(n));
  case node_kind::call: return call(as<call_node>(n));
  case node_kind::unary: return unary(as<unary_node>(n));
  case node_kind::index: return index(as<index_node>(n));
  case node_kind::member: return member(as<member_node>(n));
  case node_kind::chain: return chain(as<chain_node>(n));
  case node_kind::ternary: return ternary(as<ternary_node>(n));
  case node_kind::vector:
  case node_kind::tuple: return list(as<list_node>(n));
  case node_kind::select:
  case node_kind::set_operation: return execute_select(n, *this);
  default: return rare(n);
  }
}

value evaluator::rare(const node& n) {
  switch (n.kind) {
  case node_kind::dict: return dict(as<dict_node>(n));
  case node_kind::case_when: return case_when(as<case_node>(n));
  case node_kind::metacode: return metacode(as<metacode_node>(n));
  case node_kind::partial: return partial(as<partial_node>(n));
  case node_kind::aliased: return evaluate(*as<aliased_node>(n).expr);
  case node_kind::function: return define(n);
  case node_kind::higher_order: {
    const auto& h = as<higher_order_node>(n);
    return value{std::make_shared<template_function>(callee(*h.function), h.pattern)};
  }
  case node_kind::macro:
    throw script_error(
        ec::bad_argument,
        fmt::format("'_${}' stands for a column and is known only inside metacode of a query",
                    as<macro_node>(n).name),
        n.at);
  case node_kind::star:
    throw script_error(ec::bad_argument, "'*' stands for all columns and is known only in queries",
                       n.at);
  case node_kind::window:
    throw script_error(ec::bad_argument, "over(..) is known only in queries", n.at);
  default: throw script_error(ec::internal, "A statement stands where a value is needed", n.at);
  }
}

// -- names

const value* evaluator::find_session_name(const name_node& n) {
  const auto* x = who_.variables.find(n.name, n.hash);
  if (x && (!frame_ || x->type() == type_id::functiondef)) return x;
  const auto& module = frame_ ? frame_->function.module() : module_;
  if (module.empty()) return nullptr;
  x = who_.variables.find(module + "::" + n.name);
  return x && (!frame_ || x->type() == type_id::functiondef) ? x : nullptr;
}

/// The variable of that name which is visible here, or null.
const value* evaluator::find_variable(const name_node& n) {
  if (frame_) {
    if (n.slot >= 0) {
      const auto& x = frame_->slots[static_cast<size_t>(n.slot)];
      if (!is_unset(x)) return &x;
    }
  } else if (captured_) {
    for (const auto& [name, x] : *captured_)
      if (name == n.name) return &x;
  }
  return find_session_name(n);
}

value evaluator::lookup(const name_node& n) {
  if (const auto* x = find_variable(n)) return *x;
  if (n.builtin) return function_value(*n.builtin);
  if (auto constant = find_constant(n.name)) return *constant;
  if (who_.node)
    if (auto x = who_.node->shared(n.name)) return *x;
  throw script_error(ec::not_found, fmt::format("Cannot recognize the token {}", n.name), n.at);
}

// -- operators

value evaluator::operate(op o, value left, value right) {
  value result;
  if (fast_binary(o, left, right, result)) return result;
  if (o == op::pair) return pair(left, right);
  const auto& entry = function_of(o);
  call_context context{who_, {}};
  arguments args;
  args.reserve(2);
  args.push_back(std::move(left));
  args.push_back(std::move(right));
  return entry.call(context, args);
}

value evaluator::binary(const binary_node& n) {
  auto left = evaluate(*n.left);
  auto right = evaluate(*n.right);
  try {
    return operate(n.op, std::move(left), std::move(right));
  } catch (script_error& e) {
    e.locate(n.at);
    throw;
  }
}

value evaluator::unary(const unary_node& n) {
  auto x = evaluate(*n.operand);
  if (n.op == op::neg && is_plain_number(x)) {
    if (x.type() == type_id::double_) return value::of_double(-x.raw_real());
    return value::integral(x.type(), -x.raw_int());
  }
  if (n.op == op::not_ && x.is_scalar() && x.type() == type_id::bool_ && !x.is_null())
    return value::of_bool(x.raw_int() == 0);
  try {
    call_context context{who_, {}};
    arguments args{std::move(x)};
    return function_of(n.op).call(context, args);
  } catch (script_error& e) {
    e.locate(n.at);
    throw;
  }
}

value evaluator::chain(const chain_node& n) {
  value result;
  auto left = evaluate(*n.operands[0]);
  for (size_t i = 0; i < n.ops.size(); ++i) {
    auto right = evaluate(*n.operands[i + 1]);
    auto holds = operate(n.ops[i], left, right);
    result = i == 0 ? std::move(holds) : operate(op::and_, std::move(result), std::move(holds));
    left = std::move(right);
  }
  return result;
}

/// Two scalars of one kind make a pair here; the function `pair` knows the rest.
value evaluator::pair(const value& left, const value& right) {
  auto type =
      left.is_scalar() && right.is_scalar() ? common_type(left.type(), right.type()) : type_id::any;
  if (type == type_id::any || type == type_id::void_) return call_registered("pair", {left, right});
  value items[] = {left, right};
  return value::pair(combine(items).vec_ptr());
}

bool evaluator::is_true(const value& x, const node& where) {
  bool number = x.is_scalar() && (is_number(x.type()) || x.type() == type_id::void_);
  if (!number)
    throw script_error(
        ec::type_mismatch,
        fmt::format("A condition must be a scalar that is true or false, not a {} of type {}",
                    form_name(x.form()), type_name(x.type())),
        where.at);
  if (x.is_null()) return false;
  return is_floating(x.type()) ? x.raw_real() != 0 : x.as_long() != 0;
}

value evaluator::ternary(const ternary_node& n) {
  auto condition = evaluate(*n.condition);
  if (condition.is_scalar()) return evaluate(is_true(condition, *n.condition) ? *n.yes : *n.no);
  return call_registered("iif", {std::move(condition), evaluate(*n.yes), evaluate(*n.no)});
}

// -- literals with parts

value evaluator::list(const list_node& n) {
  std::vector<value> items;
  items.reserve(n.items.size());
  for (const auto& item : n.items)
    items.push_back(evaluate(item));
  return n.kind == node_kind::tuple ? make_tuple_value(std::move(items)) : combine(items);
}

value evaluator::dict(const dict_node& n) {
  std::vector<value> keys, values;
  for (const auto& [key, x] : n.entries) {
    keys.push_back(evaluate(*key));
    values.push_back(evaluate(*x));
  }
  auto key_column = keys.empty() ? value{column::make(type_id::string)} : combine(keys);
  return call_registered(
      "dict", {std::move(key_column), make_tuple_value(std::move(values)), value::of_bool(true)});
}

value evaluator::case_when(const case_node& n) {
  value operand = evaluate(n.operand);
  for (const auto& [when, then] : n.whens) {
    auto x = evaluate(*when);
    if (n.operand) x = operate(op::eq, operand, std::move(x));
    if (is_true(x, *when)) return evaluate(*then);
  }
  return evaluate(n.otherwise);
}

value evaluator::metacode(const metacode_node& n) {
  named_values captured;
  if (captured_) captured = *captured_;
  for (const auto& name : n.names) {
    if (!frame_ || name->slot < 0) continue;
    const auto& x = frame_->slots[static_cast<size_t>(name->slot)];
    if (!is_unset(x)) captured.emplace_back(name->name, x);
  }
  return value{std::make_shared<code_object>(n.expr, std::move(captured))};
}

// -- parts of values

value evaluator::member(const member_node& n) {
  auto object = evaluate(*n.object);
  try {
    return get_member(object, n.name, who_);
  } catch (script_error& e) {
    e.locate(n.at);
    throw;
  }
}

std::vector<value> evaluator::index_values(const index_node& n) {
  std::vector<value> indices;
  indices.reserve(n.indices.size());
  for (const auto& i : n.indices)
    indices.push_back(i ? evaluate(*i) : default_argument());
  return indices;
}

value evaluator::index(const index_node& n) {
  // INT[] and its like are types.
  const auto* type_part = try_as<name_node>(n.object);
  if (type_part && n.indices.size() == 1 && !n.indices[0] && !find_variable(*type_part)) {
    auto type = type_from_name(type_part->name);
    if (type && type_name(*type) == type_part->name) return type_value({array_of(*type), 0});
  }
  auto object = evaluate(*n.object);
  auto indices = index_values(n);
  try {
    return get_indexed(object, indices, who_);
  } catch (script_error& e) {
    e.locate(n.at);
    throw;
  }
}

} // namespace pelorus
