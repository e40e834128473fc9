// Text to numbers and back, for cast.hpp.
#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "query/cast.hpp"

namespace pelorus {

namespace {

__extension__ typedef unsigned __int128 uint128;

std::string_view stripped(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int128 parse_hex(std::string_view text) {
  uint128 bits = 0;
  size_t digits = 0;
  for (char c : text) {
    if (c == '-') continue;
    auto d = hex_digit(c);
    if (d < 0) return 0;
    bits = bits << 4 | static_cast<unsigned>(d);
    ++digits;
  }
  return digits == 32 ? static_cast<int128>(bits) : 0;
}

int128 parse_ip(std::string_view text) {
  unsigned char bytes[16];
  uint128 bits = 0;
  std::string terminated{text};
  auto family = text.find(':') == std::string_view::npos ? AF_INET : AF_INET6;
  if (inet_pton(family, terminated.c_str(), bytes) != 1) return 0;
  for (size_t i = 0; i < (family == AF_INET ? 4u : 16u); ++i)
    bits = bits << 8 | bytes[i];
  return static_cast<int128>(bits);
}

} // namespace

double parse_real(std::string_view text) {
  text = stripped(text);
  double x = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), x);
  return failed == std::errc{} ? x : null_of<double>;
}

int64_t parse_integer(std::string_view text) {
  text = stripped(text);
  int64_t x = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), x);
  return failed == std::errc{} ? x : null_of<int64_t>;
}

int128 power_of_ten(int32_t n) {
  int128 result = 1;
  for (; n > 0; --n)
    result *= 10;
  return result;
}

int128 parse_wide(type_id type, std::string_view text) {
  text = stripped(text);
  return type == type_id::ipaddr ? parse_ip(text) : parse_hex(text);
}

std::string wide_text(type_id type, int128 raw) {
  auto bits = static_cast<uint128>(raw);
  if (type == type_id::ipaddr) {
    unsigned char bytes[16];
    bool v4 = bits >> 32 == 0;
    for (size_t i = 0; i < 16; ++i)
      bytes[i] = static_cast<unsigned char>(bits >> (8 * (15 - i)));
    char text[INET6_ADDRSTRLEN];
    inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes + 12 : bytes, text, sizeof text);
    return text;
  }
  auto hex =
      fmt::format("{:016x}{:016x}", static_cast<uint64_t>(bits >> 64), static_cast<uint64_t>(bits));
  if (type == type_id::uuid)
    for (size_t at : {20, 16, 12, 8})
      hex.insert(at, "-");
  return hex;
}

int128 parse_decimal(std::string_view text, int32_t scale) {
  text = stripped(text);
  bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int128 x = 0;
  int32_t decimals = -1;
  size_t digits = 0;
  bool round_up = false;
  for (char c : text) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9') return null_of<int128>;
    if (decimals >= scale) {
      if (decimals++ == scale) round_up = c >= '5';
      continue;
    }
    if (++digits > 38) return null_of<int128>;
    x = x * 10 + (c - '0');
    if (decimals >= 0) ++decimals;
  }
  if (text.empty()) return null_of<int128>;
  x *= power_of_ten(scale - std::min(std::max(decimals, 0), scale));
  x += round_up;
  return negative ? -x : x;
}

std::string decimal_text(int128 raw, int32_t scale) {
  bool negative = raw < 0;
  auto rest = negative ? -static_cast<uint128>(raw) : static_cast<uint128>(raw);
  std::string digits;
  for (; rest != 0; rest /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  auto decimals = static_cast<size_t>(scale);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  if (decimals > 0) digits.insert(digits.size() - decimals, ".");
  return (negative ? "-" : "") + digits;
}

} // namespace pelorus
