// Sessions and users: logging in, who is here, what runs, what a session holds.
#include <algorithm>
#include <optional>

#include "cfg/settings.hpp"
#include "query/functions/login.hpp"
#include "query/functions/registry.hpp"
#include "query/functions/shapes.hpp"
#include "query/interpreter.hpp"
#include "query/login_services.hpp"
#include "query/matrix.hpp"
#include "query/partitioned_table.hpp"
#include "query/row_table.hpp"
#include "query/session.hpp"

namespace pelorus {

// -- logging in -------------------------------------------------------------------------------------------

namespace {
void become(session& who, std::string user, bool admin) {
  who.user = std::move(user);
  who.is_admin = admin;
  who.logged_in = true;
}
} // namespace

expected<void> log_in(session& who, std::string user, std::string password, bool encrypted) {
  if (encrypted) {
    PELORUS_ASSIGN(user, who.node->decrypt(user));
    PELORUS_ASSIGN(password, who.node->decrypt(password));
  }
  PELORUS_ASSIGN(auto admin, who.node->authenticate(user, password));
  become(who, std::move(user), admin);
  return {};
}

void log_out(session& who) {
  who.user = "guest";
  who.is_admin = false;
  who.logged_in = false;
}

namespace {

bool flag(const arguments& args, size_t i) { return is_given(args, i) && args[i].as_long() == 1; }

value login_function(call_context& context, arguments& args) {
  unwrap(log_in(context.who, text_of_argument(args[0], "login", "userId"),
                text_of_argument(args[1], "login", "password"), flag(args, 2)));
  return value::of_bool(true);
}

value logout_function(call_context& context, arguments& args) {
  if (is_given(args, 0)) {
    auto user = text_of_argument(args[0], "logout", "userId");
    if (user != context.who.user)
      throw script_error{ec::permission, "logout: only the own session can be logged out; it belongs to " + context.who.user + "."};
  }
  log_out(context.who);
  return value::nothing();
}

login_services& login_of(const call_context& context) {
  auto* login = dynamic_cast<login_services*>(context.who.node);
  if (login == nullptr) throw script_error{ec::not_supported, "This node knows no challenges: log in with the password."};
  return *login;
}

value scram_first_function(call_context& context, arguments& args) {
  auto user = text_of_argument(args[0], "scramClientFirst", "userId");
  auto nonce = text_of_argument(args[1], "scramClientFirst", "clientNonce");
  auto got = unwrap(login_of(context).challenge(user, nonce, context.who));
  auto parts = column::make(type_id::any, 3);
  parts->own_items() = {value::of_text(got.salt), value::of_int(got.iterations), value::of_text(got.nonce)};
  return value{parts};
}

value scram_final_function(call_context& context, arguments& args) {
  auto user = text_of_argument(args[0], "scramClientFinal", "userId");
  auto nonce = text_of_argument(args[1], "scramClientFinal", "combinedNonce");
  auto proof = text_of_argument(args[2], "scramClientFinal", "clientProof");
  auto got = unwrap(login_of(context).prove(user, nonce, proof, context.who));
  become(context.who, std::move(user), got.is_admin);
  return value::of_text(got.signature);
}

value ticket_login_function(call_context& context, arguments& args) {
  auto ticket = text_of_argument(args[0], "authenticateByTicket", "ticket");
  auto& who = context.who;
  auto user = unwrap(who.node->user_of_ticket(ticket));
  auto admin = unwrap(who.node->is_admin(user));
  become(who, std::move(user), admin);
  return value::of_bool(true);
}

value ticket_function(call_context& context, arguments&) {
  if (!context.who.logged_in) throw script_error{ec::permission, "getAuthenticatedUserTicket: log in first."};
  return value::of_text(unwrap(context.who.node->ticket(context.who)));
}

value public_key_function(call_context& context, arguments&) {
  return value::of_text(unwrap(context.who.node->public_key()));
}

value client_auth_function(call_context& context, arguments&) {
  return value::of_bool(context.who.node->config().get_bool("enableClientAuth"));
}

value initialized_function(call_context&, arguments&) { return value::of_bool(true); }

value who_function(call_context& context, arguments&) {
  auto both = column::make(type_id::any, 2);
  both->own_items() = {value::of_long(static_cast<int64_t>(context.who.id)), value::of_text(context.who.user)};
  return value{both};
}

value access_function(call_context& context, arguments& args) {
  auto& who = context.who;
  if (is_given(args, 0))
    for (auto& user : text_list(args[0], "getUserAccess", "userId"))
      if (user != who.user && !who.is_admin)
        throw script_error{ec::permission, "<NoPrivilege>getUserAccess: only administrators see the rights of " + user + "."};
  row_table rows{{"userId", type_id::string}, {"groups", type_id::string}, {"isAdmin", type_id::bool_}};
  std::vector<std::string> users{who.user};
  if (is_given(args, 0)) users = text_list(args[0], "getUserAccess", "userId");
  for (auto& user : users)
    rows.add({value::of_text(user), value::of_text(""),
              value::of_bool(user == who.user ? who.is_admin : unwrap(who.node->is_admin(user)))});
  return value{rows.take()};
}

value change_password_function(call_context& context, arguments& args) {
  auto& who = context.who;
  if (!who.logged_in) throw script_error{ec::permission, "changePwd: log in first."};
  unwrap(who.node->change_password(who.user, text_of_argument(args[0], "changePwd", "oldPwd"),
                                   text_of_argument(args[1], "changePwd", "newPwd")));
  return value::nothing();
}

// -- jobs and sessions of this node ---------------------------------------------------------------------------

/// Administrators see all rows, others those of their own user.
table_ptr own_rows(const session& who, table_ptr rows, std::string_view user_column) {
  if (who.is_admin) return rows;
  auto& users = *rows->col(static_cast<size_t>(rows->find(user_column)));
  std::vector<uint32_t> mine;
  for (uint32_t i = 0; i < rows->rows(); ++i)
    if (users.text(i) == who.user) mine.push_back(i);
  return rows->gather(mine);
}

value console_jobs_function(call_context& context, arguments&) {
  return value{own_rows(context.who, context.who.node->console_jobs(), "userID")};
}

/// `top` when it is given, which must be positive.
std::optional<size_t> top_of(const arguments& args, const std::string& function) {
  if (!is_given(args, 0)) return {};
  auto top = args[0].as_long();
  if (top <= 0) throw script_error{ec::bad_argument, function + ": top must be a positive integer."};
  return static_cast<size_t>(top);
}

/// Batch jobs stand here, as clients of DolphinDB expect; there are none yet.
value recent_jobs_function(call_context& context, arguments& args) {
  top_of(args, "getRecentJobs");
  return value{context.who.node->recent_jobs()->slice(0, 0)};
}

value recent_console_jobs_function(call_context& context, arguments& args) {
  auto rows = own_rows(context.who, context.who.node->recent_jobs(), "userID");
  if (auto top = top_of(args, "getRecentConsoleJobs")) {
    auto count = std::min(*top, rows->rows());
    rows = rows->slice(rows->rows() - count, count);
  }
  return value{rows};
}

value cancel_jobs_function(call_context& context, arguments& args) {
  auto& who = context.who;
  auto all = who.node->console_jobs();
  auto& ids = *all->col(static_cast<size_t>(all->find("rootJobId")));
  auto& users = *all->col(static_cast<size_t>(all->find("userID")));
  for (auto& id : text_list(args[0], "cancelConsoleJob", "rootJobId")) {
    // A job that is no longer there has ended: that is what was wanted.
    for (size_t i = 0; i < all->rows(); ++i) {
      if (ids.text(i) != id) continue;
      if (!who.is_admin && users.text(i) != who.user)
        throw script_error{ec::permission, "<NoPrivilege>cancelConsoleJob: the job belongs to " + std::string{users.text(i)} + "."};
      [[maybe_unused]] auto done = who.node->cancel_job(id);
    }
  }
  return value::nothing();
}

value sessions_function(call_context& context, arguments&) {
  return value{own_rows(context.who, context.who.node->sessions(), "userId")};
}

value close_sessions_function(call_context& context, arguments& args) {
  auto& who = context.who;
  auto mine = own_rows(who, who.node->sessions(), "userId");
  auto& ids = *mine->col(static_cast<size_t>(mine->find("sessionId")));
  auto wanted = args[0].is_vector() ? args[0].vec_ptr() : to_column(args[0]);
  for (size_t k = 0; k < wanted->size(); ++k) {
    auto id = element(*wanted, k).as_long();
    bool found = false;
    for (size_t i = 0; i < ids.size(); ++i) found |= ids.data<int64_t>()[i] == id;
    if (!found) throw script_error{ec::not_found, "closeSessions: there is no session " + std::to_string(id) + " that you may close."};
    unwrap(who.node->close_session(static_cast<uint64_t>(id)));
  }
  return value::nothing();
}

// -- variables ----------------------------------------------------------------------------------------------------

struct shape {
  int64_t rows = 1, columns = 1;
};

shape shape_of(const value& x) {
  if (auto m = x.as<matrix>()) return {static_cast<int64_t>(m->rows()), static_cast<int64_t>(m->columns())};
  if (auto t = x.as<table>()) return {static_cast<int64_t>(t->rows()), static_cast<int64_t>(t->width())};
  if (auto t = x.as<partitioned_table>()) return {0, static_cast<int64_t>(t->info.columns.size())};
  return {static_cast<int64_t>(x.size()), 1};
}

void add_object(row_table& rows, const std::string& name, const value& x, bool shared) {
  auto [height, width] = shape_of(x);
  auto type = x.is_table() ? std::string{x.as<table>() ? "BASIC" : "ALIAS"} : std::string{type_name(x.type())};
  rows.add({value::of_text(name), value::of_text(type), value::of_text(form_name(x.form())),
            value::of_int(static_cast<int32_t>(height)), value::of_int(static_cast<int32_t>(width)),
            value::of_long(static_cast<int64_t>(x.bytes() + sizeof(value))), value::of_bool(shared), value::of_text("")});
}

value objects_function(call_context& context, arguments& args) {
  row_table rows{{"name", type_id::string}, {"type", type_id::string}, {"form", type_id::string},
                 {"rows", type_id::int_}, {"columns", type_id::int_}, {"bytes", type_id::long_},
                 {"shared", type_id::bool_}, {"extra", type_id::string}};
  auto& who = context.who;
  for (auto& name : who.variables.names())
    if (auto x = who.variables.find(name); x != nullptr && x->type() != type_id::functiondef) add_object(rows, name, *x, false);
  if (flag(args, 0))
    for (auto& name : who.node->shared_names())
      if (auto x = who.node->shared(name)) add_object(rows, name, *x, true);
  return value{rows.take()};
}

value object_function(call_context& context, arguments& args) {
  auto name = text_of_argument(args[0], "objByName", "name");
  bool only_shared = flag(args, 1), only_own = is_given(args, 1) && !only_shared;
  if (!only_shared)
    if (auto x = context.who.variables.find(name)) return *x;
  if (!only_own)
    if (auto x = context.who.node->shared(name)) return *x;
  throw script_error{ec::not_found, "objByName: can't find the object with name " + name + "."};
}

// -- functions ----------------------------------------------------------------------------------------------------

value syntax_function(call_context&, arguments& args) {
  auto f = as_function(args[0]);
  // Consoles look for the names of parameters in it.
  if (auto entry = f->entry()) return value::of_text(entry->usage);
  std::string text = f->name() + "(";
  for (auto& parameter : f->parameters()) text += (text.back() == '(' ? "" : ", ") + parameter;
  return value::of_text(text + ")");
}

const function_entry table_of_sessions[] = {
    {"login", "login(userId, password, [encrypted=false])",
     "Logs the session in. With `encrypted` both are base64 of RSA ciphertexts made with the key of "
     "getDynamicPublicKey(). A wrong name or password is an error.",
     login_function, 2, 3, impure | urgent, {{"login(1, 2)", "error: userId"}}},
    {"logout", "logout([userId], [sessionOnly=true])", "Makes the session a guest's again.", logout_function, 0, 2,
     impure | urgent, {{"logout(`somebodyElse)", "error: only the own session"}}},
    {"scramClientFirst", "scramClientFirst(userId, clientNonce)",
     "Begins a SCRAM-SHA-256 login: a tuple of the salt (base64 STRING), the number of PBKDF2 rounds (INT) and the combined "
     "nonce (STRING). An error when the user has to log in once with the password first.",
     scram_first_function, 2, 2, impure | urgent, {{"scramClientFirst(1, `abc)", "error: userId"}}},
    {"scramClientFinal", "scramClientFinal(userId, combinedNonce, clientProof)",
     "Ends a SCRAM-SHA-256 login: logs the session in when the proof (base64) holds and answers the server's signature "
     "(base64 STRING). Each nonce serves once, within a minute.",
     scram_final_function, 3, 3, impure | urgent, {{"scramClientFinal(1, `abc, `abc)", "error: userId"}}},
    {"authenticateByTicket", "authenticateByTicket(ticket)", "Logs the session in with a ticket of getAuthenticatedUserTicket().",
     ticket_login_function, 1, 1, impure | urgent, {{"authenticateByTicket(1)", "error: ticket"}}},
    {"getAuthenticatedUserTicket", "getAuthenticatedUserTicket([expire])",
     "A STRING that logs the user in again, at any node of the cluster, until it expires.", ticket_function, 0, 1,
     impure | urgent, {{"logout(); getAuthenticatedUserTicket()", "error: log in first"}}},
    {"getDynamicPublicKey", "getDynamicPublicKey()", "The RSA key (PEM) that clients encrypt names and passwords with.",
     public_key_function, 0, 0, impure | urgent, {{"getDynamicPublicKey(1)", "error: "}}},
    {"isClientAuth", "isClientAuth()", "Whether guests are kept from running scripts (enableClientAuth).",
     client_auth_function, 0, 0, impure | urgent, {{"isClientAuth()", "false"}}},
    {"isNodeInitialized", "isNodeInitialized()", "Whether the node can be used; a node that answers can.",
     initialized_function, 0, 0, impure | urgent, {{"isNodeInitialized()", "true"}}, {"isDataNodeInitialized"}},
    {"getCurrentSessionAndUser", "getCurrentSessionAndUser()",
     "A tuple of the session's id (LONG) and its user (STRING; \"guest\" when nobody has logged in).", who_function, 0, 0,
     impure | urgent, {{"size(getCurrentSessionAndUser())", "2"}}},
    {"getUserAccess", "getUserAccess([userId], [finalAccess=false])",
     "A table of users and their rights; one's own without an argument.", access_function, 0, 2, impure | urgent,
     {{"exec userId from getUserAccess()", "[\"guest\"]"}}},
    {"changePwd", "changePwd(oldPwd, newPwd)", "Changes the password of the user who has logged in.",
     change_password_function, 2, 2, impure, {{"logout(); changePwd(`a, `b)", "error: log in first"}}},
    {"getConsoleJobs", "getConsoleJobs()", "The interactive jobs of this node that run or (runningTask 0) wait for a worker; administrators see all users'.",
     console_jobs_function, 0, 0, impure | urgent, {{"form(getConsoleJobs())", "6"}}},
    {"getRecentConsoleJobs", "getRecentConsoleJobs([top])",
     "The last 1000 interactive jobs that ended at this node, oldest first: scripts of clients, and functions that failed or took "
     "a second; administrators see all users'. Columns as of getRecentJobs.",
     recent_console_jobs_function, 0, 1, impure | urgent, {{"getRecentConsoleJobs(0)", "error: top must be a positive integer"}}},
    {"getRecentJobs", "getRecentJobs([top])",
     "The batch jobs of this node: none, Pelorus has no submitJob yet. Interactive jobs are in getConsoleJobs and getRecentConsoleJobs.",
     recent_jobs_function, 0, 1, impure | urgent, {{"getRecentJobs(0)", "error: top must be a positive integer"}}},
    {"cancelConsoleJob", "cancelConsoleJob(rootJobId)", "Ends running jobs by their rootJobId (STRING or vector).",
     cancel_jobs_function, 1, 1, impure | urgent, {{"cancelConsoleJob(1)", "error: rootJobId"}}},
    {"getSessionMemoryStat", "getSessionMemoryStat()",
     "Sessions of this node with the bytes their variables take; null while a job of the session runs.", sessions_function,
     0, 0, impure | urgent, {{"form(getSessionMemoryStat())", "6"}}},
    {"closeSessions", "closeSessions(sessionId)", "Closes sessions by id (LONG or vector), and ends their jobs.",
     close_sessions_function, 1, 1, impure | urgent, {{"closeSessions(-1)", "error: there is no session -1"}}},
    {"objs", "objs([shared=false])", "A table of the session's variables, with `shared` also of the node's shared ones.",
     objects_function, 0, 1, impure, {{"abc = 1 2 3; exec rows from objs() where name = \"abc\"", "[3]"}}},
    {"objByName", "objByName(name, [sharedVar])",
     "The variable of that name; with sharedVar true a shared one, with false one of the session.", object_function, 1, 2,
     impure, {{"abc = 5; objByName(`abc)", "5"}, {"objByName(`noSuchVariable)", "error: noSuchVariable"}}},
    {"syntax", "syntax(X)", "How a function is called: its name and parameters.", syntax_function, 1, 1, plain,
     {{"syntax(objByName)", "objByName(name, [sharedVar])"}}},
};

} // namespace

function_family session_functions() { return table_of_sessions; }

} // namespace pelorus
