#include "cfg/setting.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "cfg/settings_tables.hpp"
#include "cfg/site.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

using strings::quoted;

// -- lookup -------------------------------------------------------------------

std::span<const setting_section> setting_sections() {
  static const std::array sections{
      setting_section{"Start and identity", start_settings()},
      setting_section{"Cluster", cluster_settings()},
      setting_section{"Memory", memory_settings()},
      setting_section{"Storage", storage_settings()},
      setting_section{"Threads, connections and jobs", job_settings()},
      setting_section{"Security", security_settings()},
      setting_section{"Logs and files", log_settings()},
      setting_section{"Streaming", stream_settings()},
      setting_section{"Accepted for compatibility", later_settings()},
  };
  return sections;
}

static std::unordered_map<std::string_view, const setting*> index_of_names() {
  std::unordered_map<std::string_view, const setting*> index;
  for (const auto& section : setting_sections())
    for (const auto& row : section.rows) {
      index.emplace(row.name, &row);
      if (!row.alias.empty()) index.emplace(row.alias, &row);
    }
  return index;
}

static const std::unordered_map<std::string_view, const setting*>& names() {
  static const auto index = index_of_names();
  return index;
}

const setting* find_setting(std::string_view name) {
  auto found = names().find(name);
  return found == names().end() ? nullptr : found->second;
}

std::string_view nearest_setting(std::string_view name) {
  constexpr size_t longest = 64;  // no name is that long; bounds the work for a garbage key
  if (name.empty() || name.size() > longest) return {};
  std::string_view best;
  size_t best_distance = std::min<size_t>(name.size() / 3 + 1, 5);
  for (const auto& [known, row] : names()) {
    auto distance = strings::edit_distance(name, known);
    bool nearer = distance < best_distance || (distance == best_distance && known < best);
    if (nearer) {
      best = known;
      best_distance = distance;
    }
  }
  return best;
}

// -- values -------------------------------------------------------------------

static std::string between(const setting& row, std::string_view noun) {
  std::string text{noun};
  bool low = row.range.low > std::numeric_limits<double>::lowest();
  bool high = row.range.high < std::numeric_limits<double>::max();
  if (low && high)
    text += fmt::format(" between {} and {}", row.range.low, row.range.high);
  else if (low)
    text += fmt::format(" of at least {}", row.range.low);
  if (!row.unit.empty()) text += fmt::format(" ({})", row.unit);
  return text;
}

std::string expected_value(const setting& row) {
  switch (row.type) {
    case setting_type::integer: return between(row, "an integer");
    case setting_type::real: return between(row, "a number");
    case setting_type::boolean: return "true, false, 1 or 0";
    case setting_type::text: return "text";
    case setting_type::path: return row.absolute ? "an absolute path" : "a path";
    case setting_type::path_list: return "absolute paths separated by commas";
    case setting_type::choice:
      return fmt::format("one of {}", fmt::join(split_list(row.choices), ", "));
    case setting_type::site: return "host:port:alias";
  }
  return "text";
}

static error refused(const setting& row, std::string_view text, std::string_view hint = {}) {
  return {ec::bad_config, fmt::format("{} is refused: {} must be {}.{}", quoted(text), row.name,
                                      expected_value(row), hint)};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  for (auto item : strings::split(text, ','))
    if (auto trimmed = strings::trim(item); !trimmed.empty()) items.emplace_back(trimmed);
  return items;
}

static bool in_range(const setting& row, double value) {
  return std::isfinite(value) && value >= row.range.low && value <= row.range.high;
}

// Says what to write when a number carries its unit, as in 32GB.
static std::string unit_hint(const setting& row, std::string_view text) {
  auto digits = text.find_first_not_of("0123456789.");
  if (digits == 0 || digits == std::string_view::npos || row.unit.empty()) return {};
  if (!strings::equals_ignore_case(strings::trim(text.substr(digits)), row.unit)) return {};
  return fmt::format(" The unit is always {}; write {}.", row.unit, text.substr(0, digits));
}

template <class Number>
static expected<std::string> normalize_number(const setting& row, std::string_view text) {
  Number value{};
  auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size())
    return refused(row, text, unit_hint(row, text));
  if (!in_range(row, double(value))) return refused(row, text);
  return fmt::format("{}", value);
}

static expected<std::string> normalize_boolean(const setting& row, std::string_view text) {
  if (text == "1" || strings::equals_ignore_case(text, "true")) return std::string{"true"};
  if (text == "0" || strings::equals_ignore_case(text, "false")) return std::string{"false"};
  return refused(row, text);
}

static expected<std::string> normalize_choice(const setting& row, std::string_view text) {
  for (auto& choice : split_list(row.choices))
    if (strings::equals_ignore_case(text, choice)) return std::move(choice);
  return refused(row, text);
}

static bool is_absolute(std::string_view path) {
  return path.starts_with('/') || path.starts_with("<HOME>");
}

static expected<std::string> normalize_paths(const setting& row, std::string_view text) {
  auto items = split_list(text);
  if (items.empty()) return refused(row, text);
  for (const auto& item : items)
    if (!is_absolute(item))
      return error{ec::bad_config, fmt::format("{} is a relative path; {} must be {}.",
                                               quoted(item), row.name, expected_value(row))};
  return fmt::format("{}", fmt::join(items, ","));
}

static expected<std::string> normalize_path(const setting& row, std::string_view text) {
  if (row.absolute && !is_absolute(text))
    return error{ec::bad_config, fmt::format("{} is a relative path; {} must be an absolute path.",
                                             quoted(text), row.name)};
  return std::string{text};
}

static expected<std::string> normalize_site(std::string_view text) {
  PELORUS_ASSIGN(auto parsed, parse_site(text));
  return to_string(parsed);
}

// Line breaks and other control characters would let one value smuggle in another setting.
static expected<void> check_characters(const setting& row, std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    auto byte = uint8_t(text[at]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7F)
      return error{ec::bad_config,
                   fmt::format("{} holds the control character 0x{:02x}; {} must be {} on one "
                               "line.",
                               quoted(text), byte, row.name, expected_value(row))};
  }
  if (auto at = strings::invalid_utf8(text))
    return error{ec::bad_config, fmt::format("byte {} of the value of {} is not UTF-8.", *at + 1,
                                             row.name)};
  return {};
}

expected<std::string> normalize_value(const setting& row, std::string_view text) {
  PELORUS_TRY(check_characters(row, text));
  text = strings::trim(text);
  switch (row.type) {
    case setting_type::integer: return normalize_number<int64_t>(row, text);
    case setting_type::real: return normalize_number<double>(row, text);
    case setting_type::boolean: return normalize_boolean(row, text);
    case setting_type::text: return std::string{text};
    case setting_type::path: return normalize_path(row, text);
    case setting_type::path_list: return normalize_paths(row, text);
    case setting_type::choice: return normalize_choice(row, text);
    case setting_type::site: return normalize_site(text);
  }
  return error{ec::internal, fmt::format("setting {} has no type", row.name)};
}

} // namespace pelorus
