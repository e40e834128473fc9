// POST / or /api: scripts and function calls as JSON, in a session that a token names.
#include <nlohmann/json.hpp>

#include "actors/gateway/execute.hpp"
#include "actors/gateway/guest_access.hpp"
#include "actors/gateway/http_routes.hpp"
#include "actors/gateway/json_value.hpp"
#include "query/interpreter.hpp"

namespace pelorus {

namespace {
using nlohmann::json;

struct call {
  std::string session;  ///< token, "0" for a new session, "" for one that ends with this call
  std::string script, function;
  std::vector<value> parameters;
};

expected<std::string> text_field(const json& body, const char* name) {
  if (!body.contains(name)) return std::string{};
  auto& field = body[name];
  if (field.is_string()) return field.get<std::string>();
  if (field.is_number_unsigned()) return std::to_string(field.get<uint64_t>());
  return error{ec::bad_argument, std::string{"'"} + name + "' must be a string"};
}

/// Deeper JSON is no request but an attack on the stack.
constexpr int depth_max = 64;

bool is_shallow(const std::string& text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') ++i;
    else if (text[i] == '"') quoted = !quoted;
    else if (!quoted && (text[i] == ']' || text[i] == '}')) --depth;
    else if (!quoted && (text[i] == '[' || text[i] == '{') && ++depth > depth_max) return false;
  }
  return true;
}

expected<call> parse_call(const std::string& text) {
  if (!is_shallow(text)) return error{ec::limit_exceeded, "the JSON is nested deeper than " + std::to_string(depth_max)};
  auto body = json::parse(text, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return error{ec::parse_failed, "the body is not a JSON object"};
  call c;
  PELORUS_ASSIGN(c.session, text_field(body, "sessionID"));
  PELORUS_ASSIGN(c.script, text_field(body, "script"));
  PELORUS_ASSIGN(c.function, text_field(body, "functionName"));
  if (c.script.empty() == c.function.empty())
    return error{ec::bad_argument, "the body needs either 'script' or 'functionName' (with 'params')"};
  if (!body.contains("params")) return c;
  if (!body["params"].is_array()) return error{ec::bad_argument, "'params' must be an array"};
  for (auto& parameter : body["params"]) {
    PELORUS_ASSIGN(auto x, value_of_json(parameter));
    c.parameters.push_back(std::move(x));
  }
  return c;
}

http_response failure(int status, std::string_view message) {
  std::string out = "{\"resultCode\":\"1\",\"msg\":";
  append_json_text(out, one_line(message));
  return json_response(status, out + "}\n");
}

std::string answer_text(client_session& who, const std::string& token, const expected<value>& result,
                        const std::vector<std::string>& messages) {
  std::string out = "{\"sessionID\":";
  append_json_text(out, token);
  out += ",\"userId\":";
  append_json_text(out, who.state.user);
  out += result ? ",\"resultCode\":\"0\",\"msg\":\"\"" : ",\"resultCode\":\"1\",\"msg\":";
  if (!result) append_json_text(out, one_line(result.error().message));
  out += ",\"messages\":[";
  for (size_t i = 0; i < messages.size(); ++i) {
    if (i != 0) out += ',';
    append_json_text(out, messages[i]);
  }
  out += "],\"object\":[";
  if (result && !result->is_nothing()) append_json(out, *result, who.state);
  return out + "]}\n";
}

expected<value> run_call(session& who, call& c) {
  PELORUS_TRY(check_guest(who, c.script.empty() ? asked::function : asked::other, c.function));
  return c.script.empty() ? run_function(c.function, std::move(c.parameters), who) : run(c.script, who);
}

/// Runs the call and writes the answer while the session is taken.
std::string perform(client_session& who, call& c, const std::string& token) {
  std::vector<std::string> messages;
  job_scope job{who, {.kind = "json", .description = c.script.empty() ? c.function : c.script}};
  who.state.fetch_size = 0;
  who.state.print = [&](std::string_view text) { messages.emplace_back(text); };
  auto result = run_call(who.state, c);
  who.state.print = [](std::string_view) {};
  try {
    return answer_text(who, token, result, messages);
  } catch (...) {
    return answer_text(who, token, error{ec::not_supported, current_script_error().message()}, messages);
  }
}
} // namespace

http_response answer_json(gateway_core& core, const http_request& request, const peer_address& peer) {
  // Browsers ask before they send this type to another site's server, so no page can make a visitor's browser post here.
  if (!request.header("content-type").starts_with("application/json")) return failure(415, "the content type must be application/json");
  auto c = parse_call(request.body);
  if (!c) return failure(400, c.error().message);
  bool fresh = c->session.empty() || c->session == "0";
  auto who = fresh ? core.sessions.create(peer) : core.sessions.find_token(c->session);
  if (!who) return failure(401, "the session has expired or never was");
  if (fresh && core.sessions.size() > core.max_connections * 4) {
    core.sessions.remove(who->id);
    return failure(503, "there are too many sessions");
  }
  auto token = c->session.empty() ? std::string{} : who->token;
  auto text = perform(*who, *c, token);
  if (c->session.empty()) core.sessions.remove(who->id);
  return json_response(200, std::move(text));
}

} // namespace pelorus
