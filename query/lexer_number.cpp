#include "query/lexer_number.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "query/lexer.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

constexpr int64_t nanos_of_day = 86'400'000'000'000;
constexpr int64_t nanos_of_second = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A cursor that takes fixed patterns and steps back when they do not fit.
struct cursor {
  std::string_view text;
  size_t at = 0;

  char peek(size_t ahead = 0) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at;
    return true;
  }
  /// Between `least` and `most` digits and no digit behind them.
  bool digits(size_t least, size_t most, int64_t& result) {
    size_t count = 0;
    result = 0;
    while (count < most && is_digit(peek(count)))
      result = result * 10 + (peek(count++) - '0');
    if (count < least || is_digit(peek(count))) return false;
    at += count;
    return true;
  }
  bool ends_word() const { return !is_word_byte(peek()); }
};

/// A time of day: `precision` is 0 (minute), 1 (second), 3 (milliseconds), 9 (nanoseconds).
struct clock_time {
  int64_t nanos = 0;
  int precision = 1;
};

bool take_fraction(cursor& c, clock_time& t) {
  size_t count = 0;
  int64_t nanos = 0;
  while (is_digit(c.peek(count + 1))) {
    if (count < 9) nanos = nanos * 10 + (c.peek(count + 1) - '0');
    ++count;
  }
  if (count == 0 || count > 9) return false;
  for (size_t i = count; i < 9; ++i)
    nanos *= 10;
  c.at += count + 1;
  t.nanos += nanos;
  t.precision = count <= 3 ? 3 : 9;
  return true;
}

/// hh:mm:ss, hh:mm:ss.fff, hh:mm:ss.fffffffff; with `minutes` also hh:mmm. Pairs such as 1:30 are
/// not times.
bool take_clock(cursor& c, clock_time& t, bool minutes) {
  cursor start = c;
  int64_t hour = 0, minute = 0, second = 0;
  auto back = [&] {
    c = start;
    return false;
  };
  if (!c.digits(1, 2, hour) || !c.take(':') || !c.digits(2, 2, minute)) return back();
  if (hour > 24 || minute > 59) return back();
  if (minutes && c.peek() == 'm' && !is_word_byte(c.peek(1))) {
    ++c.at;
    t = {(hour * 60 + minute) * 60 * nanos_of_second, 0};
    return true;
  }
  if (!c.take(':') || !c.digits(2, 2, second) || second > 59) return back();
  t = {((hour * 60 + minute) * 60 + second) * nanos_of_second, 1};
  if (c.peek() == '.' && is_digit(c.peek(1)) && !take_fraction(c, t)) return back();
  return true;
}

value clock_value(const clock_time& t) {
  switch (t.precision) {
  case 0: return value::integral(type_id::minute, t.nanos / (60 * nanos_of_second));
  case 1: return value::integral(type_id::second, t.nanos / nanos_of_second);
  case 3: return value::integral(type_id::time, t.nanos / 1'000'000);
  default: return value::integral(type_id::nanotime, t.nanos);
  }
}

value moment_value(int64_t days, const clock_time& t) {
  switch (t.precision) {
  case 1: return value::integral(type_id::datetime, days * 86'400 + t.nanos / nanos_of_second);
  case 3: return value::integral(type_id::timestamp, days * 86'400'000 + t.nanos / 1'000'000);
  default: return value::integral(type_id::nanotimestamp, days * nanos_of_day + t.nanos);
  }
}

/// 2012.06.13, with an optional time after `T`, `D` or one space; 2012.06M.
bool take_date(cursor& c, value& result, text_position at) {
  cursor start = c;
  int64_t year = 0, month = 0, day = 0;
  auto back = [&] {
    c = start;
    return false;
  };
  if (!c.digits(4, 4, year) || !c.take('.') || !c.digits(1, 2, month)) return back();
  if (c.peek() == 'M' && !is_word_byte(c.peek(1))) {
    ++c.at;
    if (month < 1 || month > 12)
      throw script_error(ec::parse_failed,
                         fmt::format("Syntax Error: [line #{}] There is no month {} (column {})",
                                     at.line, month, at.column),
                         at);
    result = value::integral(type_id::month, year * 12 + month - 1);
    return true;
  }
  if (!c.take('.') || !c.digits(1, 2, day)) return back();
  std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                   std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok())
    throw script_error(
        ec::parse_failed,
        fmt::format("Syntax Error: [line #{}] The date {} does not exist (column {})", at.line,
                    c.text.substr(0, c.at), at.column),
        at);
  int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  result = value::integral(type_id::date, days);
  cursor behind = c;
  clock_time t;
  bool separated = c.take('T') || c.take('D') || c.take(' ');
  if (separated && take_clock(c, t, false)) {
    result = moment_value(days, t);
    return true;
  }
  c = behind;
  int64_t hour = 0;
  if (c.take('T') && c.digits(2, 2, hour) && c.peek() != ':' && hour < 24) {
    result = value::integral(type_id::datehour, days * 24 + hour);
    return true;
  }
  c = behind;
  return true;
}

