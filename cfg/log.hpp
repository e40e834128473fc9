// The process-wide line log: `2026-11-25 02:09:10.123456 <INFO> :message`.
//
// Any thread may log at any time; before `install_log` lines go to stderr.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "cfg/error.hpp"

namespace pelorus {

enum class log_level : uint8_t { debug, info, warning, error };

/// `DEBUG`, `INFO`, `WARNING`, `ERROR`.
std::string_view to_string(log_level level);

struct log_options {
  std::string file;                     ///< empty: standard output
  bool also_stdout = false;             ///< with a file: write to standard output as well
  uint64_t size_bytes_max = 1ull << 30; ///< a longer file is archived as <stem>_<time><extension>
  uint32_t retention_days = 30;         ///< older archives are deleted; 0 keeps them all
  log_level level = log_level::info;    ///< lines below it are dropped
};

/// Opens the sink; called once at start. Directories of the file are created.
expected<void> install_log(const log_options& options);

void set_log_level(log_level level);
bool log_enabled(log_level level);

/// Writes one line; line breaks inside the message stay, indented by two spaces.
void log_line(log_level level, std::string_view message);

template <class... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(log_level::debug))
    log_line(log_level::debug, fmt::vformat(format, fmt::make_format_args(args...)));
}

template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(log_level::info))
    log_line(log_level::info, fmt::vformat(format, fmt::make_format_args(args...)));
}

template <class... Args>
void log_warn(fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(log_level::warning))
    log_line(log_level::warning, fmt::vformat(format, fmt::make_format_args(args...)));
}

template <class... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log_line(log_level::error, fmt::vformat(format, fmt::make_format_args(args...)));
}

} // namespace pelorus
