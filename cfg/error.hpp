// The one error type of the house, and `expected<T>`, which carries a value or such an error.
//
// What can happen (bad input, a full disk, a dead peer) is an `expected`; what cannot is an assertion.
// Inside `query/` a running script throws `script_error` instead (query/script_error.hpp).
#pragma once

#include <cassert>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace pelorus {

/// What went wrong, for callers that must act on it. `describe(ec)` gives a sentence.
enum class ec : uint8_t {
  internal = 1,     ///< a bug of ours
  bad_argument,     ///< the caller passed something that makes no sense
  bad_config,       ///< a configuration file or the command line is wrong
  not_found,        ///< no such database, table, chunk, node, file
  already_exists,   ///< the name is taken
  type_mismatch,    ///< types or shapes do not fit
  parse_failed,     ///< script, request or file does not follow its grammar
  permission,       ///< not logged in, or not allowed
  io_failed,        ///< the operating system refused a read, write, sync, bind
  disk_full,        ///< no space left for a write
  corrupt,          ///< a checksum or a structure on disk or on the wire is wrong
  out_of_memory,    ///< a memory limit (maxMemSize) would be exceeded
  unavailable,      ///< a node is down, starting or unreachable
  timed_out,        ///< no answer before the deadline
  conflict,         ///< a chunk is locked by another transaction
  aborted,          ///< the transaction was rolled back
  cancelled,        ///< the user cancelled the job
  stale,            ///< an older incarnation, version or transaction
  not_supported,    ///< a documented feature Pelorus does not have yet
  limit_exceeded,   ///< a limit in cfg/limits.hpp or a setting was hit
};

/// A short sentence for each code, without the details an `error` carries.
std::string_view describe(ec code);

/// Code, message and the place where it happened. Messages name the file, line or parameter.
struct error {
  ec code = ec::internal;
  std::string message;
  std::string place;  ///< "file.cpp:123" of the code that raised it

  error() = default;
  error(ec code, std::string message,
        std::source_location at = std::source_location::current());

  /// Puts `context` and a colon before the message; for callers that know more.
  error&& with_context(std::string_view context) &&;
};

/// A value or an error. `T` may be `void` through `expected<void>`.
template <class T>
class [[nodiscard]] expected {
public:
  using value_type = T;

  expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  expected(pelorus::error err) : state_(std::in_place_index<1>, std::move(err)) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool has_value() const { return state_.index() == 0; }

  T& operator*() & { assert(has_value()); return *std::get_if<0>(&state_); }
  const T& operator*() const& { assert(has_value()); return *std::get_if<0>(&state_); }
  T&& operator*() && { assert(has_value()); return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { assert(has_value()); return std::get_if<0>(&state_); }
  const T* operator->() const { assert(has_value()); return std::get_if<0>(&state_); }

  pelorus::error& error() & { assert(!has_value()); return *std::get_if<1>(&state_); }
  const pelorus::error& error() const& { assert(!has_value()); return *std::get_if<1>(&state_); }
  pelorus::error&& error() && { assert(!has_value()); return std::move(*std::get_if<1>(&state_)); }

private:
  std::variant<T, pelorus::error> state_;
};

template <>
class [[nodiscard]] expected<void> {
public:
  expected() = default;
  expected(pelorus::error err) : error_(std::move(err)), failed_(true) {}

  explicit operator bool() const { return !failed_; }
  bool has_value() const { return !failed_; }

  pelorus::error& error() & { assert(failed_); return error_; }
  const pelorus::error& error() const& { assert(failed_); return error_; }
  pelorus::error&& error() && { assert(failed_); return std::move(error_); }

private:
  pelorus::error error_;
  bool failed_ = false;
};

} // namespace pelorus

/// Returns the error of an `expected` expression from the enclosing function, or goes on.
#define PELORUS_TRY(expr)                                                                          \
  do {                                                                                             \
    if (auto pelorus_try_result = (expr); !pelorus_try_result)                                     \
      return std::move(pelorus_try_result).error();                                                \
  } while (false)

#define PELORUS_CONCAT_IMPL(a, b) a##b
#define PELORUS_CONCAT(a, b) PELORUS_CONCAT_IMPL(a, b)
/// `PELORUS_ASSIGN(auto x, f())`: declares or assigns from an `expected`, or returns its error.
#define PELORUS_ASSIGN(target, expr)                                                               \
  auto PELORUS_CONCAT(pelorus_assign_, __LINE__) = (expr);                                         \
  if (!PELORUS_CONCAT(pelorus_assign_, __LINE__))                                                  \
    return std::move(PELORUS_CONCAT(pelorus_assign_, __LINE__)).error();                           \
  target = *std::move(PELORUS_CONCAT(pelorus_assign_, __LINE__))
