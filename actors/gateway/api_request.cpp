#include "actors/gateway/api_request.hpp"

#include <algorithm>
#include <charconv>

#include "cfg/limits.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

namespace {
/// Arguments of one call, or names of one upload.
constexpr size_t objects_max = 65536;

template <class T>
bool parse_number(std::string_view text, T& out) {
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc{} && end == text.data() + text.size();
}

error malformed(std::string_view what, std::string_view text) {
  return {ec::parse_failed, "malformed request: " + std::string{what} + " " + strings::quoted(text)};
}

std::string_view cut_line(std::string_view& rest) {
  auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return line;
}

expected<void> parse_options(std::string_view options, api_request& request) {
  auto fields = strings::split(options, '_');
  uint32_t cancellable = 1;
  int64_t fetch = 0;
  auto field = [&](size_t i, auto& out) {
    return i >= fields.size() || fields[i].empty() || parse_number(fields[i], out);
  };
  bool fine = field(0, request.flags) && field(1, cancellable) && field(2, request.priority) &&
              field(3, request.parallelism) && field(5, fetch);
  if (!fine) return malformed("options", options);
  request.cancellable = cancellable != 0;
  request.priority = std::clamp(request.priority, 0, 9);
  request.parallelism = std::max(request.parallelism, 1);
  request.fetch_size = std::max<int64_t>(fetch, 0);
  return {};
}

expected<void> parse_login(std::string_view rest, api_request& request) {
  if (rest.empty()) return {};
  if (cut_line(rest) != "login") return malformed("connect", rest);
  request.has_login = true;
  request.user = cut_line(rest);
  request.password = cut_line(rest);
  auto encrypted = cut_line(rest);
  request.encrypted = encrypted == "1" || encrypted == "true";
  return {};
}

expected<void> parse_objects(std::string_view rest, api_request& request, std::string_view what) {
  request.text = cut_line(rest);
  auto count = cut_line(rest), endian = cut_line(rest);
  if (request.text.empty()) return malformed(what, "without a name");
  if (!parse_number(count, request.argument_count) || request.argument_count > objects_max)
    return malformed("number of objects", count);
  if (endian != "0" && endian != "1") return malformed("byte order", endian);
  request.little_endian = endian == "1";
  return {};
}
} // namespace

expected<uint64_t> parse_header(std::string_view line, api_request& request) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  auto fields = strings::split(line, ' ');
  if (fields.size() < 3 || (fields[0] != "API" && fields[0] != "API2")) return malformed("header", line);
  request.messages = fields[0] == "API2";
  // An id that no session of ours can have counts as none.
  if (!parse_number(fields[1], request.session)) request.session = 0;
  uint64_t length = 0;
  if (!parse_number(fields[2], length)) return malformed("length", fields[2]);
  if (fields.size() > 3) {
    if (fields.size() != 5 || fields[3] != "/") return malformed("header", line);
    PELORUS_TRY(parse_options(fields[4], request));
  }
  return length;
}

expected<void> parse_command(std::string_view command, api_request& request) {
  auto rest = command;
  auto name = cut_line(rest);
  if (name == "script") {
    request.command = api_command::script;
    request.text = rest;
    return {};
  }
  if (name == "connect") {
    request.command = api_command::connect;
    request.flags &= ~request_flag::async;  // SDKs that go on asynchronously wait for this answer all the same
    return parse_login(rest, request);
  }
  if (name == "function") {
    request.command = api_command::function;
    return parse_objects(rest, request, "function");
  }
  if (name == "variable") {
    request.command = api_command::variable;
    PELORUS_TRY(parse_objects(rest, request, "variable"));
    if (strings::split(request.text, ',').size() != request.argument_count)
      return malformed("variable: as many names as objects are needed, not", request.text);
    return {};
  }
  return malformed("command", name);
}

// -- the stream ---------------------------------------------------------------------------------------

char* api_parser::prepare(size_t size) {
  if (at_ == buffer_.size()) buffer_.clear(), at_ = 0;
  else if (at_ > (1u << 20)) buffer_.erase(0, at_), at_ = 0;
  filled_ = buffer_.size();
  reading_ = true;
  buffer_.resize(filled_ + size);
  return buffer_.data() + filled_;
}

void api_parser::take(std::string bytes) {
  buffer_ = std::move(bytes);
  at_ = 0;
}

expected<std::optional<api_request>> api_parser::next(const request_limits& limits) {
  using result = expected<std::optional<api_request>>;
  while (true) {
    auto step = stage_ == stage::header    ? read_header(limits)
                : stage_ == stage::command ? read_command()
                                           : read_arguments(limits);
    if (!step) return std::move(step).error();
    if (!*step) return result{std::nullopt};
    if (stage_ != stage::header) continue;
    std::optional<api_request> done{std::move(current_)};
    current_ = {};
    return result{std::move(done)};
  }
}

expected<bool> api_parser::read_header(const request_limits& limits) {
  auto rest = std::string_view{buffer_}.substr(at_);
  auto end = rest.substr(0, limits::api_header_bytes).find('\n');
  if (end == std::string_view::npos) {
    if (rest.size() >= limits::api_header_bytes)
      return error{ec::limit_exceeded, "request header is longer than " + std::to_string(limits::api_header_bytes) + " bytes"};
    return false;
  }
  PELORUS_ASSIGN(command_bytes_, parse_header(rest.substr(0, end), current_));
  if (command_bytes_ > limits.script_bytes)
    return error{ec::limit_exceeded, "request of " + std::to_string(command_bytes_) + " bytes is longer than " +
                                         std::to_string(limits.script_bytes) + " bytes"};
  at_ += end + 1;
  stage_ = stage::command;
  return true;
}

expected<bool> api_parser::read_command() {
  auto rest = std::string_view{buffer_}.substr(at_);
  if (rest.size() < command_bytes_) return false;
  PELORUS_TRY(parse_command(rest.substr(0, command_bytes_), current_));
  at_ += command_bytes_;
  stage_ = stage::header;
  if (current_.argument_count != 0) {
    stage_ = stage::arguments;
    scanner_.emplace(current_.argument_count, decode_options{.little_endian = current_.little_endian});
  }
  return true;
}

expected<bool> api_parser::read_arguments(const request_limits& limits) {
  auto rest = std::string_view{buffer_}.substr(at_);
  auto done = scanner_->scan(rest);
  if (!done) return std::move(done).error();
  if (scanner_->consumed() > limits.argument_bytes || rest.size() > limits.argument_bytes + (1 << 20))
    return error{ec::limit_exceeded, "arguments of a request are longer than " + std::to_string(limits.argument_bytes) + " bytes"};
  if (!*done) return false;
  auto size = scanner_->consumed();
  if (at_ + size == buffer_.size() && size > (64u << 10)) {
    // A big upload is taken over, not copied.
    current_.arguments = std::move(buffer_);
    current_.arguments.erase(0, at_);
    buffer_.clear();
    at_ = 0;
  } else {
    current_.arguments = rest.substr(0, size);
    at_ += size;
  }
  scanner_.reset();
  stage_ = stage::header;
  return true;
}

} // namespace pelorus
