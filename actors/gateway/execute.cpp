#include "actors/gateway/execute.hpp"

#include "actors/gateway/guest_access.hpp"
#include "cfg/strings.hpp"
#include "query/functions/login.hpp"
#include "query/interpreter.hpp"

namespace pelorus {

namespace {
expected<std::vector<value>> decode_arguments(client_session& who, const api_request& request) {
  decode_options options{.little_endian = request.little_endian};
  options.who = &who.state;
  std::string_view rest = request.arguments;
  std::vector<value> out;
  out.reserve(request.argument_count);
  for (size_t i = 0; i < request.argument_count; ++i) {
    size_t used = 0;
    PELORUS_ASSIGN(auto x, decode(rest, &used, options));
    out.push_back(std::move(x));
    rest.remove_prefix(used);
  }
  return out;
}

expected<value> connect(session& who, const api_request& request) {
  if (request.has_login) PELORUS_TRY(log_in(who, request.user, request.password, request.encrypted));
  return value::nothing();
}

expected<value> set_variables(client_session& who, const api_request& request) {
  PELORUS_ASSIGN(auto objects, decode_arguments(who, request));
  auto names = strings::split(request.text, ',');
  for (size_t i = 0; i < names.size(); ++i) {
    auto name = strings::trim(names[i]);
    if (who.state.variables.is_const(name))
      return error{ec::bad_argument, "The variable " + std::string{name} + " is constant and can't be changed."};
    who.state.variables.set(name, std::move(objects[i]));
  }
  return value::nothing();
}
} // namespace

std::string_view kind_of(const api_request& request) {
  switch (request.command) {
    case api_command::connect: return "connect";
    case api_command::script: return "script";
    case api_command::function: return "function";
    case api_command::variable: return "variable";
  }
  return "";
}

bool is_urgent(const api_request& request) {
  if (request.has(request_flag::urgent) || request.command == api_command::connect) return true;
  if (request.command != api_command::function) return false;
  auto entry = find_function(request.text);
  return entry != nullptr && entry->has(urgent);
}

expected<value> execute(client_session& who, const api_request& request) {
  if (request.has(request_flag::pickle) || request.has(request_flag::pickle_tables))
    return error{ec::not_supported, "Pelorus does not send pickled results: choose the protocol PROTOCOL_DDB in the Python client."};
  if (request.has(request_flag::python) || request.has(request_flag::kdb))
    return error{ec::not_supported, "Pelorus has no Python and no q sessions."};
  if (request.command != api_command::connect)
    PELORUS_TRY(check_guest(who.state, request.command == api_command::function ? asked::function : asked::other, request.text));
  switch (request.command) {
    case api_command::connect: return connect(who.state, request);
    case api_command::script: return run(request.text, who.state);
    case api_command::variable: return set_variables(who, request);
    case api_command::function: {
      PELORUS_ASSIGN(auto arguments, decode_arguments(who, request));
      return run_function(request.text, std::move(arguments), who.state);
    }
  }
  return value::nothing();
}

std::string one_line(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c == '\n' || c == '\r' || c == '\0') c = ' ';
  return out;
}

} // namespace pelorus
