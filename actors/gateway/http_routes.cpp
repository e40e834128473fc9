#include "actors/gateway/http_routes.hpp"

#include "actors/gateway/static_files.hpp"

namespace pelorus {

http_work work_of(const http_request& request) {
  if (request.path == "/health") return http_work::immediate;
  return request.method == "POST" ? http_work::job : http_work::urgent;
}

namespace {
http_response health(gateway_core& core) {
  bool ready = core.hooks.ready();
  return json_response(ready ? 200 : 503, ready ? "{\"status\":\"ok\"}\n" : "{\"status\":\"starting\"}\n");
}
} // namespace

http_response answer(gateway_core& core, const http_request& request, const peer_address& peer) {
  bool reads = request.method == "GET" || request.method == "HEAD";
  http_response response;
  if (request.method == "POST" && (request.path == "/" || request.path == "/api")) {
    response = answer_json(core, request, peer);
  } else if (reads && request.path == "/health") {
    response = health(core);
  } else if (reads && request.path == "/status") {
    response = json_response(200, core.hooks.status());
  } else if (reads && request.path == "/metrics") {
    response = text_response(200, core.hooks.metrics());
    response.headers[0].second = "text/plain; version=0.0.4; charset=utf-8";
  } else {
    response = core.files->answer(request);
  }
  response.head_only = request.method == "HEAD";
  return response;
}

} // namespace pelorus
