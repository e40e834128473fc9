#include "query/function.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cfg/limits.hpp"
#include "query/interpreter.hpp"
#include "query/literal_text.hpp"
#include "query/script_error.hpp"
#include "query/unparse.hpp"

namespace pelorus {

namespace {

/// Counts a nested call for as long as it lives.
class call_depth {
public:
  call_depth(session& who, std::string_view function) : who_(who) {
    if (++who_.depth <= limits::recursion_depth) return;
    --who_.depth;
    throw script_error(ec::limit_exceeded,
                       fmt::format("Calls are nested deeper than {} levels (in {})",
                                   limits::recursion_depth,
                                   function.empty() ? "a lambda" : function));
  }
  ~call_depth() { --who_.depth; }
  call_depth(const call_depth&) = delete;
  call_depth& operator=(const call_depth&) = delete;

private:
  session& who_;
};

std::string range_text(size_t least, size_t most) {
  if (least == most) return fmt::format("{}", least);
  return most == 255 ? fmt::format("at least {}", least) : fmt::format("{} to {}", least, most);
}

bool is_left_out(const value& x) { return x.is_void() && x.raw_int() == 2; }

} // namespace

// -- registered functions

value builtin_function::call(session& who, arguments& args,
                             std::span<const std::string> names) const {
  if (args.size() < entry_.min_arguments ||
      (entry_.max_arguments != 255 && args.size() > entry_.max_arguments))
    throw script_error(
        ec::bad_argument,
        fmt::format("Usage: {}. {} expects {} argument(s), not {}", entry_.usage, entry_.name,
                    range_text(entry_.min_arguments, entry_.max_arguments), args.size()));
  if (entry_.has(admin_only) && !who.is_admin)
    throw script_error(ec::permission,
                       fmt::format("<NoPrivilege>Only administrators may call {}", entry_.name));
  if (entry_.max_arguments != 255)
    while (args.size() < entry_.max_arguments)
      args.push_back(default_argument());
  call_depth depth(who, entry_.name);
  call_context context{who, names};
  return entry_.call(context, args);
}

// -- script functions

frame::frame(const user_function& f)
    : function(f), slots(f.definition().locals.size(), unset_slot()) {}

user_function::user_function(std::shared_ptr<const function_node> definition,
                             std::vector<value> captured, std::string module)
    : definition_(std::move(definition)), captured_(std::move(captured)),
      module_(std::move(module)) {
  for (const auto& p : definition_->parameters)
    if (!p.default_value) ++min_arguments_;
}

std::vector<std::string> user_function::parameters() const {
  std::vector<std::string> names;
  for (const auto& p : definition_->parameters)
    names.push_back(p.name);
  return names;
}

std::string user_function::source() const {
  substitution captured = [this](const name_node& n) -> const value* {
    for (size_t i = 0; i < captured_.size(); ++i) {
      const auto& c = definition_->captures[i];
      if (c.slot == n.slot && c.name == n.name && !is_unset(captured_[i])) return &captured_[i];
    }
    return nullptr;
  };
  return unparse(*definition_, captured);
}

value user_function::call(session& who, arguments& args, std::span<const std::string>) const {
  const auto& parameters = definition_->parameters;
  auto shown_name = [&] {
    return definition_->name.empty() ? std::string{"(anonymous function)"} : definition_->name;
  };
  if (args.size() > parameters.size())
    throw script_error(ec::bad_argument,
                       fmt::format("The function {} expects {} argument(s), not {}", shown_name(),
                                   range_text(min_arguments_, parameters.size()), args.size()));
  call_depth depth(who, definition_->name);
  frame locals(*this);
  evaluator inside(who, locals);
  try {
    for (size_t i = 0; i < captured_.size(); ++i)
      locals.slots[static_cast<size_t>(definition_->captures[i].slot)] = captured_[i];
    for (size_t i = 0; i < parameters.size(); ++i) {
      bool given = i < args.size() && !is_left_out(args[i]);
      if (given)
        locals.slots[i] = std::move(args[i]);
      else if (parameters[i].default_value)
        locals.slots[i] = inside.evaluate(*parameters[i].default_value);
      else if (i < args.size())
        locals.slots[i] = value{};
      else
        throw script_error(
            ec::bad_argument,
            fmt::format("The function {} expects {} argument(s), not {}: '{}' is missing",
                        shown_name(), range_text(min_arguments_, parameters.size()), args.size(),
                        parameters[i].name));
    }
  } catch (...) {
    for (size_t i = 0; i < args.size(); ++i)
      if (mutates(i) && !is_unset(locals.slots[i])) args[i] = std::move(locals.slots[i]);
    throw;
  }
  auto give_back = [&] {
    for (size_t i = 0; i < args.size(); ++i)
      if (mutates(i)) args[i] = std::move(locals.slots[i]);
  };
  try {
    auto result = inside.run_body(*definition_->body);
    give_back();
    return result;
  } catch (script_error& e) {
    give_back();
    e.passed_through(shown_name());
    throw;
  } catch (...) {
    give_back();
    throw;
  }
}

// -- partial application

size_t partial_application::fixed_count() const {
  return static_cast<size_t>(
      std::count_if(fixed_.begin(), fixed_.end(), [](const auto& x) { return x.has_value(); }));
}

std::vector<std::string> partial_application::parameters() const {
  auto all = function_->parameters();
  std::vector<std::string> open;
  for (size_t i = 0; i < all.size(); ++i)
    if (i >= fixed_.size() || !fixed_[i]) open.push_back(std::move(all[i]));
  return open;
}

size_t partial_application::min_arguments() const {
  auto needed = function_->min_arguments();
  size_t given = 0;
  for (size_t i = 0; i < std::min(needed, fixed_.size()); ++i)
    given += fixed_[i] ? 1 : 0;
  return needed - given;
}

size_t partial_application::max_arguments() const {
  auto most = function_->max_arguments();
  return most == 255 ? 255 : most - std::min(most, fixed_count());
}

std::string partial_application::source() const {
  std::string text = "(" + function_->source() + "){";
  if (!function_->name().empty() && !dynamic_cast<const user_function*>(function_.get()))
    text = function_->source() + "{";
  for (size_t i = 0; i < fixed_.size(); ++i) {
    if (i > 0) text += ", ";
    if (!fixed_[i]) continue;
    auto inner = fixed_[i]->as<callable>();
    text += inner ? inner->source() : literal_text(*fixed_[i]);
  }
  return text + "}";
}

value partial_application::call(session& who, arguments& args, std::span<const std::string>) const {
  arguments all;
  size_t next = 0;
  for (const auto& x : fixed_) {
    if (x)
      all.push_back(*x);
    else
      all.push_back(next < args.size() ? args[next++] : default_argument());
  }
  while (next < args.size())
    all.push_back(args[next++]);
  // Places left open at the end are simply not given.
  while (!all.empty() && is_left_out(all.back()))
    all.pop_back();
  return function_->call(who, all);
}

// -- templates

template_function::template_function(std::shared_ptr<const callable> function, std::string pattern)
    : function_(std::move(function)), pattern_(std::move(pattern)) {
  static constexpr std::pair<char, std::string_view> names[] = {
      {'E', "each"},      {'P', "eachPre"},   {'O', "eachPost"},    {'L', "eachLeft"},
      {'R', "eachRight"}, {'C', "cross"},     {'T', "reduce"},      {'A', "accumulate"},
      {'G', "groupby"},   {'X', "contextby"}, {'U', "unifiedCall"}, {'H', "byRow"},
      {'V', "byColumn"}};
  std::string_view name;
  for (auto [letter, function_name] : names)
    if (pattern_.size() == 1 && pattern_[0] == letter) name = function_name;
  higher_ = find_function(name);
  if (!higher_) throw_unknown_function(name.empty() ? pattern_ : name, {});
}

std::string template_function::source() const { return function_->source() + ":" + pattern_; }

value template_function::call(session& who, arguments& args, std::span<const std::string>) const {
  arguments all{value{std::const_pointer_cast<callable>(function_)}};
  for (auto& x : args)
    all.push_back(std::move(x));
  return builtin_function(*higher_).call(who, all, {});
}

// -- values

value function_value(const function_entry& entry) {
  return value{std::make_shared<builtin_function>(entry)};
}

std::shared_ptr<const callable> as_function(const value& x) {
  if (auto f = x.as<callable>()) return f;
  if (x.is_text()) {
    if (const auto* entry = find_function(x.text()))
      return std::make_shared<builtin_function>(*entry);
    throw_unknown_function(x.text(), {});
  }
  throw script_error(ec::type_mismatch, fmt::format("A function is needed, not a {} of type {}",
                                                    form_name(x.form()), type_name(x.type())));
}

void throw_unknown_function(std::string_view name, text_position at) {
  throw script_error(ec::not_found, fmt::format("Can't recognize function name {}", name), at);
}

value call_context::call(const value& function, std::vector<value> arguments) const {
  check_cancelled();
  return as_function(function)->call(who, arguments);
}

void call_context::check_cancelled() const {
  if (who.cancel->load(std::memory_order_relaxed))
    throw script_error(ec::cancelled, "The job was cancelled");
}

} // namespace pelorus
