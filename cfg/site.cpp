#include "cfg/site.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "cfg/limits.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

using strings::quoted;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
         c == '.';
}

expected<uint16_t> parse_port(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit))
    return error{ec::bad_config, fmt::format("port {} is not a number", quoted(text))};
  uint32_t port = 0;
  auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (status != std::errc{} || port < 1 || port > 65535)
    return error{ec::bad_config,
                 fmt::format("port {} is out of range; expected 1 to 65535", quoted(text))};
  return uint16_t(port);
}

expected<void> check_alias(std::string_view alias) {
  if (alias.empty()) return error{ec::bad_config, "the alias is empty"};
  if (alias.size() > limits::alias_bytes)
    return error{ec::bad_config, fmt::format("the alias has {} bytes; at most {} are allowed",
                                             alias.size(), limits::alias_bytes)};
  auto allowed = [](char c) { return is_name_char(c) || uint8_t(c) >= 0x80; };
  if (!std::all_of(alias.begin(), alias.end(), allowed))
    return error{ec::bad_config,
                 fmt::format("alias {} may hold letters, digits, '-', '_' and '.' only",
                             quoted(alias))};
  if (alias.find_first_not_of('.') == std::string_view::npos)
    return error{ec::bad_config, fmt::format("alias {} is no file name", quoted(alias))};
  return {};
}

static expected<void> check_host(std::string_view host, std::string_view text) {
  if (host.empty())
    return error{ec::bad_config,
                 fmt::format("{} has no host; expected host:port:alias", quoted(text))};
  if (!std::all_of(host.begin(), host.end(), is_name_char))
    return error{ec::bad_config, fmt::format("host {} holds a character that no host name has",
                                             quoted(host))};
  return {};
}

static expected<void> check_ipv6(std::string_view host) {
  bool plausible = host.find("::") != std::string_view::npos ||
                   std::count(host.begin(), host.end(), ':') == 7;
  if (!plausible || host.find_first_not_of("0123456789abcdefABCDEF:.%") != std::string_view::npos)
    return error{ec::bad_config, fmt::format("{} is no IPv6 address", quoted(host))};
  return {};
}

// Cuts the host off `text`, which keeps `port:alias`.
static expected<std::string> take_host(std::string_view& text) {
  auto whole = text;
  if (!text.empty() && text.front() == '[') {
    auto close = text.find("]:");
    if (close == std::string_view::npos)
      return error{ec::bad_config,
                   fmt::format("{} has no ']:' after its IPv6 host", quoted(whole))};
    std::string host{text.substr(1, close - 1)};
    PELORUS_TRY(check_ipv6(host));
    text.remove_prefix(close + 2);
    return host;
  }
  auto colons = std::count(text.begin(), text.end(), ':');
  if (colons > 2)
    return error{ec::bad_config,
                 fmt::format("{} has {} colons; expected host:port:alias, with an IPv6 host in "
                             "brackets, as in [::1]:8848:alias",
                             quoted(whole), colons)};
  if (colons == 0)
    return error{ec::bad_config,
                 fmt::format("{} is no site; expected host:port:alias", quoted(whole))};
  auto colon = text.find(':');
  std::string host{text.substr(0, colon)};
  PELORUS_TRY(check_host(host, whole));
  text.remove_prefix(colon + 1);
  return host;
}

expected<site> parse_site(std::string_view text) {
  auto whole = strings::trim(text);
  auto rest = whole;
  site result;
  PELORUS_ASSIGN(result.host, take_host(rest));
  auto colon = rest.find(':');
  PELORUS_ASSIGN(result.port, parse_port(rest.substr(0, colon)));
  if (colon == std::string_view::npos)
    return error{ec::bad_config,
                 fmt::format("{} has no alias; expected host:port:alias", quoted(whole))};
  result.alias = rest.substr(colon + 1);
  PELORUS_TRY(check_alias(result.alias));
  return result;
}

std::string endpoint(const site& s) {
  bool bracketed = s.host.find(':') != std::string::npos;
  return bracketed ? fmt::format("[{}]:{}", s.host, s.port) : fmt::format("{}:{}", s.host, s.port);
}

std::string to_string(const site& s) { return fmt::format("{}:{}", endpoint(s), s.alias); }

std::string controller_site_mismatch(const site& configured, const site& actual) {
  return fmt::format("controllerSite {} is not the localSite {} of the controller; host, port and "
                     "alias must be equal",
                     to_string(configured), to_string(actual));
}

} // namespace pelorus
