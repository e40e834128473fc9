#include "cfg/error.hpp"

#include <fmt/format.h>

namespace pelorus {

std::string_view describe(ec code) {
  switch (code) {
    case ec::internal: return "internal error";
    case ec::bad_argument: return "invalid argument";
    case ec::bad_config: return "invalid configuration";
    case ec::not_found: return "not found";
    case ec::already_exists: return "already exists";
    case ec::type_mismatch: return "type mismatch";
    case ec::parse_failed: return "syntax error";
    case ec::permission: return "not permitted";
    case ec::io_failed: return "input/output error";
    case ec::disk_full: return "disk full";
    case ec::corrupt: return "corrupt data";
    case ec::out_of_memory: return "out of memory";
    case ec::unavailable: return "unavailable";
    case ec::timed_out: return "timed out";
    case ec::conflict: return "conflict with another transaction";
    case ec::aborted: return "transaction rolled back";
    case ec::cancelled: return "cancelled";
    case ec::stale: return "stale request";
    case ec::not_supported: return "not supported";
    case ec::limit_exceeded: return "limit exceeded";
  }
  return "unknown error";
}

static std::string_view base_name(std::string_view path) {
  auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

error::error(ec code, std::string message, std::source_location at)
    : code(code), message(std::move(message)),
      place(fmt::format("{}:{}", base_name(at.file_name()), at.line())) {}

error&& error::with_context(std::string_view context) && {
  message = fmt::format("{}: {}", context, message);
  return std::move(*this);
}

} // namespace pelorus
