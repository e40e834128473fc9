// The table of script functions: what an entry holds, and how to look one up.
//
// A family is one file with one table (style guide, section 6); registry.cpp lists the families. Readers of the
// table: the interpreter, docs/functions.md, the console's completion, tests/query/function_examples_test.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/script_error.hpp"
#include "storage/value.hpp"

namespace pelorus {

struct session;

/// What a native function sees besides its arguments.
struct call_context {
  session& who;
  /// Per argument the plain variable or alias it was written as ("" otherwise); `table(a, b as c)` needs it.
  std::span<const std::string> argument_names = {};

  /// Calls a function value (builtin, user-defined, partial, ..). Throws script_error.
  value call(const value& function, std::vector<value> arguments) const;
  /// Throws `cancelled` when the user cancelled the job; long loops call it now and then.
  void check_cancelled() const;
};

/// Arguments in order; optional ones that were left out are VOID "default" (see `is_given`). For a function with
/// `mutates_first` arguments[0] is held by nobody else when the caller passed a variable: change it in place.
using arguments = std::vector<value>;
using native_function = value (*)(call_context&, arguments&);

struct example {
  std::string_view script;    ///< one or more statements; the last one is printed
  std::string_view expected;  ///< what `print` gives; "error: PATTERN" for misuse
};

enum function_flag : uint16_t {
  plain = 0,
  mutates_first = 1 << 0,  ///< changes its first argument, like append!
  aggregate = 1 << 1,      ///< a vector becomes a scalar; SQL groups it
  order_sensitive = 1 << 2,///< depends on row order (prev, cumsum, mavg, first)
  impure = 1 << 3,         ///< random, clock or side effects: never folded or cached
  urgent = 1 << 4,         ///< runs on the urgent worker even when all others are busy (login, cancelConsoleJob)
  admin_only = 1 << 5,
};

struct function_entry {
  std::string_view name;
  std::string_view usage;  ///< "round(X, [precision=0])": parameter names for named arguments come from here
  std::string_view doc;    ///< types and shapes, units, nulls, errors
  native_function call;
  uint8_t min_arguments = 1;
  uint8_t max_arguments = 1;  ///< 255: any number
  uint16_t flags = plain;
  std::vector<example> examples = {};
  std::vector<std::string_view> aliases = {};

  bool has(function_flag f) const { return (flags & f) != 0; }
  /// Parameter names in order, taken from `usage`.
  std::vector<std::string> parameters() const;
};

using function_family = std::span<const function_entry>;

/// The entry of a name or alias, or null. Names are case-sensitive.
const function_entry* find_function(std::string_view name);
/// Every entry, sorted by name; aliases are not repeated.
const std::vector<const function_entry*>& all_functions();

/// True when an optional argument was passed (not left out, not an explicit empty place).
inline bool is_given(const arguments& args, size_t i) {
  return i < args.size() && !(args[i].is_void() && args[i].raw_int() == 2);
}
/// The value that stands for a left-out argument.
value default_argument();

// -- families (one line each; defined in the file of the same name) -------------------------------------------------
function_family operator_functions();
function_family math_functions();
function_family comparison_functions();
function_family logic_functions();
function_family conversion_functions();
function_family temporal_functions();
function_family text_functions();
function_family sequence_functions();
function_family random_functions();
function_family vector_functions();
function_family cumulative_functions();
function_family moving_functions();
function_family matrix_functions();
function_family dictionary_functions();
function_family higher_order_functions();
function_family system_functions();
function_family table_functions();
function_family aggregate_functions();
function_family join_functions();
function_family sql_functions();
function_family database_functions();
function_family cluster_functions();
function_family session_functions();
function_family encoding_functions();
function_family array_vector_functions();
function_family dfs_browse_functions();

} // namespace pelorus
