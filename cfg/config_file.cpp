#include "cfg/config_file.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "cfg/limits.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

using strings::quoted;

// -- bytes --------------------------------------------------------------------

expected<std::string> read_text_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::string content;
  auto failed = [&](std::string_view reason) {
    return error{ec::bad_config, fmt::format("cannot read the file [{}]: {}", path, reason)};
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return failed("it is a directory");
  if (!file) return failed(std::generic_category().message(errno));
  std::array<char, 64 * 1024> buffer;
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0) {
    content.append(buffer.data(), size_t(file.gcount()));
    if (content.size() > limits::config_file_bytes)
      return failed(fmt::format("it is longer than {} bytes", limits::config_file_bytes));
  }
  if (file.bad()) return failed("it is not a readable file");
  return content;
}

// -- lines --------------------------------------------------------------------

// The reason why a line cannot be read, or "".
static std::string bad_bytes(std::string_view line) {
  if (line.size() > limits::config_line_bytes)
    return fmt::format("the line has {} bytes; at most {} are allowed", line.size(),
                       limits::config_line_bytes);
  if (auto at = line.find('\0'); at != std::string_view::npos)
    return fmt::format("the line holds a NUL byte at column {}", at + 1);
  if (auto at = strings::invalid_utf8(line))
    return fmt::format("byte 0x{:02X} at column {} is not UTF-8; save the file as UTF-8",
                       uint8_t(line[*at]), *at + 1);
  return {};
}

static std::string_view without_byte_order_mark(std::string_view content, std::string_view file,
                                                diagnostics& findings) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (!content.starts_with(mark)) return content;
  findings.warn({std::string{file}, 1}, "", "the file begins with a byte order mark (accepted)");
  return content.substr(mark.size());
}

std::vector<text_line> significant_lines(std::string_view content, std::string_view file,
                                         diagnostics& findings) {
  content = without_byte_order_mark(content, file, findings);
  std::vector<text_line> lines;
  bool warned_of_cr = false;
  uint32_t number = 0;
  for (auto line : strings::split(content, '\n')) {
    ++number;
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
      if (!warned_of_cr)
        findings.warn({std::string{file}, number}, "", "the line ends in CR LF (accepted)");
      warned_of_cr = true;
    }
    if (auto reason = bad_bytes(line); !reason.empty()) {
      findings.fail({std::string{file}, number}, "", std::move(reason));
      continue;
    }
    line = strings::trim(line);
    if (!line.empty() && !line.starts_with('#') && !line.starts_with("//"))
      lines.push_back({number, line});
  }
  return lines;
}

// -- keys and values ----------------------------------------------------------

struct lookalike {
  std::string_view wide;
  std::string_view plain;
};

// Punctuation of Chinese input methods that looks like the ASCII character meant.
static constexpr std::array lookalikes{
    lookalike{"\uFF05", "%"}, lookalike{"\uFF1F", "?"}, lookalike{"\uFF1D", "="},
    lookalike{"\uFF0E", "."}, lookalike{"\uFF1C", "<"}, lookalike{"\uFF1E", ">"},
    lookalike{"\u3000", " "}};

static std::string full_width(std::string_view text) {
  for (const auto& [wide, plain] : lookalikes)
    if (text.find(wide) != std::string_view::npos)
      return fmt::format("the key holds the full-width character '{}'; write '{}'", wide, plain);
  return {};
}

static void parse_line(const text_line& line, std::string_view file, diagnostics& findings,
                       std::vector<config_line>& result) {
  origin place{std::string{file}, line.number};
  auto equals = line.text.find('=');
  auto key = strings::trim(line.text.substr(0, equals));
  if (auto reason = full_width(key); !reason.empty())
    return findings.fail(place, key.substr(0, limits::alias_bytes), std::move(reason));
  if (equals == std::string_view::npos)
    return findings.fail(place, "",
                         fmt::format("no '=' in {}; expected key=value", quoted(line.text)));
  if (key.empty()) return findings.fail(place, "", "no key before '='; expected key=value");
  auto value = strings::trim(line.text.substr(equals + 1));
  if (value.empty()) return findings.warn(place, key, "the value is empty; the default applies");
  result.push_back({std::string{key}, std::string{value}, std::move(place)});
}

std::vector<config_line> parse_config(std::string_view content, std::string_view file,
                                      diagnostics& findings) {
  std::vector<config_line> result;
  auto lines = significant_lines(content, file, findings);
  for (const auto& line : lines) parse_line(line, file, findings, result);
  bool nothing = strings::trim(content).empty();
  if (nothing) findings.warn({std::string{file}, 0}, "", "the file is empty");
  return result;
}

// -- meaning ------------------------------------------------------------------

static std::string unknown_reason(std::string_view name) {
  auto nearest = nearest_setting(name);
  return nearest.empty() ? "unknown setting, ignored"
                         : fmt::format("unknown setting, ignored; did you mean {}?", nearest);
}

static std::string readers_of(const setting& row) {
  if (row.roles & roles::controller) return "controller.cfg";
  if (row.roles & (roles::datanode | roles::computenode)) return "cluster.cfg";
  return row.roles & roles::agent ? "agent.cfg" : "dolphindb.cfg";
}

const setting* find_row(std::string_view name, const config_line& line, role_mask readers,
                        diagnostics& findings) {
  const auto* row = find_setting(name);
  if (!row) {
    findings.warn(line.place, line.key, unknown_reason(name));
    return nullptr;
  }
  if (row->command_line_only) {
    findings.warn(line.place, line.key, "ignored; it has an effect on the command line only");
    return nullptr;
  }
  if (!(row->roles & readers)) {
    findings.warn(line.place, line.key,
                  fmt::format("ignored here; it belongs in {}", readers_of(*row)));
    return nullptr;
  }
  if (row->planned) findings.warn(line.place, line.key, "accepted, has no effect yet");
  return row;
}

void apply_config(const std::vector<config_line>& lines, settings& target,
                  diagnostics& findings) {
  for (const auto& line : lines) {
    const auto* row = find_row(line.key, line, bit(target.role()), findings);
    if (!row) continue;
    if (target.is_set(row->name))
      findings.warn(line.place, line.key,
                    fmt::format("set again; replaces {}", to_string(target.origin_of(row->name))));
    if (auto done = target.set(row->name, line.value, line.place); !done)
      findings.fail(line.place, line.key, done.error().message);
  }
}

} // namespace pelorus
