#include "cfg/settings.hpp"

#include <charconv>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "cfg/log.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

settings::settings(node_role role, std::string alias, std::string home)
    : role_(role), alias_(std::move(alias)), home_(std::move(home)) {}

[[noreturn]] static void stop_on_bug(std::string_view name, std::string_view problem) {
  log_error("setting {}: {}", name, problem);
  std::abort();
}

const setting& settings::row(std::string_view name) const {
  const auto* found = find_setting(name);
  if (!found) stop_on_bug(name, "is not in the table of settings");
  return *found;
}

std::string settings::raw_value(const setting& row) const {
  if (auto found = entries_.find(row.name); found != entries_.end()) return found->second.value;
  if (role_ == node_role::single && !row.fallback_single.empty())
    return std::string{row.fallback_single};
  if (row.derive) return row.derive(*this);
  return std::string{row.fallback};
}

// -- lookup -------------------------------------------------------------------

template <class Number>
static Number to_number(std::string_view name, std::string_view text) {
  Number value{};
  auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size())
    stop_on_bug(name, fmt::format("has no number but '{}'", text));
  return value;
}

int64_t settings::get_int(std::string_view name) const {
  return to_number<int64_t>(name, raw_value(row(name)));
}

double settings::get_double(std::string_view name) const {
  return to_number<double>(name, raw_value(row(name)));
}

bool settings::get_bool(std::string_view name) const {
  const auto& found = row(name);
  if (found.type != setting_type::boolean) stop_on_bug(name, "is not a boolean");
  return raw_value(found) == "true";
}

std::string settings::get_string(std::string_view name) const {
  auto text = strings::replace_all(raw_value(row(name)), "<ALIAS>", alias_);
  return strings::replace_all(std::move(text), "<HOME>", home_);
}

std::string resolve_path(std::string_view path, std::string_view home) {
  auto joined = path.starts_with('/') ? std::filesystem::path{path}
                                      : std::filesystem::path{home} / path;
  auto text = joined.lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

std::string settings::absolute_path(std::string_view path) const {
  if (home_.empty() && !path.starts_with('/'))
    stop_on_bug(path, "a relative path was asked of settings without a home directory");
  return resolve_path(path, home_);
}

std::string settings::get_path(std::string_view name) const {
  auto text = get_string(name);
  return text.empty() ? text : absolute_path(text);
}

std::vector<std::string> settings::get_paths(std::string_view name) const {
  auto paths = split_list(get_string(name));
  for (auto& path : paths) path = absolute_path(path);
  return paths;
}

expected<site> settings::get_site(std::string_view name) const {
  auto text = get_string(name);
  if (text.empty()) return error{ec::not_found, fmt::format("{} is not set", name)};
  return parse_site(text);
}

uint64_t settings::get_bytes(std::string_view name) const {
  const auto& found = row(name);
  double scale = 1;
  for (std::string_view unit : {"B", "KB", "MB", "GB"}) {
    if (found.unit == unit) return uint64_t(get_double(name) * scale);
    scale *= 1024;
  }
  stop_on_bug(name, "is not a size");
}

bool settings::is_set(std::string_view name) const { return entries_.contains(row(name).name); }

origin settings::origin_of(std::string_view name) const {
  auto found = entries_.find(row(name).name);
  return found == entries_.end() ? origin{} : found->second.from;
}

// -- change -------------------------------------------------------------------

expected<void> settings::set(std::string_view name, std::string_view value, origin from) {
  const auto* found = find_setting(name);
  if (!found)
    return error{ec::bad_config, fmt::format("{} is not a setting", strings::quoted(name))};
  PELORUS_ASSIGN(auto normal, normalize_value(*found, value));
  entries_.insert_or_assign(std::string{found->name}, entry{std::move(normal), std::move(from)});
  return {};
}

void settings::erase(std::string_view name) { entries_.erase(std::string{row(name).name}); }

// -- transport ----------------------------------------------------------------

std::vector<std::string> settings::to_lines() const {
  std::vector<std::string> lines;
  for (const auto& [name, e] : entries_) lines.push_back(fmt::format("{}={}", name, e.value));
  return lines;
}

expected<void> settings::set_lines(const std::vector<std::string>& lines, std::string_view from) {
  for (size_t i = 0; i < lines.size(); ++i) {
    auto equals = lines[i].find('=');
    if (equals == std::string::npos)
      return error{ec::bad_config, fmt::format("no '=' in {}", strings::quoted(lines[i]))};
    PELORUS_TRY(set(std::string_view{lines[i]}.substr(0, equals),
                    std::string_view{lines[i]}.substr(equals + 1),
                    origin{std::string{from}, uint32_t(i + 1)}));
  }
  return {};
}

std::vector<std::string> settings::to_arguments() const {
  std::vector<std::string> arguments;
  for (const auto& [name, e] : entries_) {
    arguments.push_back("-" + name);
    arguments.push_back(e.value);
  }
  return arguments;
}

} // namespace pelorus
