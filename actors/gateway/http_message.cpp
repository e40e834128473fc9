#include "actors/gateway/http_message.hpp"

#include <algorithm>
#include <ctime>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "cfg/limits.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

namespace http = boost::beast::http;
using body_parser = http::request_parser<http::string_body>;

// -- requests -----------------------------------------------------------------------------------------

std::string_view http_request::header(std::string_view name) const {
  for (auto& [key, text] : headers)
    if (key == name) return text;
  return {};
}

bool http_request::header_has(std::string_view name, std::string_view word) const {
  for (auto item : strings::split(header(name), ',')) {
    auto parts = strings::split(item, ';');
    if (!strings::equals_ignore_case(strings::trim(parts[0]), word)) continue;
    for (auto part : parts)
      if (auto p = strings::trim(part); p == "q=0" || p == "q=0.0") return false;
    return true;
  }
  return false;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
    out.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
    if (out.back() == '\0') return std::nullopt;
    i += 2;
  }
  return out;
}

struct http_parser::state {
  std::optional<body_parser> parser;
  std::string rest;
  bool begun = false, continued = false;

  void renew() {
    parser.emplace();
    parser->header_limit(limits::http_header_bytes);
    parser->body_limit(limits::http_body_bytes);
    parser->eager(true);
    begun = continued = false;
  }
};

http_parser::http_parser() : state_(std::make_unique<state>()) { state_->renew(); }
http_parser::~http_parser() = default;

bool http_parser::idle() const { return !state_->begun && state_->rest.empty(); }
std::string http_parser::take_rest() { return std::exchange(state_->rest, {}); }

bool http_parser::wants_continue() {
  auto& s = *state_;
  if (s.continued || !s.parser->is_header_done() || s.parser->is_done()) return false;
  s.continued = true;
  return boost::beast::iequals(s.parser->get()[http::field::expect], "100-continue");
}

namespace {
int status_for(const boost::beast::error_code& problem) {
  if (problem == http::error::header_limit) return 431;
  if (problem == http::error::body_limit) return 413;
  return 400;
}

expected<http_request> convert(body_parser& parser) {
  auto message = parser.release();
  http_request out;
  out.method = message.method_string();
  out.target = message.target();
  out.keep_alive = message.keep_alive();
  for (auto& field : message) out.headers.emplace_back(strings::lower({field.name_string().data(), field.name_string().size()}), field.value());
  out.body = std::move(message.body());
  auto path = percent_decoded(std::string_view{out.target}.substr(0, out.target.find_first_of("?#")));
  if (!path || path->empty() || path->front() != '/') return error{ec::parse_failed, "malformed HTTP target"};
  out.path = *std::move(path);
  return out;
}
} // namespace

expected<std::optional<http_request>> http_parser::feed(std::string_view bytes) {
  using result = expected<std::optional<http_request>>;
  auto& s = *state_;
  s.rest.append(bytes);
  while (!s.rest.empty() && !s.parser->is_done()) {
    s.begun = true;
    boost::beast::error_code problem;
    auto used = s.parser->put(boost::asio::buffer(s.rest), problem);
    s.rest.erase(0, used);
    if (problem == http::error::need_more) break;
    if (problem) {
      error_status_ = status_for(problem);
      return error{ec::parse_failed, "malformed HTTP request: " + problem.message()};
    }
    if (used == 0) break;
  }
  if (!s.parser->is_done()) return result{std::nullopt};
  auto request = convert(*s.parser);
  s.renew();
  if (!request) return std::move(request).error();
  return result{std::optional{*std::move(request)}};
}

// -- responses ----------------------------------------------------------------------------------------

http_response text_response(int status, std::string_view text) {
  http_response r;
  r.status = status;
  r.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  r.headers.emplace_back("Cache-Control", "no-store");
  r.body = text;
  return r;
}

http_response json_response(int status, std::string text) {
  auto r = text_response(status, "");
  r.headers[0].second = "application/json; charset=utf-8";
  r.body = std::move(text);
  return r;
}

std::string head_of(const http_response& response, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += http::obsolete_reason(static_cast<http::status>(response.status));
  char date[64];
  std::tm now{};
  auto seconds = std::time(nullptr);
  gmtime_r(&seconds, &now);
  out.append("\r\nDate: ").append(date, std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &now));
  out += "\r\nServer: Pelorus\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n";
  // The console talks to the nodes of its cluster over WebSocket and draws charts with inline styles.
  out += "Content-Security-Policy: default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' "
         "'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self' ws: wss: http: "
         "https:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'\r\n";
  for (auto& [name, text] : response.headers) out.append(name).append(": ").append(text).append("\r\n");
  if (response.status != 304 && response.status != 101)
    out += "Content-Length: " + std::to_string(response.content().size()) + "\r\n";
  out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return out;
}

} // namespace pelorus
