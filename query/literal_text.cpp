#include "query/literal_text.hpp"

#include <chrono>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "query/literals.hpp"
#include "query/script_error.hpp"

namespace pelorus {

std::string_view null_literal(type_id type) {
  switch (type) {
  case type_id::void_: return "NULL";
  case type_id::bool_: return "00b";
  case type_id::char_: return "00c";
  case type_id::short_: return "00h";
  case type_id::int_: return "00i";
  case type_id::long_: return "00l";
  case type_id::date: return "00d";
  case type_id::month: return "00M";
  case type_id::time: return "00t";
  case type_id::minute: return "00m";
  case type_id::second: return "00s";
  case type_id::datetime: return "00D";
  case type_id::timestamp: return "00T";
  case type_id::nanotime: return "00n";
  case type_id::nanotimestamp: return "00N";
  case type_id::float_: return "00f";
  case type_id::double_: return "00F";
  default: return "";
  }
}

namespace {

__extension__ typedef unsigned __int128 uint128;

std::string date_text(int64_t days) {
  std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}.{:02}.{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

/// `parts` a second: 1, 1000 or 1,000,000,000.
std::string clock_text(int64_t time, int64_t parts) {
  int64_t seconds = time / parts;
  auto text = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (parts > 1) text += fmt::format(".{:0{}}", time % parts, parts == 1000 ? 3 : 9);
  return text;
}

std::string moment_text(int64_t time, int64_t parts) {
  int64_t day = 86'400 * parts;
  int64_t days = time / day - (time % day < 0 ? 1 : 0);
  return date_text(days) + "T" + clock_text(time - days * day, parts);
}

std::string real_text(double x, std::string_view suffix) {
  if (!std::isfinite(x)) return fmt::format("00{}", suffix.empty() ? "F" : suffix);
  auto text = fmt::format("{}", x);
  if (suffix.empty() && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + std::string{suffix};
}

std::string decimal_text(int128 raw, int32_t scale) {
  bool negative = raw < 0;
  std::string digits;
  auto rest = negative ? -static_cast<uint128>(raw) : static_cast<uint128>(raw);
  for (; rest != 0; rest /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  auto decimals = static_cast<size_t>(scale);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  if (decimals > 0) digits.insert(digits.size() - decimals, ".");
  return (negative ? "-" : "") + digits;
}

std::string hex_text(int128 raw) {
  auto bits = static_cast<uint128>(raw);
  return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(bits >> 64),
                     static_cast<uint64_t>(bits));
}

std::string uuid_text(int128 raw) {
  auto hex = hex_text(raw);
  for (size_t at : {20, 16, 12, 8})
    hex.insert(at, "-");
  return fmt::format("uuid(\"{}\")", hex);
}

std::string null_text(const value& x) {
  if (auto own = null_literal(x.type()); !own.empty()) return std::string{own};
  switch (x.type()) {
  case type_id::string:
  case type_id::symbol: return "\"\"";
  case type_id::decimal64:
    return x.scale() == 0 ? "00P" : fmt::format("00P$DECIMAL64({})", x.scale());
  default: return fmt::format("cast(NULL, {})", type_name(x.type()));
  }
}

std::string point_text(const value& x) {
  double parts[2];
  int128 raw = x.raw_wide();
  std::memcpy(parts, &raw, sizeof raw);
  if (x.type() == type_id::point)
    return fmt::format("point({}, {})", real_text(parts[0], ""), real_text(parts[1], ""));
  return fmt::format("{}{}{}i", real_text(parts[0], ""), std::signbit(parts[1]) ? "" : "+",
                     real_text(parts[1], ""));
}

std::string duration_text(const value& x) {
  static constexpr std::string_view units[] = {"ns", "us", "ms", "s", "m", "H",
                                               "d",  "w",  "M",  "y", "B"};
  auto unit = static_cast<size_t>(x.raw_int() >> 32);
  return fmt::format("{}{}", static_cast<int32_t>(x.raw_int()),
                     unit < std::size(units) ? units[unit] : "d");
}

std::string scalar_text(const value& x) {
  if (x.is_null()) return null_text(x);
  auto n = x.raw_int();
  switch (x.type()) {
  case type_id::bool_: return n != 0 ? "true" : "false";
  case type_id::char_: return fmt::format("{}c", n);
  case type_id::short_: return fmt::format("{}h", n);
  case type_id::int_: return fmt::format("{}", n);
  case type_id::long_: return fmt::format("{}l", n);
  case type_id::date: return date_text(n);
  case type_id::month: return fmt::format("{:04}.{:02}M", n / 12, n % 12 + 1);
  case type_id::time: return clock_text(n, 1000);
  case type_id::minute: return fmt::format("{:02}:{:02}m", n / 60, n % 60);
  case type_id::second: return clock_text(n, 1);
  case type_id::datetime: return moment_text(n, 1);
  case type_id::timestamp: return moment_text(n, 1000);
  case type_id::nanotime: return clock_text(n, 1'000'000'000);
  case type_id::nanotimestamp: return moment_text(n, 1'000'000'000);
  case type_id::datehour: {
    int64_t days = n / 24 - (n % 24 < 0 ? 1 : 0);
    return fmt::format("{}T{:02}", date_text(days), n - days * 24);
  }
  case type_id::float_: return fmt::format("{}f", static_cast<float>(x.raw_real()));
  case type_id::double_: return real_text(x.raw_real(), "");
  case type_id::string: return quoted(x.text());
  case type_id::symbol: return fmt::format("symbol({})", quoted(x.text()));
  case type_id::blob: return fmt::format("blob({})", quoted(x.text()));
  case type_id::uuid: return uuid_text(x.raw_wide());
  case type_id::int128_: return fmt::format("int128(\"{}\")", hex_text(x.raw_wide()));
  case type_id::complex:
  case type_id::point: return point_text(x);
  case type_id::duration: return duration_text(x);
  case type_id::decimal64: return decimal_text(n, x.scale()) + "P";
  case type_id::decimal32:
    return fmt::format("decimal32(\"{0}\", {1})", decimal_text(n, x.scale()), x.scale());
  case type_id::decimal128:
    return fmt::format("decimal128(\"{0}\", {1})", decimal_text(x.raw_wide(), x.scale()),
                       x.scale());
  default: break;
  }
  throw script_error(
      ec::not_supported,
      fmt::format("A value of type {} cannot be written as script text", type_name(x.type())));
}

std::string vector_text(const value& x) {
  const auto& column = x.vec();
  if (is_array(x.type()))
    throw script_error(ec::not_supported, "An array vector cannot be written as script text");
  if (column.empty())
    return x.type() == type_id::any ? "()" : fmt::format("array({}, 0)", type_name(x.type()));
  std::vector<value> items(column.size());
  for (size_t i = 0; i < items.size(); ++i)
    items[i] = element(column, i);
  bool symbols = x.type() == type_id::symbol;
  bool round = x.type() == type_id::any && combine(items).type() != type_id::any;
  std::string text = round ? "(" : "[";
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += ",";
    bool decimal_null =
        x.type() == type_id::decimal64 && items[i].is_null(); // its neighbours tell the scale
    text += symbols ? quoted(items[i].text()) : decimal_null ? "00P" : literal_text(items[i]);
  }
  if (round && items.size() == 1) text += ",";
  text += round ? ")" : "]";
  return symbols ? text + "$SYMBOL" : text;
}

} // namespace

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    switch (c) {
    case '"': result += "\\\""; break;
    case '\\': result += "\\\\"; break;
    case '\n': result += "\\n"; break;
    case '\r': result += "\\r"; break;
    case '\t': result += "\\t"; break;
    case '\0': result += "\\0"; break;
    default: result += c;
    }
  }
  return result + "\"";
}

std::string literal_text(const value& x) {
  if (x.is_scalar()) return scalar_text(x);
  if (x.is_vector()) return vector_text(x);
  if (x.is_pair())
    return fmt::format("({} : {})", literal_text(element(x.vec(), 0)),
                       literal_text(element(x.vec(), 1)));
  throw script_error(ec::not_supported,
                     fmt::format("A {} cannot be written as script text", form_name(x.form())));
}

} // namespace pelorus
