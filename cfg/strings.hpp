// Small text tools for configuration and command lines. All of them are pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pelorus::strings {

/// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);

/// The pieces between separators; "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

/// ASCII letters compare without case, all other bytes exactly.
bool equals_ignore_case(std::string_view a, std::string_view b);

/// ASCII lower case.
std::string lower(std::string_view text);

std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// Number of insertions, deletions and substitutions between two short ASCII texts, without case.
size_t edit_distance(std::string_view a, std::string_view b);

/// Position of the first byte that is not UTF-8, or nothing.
std::optional<size_t> invalid_utf8(std::string_view text);

/// `%` stands for 0..n characters, `?` for exactly one (of any UTF-8 length).
bool wildcard_match(std::string_view pattern, std::string_view text);

/// `text` in single quotes, cut after 60 bytes, control bytes shown as \xNN: safe in a log line.
std::string quoted(std::string_view text);

} // namespace pelorus::strings
