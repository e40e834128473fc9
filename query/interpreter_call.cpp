// Calls: finding the function, binding arguments to parameters, changing arguments in place.
#include <algorithm>

#include <fmt/format.h>

#include "query/constants.hpp"
#include "query/interpreter.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

/// Position of a named argument.
size_t parameter_position(const std::vector<std::string>& parameters, const std::string& name,
                          const callable& f) {
  auto found = std::find(parameters.begin(), parameters.end(), name);
  if (found != parameters.end()) return static_cast<size_t>(found - parameters.begin());
  auto usage = f.entry() ? fmt::format(". Usage: {}", f.entry()->usage) : "";
  throw script_error(ec::bad_argument,
                     fmt::format("The function {} has no parameter '{}'{}", f.name(), name, usage));
}

/// Something was moved out of the argument: the function answered the argument itself.
bool is_emptied(const value& x) { return !x.is_scalar() && !x.ptr(); }

} // namespace

// -- definitions

value evaluator::make_function(const std::shared_ptr<const function_node>& f) {
  std::vector<value> captured;
  captured.reserve(f->captures.size());
  for (const auto& c : f->captures) {
    const value* x = nullptr;
    if (frame_ && c.outer >= 0)
      x = &frame_->slots[static_cast<size_t>(c.outer)];
    else
      x = find_variable(name_node({}, c.name));
    captured.push_back(x ? *x : unset_slot());
  }
  return value{std::make_shared<user_function>(f, std::move(captured),
                                               frame_ ? frame_->function.module() : module_)};
}

/// Trees are made with make_shared and never copied apart, so a reference can be shared again.
value evaluator::define(const node& n) {
  const auto& f = as<function_node>(n);
  auto function = make_function(f.shared_from_this());
  if (f.name.empty()) return function;
  if (!frame_) {
    auto name = module_.empty() ? f.name : module_ + "::" + f.name;
    who_.variables.set(name, function);
  } else {
    auto slot = std::find(frame_->function.definition().locals.begin(),
                          frame_->function.definition().locals.end(), f.name);
    if (slot != frame_->function.definition().locals.end())
      frame_->slots[static_cast<size_t>(slot - frame_->function.definition().locals.begin())] =
          function;
  }
  return function;
}

// -- finding the function

std::shared_ptr<const callable> evaluator::callee(const node& function) {
  const auto* name = try_as<name_node>(&function);
  if (!name) return as_function(evaluate(function));
  const auto* x = find_variable(*name);
  if (x && x->type() == type_id::functiondef)
    return std::static_pointer_cast<const callable>(std::static_pointer_cast<callable>(x->ptr()));
  if (name->builtin) return as_function(function_value(*name->builtin));
  if (x) return as_function(*x);
  if (who_.node) {
    auto shared = who_.node->shared(name->name);
    if (shared && shared->type() == type_id::functiondef) return as_function(*shared);
  }
  throw_unknown_function(name->name, name->at);
}

/// DECIMAL64(2): a type with its scale.
value evaluator::call_type(const call_node& n, const name_node& name) {
  if (name.builtin || !name.name.starts_with("DECIMAL") || n.arguments.size() != 1 ||
      find_variable(name))
    return {};
  auto type = type_from_name(name.name);
  if (!type || !is_decimal(*type)) return {};
  auto scale = evaluate(n.arguments[0].expr);
  if (!scale.is_scalar() || !is_integral(scale.type()) || scale.as_long() < 0 ||
      scale.as_long() > 38)
    throw script_error(ec::bad_argument,
                       fmt::format("The scale of {} must lie between 0 and 38", name.name), n.at);
  return type_value({*type, static_cast<int32_t>(scale.as_long())});
}

// -- arguments

