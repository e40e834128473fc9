#include "storage/temporal.hpp"

#include <fmt/format.h>

namespace pelorus {

namespace {

bool makes_sense(type_id from, type_id to) {
  if (!is_temporal(from) || !is_temporal(to)) return false;
  return (!has_date(to) || has_date(from)) && (!has_time(to) || has_date(to) || has_time(from));
}

bool fits(type_id to, int64_t x) {
  return physical_of(to) == physical::i64 || (x > null_of<int32_t> && x <= std::numeric_limits<int32_t>::max());
}

constexpr int64_t last_year = 5'000'000;       // its days still fit a DATE
constexpr int64_t last_day = 2'000'000'000;  // as far as the calendar reckons

/// Days since the epoch of a raw element that has a date; a number no date has for months beyond `last_year`.
int64_t days_of(type_id type, int64_t raw) {
  if (type == type_id::date) return raw;
  if (type == type_id::month) {
    auto year = floor_div(raw, 12);
    if (year > last_year || year < -last_year) return std::numeric_limits<int64_t>::max();
    return days_from_civil(static_cast<int32_t>(year), static_cast<uint32_t>(raw - year * 12) + 1, 1);
  }
  return floor_div(raw, units_per_day(type));
}

/// `raw` counted in units of `from` as units of `to`; false on overflow.
bool rescale(int64_t from, int64_t to, int64_t raw, int64_t& result) {
  if (to >= from) return !__builtin_mul_overflow(raw, to / from, &result);
  result = floor_div(raw, from / to);
  return true;
}

bool time_of_day(type_id from, type_id to, int64_t raw, int64_t& result) {
  auto per_day = units_per_day(from);
  if (per_day == 0) return (result = 0), true;  // a date begins at midnight
  if (has_date(from)) raw -= floor_div(raw, per_day) * per_day;
  return rescale(per_day, units_per_day(to), raw, result);
}

/// Most conversions are one division or multiplication by a constant; those get a loop of their own.
template <class From, class To>
column_ptr convert_loop(const column& col, type_id to) {
  auto result = column::make(to, col.size());
  auto* in = col.data<From>();
  auto* out = result->mutable_data<To>();
  auto from = col.type();
  auto from_units = from == type_id::date ? 1 : units_per_day(from), to_units = to == type_id::date ? 1 : units_per_day(to);
  bool divides = has_date(from) && has_date(to) && from_units > to_units && to_units > 0;
  if (divides) {
    const auto by = from_units / to_units;
    for (size_t i = 0; i < col.size(); ++i)
      out[i] = is_null(in[i]) ? null_of<To> : static_cast<To>(floor_div(in[i], by));
    if (!col.may_have_nulls()) result->set_no_nulls();
    return result;
  }
  for (size_t i = 0; i < col.size(); ++i) {
    int64_t x = 0;
    out[i] = !is_null(in[i]) && convert_temporal(from, to, in[i], x) ? static_cast<To>(x) : null_of<To>;
  }
  return result;
}

} // namespace

bool convert_temporal(type_id from, type_id to, int64_t raw, int64_t& result) {
  if (!makes_sense(from, to)) return false;
  if (from == to) return (result = raw), true;
  if (!has_date(to)) return time_of_day(from, to, raw, result) && fits(to, result);
  if (to == type_id::date || to == type_id::month) {
    auto days = days_of(from, raw);
    result = days;
    if (to == type_id::month) {
      if (days > last_day || days < -last_day) return false;
      auto date = civil_from_days(static_cast<int32_t>(days));
      result = int64_t{date.year} * 12 + date.month - 1;
    }
    return fits(to, result);
  }
  if (!has_time(from)) return !__builtin_mul_overflow(days_of(from, raw), units_per_day(to), &result) && fits(to, result);
  return rescale(units_per_day(from), units_per_day(to), raw, result) && fits(to, result);
}

expected<column_ptr> convert_temporal(const column_ptr& col, type_id to) {
  if (col->type() == to) return col;
  if (!makes_sense(col->type(), to))
    return error{ec::type_mismatch, fmt::format("{} cannot be converted to {}", type_name(col->type()), type_name(to))};
  bool wide_from = col->physical() == physical::i64, wide_to = physical_of(to) == physical::i64;
  if (wide_from) return wide_to ? convert_loop<int64_t, int64_t>(*col, to) : convert_loop<int64_t, int32_t>(*col, to);
  return wide_to ? convert_loop<int32_t, int64_t>(*col, to) : convert_loop<int32_t, int32_t>(*col, to);
}

} // namespace pelorus
