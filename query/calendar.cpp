#include "query/calendar.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace pelorus {

namespace {
constexpr int64_t second = 1'000'000'000;
constexpr std::array<std::string_view, 11> unit_names = {"ns", "us", "ms", "s", "m", "H",
                                                         "d",  "w",  "M",  "y", "B"};
constexpr std::array<int64_t, 11> unit_nanoseconds = {1,
                                                      1000,
                                                      1'000'000,
                                                      second,
                                                      60 * second,
                                                      3600 * second,
                                                      nanoseconds_per_day,
                                                      7 * nanoseconds_per_day,
                                                      0,
                                                      0,
                                                      0};
} // namespace

temporal_unit unit_of(type_id t) {
  using enum temporal_family;
  switch (t) {
  case type_id::date: return {instant, nanoseconds_per_day};
  case type_id::datehour: return {instant, 3600 * second};
  case type_id::datetime: return {instant, second};
  case type_id::timestamp: return {instant, second / 1000};
  case type_id::nanotimestamp: return {instant, 1};
  case type_id::minute: return {time_of_day, 60 * second};
  case type_id::second: return {time_of_day, second};
  case type_id::time: return {time_of_day, second / 1000};
  case type_id::nanotime: return {time_of_day, 1};
  case type_id::month: return {temporal_family::month, 0};
  default: return {};
  }
}

int32_t days_in_month(int64_t year, int64_t month) {
  constexpr std::array<int32_t, 12> lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return lengths[static_cast<size_t>(month - 1)] + (month == 2 && leap);
}

int64_t days_of_civil(int64_t year, int64_t month, int64_t day) {
  day = std::min<int64_t>(day, days_in_month(year, month));
  return days_from_civil(static_cast<int32_t>(year), static_cast<uint32_t>(month),
                         static_cast<uint32_t>(day));
}

int64_t month_of_days(int64_t days) {
  auto date = civil_of_days(days);
  return date.year * int64_t{12} + date.month - 1;
}

int64_t days_of_month(int64_t month) {
  return days_of_civil(floor_div(month, 12), floor_mod(month, 12) + 1, 1);
}

int32_t weekday_of_days(int64_t days) { return static_cast<int32_t>(floor_mod(days + 3, 7)); }

split_time split(type_id type, int64_t raw) {
  auto unit = unit_of(type);
  if (unit.family == temporal_family::month) return {days_of_month(raw), 0};
  if (unit.family == temporal_family::time_of_day) return {0, raw * unit.nanoseconds};
  auto per_day = nanoseconds_per_day / unit.nanoseconds;
  return {floor_div(raw, per_day), floor_mod(raw, per_day) * unit.nanoseconds};
}

int64_t join_time(type_id type, split_time t) {
  auto unit = unit_of(type);
  if (unit.family == temporal_family::month) return month_of_days(t.days);
  if (unit.family == temporal_family::time_of_day) return t.nanoseconds / unit.nanoseconds;
  return t.days * (nanoseconds_per_day / unit.nanoseconds) + t.nanoseconds / unit.nanoseconds;
}

std::optional<int64_t> convert_temporal(type_id from, int64_t raw, type_id to) {
  auto a = unit_of(from).family, b = unit_of(to).family;
  if (a == temporal_family::none || b == temporal_family::none) return std::nullopt;
  if (a == temporal_family::time_of_day && b != a) return std::nullopt;
  if (a == temporal_family::month && b == temporal_family::time_of_day) return std::nullopt;
  return join_time(to, split(from, raw));
}

int64_t nanoseconds_of_unit(int32_t unit) {
  return unit >= 0 && unit < 11 ? unit_nanoseconds[static_cast<size_t>(unit)] : 0;
}

std::string_view unit_name(int32_t unit) {
  return unit >= 0 && unit < 11 ? unit_names[static_cast<size_t>(unit)] : std::string_view{"?"};
}

int32_t unit_from_name(std::string_view name) {
  for (size_t i = 0; i < unit_names.size(); ++i)
    if (unit_names[i] == name) return static_cast<int32_t>(i);
  return -1;
}

namespace {

int64_t add_business_days(int64_t days, int64_t count) {
  auto step = count < 0 ? -1 : 1;
  for (; count != 0; count -= step) {
    days += step;
    while (weekday_of_days(days) >= 5)
      days += step;
  }
  return days;
}

} // namespace

