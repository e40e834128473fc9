// Function values (FUNCTIONDEF): registered functions, script functions, partial applications, templates.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/functions/registry.hpp"
#include "query/syntax.hpp"

namespace pelorus {

struct session;

/// Left-out arguments are `default_argument()`; surplus places at the end may simply be missing.
class callable : public object {
public:
  pelorus::form form() const override { return pelorus::form::scalar; }
  type_id type() const override { return type_id::functiondef; }
  size_t size() const override { return 1; }

  /// Its name, "" when it has none.
  virtual std::string name() const { return {}; }
  /// Script text that evaluates to the same function where the registered functions are known; captured variables
  /// stand in it as literals. Throws script_error when one of them has no literal.
  virtual std::string source() const = 0;
  /// Names for named arguments.
  virtual std::vector<std::string> parameters() const = 0;
  virtual size_t min_arguments() const = 0;
  virtual size_t max_arguments() const = 0;
  virtual bool is_aggregate() const { return false; }
  /// The registered function behind it, or null.
  virtual const function_entry* entry() const { return nullptr; }
  /// Does it change argument `i` in place? Then `args[i]` holds the changed value after the call.
  virtual bool mutates(size_t) const { return false; }

  /// Calls it. `names` says what each argument was written as. Throws script_error.
  virtual value call(session& who, arguments& args, std::span<const std::string> names = {}) const = 0;
};

class builtin_function final : public callable {
public:
  explicit builtin_function(const function_entry& entry) : entry_(entry) {}
  std::string name() const override { return std::string{entry_.name}; }
  std::string source() const override { return std::string{entry_.name}; }
  std::vector<std::string> parameters() const override { return entry_.parameters(); }
  size_t min_arguments() const override { return entry_.min_arguments; }
  size_t max_arguments() const override { return entry_.max_arguments; }
  bool is_aggregate() const override { return entry_.has(aggregate); }
  const function_entry* entry() const override { return &entry_; }
  bool mutates(size_t i) const override { return i == 0 && entry_.has(mutates_first); }
  value call(session& who, arguments& args, std::span<const std::string> names) const override;

private:
  const function_entry& entry_;
};

/// A def or lambda with the variables it captured.
class user_function final : public callable {
public:
  user_function(std::shared_ptr<const function_node> definition, std::vector<value> captured, std::string module = {});
  std::string name() const override { return definition_->name; }
  std::string source() const override;
  std::vector<std::string> parameters() const override;
  size_t min_arguments() const override { return min_arguments_; }
  size_t max_arguments() const override { return definition_->parameters.size(); }
  bool is_aggregate() const override { return definition_->is_aggregate; }
  bool mutates(size_t i) const override {
    return i < definition_->parameters.size() && definition_->parameters[i].is_mutable;
  }
  value call(session& who, arguments& args, std::span<const std::string> names) const override;

  const function_node& definition() const { return *definition_; }
  /// Values of `definition().captures`, in order.
  const std::vector<value>& captured() const { return captured_; }
  /// The module it belongs to ("a::b"), or "".
  const std::string& module() const { return module_; }

private:
  std::shared_ptr<const function_node> definition_;
  std::vector<value> captured_;
  std::string module_;
  size_t min_arguments_ = 0;
};

/// f{a,,c}: `fixed` holds an argument or nothing per place; further arguments follow behind the last place.
class partial_application final : public callable {
public:
  partial_application(std::shared_ptr<const callable> function, std::vector<std::optional<value>> fixed)
      : function_(std::move(function)), fixed_(std::move(fixed)) {}
  std::string name() const override { return function_->name(); }
  std::string source() const override;
  std::vector<std::string> parameters() const override;
  size_t min_arguments() const override;
  size_t max_arguments() const override;
  bool is_aggregate() const override { return function_->is_aggregate(); }
  const function_entry* entry() const override { return function_->entry(); }
  value call(session& who, arguments& args, std::span<const std::string> names) const override;

  const std::shared_ptr<const callable>& function() const { return function_; }
  const std::vector<std::optional<value>>& fixed() const { return fixed_; }

private:
  size_t fixed_count() const;
  std::shared_ptr<const callable> function_;
  std::vector<std::optional<value>> fixed_;
};

/// f:E and its like: a higher-order function with its function given.
class template_function final : public callable {
public:
  template_function(std::shared_ptr<const callable> function, std::string pattern);
  std::string source() const override;
  std::vector<std::string> parameters() const override { return {}; }
  size_t min_arguments() const override { return 1; }
  size_t max_arguments() const override { return 255; }
  value call(session& who, arguments& args, std::span<const std::string> names) const override;

private:
  std::shared_ptr<const callable> function_;
  std::string pattern_;
  const function_entry* higher_;
};

/// The function a value holds; throws script_error when it holds none. A STRING names a registered function.
std::shared_ptr<const callable> as_function(const value& x);
value function_value(const function_entry& entry);

/// "No function 'x'": the words that clients look for.
[[noreturn]] void throw_unknown_function(std::string_view name, text_position at);

} // namespace pelorus
