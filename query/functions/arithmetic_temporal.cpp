#include "query/calendar.hpp"
#include "query/cast.hpp"
#include "query/functions/arithmetic.hpp"
#include "query/functions/kernels.hpp"

namespace pelorus {

namespace {

/// Elements of a scalar or vector as raw 64-bit integers, one at a time.
struct raw_items {
  explicit raw_items(const value& x)
      : x(x), wide(x.is_vector() && x.vec().physical() == physical::i64) {}
  bool is_null(size_t i) const { return x.is_vector() ? x.vec().is_null(i) : x.is_null(); }
  int64_t operator[](size_t i) const {
    if (!x.is_vector()) return x.raw_int();
    return wide ? x.vec().data<int64_t>()[i] : element(x.vec(), i).raw_int();
  }
  const value& x;
  bool wide;
};

value move_by_duration(arithmetic op, const value& when, const value& by,
                       std::string_view function) {
  require_same_size(when, by, function);
  auto type = when.type();
  raw_items times{when}, steps{by};
  auto sign = op == arithmetic::sub ? -1 : 1;
  auto moved = [&](size_t i) {
    auto step = steps[i];
    auto unit = static_cast<int32_t>(step >> 32);
    auto raw =
        add_duration(type, times[i], sign * static_cast<int64_t>(static_cast<int32_t>(step)), unit);
    if (!raw)
      refuse(function, fmt::format("a DURATION in {} cannot be added to {}.", unit_name(unit),
                                   type_name(type)));
    return *raw;
  };
  if (when.is_scalar() && by.is_scalar())
    return when.is_null() || by.is_null() ? value::null(type) : value::integral(type, moved(0));
  auto size = when.is_vector() ? when.size() : by.size();
  auto result = column::make_null(type, size);
  for (size_t i = 0; i < size; ++i) {
    if (times.is_null(i) || steps.is_null(i)) continue;
    if (result->physical() == physical::i64)
      result->mutable_data<int64_t>()[i] = moved(i);
    else
      result->mutable_data<int32_t>()[i] = static_cast<int32_t>(moved(i));
  }
  return value{std::move(result)};
}

/// A time of day stays within the day.
struct wrap_day {
  template <class T>
  static void apply(value& x, T per_day) {
    if (x.is_scalar()) {
      if (!x.is_null()) x = value::integral(x.type(), floor_mod(x.raw_int(), per_day));
      return;
    }
    auto& col = x.own_vec();
    bool nulls = col.may_have_nulls();
    auto* at = col.mutable_data<T>();
    for (size_t i = 0; i < col.size(); ++i)
      if (at[i] != null_of<T>) at[i] = static_cast<T>(floor_mod(at[i], per_day));
    if (!nulls) col.set_no_nulls();
  }
};

value scale_duration(const value& x, const value& y) {
  auto& by = x.type() == type_id::duration ? y : x;
  auto& unit = x.type() == type_id::duration ? x : y;
  if (!unit.is_scalar() || !by.is_scalar() || !is_integral(by.type()))
    refuse("mul", "a DURATION can be multiplied by an integer only.");
  return value::duration(static_cast<int32_t>(static_cast<int32_t>(unit.raw_int()) * by.raw_int()),
                         static_cast<int32_t>(unit.raw_int() >> 32));
}

} // namespace

value temporal_arithmetic(arithmetic op, value& x, value& y) {
  auto function = function_name(op);
  if (op == arithmetic::mul && (x.type() == type_id::duration) != (y.type() == type_id::duration))
    return scale_duration(x, y);
  bool additive = op == arithmetic::add || op == arithmetic::sub;
  if (is_temporal(x.type()) && y.type() == type_id::duration && additive)
    return move_by_duration(op, x, y, function);
  if (is_temporal(y.type()) && x.type() == type_id::duration && op == arithmetic::add)
    return move_by_duration(op, y, x, function);
  if (is_temporal(x.type()) && is_temporal(y.type())) {
    if (op == arithmetic::add) refuse(function, "two temporal values cannot be added.");
    if (x.type() != y.type()) {
      bool finer = unit_of(y.type()).nanoseconds < unit_of(x.type()).nanoseconds;
      if (finer)
        x = cast(x, y.type());
      else
        y = cast(y, x.type());
    }
    auto result = physical_of(x.type()) == physical::i64 ? type_id::long_ : type_id::int_;
    return plain_arithmetic(op, x, y, result, function);
  }
  auto& when = is_temporal(x.type()) ? x : y;
  auto& count = is_temporal(x.type()) ? y : x;
  if (!is_plain_number(count.type())) refuse_type(function, "Y", count, "an integer or DURATION");
  auto type = when.type();
  auto result = plain_arithmetic(op, x, y, type, function);
  auto unit = unit_of(type);
  if (unit.family == temporal_family::time_of_day && additive) {
    auto per_day = nanoseconds_per_day / unit.nanoseconds;
    if (physical_of(type) == physical::i64)
      wrap_day::apply<int64_t>(result, per_day);
    else
      wrap_day::apply<int32_t>(result, static_cast<int32_t>(per_day));
  }
  return result;
}

} // namespace pelorus
