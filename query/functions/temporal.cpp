// Parts of dates and times, calendar steps, the clock.
#include <chrono>

#include "query/calendar.hpp"
#include "query/cast.hpp"
#include "query/functions/arithmetic.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/kernels.hpp"
#include "query/functions/temporal_format.hpp"

namespace pelorus {

function_family temporal_period_functions();

namespace {

constexpr int64_t second_ns = 1'000'000'000;

// -- parts
// ------------------------------------------------------------------------------------------

using part_function = int64_t (*)(split_time);

/// An INT of each temporal element. `needs_date` refuses times of day.
value part_of(value& x, part_function f, std::string_view usage, bool needs_date) {
  return map_forms(
      x,
      [&](value& v) {
        auto type = v.type();
        auto family = unit_of(type).family;
        if (v.is_void()) return value::null(type_id::int_);
        if (family == temporal_family::none ||
            (needs_date && family == temporal_family::time_of_day))
          refuse_type(usage, "X", v, needs_date ? "a temporal value with a date" : "temporal");
        if (v.is_scalar())
          return v.is_null() ? value::null(type_id::int_)
                             : value::of_int(static_cast<int32_t>(f(split(type, v.raw_int()))));
        auto& col = v.vec();
        auto result = column::make(type_id::int_, col.size());
        auto* out = result->mutable_data<int32_t>();
        with_plain(col.physical(), [&](auto zero) {
          auto* at = col.data<decltype(zero)>();
          for (size_t i = 0; i < col.size(); ++i)
            out[i] = is_null(at[i])
                         ? null_of<int32_t>
                         : static_cast<int32_t>(f(split(type, static_cast<int64_t>(at[i]))));
        });
        if (!col.may_have_nulls()) result->set_no_nulls();
        return value{result};
      },
      usage);
}

int64_t year_of(split_time t) { return civil_of_days(t.days).year; }
int64_t month_of(split_time t) { return civil_of_days(t.days).month; }
int64_t quarter_of(split_time t) { return (civil_of_days(t.days).month + 2) / 3; }
int64_t day_of(split_time t) { return civil_of_days(t.days).day; }
int64_t day_of_year(split_time t) {
  return t.days - days_of_civil(civil_of_days(t.days).year, 1, 1) + 1;
}
int64_t day_of_week(split_time t) { return weekday_of_days(t.days); }
int64_t day_from_sunday(split_time t) { return (weekday_of_days(t.days) + 1) % 7; }
int64_t days_of_its_month(split_time t) {
  auto date = civil_of_days(t.days);
  return days_in_month(date.year, date.month);
}
/// ISO 8601: the week of a day belongs to the year of its Thursday.
int64_t week_of_year(split_time t) {
  auto thursday = t.days - weekday_of_days(t.days) + 3;
  return (thursday - days_of_civil(civil_of_days(thursday).year, 1, 1)) / 7 + 1;
}
int64_t hour_of(split_time t) { return t.nanoseconds / (3600 * second_ns); }
int64_t minute_of(split_time t) { return t.nanoseconds / (60 * second_ns) % 60; }
int64_t second_of(split_time t) { return t.nanoseconds / second_ns % 60; }
int64_t millisecond_of(split_time t) { return t.nanoseconds % second_ns / 1'000'000; }
int64_t microsecond_of(split_time t) { return t.nanoseconds % second_ns / 1000; }
int64_t nanosecond_of(split_time t) { return t.nanoseconds % second_ns; }

template <part_function F, bool NeedsDate>
value part(call_context&, arguments& args) {
  return part_of(args[0], F, "X", NeedsDate);
}

value weekday(call_context&, arguments& args) {
  return part_of(args[0], flag_argument(args, 1, true) ? day_from_sunday : day_of_week,
                 "weekday(X, [startFromSunday=true])", true);
}

/// Dates that start or end a month, quarter, year.
template <int Months, bool Start>
value is_edge(call_context&, arguments& args) {
  auto flags = part_of(
      args[0],
      [](split_time t) -> int64_t {
        auto date = civil_of_days(Start ? t.days : t.days + 1);
        return date.day == 1 && (date.month - 1) % Months == 0;
      },
      "X", true);
  return cast(flags, type_id::bool_);
}
value is_leap_year(call_context&, arguments& args) {
  return cast(part_of(
                  args[0],
                  [](split_time t) -> int64_t {
                    return days_in_month(civil_of_days(t.days).year, 2) == 29;
                  },
                  "isLeapYear(X)", true),
              type_id::bool_);
}

// -- bar
// ----------------------------------------------------------------------------------------------

struct bar_op {
  template <class T>
  T operator()(T x, T y) const {
    if constexpr (std::is_integral_v<T>)
      return y == 0 ? null_of<T> : static_cast<T>(x - (x % y + y) % y);
    else
      return y == 0 ? null_of<T> : x - std::fmod(std::fmod(x, y) + y, y);
  }
};

/// The interval as a number of steps of the type, months apart.
int64_t steps_of(const value& interval, type_id type) {
  auto count = static_cast<int64_t>(static_cast<int32_t>(interval.raw_int()));
  auto unit = static_cast<int32_t>(interval.raw_int() >> 32);
  auto own = unit_of(type);
  if (own.family == temporal_family::month && (unit == 8 || unit == 9))
    return count * (unit == 9 ? 12 : 1);
  auto nanoseconds = nanoseconds_of_unit(unit);
  if (nanoseconds == 0 || own.nanoseconds == 0 || nanoseconds * count < own.nanoseconds)
    refuse("bar(X, interval)", fmt::format("an interval of {}{} does not fit {}.", count,
                                           unit_name(unit), type_name(type)));
  return count * nanoseconds / own.nanoseconds;
}

value month_bars(value& x, int64_t months) {
  auto result = x.vec().clone();
  for (size_t i = 0; i < result->size(); ++i) {
    if (result->is_null(i)) continue;
    auto month = month_of_days(split(x.type(), element(*result, i).raw_int()).days);
    auto start = days_of_month(month - floor_mod(month, months));
    unwrap(set_element(*result, i, value::integral(x.type(), join_time(x.type(), {start, 0}))));
  }
  return value{result};
}

value bar(call_context&, arguments& args) {
  constexpr std::string_view usage = "bar(X, interval, [closed='left'])";
  auto& interval = args[1];
  bool right = text_argument(args, 2, "left", usage, "closed") == "right";
  if (!interval.is_scalar()) refuse_type(usage, "interval", interval, "a scalar");
  return map_forms(
      args[0],
      [&](value& x) -> value {
        if (!is_plain(x.type())) refuse_type(usage, "X", x, "a number or temporal value");
        auto unit = static_cast<int32_t>(interval.raw_int() >> 32);
        bool months = interval.type() == type_id::duration && (unit == 8 || unit == 9) &&
                      unit_of(x.type()).family == temporal_family::instant;
        if (months) {
          auto count =
              static_cast<int64_t>(static_cast<int32_t>(interval.raw_int())) * (unit == 9 ? 12 : 1);
          if (x.is_vector()) return month_bars(x, count);
          value one{to_column(x)};
          return element(month_bars(one, count).vec(), 0);
        }
        value step = interval.type() == type_id::duration
                         ? value::of_long(steps_of(interval, x.type()))
                         : interval;
        if (!is_plain_number(step.type()))
          refuse_type(usage, "interval", interval, "a number or DURATION");
        auto type = is_floating(step.type()) && is_integral(x.type()) ? type_id::double_ : x.type();
        return with_plain(physical_of(type), [&](auto zero) {
          using T = decltype(zero);
          if (right) {
            value one = value::integral(type_id::int_, 1);
            auto back = plain_arithmetic(arithmetic::sub, x, one, type, usage);
            auto start = run_binary<T, T>(back, step, type, binary_loop<bar_op, T, T>, usage);
            return plain_arithmetic(arithmetic::add, start, step, type, usage);
          }
          return run_binary<T, T>(x, step, type, binary_loop<bar_op, T, T>, usage);
        });
      },
      usage);
}

// -- the clock, steps, text
// ------------------------------------------------------------------------------

int64_t local_nanoseconds() {
  using namespace std::chrono;
  auto now = system_clock::now();
  auto seconds = system_clock::to_time_t(now);
  std::tm local{};
  localtime_r(&seconds, &local);
  return duration_cast<nanoseconds>(now.time_since_epoch()).count() +
         static_cast<int64_t>(local.tm_gmtoff) * second_ns;
}

value now(call_context&, arguments& args) {
  auto time = local_nanoseconds();
  if (flag_argument(args, 0, false)) return value::integral(type_id::nanotimestamp, time);
  return value::integral(type_id::timestamp, time / 1'000'000);
}
value today(call_context&, arguments&) {
  return value::integral(type_id::date, floor_div(local_nanoseconds(), nanoseconds_per_day));
}

value temporal_add(call_context&, arguments& args) {
  constexpr std::string_view usage = "temporalAdd(date, duration, [unit])";
  value step = args[1];
  if (step.is_text()) {
    auto text = step.text();
    auto digits = text.find_first_not_of("-0123456789");
    auto unit = digits == std::string_view::npos ? -1 : unit_from_name(text.substr(digits));
    if (unit < 0) refuse(usage, fmt::format("'{}' is no duration such as 3d, 10s, 1M.", text));
    step = value::duration(static_cast<int32_t>(parse_integer(text.substr(0, digits))), unit);
  }
  if (step.type() != type_id::duration) {
    auto unit = unit_from_name(text_argument(args, 2, "", usage, "unit"));
    if (unit < 0) refuse(usage, "unit must be one of ns, us, ms, s, m, H, d, w, M, y, B.");
    if (step.is_scalar()) {
      step = value::duration(static_cast<int32_t>(step.as_long()), unit);
    } else {
      auto many = column::make(type_id::duration, step.size());
      for (size_t i = 0; i < step.size(); ++i) {
        auto n = element(step.vec(), i);
        many->mutable_data<int64_t>()[i] =
            n.is_null() ? value::null(type_id::duration).raw_int()
                        : value::duration(static_cast<int32_t>(n.as_long()), unit).raw_int();
      }
      step = value{many};
    }
  }
  return compute(arithmetic::add, args[0], step);
}

value format_value(value& x, std::string_view pattern, std::string_view usage) {
  return map_forms(
      x,
      [&](value& v) {
        if (!is_temporal(v.type())) refuse_type(usage, "X", v, "temporal");
        auto one = [&](const value& item) {
          return item.is_null() ? std::string{}
                                : format_by_pattern(item.type(), item.raw_int(), pattern);
        };
        if (v.is_scalar()) return value::of_text(one(v));
        auto result = column::make(type_id::string);
        for (size_t i = 0; i < v.size(); ++i)
          result->push_text(one(element(v.vec(), i)));
        return value{result};
      },
      usage);
}

value temporal_format(call_context&, arguments& args) {
  constexpr std::string_view usage = "temporalFormat(X, format)";
  return format_value(args[0], text_argument(args, 1, "", usage, "format"), usage);
}

value temporal_parse(call_context&, arguments& args) {
  constexpr std::string_view usage = "temporalParse(X, format)";
  temporal_pattern pattern{text_argument(args, 1, "", usage, "format")};
  return map_forms(
      args[0],
      [&](value& x) {
        if (!is_text(x.type())) refuse_type(usage, "X", x, "a string or strings");
        if (x.is_scalar()) return pattern.parse(x.text());
        auto result = column::make_null(pattern.type(), x.size());
        for (size_t i = 0; i < x.size(); ++i)
          unwrap(set_element(*result, i, pattern.parse(x.vec().text(i))));
        return value{result};
      },
      usage);
}

value concat_date_time(call_context&, arguments& args) {
  return map_forms(
      args[0], args[1],
      [](value& date, value& time) {
        auto type = time.type() == type_id::nanotime ? type_id::nanotimestamp
                    : time.type() == type_id::time   ? type_id::timestamp
                                                     : type_id::datetime;
        if (unit_of(time.type()).family != temporal_family::time_of_day)
          refuse_type("concatDateTime(date, time)", "time", time, "a time of day");
        auto whole = type == type_id::datetime ? type_id::second : time.type();
        auto days = cast(cast(date, type_id::date), type),
             clock = cast(cast(time, whole),
                          type == type_id::datetime ? type_id::int_ : type_id::long_);
        return plain_arithmetic(arithmetic::add, days, clock, type, "concatDateTime");
      },
      "concatDateTime");
}

const std::vector<function_entry> part_table = {
    {"year",
     "year(X)",
     "The year.",
     part<year_of, true>,
     1,
     1,
     plain,
     {{"year(2012.06.13)", "2012"}}},
    {"quarterOfYear",
     "quarterOfYear(X)",
     "1 to 4.",
     part<quarter_of, true>,
     1,
     1,
     plain,
     {{"quarterOfYear(2012.06.13)", "2"}}},
    {"monthOfYear",
     "monthOfYear(X)",
     "1 to 12.",
     part<month_of, true>,
     1,
     1,
     plain,
     {{"monthOfYear(2012.06.13)", "6"}}},
    {"weekOfYear",
     "weekOfYear(X)",
     "The week of ISO 8601, 1 to 53.",
     part<week_of_year, true>,
     1,
     1,
     plain,
     {{"weekOfYear(2012.01.09)", "2"}}},
    {"dayOfYear",
     "dayOfYear(X)",
     "1 to 366.",
     part<day_of_year, true>,
     1,
     1,
     plain,
     {{"dayOfYear(2012.02.01)", "32"}}},
    {"dayOfMonth",
     "dayOfMonth(X)",
     "1 to 31.",
     part<day_of, true>,
     1,
     1,
     plain,
     {{"dayOfMonth(2012.06.13)", "13"}}},
    {"dayOfWeek",
     "dayOfWeek(X)",
     "0 Monday to 6 Sunday.",
     part<day_of_week, true>,
     1,
     1,
     plain,
     {{"dayOfWeek(2012.12.05)", "2"}}},
    {"weekday",
     "weekday(X, [startFromSunday=true])",
     "0 Sunday to 6 Saturday, or 0 Monday to 6 Sunday.",
     weekday,
     1,
     2,
     plain,
     {{"weekday(2012.12.05)", "3"}, {"weekday(2012.12.05, false)", "2"}}},
    {"daysInMonth",
     "daysInMonth(X)",
     "Days of the month.",
     part<days_of_its_month, true>,
     1,
     1,
     plain,
     {{"daysInMonth(2012.02.01)", "29"}}},
    {"hour",
     "hour(X)",
     "0 to 23.",
     part<hour_of, false>,
     1,
     1,
     plain,
     {{"hour(13:30:10)", "13"}},
     {"hourOfDay"}},
    {"minuteOfHour",
     "minuteOfHour(X)",
     "0 to 59.",
     part<minute_of, false>,
     1,
     1,
     plain,
     {{"minuteOfHour(13:30:10)", "30"}}},
    {"secondOfMinute",
     "secondOfMinute(X)",
     "0 to 59.",
     part<second_of, false>,
     1,
     1,
     plain,
     {{"secondOfMinute(13:30:10)", "10"}}},
    {"millisecond",
     "millisecond(X)",
     "Milliseconds of the second.",
     part<millisecond_of, false>,
     1,
     1,
     plain,
     {{"millisecond(13:30:10.008)", "8"}}},
    {"microsecond",
     "microsecond(X)",
     "Microseconds of the second.",
     part<microsecond_of, false>,
     1,
     1,
     plain,
     {{"microsecond(13:30:10.008007006)", "8007"}}},
    {"nanosecond",
     "nanosecond(X)",
     "Nanoseconds of the second.",
     part<nanosecond_of, false>,
     1,
     1,
     plain,
     {{"nanosecond(13:30:10.008007006)", "8007006"}}},
    {"isMonthStart",
     "isMonthStart(X)",
     "Whether it is the first day of a month.",
     is_edge<1, true>,
     1,
     1,
     plain,
     {{"isMonthStart(2012.05.01)", "true"}}},
    {"isMonthEnd",
     "isMonthEnd(X)",
     "Whether it is the last day of a month.",
     is_edge<1, false>,
     1,
     1,
     plain,
     {{"isMonthEnd(2012.05.31)", "true"}}},
    {"isQuarterStart",
     "isQuarterStart(X)",
     "Whether it is the first day of a quarter.",
     is_edge<3, true>,
     1,
     1,
     plain,
     {{"isQuarterStart(2012.05.01)", "false"}}},
    {"isQuarterEnd",
     "isQuarterEnd(X)",
     "Whether it is the last day of a quarter.",
     is_edge<3, false>,
     1,
     1,
     plain,
     {{"isQuarterEnd(2012.06.30)", "true"}}},
    {"isYearStart",
     "isYearStart(X)",
     "Whether it is January 1.",
     is_edge<12, true>,
     1,
     1,
     plain,
     {{"isYearStart(2012.01.01)", "true"}}},
    {"isYearEnd",
     "isYearEnd(X)",
     "Whether it is December 31.",
     is_edge<12, false>,
     1,
     1,
     plain,
     {{"isYearEnd(2012.12.31)", "true"}}},
    {"isLeapYear",
     "isLeapYear(X)",
     "Whether the year has 366 days.",
     is_leap_year,
     1,
     1,
     plain,
     {{"isLeapYear(2012.06.13)", "true"}}},
    {"bar",
     "bar(X, interval, [closed='left'])",
     "The start of the interval that X lies in: X - X % interval. The interval is a number or, "
     "for temporal X, a DURATION.",
     bar,
     2,
     3,
     plain,
     {{"bar(0..5, 3)", "[0,0,0,3,3,3]"}, {"bar(09:31:07, 1m)", "09:31:00"}}},
    {"now",
     "now([nanoSecond=false])",
     "The server's local time as TIMESTAMP or NANOTIMESTAMP.",
     now,
     0,
     1,
     impure,
     {{"typestr(now())", "TIMESTAMP"}}},
    {"today",
     "today()",
     "The server's local date.",
     today,
     0,
     0,
     impure,
     {{"typestr(today())", "DATE"}}},
    {"temporalAdd",
     "temporalAdd(date, duration, [unit])",
     "Moved by a duration; months and years keep the day of the month as far as it exists.",
     temporal_add,
     2,
     3,
     plain,
     {{"temporalAdd(2017.01.31, 1M)", "2017.02.28"},
      {"temporalAdd(2017.01.16, 2, \"w\")", "2017.01.30"}}},
    {"temporalFormat",
     "temporalFormat(X, format)",
     "As text by a pattern of y M d H h m s S n a.",
     temporal_format,
     2,
     2,
     plain,
     {{"temporalFormat(2018.02.14, \"dd-MM-yyyy\")", "14-02-2018"}}},
    {"temporalParse",
     "temporalParse(X, format)",
     "Text read by a pattern; null when it does not fit.",
     temporal_parse,
     2,
     2,
     plain,
     {{"temporalParse(\"14-02-2018\", \"dd-MM-yyyy\")", "2018.02.14"}}},
    {"concatDateTime",
     "concatDateTime(date, time)",
     "Date and time of day as a point in time.",
     concat_date_time,
     2,
     2,
     plain,
     {{"concatDateTime(2019.06.15, 13:25:10)", "2019.06.15T13:25:10"}}},
};

} // namespace

function_family temporal_functions() {
  static const auto all = [] {
    auto entries = part_table;
    auto more = temporal_period_functions();
    entries.insert(entries.end(), more.begin(), more.end());
    return entries;
  }();
  return all;
}

} // namespace pelorus
