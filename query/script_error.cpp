#include "query/script_error.hpp"

#include <fmt/format.h>

#include "storage/buffer.hpp"

namespace pelorus {

std::string describe(const script_error& e, bool with_line) {
  std::string text = e.message();
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  // Clients look for the exact words of these.
  bool exact = e.code() == ec::permission || e.code() == ec::unavailable ||
               e.code() == ec::conflict || e.code() == ec::parse_failed;
  if (!with_line || exact || e.at().line == 0) return text;
  auto result = fmt::format("[line #{}] {}", e.at().line, text);
  if (!e.calls().empty()) result += fmt::format(" (in {})", fmt::join(e.calls(), ", called by "));
  return result;
}

script_error current_script_error() {
  try {
    throw;
  } catch (const script_error& e) {
    return e;
  } catch (const memory_exceeded& e) {
    return {
        ec::out_of_memory,
        fmt::format("Out of memory: {} more bytes would exceed the limit maxMemSize of {} bytes",
                    e.requested, e.limit)};
  } catch (const std::bad_alloc&) {
    return {ec::out_of_memory, "Out of memory: the operating system refused an allocation"};
  } catch (const std::exception& e) {
    return {ec::internal, fmt::format("Internal error: {}", e.what())};
  } catch (...) {
    return {ec::internal, "Internal error of unknown kind"};
  }
}

} // namespace pelorus