std::optional<int64_t> add_duration(type_id type, int64_t raw, int64_t count, int32_t unit) {
  auto own = unit_of(type);
  if (own.family == temporal_family::none) return std::nullopt;
  if (auto step = nanoseconds_of_unit(unit); step != 0) {
    if (own.family == temporal_family::month) return std::nullopt;
    if (own.family == temporal_family::time_of_day) {
      auto moved = floor_mod(raw * own.nanoseconds + floor_mod(count * (step % nanoseconds_per_day),
                                                               nanoseconds_per_day),
                             nanoseconds_per_day);
      return moved / own.nanoseconds;
    }
    return step >= own.nanoseconds ? raw + count * (step / own.nanoseconds)
                                   : raw + floor_div(count * step, own.nanoseconds);
  }
  if (own.family == temporal_family::time_of_day) return std::nullopt;
  auto months = unit == 9 ? count * 12 : count;
  if (own.family == temporal_family::month)
    return unit == 10 ? std::nullopt : std::optional{raw + months};
  auto at = split(type, raw);
  if (unit == 10) {
    at.days = add_business_days(at.days, count);
  } else {
    auto date = civil_of_days(at.days);
    auto month = date.year * int64_t{12} + date.month - 1 + months;
    at.days = days_of_civil(floor_div(month, 12), floor_mod(month, 12) + 1, date.day);
  }
  return join_time(type, at);
}

std::string temporal_text(type_id type, int64_t raw) {
  auto unit = unit_of(type);
  if (unit.family == temporal_family::month)
    return fmt::format("{:04}.{:02}M", floor_div(raw, 12), floor_mod(raw, 12) + 1);
  auto at = split(type, raw);
  std::string text;
  if (unit.family == temporal_family::instant) {
    auto date = civil_of_days(at.days);
    text = fmt::format("{:04}.{:02}.{:02}", date.year, date.month, date.day);
    if (type == type_id::date) return text;
    text += 'T';
  }
  auto seconds = at.nanoseconds / second;
  text += fmt::format("{:02}", seconds / 3600);
  if (type == type_id::datehour) return text;
  text += fmt::format(":{:02}", seconds / 60 % 60);
  if (type == type_id::minute) return text + "m";
  text += fmt::format(":{:02}", seconds % 60);
  if (unit.nanoseconds == second / 1000)
    text += fmt::format(".{:03}", at.nanoseconds % second / 1'000'000);
  if (unit.nanoseconds == 1) text += fmt::format(".{:09}", at.nanoseconds % second);
  return text;
}

namespace {

/// A cursor over digits and separators.
struct reader {
  std::string_view rest;

  bool done() const { return rest.empty(); }
  bool skip(std::string_view any) {
    if (rest.empty() || any.find(rest.front()) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  }
  /// Up to `most` digits; -1 when there is none.
  int64_t number(size_t most) {
    size_t n = 0;
    int64_t x = 0;
    while (n < most && n < rest.size() && rest[n] >= '0' && rest[n] <= '9')
      x = x * 10 + (rest[n++] - '0');
    rest.remove_prefix(n);
    return n == 0 ? -1 : x;
  }
};

bool read_date(reader& in, int64_t& days) {
  auto year = in.number(4);
  if (year < 0) return false;
  bool apart = in.skip(".-/");
  auto month = in.number(2);
  if (month < 1 || month > 12) return false;
  if (apart && !in.skip(".-/")) {
    if (!in.done() && in.rest != "M") return false;
    days = days_of_civil(year, month, 1);
    in.skip("M");
    return true;
  }
  auto day = in.number(2);
  if (day < 1 || day > days_in_month(year, month)) return false;
  days = days_of_civil(year, month, day);
  return true;
}

bool read_clock(reader& in, int64_t& nanoseconds) {
  auto hour = in.number(2);
  if (hour < 0 || hour > 24) return false;
  int64_t minute = 0, seconds = 0;
  if (in.skip(":")) minute = in.number(2);
  if (in.skip(":")) seconds = in.number(2);
  if (minute < 0 || minute > 59 || seconds < 0 || seconds > 59) return false;
  nanoseconds = ((hour * 60 + minute) * 60 + seconds) * second;
  if (in.skip(".")) {
    int64_t step = second / 10;
    while (!in.done() && in.rest.front() >= '0' && in.rest.front() <= '9') {
      nanoseconds += (in.rest.front() - '0') * step;
      step /= 10;
      in.rest.remove_prefix(1);
    }
  }
  in.skip("ms");
  return true;
}

} // namespace

std::optional<int64_t> parse_temporal(std::string_view text, type_id type) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  reader in{text};
  split_time at;
  auto family = unit_of(type).family;
  auto colon = text.find(':'), separator = text.find_first_of(".-/");
  bool clock_only =
      colon != std::string_view::npos && (separator == std::string_view::npos || colon < separator);
  if (clock_only) {
    if (family != temporal_family::time_of_day || !read_clock(in, at.nanoseconds) || !in.done())
      return std::nullopt;
    return join_time(type, at);
  }
  if (!read_date(in, at.days)) return std::nullopt;
  if (!in.done()) {
    if (!in.skip("TD ")) return std::nullopt;
    if (!read_clock(in, at.nanoseconds) || !in.done()) return std::nullopt;
  } else if (family == temporal_family::time_of_day) {
    return std::nullopt;
  }
  return join_time(type, at);
}

} // namespace pelorus
