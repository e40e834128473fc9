// Reads `key=value` files: controller.cfg, agent.cfg, dolphindb.cfg and the lines of cluster.cfg.
//
// `#` and `//` begin a comment line. A byte order mark and CR LF are accepted with a warning; NUL,
// bytes that are not UTF-8, full-width punctuation in a key, lines without '=' and lines longer
// than limits::config_line_bytes are errors. A bad line never hides the next one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/diagnostic.hpp"
#include "cfg/error.hpp"
#include "cfg/settings.hpp"

namespace pelorus {

struct text_line {
  uint32_t number;        ///< from 1
  std::string_view text;  ///< trimmed, never empty, no comment
};

struct config_line {
  std::string key;
  std::string value;
  origin place;
};

/// The whole file, or an error that names the file and the reason.
expected<std::string> read_text_file(const std::string& path);

/// The lines that say something; `content` must outlive them.
std::vector<text_line> significant_lines(std::string_view content, std::string_view file,
                                         diagnostics& findings);

/// The keys and values of a file, in order.
std::vector<config_line> parse_config(std::string_view content, std::string_view file,
                                      diagnostics& findings);

/// Looks up the key, warns if it is unknown, for other roles, for the command line or planned.
/// Null when the line has no effect.
const setting* find_row(std::string_view name, const config_line& line, role_mask readers,
                        diagnostics& findings);

/// Stores the lines of a process's own file in `target`; a later line replaces an earlier one.
void apply_config(const std::vector<config_line>& lines, settings& target,
                  diagnostics& findings);

} // namespace pelorus
