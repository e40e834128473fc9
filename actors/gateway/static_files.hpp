// The files of the web console.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "actors/gateway/http_message.hpp"

namespace pelorus {

/// Serves the regular files below a directory, never one outside of it (links included). Thread-safe; blocks on disk.
class static_files {
public:
  explicit static_files(std::string root) : root_(std::move(root)) {}

  /// The answer to a GET or HEAD: 200, 304, 404 or 405. "/" is index.html. A file `x.br` or `x.gz` beside `x` is sent
  /// to clients that take it; texts without one are gzipped here and kept.
  http_response answer(const http_request& request);

private:
  struct packed {
    std::string etag;
    std::shared_ptr<const std::string> body;
  };
  std::shared_ptr<const std::string> gzipped(const std::string& file, const std::string& etag, const std::string& body);

  const std::string root_;
  std::mutex mutex_;
  std::unordered_map<std::string, packed> packed_;
};

/// By the end of the name; "application/octet-stream" when it is unknown.
std::string_view mime_type(std::string_view path);
/// The bytes as a gzip stream.
std::string gzip(std::string_view bytes);

} // namespace pelorus
