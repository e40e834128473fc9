// First and last days of weeks, months, quarters and years, and formatted numbers.
#include <algorithm>

#include "query/calendar.hpp"
#include "query/cast.hpp"
#include "query/format.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/kernels.hpp"
#include "query/functions/temporal_format.hpp"

namespace pelorus {

function_family temporal_period_functions();

namespace {

/// A DATE of each temporal element.
template <class F>
value dates(value& x, std::string_view usage, F&& f) {
  return map_forms(
      x,
      [&](value& v) {
        if (unit_of(v.type()).family != temporal_family::instant)
          refuse_type(usage, "X", v, "a temporal value with a date");
        auto days = cast(v, type_id::date);
        if (days.is_scalar())
          return days.is_null() ? days : value::integral(type_id::date, f(days.raw_int()));
        auto result = days.vec().clone();
        auto* at = result->mutable_data<int32_t>();
        for (size_t i = 0; i < result->size(); ++i)
          if (!is_null(at[i])) at[i] = static_cast<int32_t>(f(at[i]));
        return value{result};
      },
      usage);
}

/// Periods of `months` months, one of which starts with the month `first` (1 to 12); every n-th one
/// when an offset date is given.
template <int Months, bool Begin>
value period(call_context&, arguments& args) {
  constexpr std::string_view usage = "X, [startingMonth], [offset], [n=1]";
  auto first = integer_argument(args, 1, Begin ? 1 : 12, usage, "startingMonth");
  auto n = std::max<int64_t>(integer_argument(args, 3, 1, usage, "n"), 1);
  auto anchor = Begin ? first - 1 : first % 12; // number of the month that a period starts with
  auto origin = anchor;
  bool offset = is_given(args, 2) && !args[2].is_null() && n > 1;
  if (offset) {
    auto month = month_of_days(cast(args[2], type_id::date).raw_int());
    origin = month - floor_mod(month - anchor, Months);
  }
  auto length = int64_t{Months} * (offset ? n : 1);
  return dates(args[0], usage, [&](int64_t days) {
    auto month = month_of_days(days);
    auto start = month - floor_mod(month - origin, length);
    return Begin ? days_of_month(start) : days_of_month(start + length) - 1;
  });
}

/// The nearest day of the week `weekday` (0 Monday) not after, or not before, the date.
template <bool Begin>
value week(call_context&, arguments& args) {
  constexpr std::string_view usage = Begin ? "weekBegin(X, [weekday=0], [offset], [n=1])"
                                           : "weekEnd(X, [weekday=0], [offset], [n=1])";
  auto weekday = integer_argument(args, 1, 0, usage, "weekday");
  auto n = std::max<int64_t>(integer_argument(args, 3, 1, usage, "n"), 1);
  if (weekday < 0 || weekday > 6) refuse(usage, "weekday must lie between 0 and 6.");
  auto monday = [&](int64_t days) { return days - floor_mod(weekday_of_days(days) - weekday, 7); };
  bool offset = is_given(args, 2) && !args[2].is_null() && n > 1;
  auto day = offset ? cast(args[2], type_id::date).raw_int() : 0;
  auto origin = monday(day);
  if (!Begin && origin < day) origin += 7;
  auto length = 7 * (offset ? n : 1);
  return dates(args[0], usage, [&](int64_t days) {
    if (Begin) return days - floor_mod(days - origin, length);
    return days + floor_mod(origin - days, length);
  });
}

// -- format(X, pattern)
// ---------------------------------------------------------------------------------

/// "0.00", "#,##0.##", "0.0%": digits that must be there (0) and that may be (#).
std::string format_number(double x, std::string_view pattern) {
  bool percent = pattern.ends_with('%');
  if (percent) pattern.remove_suffix(1);
  auto dot = pattern.find('.');
  auto whole = pattern.substr(0, dot),
       fraction = dot == std::string_view::npos ? std::string_view{} : pattern.substr(dot + 1);
  auto least = static_cast<size_t>(std::count(fraction.begin(), fraction.end(), '0'));
  auto text = fmt::format("{:.{}f}", std::abs(percent ? x * 100 : x), fraction.size());
  auto point = text.find('.');
  auto decimals = point == std::string::npos ? std::string{} : text.substr(point + 1);
  auto digits = text.substr(0, point);
  while (decimals.size() > least && decimals.back() == '0')
    decimals.pop_back();
  auto zeros = static_cast<size_t>(std::count(whole.begin(), whole.end(), '0'));
  if (digits.size() < zeros) digits.insert(0, zeros - digits.size(), '0');
  if (whole.find(',') != std::string_view::npos)
    for (auto at = static_cast<ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
      digits.insert(static_cast<size_t>(at), ",");
  auto result = (x < 0 ? "-" : "") + digits + (decimals.empty() ? "" : "." + decimals);
  return percent ? result + "%" : result;
}

value format_call(call_context&, arguments& args) {
  constexpr std::string_view usage = "format(X, format)";
  auto pattern = text_argument(args, 1, "", usage, "format");
  return map_forms(
      args[0],
      [&](value& x) {
        auto one = [&](const value& item) {
          if (item.is_null()) return std::string{};
          if (is_temporal(item.type()))
            return format_by_pattern(item.type(), item.raw_int(), pattern);
          if (!is_number(item.type())) refuse_type(usage, "X", item, "a number or temporal value");
          return format_number(item.as_double(), pattern);
        };
        if (x.is_scalar()) return value::of_text(one(x));
        auto result = column::make(type_id::string);
        for (size_t i = 0; i < x.size(); ++i)
          result->push_text(one(element(x.vec(), i)));
        return value{result};
      },
      usage);
}

const std::vector<function_entry> temporal_period_table = {
    {"weekBegin",
     "weekBegin(X, [weekday=0], [offset], [n=1])",
     "The last `weekday` (0 Monday) not after each date.",
     week<true>,
     1,
     4,
     plain,
     {{"weekBegin(2017.12.03)", "2017.11.27"}}},
    {"weekEnd",
     "weekEnd(X, [weekday=0], [offset], [n=1])",
     "The next `weekday` (0 Monday) not before each date.",
     week<false>,
     1,
     4,
     plain,
     {{"weekEnd(2017.12.01)", "2017.12.04"}}},
    {"monthBegin",
     "monthBegin(X)",
     "The first day of the month.",
     period<1, true>,
     1,
     1,
     plain,
     {{"monthBegin(2016.12.06)", "2016.12.01"}}},
    {"monthEnd",
     "monthEnd(X)",
     "The last day of the month.",
     period<1, false>,
     1,
     1,
     plain,
     {{"monthEnd(2016.02.06)", "2016.02.29"}}},
    {"quarterBegin",
     "quarterBegin(X, [startingMonth=1], [offset], [n=1])",
     "The first day of the quarter; quarters start with startingMonth.",
     period<3, true>,
     1,
     4,
     plain,
     {{"quarterBegin(2012.06.12)", "2012.04.01"}}},
    {"quarterEnd",
     "quarterEnd(X, [endingMonth=12], [offset], [n=1])",
     "The last day of the quarter; quarters end with endingMonth.",
     period<3, false>,
     1,
     4,
     plain,
     {{"quarterEnd(2012.06.12)", "2012.06.30"}, {"quarterEnd(2012.06.13, 5)", "2012.08.31"}}},
    {"semiannualBegin",
     "semiannualBegin(X, [startingMonth=1], [offset], [n=1])",
     "The first day of the half year.",
     period<6, true>,
     1,
     4,
     plain,
     {{"semiannualBegin(2012.08.12)", "2012.07.01"}}},
    {"semiannualEnd",
     "semiannualEnd(X, [endingMonth=12], [offset], [n=1])",
     "The last day of the half year.",
     period<6, false>,
     1,
     4,
     plain,
     {{"semiannualEnd(2025.08.10)", "2025.12.31"}}},
    {"yearBegin",
     "yearBegin(X, [startingMonth=1], [offset], [n=1])",
     "The first day of the year; years start with startingMonth.",
     period<12, true>,
     1,
     4,
     plain,
     {{"yearBegin(2012.06.12)", "2012.01.01"}, {"yearBegin(2012.06.12, 10)", "2011.10.01"}}},
    {"yearEnd",
     "yearEnd(X, [endingMonth=12], [offset], [n=1])",
     "The last day of the year; years end with endingMonth.",
     period<12, false>,
     1,
     4,
     plain,
     {{"yearEnd(2012.06.12)", "2012.12.31"}}},
    {"format",
     "format(X, format)",
     "Numbers (0.00, #,##0, 0%) and temporal values (yyyy.MM.dd) as text by a pattern.",
     format_call,
     2,
     2,
     plain,
     {{"format(1234567.1, \"#,##0.00\")", "1,234,567.10"},
      {"format(2012.02.03, \"yyyy/MM/dd\")", "2012/02/03"}}},
};

} // namespace

function_family temporal_period_functions() { return temporal_period_table; }

} // namespace pelorus
