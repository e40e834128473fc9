// Assignments, and changing variables, elements and members in place.
#include <fmt/format.h>

#include "query/fast_arithmetic.hpp"
#include "query/indexing.hpp"
#include "query/interpreter.hpp"
#include "query/script_error.hpp"

namespace pelorus {

void evaluator::assign(const assign_node& n) {
  if (n.is_compound) return assign_compound(n);
  const auto* only = n.targets.size() == 1 ? try_as<name_node>(n.targets[0]) : nullptr;
  if (n.by_reference && only) return bind_reference(*only, *n.expr);
  auto x = evaluate(*n.expr);
  if (n.targets.size() == 1) {
    assign_to(*n.targets[0], std::move(x));
  } else {
    loop_items parts(std::move(x), who_);
    if (parts.size() != n.targets.size())
      throw script_error(ec::bad_argument,
                         fmt::format("{} values cannot be assigned to {} variables", parts.size(),
                                     n.targets.size()),
                         n.at);
    for (size_t i = 0; i < n.targets.size(); ++i)
      assign_to(*n.targets[i], parts[i]);
  }
  if (n.is_const && only && !frame_) who_.variables.set_const(only->name);
}

void evaluator::assign_to(const node& target, value x) {
  if (const auto* name = try_as<name_node>(&target)) return assign_name(*name, std::move(x));
  try {
    if (const auto* i = try_as<index_node>(&target)) {
      auto indices = index_values(*i);
      return modify(*i->object, [&](value& object) { set_indexed(object, indices, x, who_); });
    }
    const auto& m = as<member_node>(target);
    modify(*m.object, [&](value& object) { set_member(object, m.name, x); });
  } catch (script_error& e) {
    e.locate(target.at);
    throw;
  }
}

void evaluator::assign_name(const name_node& n, value x) {
  if (x.is_nothing())
    throw script_error(ec::type_mismatch,
                       fmt::format("The right side gives no value to assign to '{}'", n.name),
                       n.at);
  if (frame_) {
    if (n.slot < 0)
      throw script_error(ec::internal, fmt::format("The variable '{}' has no place", n.name), n.at);
    auto slot = static_cast<size_t>(n.slot);
    if (slot < 64) frame_->assigned |= uint64_t{1} << slot;
    frame_->slots[slot] = std::move(x);
    return;
  }
  if (who_.variables.is_const(n.name, n.hash)) check_writable(n, x);
  who_.variables.set(n.name, n.hash, std::move(x));
}

/// `&x = y`: in a function both names have one slot already.
void evaluator::bind_reference(const name_node& n, const node& source) {
  const auto* other = try_as<name_node>(&source);
  if (!other) return assign_name(n, evaluate(source));
  if (frame_) {
    if (n.slot != other->slot) assign_name(n, evaluate(source));
    return;
  }
  if (!who_.variables.bind(n.name, other->name)) assign_name(n, evaluate(source));
}

// -- in place

value* evaluator::variable_place(const name_node& n) {
  if (frame_) {
    if (n.slot < 0) return nullptr;
    auto& x = frame_->slots[static_cast<size_t>(n.slot)];
    return is_unset(x) ? nullptr : &x;
  }
  return who_.variables.find_mutable(n.name, n.hash);
}

/// Parameters are read-only unless they are mutable or got a new value; tables are shared by
/// reference anyway.
void evaluator::check_writable(const name_node& n, const value& x) {
  if (!frame_) {
    if (!who_.variables.is_const(n.name, n.hash)) return;
    throw script_error(
        ec::permission,
        fmt::format("Syntax Error: [line #{}] Constant variable [{}] can't be modified.", n.at.line,
                    n.name),
        n.at);
  }
  const auto& parameters = frame_->function.definition().parameters;
  auto slot = static_cast<size_t>(n.slot);
  bool read_only = n.slot >= 0 && slot < parameters.size() && !parameters[slot].is_mutable &&
                   (slot >= 64 || (frame_->assigned >> slot & 1) == 0);
  bool by_reference = x.is_table() || (x.is_scalar() && x.type() == type_id::handle);
  if (read_only && !by_reference)
    throw script_error(
        ec::permission,
        fmt::format(
            "The parameter '{}' of {} is read-only: declare it 'mutable {}' to change it in place",
            n.name, frame_->function.name(), n.name),
        n.at);
}

void evaluator::modify_variable(const name_node& n, const std::function<void(value&)>& change) {
  auto* place = variable_place(n);
  if (!place) {
    auto x = lookup(n); // a shared variable, which is changed by reference, or an error
    return change(x);
  }
  check_writable(n, *place);
  auto x = std::move(*place);
  // The script may define variables meanwhile, so the place is looked up again.
  auto put_back = [&] {
    if (frame_)
      frame_->slots[static_cast<size_t>(n.slot)] = std::move(x);
    else
      who_.variables.set(n.name, n.hash, std::move(x));
  };
  try {
    change(x);
  } catch (...) {
    put_back();
    throw;
  }
  put_back();
}

void evaluator::modify(const node& place, const std::function<void(value&)>& change) {
  if (const auto* name = try_as<name_node>(&place)) return modify_variable(*name, change);
  if (const auto* i = try_as<index_node>(&place)) {
    auto indices = index_values(*i);
    return modify(*i->object, [&](value& object) {
      auto x = get_indexed(object, indices, who_);
      change(x);
      set_indexed(object, indices, x, who_);
    });
  }
  if (const auto* m = try_as<member_node>(&place)) {
    return modify(*m->object, [&](value& object) {
      auto x = get_member(object, m->name, who_);
      change(x);
      set_member(object, m->name, x);
    });
  }
  auto x = evaluate(place); // the result of a call: changed, then dropped unless it is a table
  change(x);
}

void evaluator::assign_compound(const assign_node& n) {
  if (n.targets.size() != 1)
    throw script_error(ec::bad_argument, "A compound assignment has one target", n.at);
  auto right = evaluate(*n.expr);
  const auto& target = *n.targets[0];
  if (const auto* name = try_as<name_node>(&target)) {
    auto* place = variable_place(*name);
    if (!place)
      throw script_error(ec::not_found, fmt::format("Cannot recognize the token {}", name->name),
                         name->at);
    if (!frame_ && who_.variables.is_const(name->name, name->hash)) check_writable(*name, *place);
    if (fast_binary(n.op, *place, right, *place)) return;
    return assign_name(*name, operate(n.op, *place, std::move(right)));
  }
  modify(target, [&](value& x) { x = operate(n.op, std::move(x), std::move(right)); });
}

} // namespace pelorus
