// HTTP requests and responses as plain data; parsing is Boost.Beast's. Internal to actors/gateway.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cfg/error.hpp"

namespace pelorus {

struct http_request {
  std::string method, target;
  std::string path;           ///< of the target, percent-decoded
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  bool keep_alive = true;

  /// The value of a header by its lower-case name, "" if absent.
  std::string_view header(std::string_view name) const;
  /// True when a comma-separated header holds the word (case does not count; `;q=0` excludes it).
  bool header_has(std::string_view name, std::string_view word) const;
};

struct http_response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  ///< instead of `body`: a cached file
  bool head_only = false;                          ///< length without body

  std::string_view content() const { return shared_body ? std::string_view{*shared_body} : std::string_view{body}; }
};

http_response text_response(int status, std::string_view text);
http_response json_response(int status, std::string text);
/// Status line and headers, security headers included.
std::string head_of(const http_response& response, bool keep_alive);

/// Cuts a stream into requests.
class http_parser {
public:
  http_parser();
  ~http_parser();
  /// Adds bytes; answers the request once it is complete. The error carries the status to answer with.
  expected<std::optional<http_request>> feed(std::string_view bytes);
  /// Status of the error that `feed` answered.
  int error_status() const { return error_status_; }
  /// Bytes behind the last complete request.
  std::string take_rest();
  /// True when no byte of the next request has arrived.
  bool idle() const;
  /// True when the client waits for `100 Continue` before it sends the body; answers it once.
  bool wants_continue();

private:
  struct state;
  std::unique_ptr<state> state_;
  int error_status_ = 400;
};

/// Decodes %XX; nothing when it is malformed or hides a NUL.
std::optional<std::string> percent_decoded(std::string_view text);

} // namespace pelorus