/// 00i, 00F, ..: a null of the type its letter names.
bool take_null(cursor& c, value& result) {
  if (c.peek() != '0' || c.peek(1) != '0' || is_word_byte(c.peek(3))) return false;
  static constexpr std::string_view letters = "bchildMtmsDTnNfFP";
  static constexpr type_id types[] = {type_id::bool_,    type_id::char_,         type_id::short_,
                                      type_id::int_,     type_id::long_,         type_id::date,
                                      type_id::month,    type_id::time,          type_id::minute,
                                      type_id::second,   type_id::datetime,      type_id::timestamp,
                                      type_id::nanotime, type_id::nanotimestamp, type_id::float_,
                                      type_id::double_,  type_id::decimal64};
  auto found = letters.find(c.peek(2));
  if (c.peek(2) == '\0' || found == std::string_view::npos) return false;
  result = value::null(types[found]);
  c.at += 3;
  return true;
}

/// The unit of a duration suffix as it stands on the wire, or -1.
int duration_unit(std::string_view suffix) {
  static constexpr std::string_view names[] = {"ns", "us", "ms", "s", "m", "H",
                                               "d",  "w",  "M",  "y", "B"};
  for (int i = 0; i < 11; ++i)
    if (names[i] == suffix) return i;
  return -1;
}

class number_scanner {
public:
  number_scanner(std::string_view text, text_position at) : c_{text}, at_(at) {}

  scanned_literal run() {
    value result;
    clock_time t;
    cursor start = c_;
    if (take_null(c_, result) || take_date(c_, result, at_)) return {std::move(result), c_.at};
    if (take_clock(c_, t, true)) {
      if (t.precision == 1 && c_.peek() == 's' && !is_word_byte(c_.peek(1))) ++c_.at;
      return {clock_value(t), c_.at};
    }
    c_ = start;
    return {number(), c_.at};
  }

private:
  [[noreturn]] void fail(const std::string& message) const {
    throw script_error(
        ec::parse_failed,
        fmt::format("Syntax Error: [line #{}] {} (column {})", at_.line, message, at_.column), at_);
  }

  value number() {
    bool fraction = false, exponent = false;
    while (is_digit(c_.peek()))
      ++c_.at;
    if (c_.peek() == '.' &&
        (is_digit(c_.peek(1)) || (c_.peek(1) != '.' && !is_word_byte(c_.peek(1))))) {
      fraction = true;
      ++c_.at;
      while (is_digit(c_.peek()))
        ++c_.at;
    }
    if (c_.peek() == 'e' || c_.peek() == 'E') {
      size_t sign = c_.peek(1) == '+' || c_.peek(1) == '-' ? 1 : 0;
      if (is_digit(c_.peek(1 + sign))) {
        exponent = true;
        c_.at += 1 + sign;
        while (is_digit(c_.peek()))
          ++c_.at;
      }
    }
    auto digits = c_.text.substr(0, c_.at);
    auto begin = c_.at;
    value imaginary;
    if (fraction && take_imaginary(digits, imaginary)) return imaginary;
    while (is_word_byte(c_.peek()))
      ++c_.at;
    auto suffix = c_.text.substr(begin, c_.at - begin);
    if (suffix.empty())
      return fraction || exponent ? value::of_double(real(digits)) : whole(digits);
    return fraction || exponent ? real_with(digits, suffix) : whole_with(digits, suffix);
  }

