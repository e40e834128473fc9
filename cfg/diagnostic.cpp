#include "cfg/diagnostic.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pelorus {

std::string to_string(const origin& place) {
  return place.line == 0 ? place.file : fmt::format("{}:{}", place.file, place.line);
}

std::string to_string(const diagnostic& d) {
  std::string text = to_string(d.place);
  if (!text.empty()) text += ": ";
  if (!d.key.empty()) text += d.key + ": ";
  return text + d.reason;
}

void diagnostics::warn(const origin& place, std::string_view key, std::string reason) {
  all_.push_back({severity::warning, place, std::string{key}, std::move(reason), {}});
}

void diagnostics::fail(const origin& place, std::string_view key, std::string reason) {
  all_.push_back({severity::error, place, std::string{key}, std::move(reason), {}});
}

void diagnostics::fail_node(std::string_view alias, const origin& place, std::string_view key,
                            std::string reason) {
  all_.push_back(
      {severity::error, place, std::string{key}, std::move(reason), std::string{alias}});
}

void diagnostics::append(const diagnostics& more) {
  all_.insert(all_.end(), more.all_.begin(), more.all_.end());
}

bool diagnostics::fatal() const {
  return std::any_of(all_.begin(), all_.end(), [](const diagnostic& d) {
    return d.level == severity::error && d.node.empty();
  });
}

static void append_line(std::string& text, const diagnostic& d) {
  if (!text.empty()) text += '\n';
  text += to_string(d);
}

std::string diagnostics::node_errors(std::string_view alias) const {
  std::string text;
  for (const auto& d : all_)
    if (d.level == severity::error && d.node == alias) append_line(text, d);
  return text;
}

std::string diagnostics::errors() const {
  std::string text;
  for (const auto& d : all_)
    if (d.level == severity::error) append_line(text, d);
  return text;
}

} // namespace pelorus
