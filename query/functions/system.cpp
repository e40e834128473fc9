// What a value is, and printing it.
#include <chrono>
#include <thread>

#include "cfg/version.hpp"
#include "query/cast.hpp"
#include "query/dictionary.hpp"
#include "query/format.hpp"
#include "query/functions/dispatch.hpp"
#include "query/functions/registry.hpp"
#include "query/session.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

value print(call_context& context, arguments& args) {
  std::string text;
  for (size_t i = 0; i < args.size(); ++i)
    text += (i == 0 ? "" : "\n") + format(args[i]);
  context.who.print(text);
  return value::nothing();
}

std::string fast(type_id type) {
  bool plain = physical_of(type) != physical::any && physical_of(type) != physical::str;
  return (plain ? "FAST " : "") + std::string{type_name(type)};
}

std::string type_text(const value& x) {
  switch (x.form()) {
  case form::vector: return fast(x.type()) + " VECTOR";
  case form::pair: return std::string{type_name(x.type())} + " PAIR";
  case form::matrix: return fast(x.type()) + " MATRIX";
  case form::set: return std::string{type_name(x.type())} + " SET";
  case form::table: return x.as<table>() ? "IN-MEMORY TABLE" : "SEGMENTED DFS TABLE";
  case form::dictionary:
    if (auto d = x.as<dictionary>())
      return std::string{type_name(d->key_type())} + "->" + std::string{type_name(d->type())} +
             (d->ordered() ? " ORDERED DICTIONARY" : " DICTIONARY");
    break;
  case form::chart: return "CHART";
  default: break;
  }
  return std::string{type_name(x.type())};
}

value typestr(call_context&, arguments& args) { return value::of_text(type_text(args[0])); }
value type(call_context&, arguments& args) {
  return value::of_int(static_cast<int32_t>(args[0].type()));
}
value form_call(call_context&, arguments& args) {
  return value::of_int(static_cast<int32_t>(args[0].form()));
}

value version(call_context&, arguments&) { return value::of_text(program_version); }

value sleep(call_context& context, arguments& args) {
  auto milliseconds = args[0].as_long();
  if (milliseconds < 0 && milliseconds != null_of<int64_t>)
    refuse("sleep(milliseconds)", "milliseconds must not be negative.");
  using clock = std::chrono::steady_clock;
  for (auto end = clock::now() + std::chrono::milliseconds{std::max<int64_t>(milliseconds, 0)};
       clock::now() < end;) {
    context.check_cancelled();
    auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
    std::this_thread::sleep_for(std::min(rest, std::chrono::milliseconds{20}));
  }
  return value::nothing();
}

const std::vector<function_entry> system_table = {
    {"print",
     "print(X, [args..])",
     "Prints each argument on lines of its own.",
     print,
     0,
     255,
     impure,
     {{"print(1 2 3)", "[1,2,3]"}}},
    {"typestr",
     "typestr(X)",
     "Type and form of X in words.",
     typestr,
     1,
     1,
     plain,
     {{"typestr(1 2 3)", "FAST INT VECTOR"},
      {"typestr(`a`b)", "STRING VECTOR"},
      {"typestr(1:2)", "INT PAIR"}}},
    {"type",
     "type(X)",
     "The number of the type of X, as INT, DOUBLE, .. stand for.",
     type,
     1,
     1,
     plain,
     {{"type(1.2)", "16"}}},
    {"form",
     "form(X)",
     "The number of the form of X: 0 scalar, 1 vector, 2 pair, 3 matrix, 4 set, 5 dictionary, 6 "
     "table.",
     form_call,
     1,
     1,
     plain,
     {{"form(1 2)", "1"}}},
    {"version",
     "version()",
     "The version of this server.",
     version,
     0,
     0,
     plain,
     {{"typestr(version())", "STRING"}}},
    {"sleep",
     "sleep(milliseconds)",
     "Waits; cancelling the job ends it early.",
     sleep,
     1,
     1,
     impure,
     {{"sleep(0)", ""}}},
};

} // namespace

function_family system_functions() { return system_table; }

} // namespace pelorus
