#include "query/functions/temporal_format.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "query/calendar.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

constexpr std::string_view letters = "yMdHhmsSna";
constexpr std::array<std::string_view, 12> month_names = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr int64_t second = 1'000'000'000;

bool is_letter(char c) { return letters.find(c) != std::string_view::npos; }

std::string one_field(char letter, size_t count, const split_time& at) {
  auto date = civil_of_days(at.days);
  auto seconds = at.nanoseconds / second;
  auto number = [&](int64_t x) {
    return count >= 2 ? fmt::format("{:0{}}", x, count) : std::to_string(x);
  };
  switch (letter) {
  case 'y': return count == 2 ? fmt::format("{:02}", date.year % 100) : number(date.year);
  case 'M':
    return count >= 3 ? std::string{month_names[static_cast<size_t>(date.month - 1)]}
                      : number(date.month);
  case 'd': return number(date.day);
  case 'H': return number(seconds / 3600);
  case 'h': return number((seconds / 3600 + 11) % 12 + 1);
  case 'm': return number(seconds / 60 % 60);
  case 's': return number(seconds % 60);
  case 'S': return fmt::format("{:03}", at.nanoseconds % second / 1'000'000);
  case 'n':
    return count <= 6 ? fmt::format("{:06}", at.nanoseconds % second / 1000)
                      : fmt::format("{:09}", at.nanoseconds % second);
  default: return seconds >= 43200 ? "PM" : "AM";
  }
}

} // namespace

std::string format_by_pattern(type_id type, int64_t raw, std::string_view pattern) {
  auto at = split(type, raw);
  std::string text;
  for (size_t i = 0; i < pattern.size();) {
    auto end = i + 1;
    while (end < pattern.size() && pattern[end] == pattern[i])
      ++end;
    if (is_letter(pattern[i]))
      text += one_field(pattern[i], end - i, at);
    else
      text += pattern.substr(i, end - i);
    i = end;
  }
  return text;
}

temporal_pattern::temporal_pattern(std::string_view pattern) {
  bool date = false, clock = false, millis = false, nanos = false, day = false;
  for (size_t i = 0; i < pattern.size();) {
    auto end = i + 1;
    while (end < pattern.size() && pattern[end] == pattern[i])
      ++end;
    item one{is_letter(pattern[i]) ? pattern[i] : '\0', end - i,
             end < pattern.size() && is_letter(pattern[end]),
             std::string{pattern.substr(i, end - i)}};
    auto invalid = [&](std::string_view why) {
      throw script_error(ec::bad_argument,
                         fmt::format("Invalid temporal format: '{}'. {}", pattern, why));
    };
    if (one.letter == 'S' && one.count != 3) invalid("Millisecond (S) must have three digits.");
    if (one.letter == 'n' && one.count != 6 && one.count != 9)
      invalid("Nanosecond (n) must have six or nine digits.");
    date |= one.letter == 'y' || one.letter == 'M' || one.letter == 'd';
    day |= one.letter == 'd';
    clock |= one.letter != 0 && std::string_view{"Hhms"}.find(one.letter) != std::string_view::npos;
    millis |= one.letter == 'S';
    nanos |= one.letter == 'n';
    items_.push_back(std::move(one));
    i = end;
  }
  if (date)
    type_ = nanos    ? type_id::nanotimestamp
            : millis ? type_id::timestamp
            : clock  ? type_id::datetime
            : day    ? type_id::date
                     : type_id::month;
  else
    type_ = nanos ? type_id::nanotime : millis ? type_id::time : type_id::second;
  bool has_seconds =
      std::any_of(items_.begin(), items_.end(), [](auto& x) { return x.letter == 's'; });
  if (!date && clock && !has_seconds) type_ = type_id::minute;
}

namespace {

struct fields {
  int64_t year = 1970, month = 1, day = 1, hour = 0, minute = 0, seconds = 0, nanoseconds = 0;
  int afternoon = -1;

  bool valid() const {
    return month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month) &&
           hour <= 24 && minute < 60 && seconds < 60;
  }
  bool set(char letter, size_t count, size_t digits, int64_t x) {
    switch (letter) {
    case 'y': year = count <= 2 && digits <= 2 ? 2000 + x : x; break;
    case 'M': month = x; break;
    case 'd': day = x; break;
    case 'H':
    case 'h': hour = x; break;
    case 'm': minute = x; break;
    case 's': seconds = x; break;
    case 'S': nanoseconds = x * 1'000'000; return digits == 3;
    case 'n': nanoseconds = count == 6 ? x * 1000 : x; return digits == count;
    default: break;
    }
    return true;
  }
};

bool take_month_name(std::string_view& text, int64_t& month) {
  for (size_t m = 0; m < month_names.size() && text.size() >= 3; ++m) {
    bool same = std::equal(text.begin(), text.begin() + 3, month_names[m].begin(),
                           [](char a, char b) { return (a & ~32) == b; });
    if (!same) continue;
    month = static_cast<int64_t>(m) + 1;
    text.remove_prefix(3);
    return true;
  }
  return false;
}

} // namespace

value temporal_pattern::parse(std::string_view text) const {
  fields f;
  auto null = value::null(type_);
  for (auto& item : items_) {
    if (item.letter == 0) {
      if (!text.starts_with(item.literal)) return null;
      text.remove_prefix(item.literal.size());
    } else if (item.letter == 'a') {
      if (!text.starts_with("AM") && !text.starts_with("PM") && !text.starts_with("am") &&
          !text.starts_with("pm"))
        return null;
      f.afternoon = (text[0] & ~32) == 'P';
      text.remove_prefix(2);
    } else if (item.letter == 'M' && item.count >= 3) {
      if (!take_month_name(text, f.month)) return null;
    } else {
      size_t digits = 0;
      int64_t x = 0;
      auto most = item.fixed ? item.count : size_t{18};
      while (digits < most && digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
        x = x * 10 + (text[digits++] - '0');
      if (digits == 0 || !f.set(item.letter, item.count, digits, x)) return null;
      text.remove_prefix(digits);
    }
  }
  if (!text.empty() || !f.valid()) return null;
  if (f.afternoon >= 0) f.hour = f.hour % 12 + (f.afternoon ? 12 : 0);
  auto day = unit_of(type_).family == temporal_family::time_of_day
                 ? 0
                 : days_of_civil(f.year, f.month, f.day);
  return value::integral(
      type_, join_time(type_, {day, ((f.hour * 60 + f.minute) * 60 + f.seconds) * second +
                                        f.nanoseconds}));
}

} // namespace pelorus