  /// 2.3+4.0i, written without spaces.
  bool take_imaginary(std::string_view digits, value& result) {
    if (c_.peek() != '+' && c_.peek() != '-') return false;
    size_t end = 1;
    bool point = false;
    while (is_digit(c_.peek(end)) || c_.peek(end) == '.')
      point |= c_.peek(end++) == '.';
    if (!point || c_.peek(end) != 'i' || is_word_byte(c_.peek(end + 1))) return false;
    auto text = c_.text.substr(c_.at + 1, end - 1);
    double parts[2] = {real(digits), real(text)};
    if (c_.peek() == '-') parts[1] = -parts[1];
    int128 raw;
    std::memcpy(&raw, parts, sizeof raw);
    result = value::wide(type_id::complex, raw);
    c_.at += end + 1;
    return true;
  }

  double real(std::string_view digits) const {
    double x = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), x);
    if (error == std::errc::result_out_of_range)
      fail(fmt::format("The number {} is out of range", digits));
    (void)end;
    return x;
  }

  int64_t integer(std::string_view digits) const {
    int64_t x = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), x);
    if (error != std::errc{})
      fail(fmt::format("The number {} is out of range: a LONG holds at most 9223372036854775807",
                       digits));
    (void)end;
    return x;
  }

  /// An INT, or a LONG when it does not fit.
  value whole(std::string_view digits) const {
    int64_t x = integer(digits);
    return x <= std::numeric_limits<int32_t>::max() ? value::of_int(static_cast<int32_t>(x))
                                                    : value::of_long(x);
  }

  template <class T>
  value narrow(std::string_view digits, type_id type) const {
    int64_t x = integer(digits);
    if (x > std::numeric_limits<T>::max())
      fail(fmt::format("The number {} is out of range of {}", digits, type_name(type)));
    return value::integral(type, x);
  }

  value whole_with(std::string_view digits, std::string_view suffix) const {
    if (suffix == "i") return narrow<int32_t>(digits, type_id::int_);
    if (suffix == "l" || suffix == "L") return value::of_long(integer(digits));
    if (suffix == "h") return narrow<int16_t>(digits, type_id::short_);
    if (suffix == "c") return narrow<int8_t>(digits, type_id::char_);
    if (suffix == "b") return value::of_bool(integer(digits) != 0);
    if (int unit = duration_unit(suffix); unit >= 0) {
      int64_t count = integer(digits);
      if (count > std::numeric_limits<int32_t>::max())
        fail(fmt::format("The duration {}{} is out of range", digits, suffix));
      return value::duration(static_cast<int32_t>(count), unit);
    }
    return real_with(digits, suffix);
  }

  value real_with(std::string_view digits, std::string_view suffix) const {
    if (suffix == "f") return value::real(type_id::float_, real(digits));
    if (suffix == "F") return value::of_double(real(digits));
    if (suffix == "P") return decimal(digits);
    fail(fmt::format("'{}{}' is no number: the suffix '{}' is unknown", digits, suffix, suffix));
  }

  /// 3.141P: a DECIMAL64 with the decimals written.
  value decimal(std::string_view digits) const {
    auto point = digits.find('.');
    std::string whole{digits.substr(0, point)};
    std::string decimals{point == std::string_view::npos ? "" : digits.substr(point + 1)};
    if (decimals.size() > 18 || digits.find_first_of("eE") != std::string_view::npos)
      fail(fmt::format("'{}P' is no DECIMAL64: at most 18 decimals and no exponent", digits));
    return value::integral(type_id::decimal64, integer(whole + decimals),
                           static_cast<int32_t>(decimals.size()));
  }

  cursor c_;
  text_position at_;
};

} // namespace

scanned_literal scan_number(std::string_view text, text_position at) {
  return number_scanner(text, at).run();
}

} // namespace pelorus
