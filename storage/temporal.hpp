// Calendar arithmetic and conversions between temporal types.
//
// Days and civil dates: the algorithms of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
#pragma once

#include <cstdint>

#include "storage/column.hpp"

namespace pelorus {

struct civil_date {
  int32_t year = 1970;
  uint32_t month = 1, day = 1;
};

constexpr int32_t days_from_civil(int32_t year, uint32_t month, uint32_t day) {
  year -= month <= 2;
  const int32_t era = (year >= 0 ? year : year - 399) / 400;
  const auto of_era = static_cast<uint32_t>(year - era * 400);
  const uint32_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const uint32_t day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return era * 146097 + static_cast<int32_t>(day_of_era) - 719468;
}

constexpr civil_date civil_from_days(int32_t days) {
  days += 719468;
  const int32_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<uint32_t>(days - era * 146097);
  const uint32_t of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const uint32_t day_of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
  const uint32_t shifted = (5 * day_of_year + 2) / 153;
  const uint32_t day = day_of_year - (153 * shifted + 2) / 5 + 1;
  const uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<int32_t>(of_era) + era * 400 + (month <= 2), month, day};
}

/// Units of a temporal type: how many of them make a day. 0 for DATE's own unit (a day) and for MONTH.
constexpr int64_t units_per_day(type_id t) {
  switch (t) {
    case type_id::datehour: return 24;
    case type_id::minute: return 1440;
    case type_id::second: case type_id::datetime: return 86'400;
    case type_id::time: case type_id::timestamp: return 86'400'000;
    case type_id::nanotime: case type_id::nanotimestamp: return 86'400'000'000'000;
    default: return 0;
  }
}
constexpr bool has_date(type_id t) {
  return t == type_id::date || t == type_id::month || t == type_id::datetime || t == type_id::timestamp ||
         t == type_id::nanotimestamp || t == type_id::datehour;
}
constexpr bool has_time(type_id t) { return units_per_day(t) != 0; }

/// floor(a / b) for b > 0.
constexpr int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/// One raw element of `from` as a raw element of `to` (both temporal, not null). False when the conversion makes no
/// sense (TIME to DATE) or does not fit.
bool convert_temporal(type_id from, type_id to, int64_t raw, int64_t& result);

/// A whole temporal column as another temporal type; nulls stay null, what does not fit becomes null. Shares memory when
/// the type is the same. Errors: type_mismatch.
expected<column_ptr> convert_temporal(const column_ptr& col, type_id to);

} // namespace pelorus
