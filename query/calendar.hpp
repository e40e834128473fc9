// Dates and clocks: units of the temporal types, civil dates, durations, and text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/temporal.hpp"
#include "storage/types.hpp"

namespace pelorus {

/// Points in time, times of day and months are three families that convert among themselves.
enum class temporal_family : uint8_t { none, instant, time_of_day, month };

struct temporal_unit {
  temporal_family family = temporal_family::none;
  int64_t nanoseconds = 0; ///< of one step; 0 for MONTH
};

temporal_unit unit_of(type_id t);
inline constexpr int64_t nanoseconds_per_day = 86'400'000'000'000;

/// a modulo b for b > 0, never negative.
constexpr int64_t floor_mod(int64_t a, int64_t b) { return a - floor_div(a, b) * b; }

inline civil_date civil_of_days(int64_t days) {
  return civil_from_days(static_cast<int32_t>(days));
}
/// The day after the last one of a short month is the month's last day.
int64_t days_of_civil(int64_t year, int64_t month, int64_t day);
int32_t days_in_month(int64_t year, int64_t month);
/// Months since year 0, as MONTH counts them, of a day; and the first day of such a month.
int64_t month_of_days(int64_t days);
int64_t days_of_month(int64_t month);
/// 0 Monday .. 6 Sunday.
int32_t weekday_of_days(int64_t days);

/// Days and nanoseconds of the day of a point in time (DATE counts with midnight, MONTH with its
/// first day); time of day alone gives day 0.
struct split_time {
  int64_t days = 0, nanoseconds = 0;
};
split_time split(type_id type, int64_t raw);
/// The raw element of `type` for a day and a time of day (what `type` does not hold is cut off).
int64_t join_time(type_id type, split_time t);

/// A raw element as another temporal type; nullopt when the families do not convert (a TIME has no
/// date).
std::optional<int64_t> convert_temporal(type_id from, int64_t raw, type_id to);

/// `raw` moved by `count` units of a DURATION (storage order: ns us ms s m H d w M y B). Throws
/// nothing; nullopt when the type cannot take the unit.
std::optional<int64_t> add_duration(type_id type, int64_t raw, int64_t count, int32_t unit);
/// Nanoseconds of a DURATION unit; 0 for those that depend on the calendar (M, y, B).
int64_t nanoseconds_of_unit(int32_t unit);
std::string_view unit_name(int32_t unit);
/// The unit of "ns", "us", "ms", "s", "m", "H", "d", "w", "M", "y", "B", or -1.
int32_t unit_from_name(std::string_view name);

/// Literal form: 2012.06.13T13:30:10.008. `raw` is not null.
std::string temporal_text(type_id type, int64_t raw);
/// The literal forms and their like (2012-06-13, 2012/6/13, 20120613, a space or T between date and
/// time).
std::optional<int64_t> parse_temporal(std::string_view text, type_id type);

} // namespace pelorus
