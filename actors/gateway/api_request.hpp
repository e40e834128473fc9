// Requests of the API protocol: from the bytes of a connection to what is asked (protocol reference, chapters 1 and 2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cfg/error.hpp"
#include "query/wire.hpp"

namespace pelorus {

/// The flag word of a request.
namespace request_flag {
inline constexpr uint32_t urgent = 1;
inline constexpr uint32_t async = 4;           ///< no response at all
inline constexpr uint32_t pickle = 8;
inline constexpr uint32_t clear_memory = 16;   ///< session variables go after the run
inline constexpr uint32_t compress = 64;
inline constexpr uint32_t python = 2048;
inline constexpr uint32_t kdb = 4096;
inline constexpr uint32_t pickle_tables = 32768;
} // namespace request_flag

enum class api_command : uint8_t { connect, script, function, variable };

struct api_request {
  uint64_t session = 0;       ///< as the client sent it; 0 on a fresh connection
  bool messages = true;       ///< API2: prints may be sent while it runs
  uint32_t flags = 0;
  int32_t priority = 4;
  int32_t parallelism = 64;   ///< threads of this node that the job may take at once
  bool cancellable = true;    ///< cancelConsoleJob may end it
  int64_t fetch_size = 0;

  api_command command = api_command::script;
  std::string text;           ///< source, function (name or expression), or variable names joined by commas
  std::string user, password; ///< of `connect` with `login`
  bool has_login = false;
  bool encrypted = false;     ///< the credentials are RSA-encrypted

  size_t argument_count = 0;
  bool little_endian = true;
  std::string arguments;      ///< the objects as they came

  bool has(uint32_t flag) const { return (flags & flag) != 0; }
};

/// How much one request may hold; set anew when the user logs in.
struct request_limits {
  uint64_t script_bytes = 0;
  uint64_t argument_bytes = 0;
};

/// Cuts a stream of bytes into requests.
class api_parser {
public:
  /// Bytes that arrived.
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  /// The whole of a WebSocket message, which begins a request.
  void take(std::string bytes);
  /// Room for `size` bytes to be read into, and how many of them were filled.
  char* prepare(size_t size);
  void commit(size_t size) {
    buffer_.resize(filled_ + size);
    reading_ = false;
  }

  /// The next request, nothing when it is not complete yet; an error means the connection is beyond repair.
  expected<std::optional<api_request>> next(const request_limits& limits);

  /// True between requests, also while room waits to be filled.
  bool idle() const { return stage_ == stage::header && at_ == (reading_ ? filled_ : buffer_.size()); }

private:
  enum class stage : uint8_t { header, command, arguments };

  expected<bool> read_header(const request_limits& limits);
  expected<bool> read_command();
  expected<bool> read_arguments(const request_limits& limits);

  std::string buffer_;
  size_t at_ = 0;       // of the first byte not used yet
  size_t filled_ = 0;
  bool reading_ = false;
  stage stage_ = stage::header;
  uint64_t command_bytes_ = 0;
  api_request current_;
  std::optional<wire_scanner> scanner_;
};

/// Splits the header line `API2 <session> <length> / <options>`; answers the length of the command.
expected<uint64_t> parse_header(std::string_view line, api_request& request);
/// Takes a command apart: `script\n<source>`, `function\n<name>\n<argc>\n<endian>`, ..
expected<void> parse_command(std::string_view command, api_request& request);

} // namespace pelorus
