#include "query/functions/client_calls.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "query/code.hpp"
#include "query/dictionary.hpp"
#include "query/format.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/shapes.hpp"
#include "query/interpreter.hpp"
#include "query/row_table.hpp"
#include "query/session.hpp"

namespace pelorus {

namespace {

// -- variables ----------------------------------------------------------------------------------------------

/// What is dropped, by the numbers of the constants VAR, SHARED and DEF.
enum class undef_kind : int64_t { variable = 0, shared = 1, definition = 2 };

value undef_function(call_context& context, arguments& args) {
  auto& who = context.who;
  auto kind = static_cast<undef_kind>(is_given(args, 1) ? args[1].as_long() : 0);
  for (auto& name : text_list(args[0], "undef", "obj")) {
    auto* known = who.variables.find(name);
    bool is_function = known != nullptr && known->type() == type_id::functiondef;
    bool found = kind == undef_kind::shared ? who.node->unshare(name) : known != nullptr && is_function == (kind == undef_kind::definition);
    if (!found) throw script_error{ec::not_found, fmt::format("undef: can't find the object {}.", name)};
    if (kind != undef_kind::shared) who.variables.erase(name);
  }
  return value::nothing();
}

value share_function(call_context& context, arguments& args) {
  auto name = text_of_argument(args[1], "share", "sharedName");
  if (!args[0].is_table()) throw script_error{ec::type_mismatch, "share: table must be a table."};
  if (name.empty()) throw script_error{ec::bad_argument, "share: sharedName must not be empty."};
  context.who.node->share(name, args[0]);
  return value::nothing();
}

// -- exports ------------------------------------------------------------------------------------------------

/// Numbers with all their digits, unlike on a screen; null is nothing.
void put_number(std::string& out, double x, bool single) {
  if (std::isnan(x) || std::isinf(x)) out += format_real(x);
  else single ? fmt::format_to(std::back_inserter(out), "{}", static_cast<float>(x)) : fmt::format_to(std::back_inserter(out), "{}", x);
}

void put_quoted(std::string& out, std::string_view text, char delimiter) {
  const char special[] = {delimiter, '"', '\n', '\r'};
  if (text.find_first_of({special, sizeof special}) == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void put_cell(std::string& out, const column& col, size_t i, char delimiter) {
  if (!is_array(col.type()) && col.is_null(i)) return;
  switch (col.type()) {
    case type_id::double_: return put_number(out, col.data<double>()[i], false);
    case type_id::float_: return put_number(out, static_cast<double>(col.data<float>()[i]), true);
    default: return put_quoted(out, format_scalar(col, i), delimiter);
  }
}

value text_of_table(call_context& context, arguments& args) {
  constexpr auto name = "generateTextFromTable";
  auto given = args[0];
  if (auto code = given.as<code_object>()) {
    // As eval(X): the query is the caller's own.
    auto run = find_function("eval");
    arguments one{given};
    given = run->call(context, one);
  }
  auto t = table_argument(given, name, "sqlObj");
  auto start = args[1].as_long(), length = args[2].as_long();
  if (start < 0 || length < 0) throw script_error{ec::bad_argument, "generateTextFromTable: start and length must not be negative."};
  char delimiter = is_given(args, 4) ? static_cast<char>(args[4].as_long()) : ',';
  std::string out;
  if (flag_argument(args, 5, true)) {
    for (size_t c = 0; c < t->width(); ++c) {
      if (c != 0) out += delimiter;
      put_quoted(out, t->name(c), delimiter);
    }
    out += '\n';
  }
  auto from = std::min(static_cast<size_t>(start), t->rows());
  auto to = from + std::min(static_cast<size_t>(length), t->rows() - from);
  for (size_t row = from; row < to; ++row) {
    if (row % 1024 == 0) context.check_cancelled();
    for (size_t c = 0; c < t->width(); ++c) {
      if (c != 0) out += delimiter;
      put_cell(out, *t->col(c), row, delimiter);
    }
    out += '\n';
  }
  auto chars = column::make(type_id::char_, out.size());
  if (!out.empty()) std::copy(out.begin(), out.end(), chars->mutable_data<int8_t>());
  return value{chars};
}

// -- files of the server ------------------------------------------------------------------------------------

/// Relative paths begin at the home directory.
std::filesystem::path path_argument(const call_context& context, const arguments& args, size_t i, std::string_view name) {
  if (!context.who.logged_in) throw script_error{ec::permission, std::string{name} + ": log in first."};
  auto text = text_of_argument(args[i], name, "path");
  if (text.empty()) throw script_error{ec::bad_argument, std::string{name} + ": the path is empty."};
  return std::filesystem::path{context.who.node->self().home} / text;
}

value exists_function(call_context& context, arguments& args) {
  std::error_code ignored;
  return value::of_bool(std::filesystem::exists(path_argument(context, args, 0, "exists"), ignored));
}

value mkdir_function(call_context& context, arguments& args) {
  auto path = path_argument(context, args, 0, "mkdir");
  std::error_code failed;
  bool made = std::filesystem::create_directories(path, failed);
  if (!made) throw script_error{ec::io_failed, fmt::format("mkdir: cannot make {}: {}.", path.string(), failed ? failed.message() : "it is there already")};
  return value::nothing();
}

value save_text_function(call_context& context, arguments& args) {
  auto text = text_of_argument(args[0], "saveTextFile", "content");
  auto path = path_argument(context, args, 1, "saveTextFile");
  std::ofstream out{path, flag_argument(args, 2, false) ? std::ios::binary | std::ios::app : std::ios::binary};
  out << text;
  out.close();
  if (!out) throw script_error{ec::io_failed, fmt::format("saveTextFile: cannot write {}.", path.string())};
  return value::of_bool(true);
}

value save_table_function(call_context&, arguments&) {
  throw script_error{ec::not_supported,
                     "saveTable: Pelorus keeps tables in databases of the cluster only (dfs://): create one with createTable or "
                     "createPartitionedTable, and write with tableInsert or append!."};
}

// -- what drivers ask of a server's versions and modules ------------------------------------------------------

/// A driver refuses to work when the number is above its own, and prints the text unless it is empty.
value required_version_function(call_context&, arguments&) {
  auto parts = column::make(type_id::any, 2);
  parts->own_items() = {value::of_int(0), value::of_text("")};
  return value{parts};
}

value module_authorization_function(call_context&, arguments&) {
  dictionary out{type_id::string, type_id::any, true};
  out.set("starfish", value::of_bool(false));
  return value{std::make_shared<dictionary>(std::move(out))};
}

// -- batch jobs: there are none, so the lists are empty and every id is unknown --------------------------------

value scheduled_jobs_function(call_context&, arguments&) {
  return value{row_table{{"node", type_id::string}, {"userId", type_id::string}, {"jobId", type_id::string},
                         {"jobDesc", type_id::string}, {"startDate", type_id::date}, {"endDate", type_id::date},
                         {"frequency", type_id::char_}, {"scheduleTime", type_id::minute}, {"days", type_id::string}}.take()};
}

template <const char* Name>
value unknown_job_function(call_context&, arguments& args) {
  auto ids = text_list(args[0], Name, "jobId");
  if (ids.empty()) return value::nothing();
  throw script_error{ec::not_found, fmt::format("{}: the job [{}] doesn't exist.", Name, ids[0])};
}
constexpr char cancel_job[] = "cancelJob", delete_job[] = "deleteScheduledJob", message_of_job[] = "getJobMessage";

// -- subscriptions ------------------------------------------------------------------------------------------

template <const char* Name>
value no_streams_function(call_context&, arguments&) {
  throw script_error{ec::not_supported, fmt::format("{}: Pelorus does not publish stream tables yet.", Name)};
}
constexpr char topic[] = "getSubscriptionTopic", stop_publish[] = "stopPublishTable", close_publish[] = "activeClosePublishConnection";

const function_entry table_of_calls[] = {
    {"undef", "undef(obj, [objType=VAR])",
     "Drops variables of the session by name (STRING or vector); with SHARED those shared by all sessions, with DEF functions. "
     "The statement `undef all` drops all that the session has.",
     undef_function, 1, 2, impure,
     {{"x = 1; undef(`x); x", "error: x"}, {"undef(`noSuchThing)", "error: can't find the object noSuchThing"}}},
    {"share", "share(table, sharedName)", "As the statement `share table as name`: all sessions of this node see the table under that name.",
     share_function, 2, 2, impure, {{"share(1, `t)", "error: table must be a table"}}},
    {"generateTextFromTable", "generateTextFromTable(sqlObj, start, length, [partition=0], [delimiter=','], [containHeader=true])",
     "Rows of a table (or of the query in metacode) as the text of a CSV file: a CHAR vector. Numbers have all their digits, "
     "nulls are empty, texts with a delimiter, a quote or a line break are quoted.",
     text_of_table, 3, 6, impure,
     {{"concat(string(generateTextFromTable(table(1 2 as a, `x`y as b), 0, 2)), \"\").size() > 0", "true"},
      {"size(generateTextFromTable(table(1.5 2.5 as a), 1, 10, 0, char(44), false))", "4"},
      {"generateTextFromTable(1, 0, 1)", "error: sqlObj"}}},
    {"exists", "exists(path)", "Whether a file or directory of the server is there. Relative paths begin at the home directory.",
     exists_function, 1, 1, impure, {{"logout(); exists(\"x\")", "error: log in first"}}},
    {"mkdir", "mkdir(path)", "Makes a directory of the server, with those above it. An error when it is there.", mkdir_function, 1, 1,
     impure | admin_only, {{"mkdir()", "error: "}}},
    {"saveTextFile", "saveTextFile(content, path, [append=false])", "Writes a text into a file of the server.", save_text_function,
     2, 3, impure | admin_only, {{"saveTextFile()", "error: "}}},
    {"saveTable", "saveTable(dbHandle, table, [tableName], [append=false], [compression=true])",
     "Tables in directories of one server; refused, as Pelorus keeps tables in databases of the cluster only.", save_table_function, 2, 5,
     impure, {{"saveTable(database(, VALUE, 1..3), table(1 2 as a), `t, 1)", "error: databases of the cluster only"}}},
    {"getRequiredAPIVersion", "getRequiredAPIVersion()",
     "A tuple of the lowest version (INT) of a driver's protocol that this server works with, and a text to warn with: 0 and \"\", "
     "any driver will do.",
     required_version_function, 0, 1, impure | urgent, {{"getRequiredAPIVersion()[0]", "0"}}},
    {"readLicenseAuthorization", "readLicenseAuthorization(modules)",
     "Which of the modules that consoles ask for are there: a dictionary of names and BOOL. Pelorus has no `starfish`.",
     module_authorization_function, 1, 1, impure | urgent, {{"readLicenseAuthorization(license().modules).starfish", "false"}}},
    {"getScheduledJobs", "getScheduledJobs([pattern])", "The scheduled jobs of this node: none, Pelorus has no scheduler yet.",
     scheduled_jobs_function, 0, 1, impure | urgent, {{"rows(getScheduledJobs())", "0"}}},
    {"cancelJob", "cancelJob(jobId)", "Ends batch jobs. There are none yet, so every id is unknown.", unknown_job_function<cancel_job>,
     1, 1, impure | urgent, {{"cancelJob(`a)", "error: the job [a] doesn't exist"}}},
    {"deleteScheduledJob", "deleteScheduledJob(jobId)", "Removes a scheduled job. There are none yet, so every id is unknown.",
     unknown_job_function<delete_job>, 1, 1, impure | urgent, {{"deleteScheduledJob(`a)", "error: the job [a] doesn't exist"}}},
    {"getJobMessage", "getJobMessage(jobId)", "What a batch job printed. There are none yet, so every id is unknown.",
     unknown_job_function<message_of_job>, 1, 1, impure | urgent, {{"getJobMessage(`a)", "error: the job [a] doesn't exist"}}},
    {"getSubscriptionTopic", "getSubscriptionTopic(tableName, [actionName])",
     "Subscriptions of clients; refused until Pelorus has stream tables.", no_streams_function<topic>, 0, 255, impure,
     {{"getSubscriptionTopic(`t, `a)", "error: does not publish stream tables yet"}}},
    {"stopPublishTable", "stopPublishTable(host, port, tableName, [actionName])",
     "Subscriptions of clients; refused until Pelorus has stream tables.", no_streams_function<stop_publish>, 0, 255, impure,
     {{"stopPublishTable(`h, 1, `t)", "error: does not publish stream tables yet"}}},
    {"activeClosePublishConnection", "activeClosePublishConnection(host, port)",
     "Subscriptions of clients; refused until Pelorus has stream tables.", no_streams_function<close_publish>, 0, 255, impure,
     {{"activeClosePublishConnection(`h, 1)", "error: does not publish stream tables yet"}}},
};

} // namespace

function_family client_call_functions() { return table_of_calls; }

} // namespace pelorus