/// The arguments in the order of the parameters. `order[p]` is the given argument behind place p;
/// it stays empty when the arguments are given in order.
arguments evaluator::bind(const std::vector<argument>& given, const callable& function,
                          std::vector<size_t>& order) {
  bool named =
      std::any_of(given.begin(), given.end(), [](const auto& a) { return !a.name.empty(); });
  arguments result;
  result.reserve(given.size() + 2);
  if (!named) {
    for (const auto& a : given)
      result.push_back(a.expr ? evaluate(*a.expr) : default_argument());
    return result;
  }
  auto parameters = function.parameters();
  constexpr size_t nobody = SIZE_MAX;
  for (size_t i = 0; i < given.size(); ++i) {
    size_t place =
        given[i].name.empty() ? i : parameter_position(parameters, given[i].name, function);
    if (place >= result.size()) {
      result.resize(place + 1, default_argument());
      order.resize(place + 1, nobody);
    }
    if (order[place] != nobody)
      throw script_error(ec::bad_argument, fmt::format("The parameter '{}' of {} is given twice",
                                                       given[i].name, function.name()));
    order[place] = i;
    if (given[i].expr) result[place] = evaluate(*given[i].expr);
  }
  return result;
}

value evaluator::call(const call_node& n) {
  check_cancelled();
  if (const auto* name = try_as<name_node>(n.function)) {
    auto type = call_type(n, *name);
    if (!type.is_void()) return type;
  }
  auto function = callee(*n.function);
  try {
    return invoke(n, *function);
  } catch (script_error& e) {
    e.locate(n.at);
    throw;
  }
}

/// Calls with the arguments of the node. Variables that the function changes are lent to it: taken
/// out of their place, so that it is their only holder, and put back whatever happens.
value evaluator::invoke(const call_node& n, const callable& function) {
  std::vector<size_t> order;
  auto args = bind(n.arguments, function, order);
  std::vector<std::string> reordered;
  std::span<const std::string> names{n.argument_names};
  if (!order.empty()) {
    for (auto i : order)
      reordered.push_back(i < n.argument_names.size() ? n.argument_names[i] : "");
    names = reordered;
  }
  auto expr_of = [&](size_t place) -> const node* {
    size_t i = order.empty() ? place : order[place];
    return i < n.arguments.size() ? n.arguments[i].expr.get() : nullptr;
  };
  std::vector<std::pair<size_t, const node*>> lent;
  for (size_t p = 0; p < args.size(); ++p) {
    const auto* expr = function.mutates(p) ? expr_of(p) : nullptr;
    bool place = expr && (expr->kind == node_kind::name || expr->kind == node_kind::index ||
                          expr->kind == node_kind::member);
    if (place && !args[p].as<callable>()) lent.emplace_back(p, expr);
  }
  if (lent.empty()) return function.call(who_, args, names);
  value result;
  std::function<void(size_t)> lend = [&](size_t k) {
    if (k == lent.size()) {
      result = function.call(who_, args, names);
      return;
    }
    auto [p, expr] = lent[k];
    modify(*expr, [&, p = p](value& x) {
      args[p] = std::move(x);
      auto give_back = [&] { x = is_emptied(args[p]) ? result : std::move(args[p]); };
      try {
        lend(k + 1);
      } catch (...) {
        give_back();
        throw;
      }
      give_back();
    });
  };
  lend(0);
  return result;
}

value evaluator::partial(const partial_node& n) {
  auto function = callee(*n.function);
  std::vector<size_t> order;
  auto args = bind(n.arguments, *function, order);
  std::vector<std::optional<value>> fixed(args.size());
  for (size_t p = 0; p < args.size(); ++p) {
    size_t i = order.empty() ? p : order[p];
    if (i < n.arguments.size() && n.arguments[i].expr) fixed[p] = std::move(args[p]);
  }
  return value{std::make_shared<partial_application>(std::move(function), std::move(fixed))};
}

value evaluator::call_registered(std::string_view name, std::vector<value> args) {
  const auto* entry = find_function(name);
  if (!entry) throw_unknown_function(name, {});
  return builtin_function(*entry).call(who_, args, {});
}

std::string evaluator::text_of(const value& x) {
  auto text = call_registered("string", {x});
  return std::string{text.text()};
}

} // namespace pelorus
