#include "query/column_conversion.hpp"

#include <algorithm>
#include <cmath>

#include "storage/value.hpp"

namespace pelorus {

namespace {

error mismatch(type_id from, type_id to) {
  return {ec::type_mismatch, "cannot convert " + std::string{type_name(from)} + " to " +
                                 std::string{type_name(to)} + "."};
}

/// Units of a temporal type in nanoseconds; points in time and times of day do not mix. MONTH is not linear.
struct unit {
  enum class family : uint8_t { other, instant, time_of_day } kind = family::other;
  int64_t nanoseconds = 0;
};

unit unit_of(type_id t) {
  constexpr int64_t second = 1'000'000'000;
  using family = unit::family;
  switch (t) {
    case type_id::date: return {family::instant, 86400 * second};
    case type_id::datehour: return {family::instant, 3600 * second};
    case type_id::datetime: return {family::instant, second};
    case type_id::timestamp: return {family::instant, second / 1000};
    case type_id::nanotimestamp: return {family::instant, 1};
    case type_id::minute: return {family::time_of_day, 60 * second};
    case type_id::second: return {family::time_of_day, second};
    case type_id::time: return {family::time_of_day, second / 1000};
    case type_id::nanotime: return {family::time_of_day, 1};
    default: return {};
  }
}

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

template <class From, class To>
To convert_number(From x) {
  if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>) {
    if (!(std::abs(x) < 9.3e18)) return null_of<To>;
    return static_cast<To>(std::llround(x));
  } else {
    return static_cast<To>(x);
  }
}

template <class From, class To, class F>
void fill(const column& from, column& to, F&& convert) {
  auto* source = from.data<From>();
  auto* target = to.mutable_data<To>();
  for (size_t i = 0; i < from.size(); ++i)
    target[i] = is_null(source[i]) ? null_of<To> : convert(source[i]);
  if (!from.may_have_nulls()) to.set_no_nulls();
}

bool is_plain(type_id t) { return is_integral(t) || is_floating(t); }

column_ptr convert_plain(const column_ptr& col, type_id to) {
  auto result = column::make(to, col->size());
  auto each = [&](auto from) {
    with_physical(result->physical(), [&](auto target) {
      using From = decltype(from);
      using To = decltype(target);
      if constexpr (std::is_arithmetic_v<From> && std::is_arithmetic_v<To>) {
        fill<From, To>(*col, *result, [&](From x) {
          if (to == type_id::bool_) return static_cast<To>(x != 0);
          return convert_number<From, To>(x);
        });
      }
    });
  };
  with_physical(col->physical(), each);
  return result;
}

column_ptr convert_text(const column_ptr& col, type_id to) {
  auto result = column::make(to, 0);
  result->append(*col);
  return result;
}

column_ptr rescale(const column_ptr& col, type_id to, const unit& a, const unit& b) {
  auto result = column::make(to, col->size());
  auto factor = std::max(a.nanoseconds, b.nanoseconds) / std::min(a.nanoseconds, b.nanoseconds);
  auto finer = b.nanoseconds < a.nanoseconds;
  auto move = [&](auto from, auto target) {
    using From = decltype(from);
    using To = decltype(target);
    fill<From, To>(*col, *result, [&](From x) {
      auto wide = static_cast<int64_t>(x);
      return static_cast<To>(finer ? wide * factor : floor_div(wide, factor));
    });
  };
  auto from_wide = col->physical() == physical::i64, to_wide = result->physical() == physical::i64;
  if (from_wide) to_wide ? move(int64_t{}, int64_t{}) : move(int64_t{}, int32_t{});
  else to_wide ? move(int32_t{}, int64_t{}) : move(int32_t{}, int32_t{});
  return result;
}

/// Element by element, for the rare pairs (decimals, ANY).
expected<column_ptr> convert_elements(const column_ptr& col, type_id to, int32_t scale) {
  auto result = column::make_null(to, col->size(), scale);
  for (size_t i = 0; i < col->size(); ++i)
    if (!col->is_null(i)) PELORUS_TRY(set_element(*result, i, element(*col, i)));
  return result;
}

} // namespace

expected<column_ptr> convert_column(const column_ptr& col, type_id to, int32_t scale) {
  auto from = col->type();
  if (from == to && (!is_decimal(to) || col->scale() == scale)) return col;
  if (is_array(from) || is_array(to)) {
    if (is_array(from) && is_array(to)) {
      PELORUS_ASSIGN(auto child, convert_column(col->child(), element_of(to), scale));
      auto result = std::make_shared<column>(to, scale);
      result->append(*col->reinterpret(to));
      result->set_child(child);
      return result;
    }
    if (from == type_id::any) return convert_elements(col, to, scale);
    return mismatch(from, to);
  }
  if (is_text(from) && is_text(to)) return convert_text(col, to);
  if (is_plain(from) && is_plain(to)) return convert_plain(col, to);
  auto a = unit_of(from), b = unit_of(to);
  if (a.kind != unit::family::other && a.kind == b.kind) return rescale(col, to, a, b);
  if (from == type_id::void_) return column::make_null(to, col->size(), scale);
  if (is_integral(from) && is_temporal(to) && width_of(col->physical()) == width_of(physical_of(to)))
    return col->reinterpret(to);
  if (is_number(from) && is_number(to)) return convert_elements(col, to, scale);
  if (from == type_id::any) return convert_elements(col, to, scale);
  if (to == type_id::any) return convert_elements(col, to, scale);
  return mismatch(from, to);
}

} // namespace pelorus
