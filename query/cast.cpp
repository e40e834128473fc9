#include "query/cast.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "query/calendar.hpp"
#include "query/format.hpp"
#include "query/functions/dispatch.hpp"
#include "query/matrix.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

[[noreturn]] void refuse_cast(type_id from, type_id to) {
  throw script_error(ec::type_mismatch,
                     fmt::format("Cannot convert {} to {}.", type_name(from), type_name(to)));
}

template <class From, class To, class F>
void fill(const column& from, column& to, F&& convert) {
  auto* source = from.data<From>();
  auto* target = to.mutable_data<To>();
  for (size_t i = 0; i < from.size(); ++i)
    target[i] = source[i] == null_of<From> ? null_of<To> : convert(source[i]);
  if (!from.may_have_nulls() && !std::is_floating_point_v<From>) to.set_no_nulls();
}

column_ptr plain_to_plain(const column_ptr& col, type_id to) {
  auto result = column::make(to, col->size());
  with_plain(col->physical(), [&](auto from) {
    with_plain(result->physical(), [&](auto target) {
      using From = decltype(from);
      using To = decltype(target);
      if (to == type_id::bool_)
        fill<From, To>(*col, *result, [](From x) { return static_cast<To>(x != 0); });
      else
        fill<From, To>(*col, *result, [](From x) { return number_cast<To>(x); });
    });
  });
  return result;
}

/// Element by element through raw integers of at most 64 bits.
template <class F>
column_ptr each_integer(const column_ptr& col, type_id to, F&& convert) {
  auto result = column::make(to, col->size());
  with_plain(col->physical(), [&](auto from) {
    with_plain(result->physical(), [&](auto target) {
      using From = decltype(from);
      using To = decltype(target);
      fill<From, To>(*col, *result,
                     [&](From x) { return static_cast<To>(convert(static_cast<int64_t>(x))); });
    });
  });
  return result;
}

column_ptr temporal_to_temporal(const column_ptr& col, type_id to) {
  auto from = col->type();
  auto a = unit_of(from), b = unit_of(to);
  if (!convert_temporal(from, 0, to)) refuse_cast(from, to);
  if (a.family == b.family && a.nanoseconds != 0) {
    auto factor = std::max(a.nanoseconds, b.nanoseconds) / std::min(a.nanoseconds, b.nanoseconds);
    if (b.nanoseconds < a.nanoseconds)
      return each_integer(col, to, [=](int64_t x) { return x * factor; });
    return each_integer(col, to, [=](int64_t x) { return floor_div(x, factor); });
  }
  return each_integer(col, to, [=](int64_t x) { return *convert_temporal(from, x, to); });
}

// -- text
// -------------------------------------------------------------------------------------------

value parse_scalar(std::string_view text, type_id to, int32_t scale) {
  switch (to) {
  case type_id::bool_:
    if (text == "true" || text == "TRUE" || text == "1") return value::of_bool(true);
    if (text == "false" || text == "FALSE" || text == "0") return value::of_bool(false);
    return value::null(to);
  case type_id::char_:
    if (text.size() == 1 && (text[0] < '0' || text[0] > '9')) return value::integral(to, text[0]);
    if (auto n = parse_integer(text); n > 127 || (n < -127 && n != null_of<int64_t>))
      throw script_error(ec::type_mismatch, "Failed to convert the string to CHAR");
    break;
  case type_id::float_:
  case type_id::double_: return value::real(to, parse_real(text));
  case type_id::uuid:
  case type_id::int128_:
  case type_id::ipaddr: return value::wide(to, parse_wide(to, text));
  case type_id::decimal32:
  case type_id::decimal64:
  case type_id::decimal128: {
    auto raw = parse_decimal(text, scale);
    if (raw == null_of<int128>) return value::null(to, scale);
    return to == type_id::decimal128 ? value::wide(to, raw, scale)
                                     : value::integral(to, static_cast<int64_t>(raw), scale);
  }
  default: break;
  }
  if (is_temporal(to)) {
    auto raw = parse_temporal(text, to);
    return raw ? value::integral(to, *raw) : value::null(to);
  }
  if (!is_integral(to)) refuse_cast(type_id::string, to);
  auto n = parse_integer(text);
  auto width = width_of(physical_of(to)) * 8;
  bool fits = n != null_of<int64_t> &&
              (width == 64 || (n > -(int64_t{1} << (width - 1)) && n < int64_t{1} << (width - 1)));
  return fits ? value::integral(to, n) : value::null(to);
}

column_ptr text_to(const column_ptr& col, type_id to, int32_t scale) {
  auto result = column::make_null(to, col->size(), scale);
  for (size_t i = 0; i < col->size(); ++i)
    if (!col->is_null(i)) unwrap(set_element(*result, i, parse_scalar(col->text(i), to, scale)));
  return result;
}

column_ptr to_text(const column_ptr& col, type_id to) {
  auto result = column::make(to);
  result->reserve(col->size());
  if (is_text(col->type())) {
    result->append(*col);
    return result;
  }
  auto add = [&](auto&& format_one) {
    for (size_t i = 0; i < col->size(); ++i)
      result->push_text(col->is_null(i) ? std::string_view{} : format_one(i));
  };
  auto integers = [&](auto zero) {
    using T = decltype(zero);
    result->resize(col->size());
    auto* out = result->mutable_data<string_ref>();
    auto* at = col->data<T>();
    char text[24];
    for (size_t i = 0; i < col->size(); ++i) {
      if (at[i] == null_of<T>) continue;
      auto end = std::to_chars(text, text + sizeof text, at[i]).ptr;
      std::string_view digits{text, static_cast<size_t>(end - text)};
      if (digits.size() <= string_ref::inline_bytes)
        out[i] = string_ref{digits};
      else
        result->set_text(i, digits);
    }
  };
  if (col->type() == type_id::int_)
    integers(int32_t{});
  else if (col->type() == type_id::long_)
    integers(int64_t{});
  else if (col->type() == type_id::short_)
    integers(int16_t{});
  else {
    std::string one;
    add([&](size_t i) {
      one = format_scalar(*col, i);
      return std::string_view{one};
    });
  }
  return result;
}

// -- decimals
// -----------------------------------------------------------------------------------------

int128 round_div(int128 x, int128 by) {
  auto half = by / 2;
  return (x < 0 ? x - half : x + half) / by;
}

/// Raw of a DECIMAL of `scale` for a number, null when it does not fit 38 digits.
int128 decimal_raw(const value& x, int32_t scale) {
  if (x.is_null()) return null_of<int128>;
  if (is_decimal(x.type()) || is_integral(x.type())) {
    int128 raw = x.type() == type_id::decimal128 ? x.raw_wide() : x.raw_int();
    if (scale >= x.scale()) return raw * power_of_ten(scale - x.scale());
    return round_div(raw, power_of_ten(x.scale() - scale));
  }
  auto scaled = x.raw_real() * static_cast<double>(power_of_ten(scale));
  if (!(std::abs(scaled) < 1.7e38)) return null_of<int128>;
  return static_cast<int128>(scaled + (scaled < 0 ? -0.5 : 0.5));
}

value decimal_scalar(const value& x, type_id to, int32_t scale) {
  auto raw = decimal_raw(x, scale);
  if (raw == null_of<int128>) return value::null(to, scale);
  if (to == type_id::decimal128) return value::wide(to, raw, scale);
  int128 limit = to == type_id::decimal32 ? INT32_MAX : INT64_MAX;
  if (raw > limit || raw < -limit)
    throw script_error(ec::type_mismatch,
                       fmt::format("Decimal math overflow: {} does not fit {}({}).",
                                   format_scalar(x), type_name(to), scale));
  return value::integral(to, static_cast<int64_t>(raw), scale);
}

column_ptr each_element(const column_ptr& col, type_id to, int32_t scale,
                        value (*convert)(const value&, type_id, int32_t)) {
  auto result = column::make_null(to, col->size(), scale);
  for (size_t i = 0; i < col->size(); ++i)
    if (!col->is_null(i)) unwrap(set_element(*result, i, convert(element(*col, i), to, scale)));
  return result;
}

value decimal_to_plain(const value& x, type_id to, int32_t) {
  if (is_floating(to)) return value::real(to, x.as_double());
  int128 raw = x.type() == type_id::decimal128 ? x.raw_wide() : x.raw_int();
  auto whole = round_div(raw, power_of_ten(x.scale()));
  return value::integral(to, to == type_id::bool_ ? raw != 0 : static_cast<int64_t>(whole));
}

value any_element(const value& x, type_id to, int32_t scale) { return cast(x, to, scale); }

column_ptr cast_array(const column_ptr& col, type_id to, int32_t scale) {
  if (!is_array(col->type())) {
    if (col->type() == type_id::any) {
      auto result = column::make(to, 0, scale);
      for (auto& x : col->items())
        unwrap(push_element(*result, x.is_scalar() && !x.is_null()
                                         ? value{cast_column(to_column(x), element_of(to), scale)}
                                         : cast(x, element_of(to), scale)));
      return result;
    }
    refuse_cast(col->type(), to);
  }
  auto result = column::make(to, col->size(), scale);
  auto base = col->size() == 0 ? 0 : col->list_begin(0);
  auto* ends = result->mutable_data<int64_t>();
  for (size_t i = 0; i < col->size(); ++i)
    ends[i] = col->list_end(i) - base;
  auto count = col->size() == 0 ? 0 : ends[col->size() - 1];
  result->set_child(
      cast_column(col->child()->slice(static_cast<size_t>(base), static_cast<size_t>(count)),
                  element_of(to), scale));
  return result;
}

} // namespace

column_ptr cast_column(const column_ptr& col, type_id to, int32_t scale) {
  auto from = col->type();
  if (from == to && (!is_decimal(to) || col->scale() == scale)) return col;
  if (is_array(to)) return cast_array(col, to, scale);
  if (to == type_id::any || to == type_id::void_) {
    auto result = column::make(type_id::any);
    result->append(*col);
    return result;
  }
  if (from == type_id::any) {
    for (auto& x : col->items())
      if (!x.is_scalar()) refuse_cast(from, to);
    return each_element(col, to, scale, any_element);
  }
  if (from == type_id::void_) return column::make_null(to, col->size(), scale);
  if (is_text(to)) return to_text(col, to);
  if (is_text(from)) return text_to(col, to, scale);
  bool plain = is_plain_number(from) && is_plain_number(to);
  if (plain) return plain_to_plain(col, to);
  if (is_temporal(from) && is_temporal(to)) return temporal_to_temporal(col, to);
  if ((is_temporal(from) && is_plain_number(to)) || (is_plain_number(from) && is_temporal(to))) {
    if (physical_of(from) == physical_of(to)) return col->reinterpret(to);
    return plain_to_plain(col, to);
  }
  if (is_decimal(to) && is_number(from)) return each_element(col, to, scale, decimal_scalar);
  if (is_decimal(from) && is_plain_number(to))
    return each_element(col, to, scale, decimal_to_plain);
  if (col->physical() == physical::b16 && physical_of(to) == physical::b16 && !is_decimal(to))
    return col->reinterpret(to);
  refuse_cast(from, to);
}

value cast(const value& x, type_id to, int32_t scale) {
  if (x.is_void())
    return is_array(to) ? value{column::make(element_of(to))} : value::null(to, scale);
  switch (x.form()) {
  case form::scalar:
    if (x.type() == to && (!is_decimal(to) || x.scale() == scale)) return x;
    if (physical_of(x.type()) == physical::any) refuse_cast(x.type(), to);
    if (to == type_id::any) return x;
    if (is_text(to)) return value::of_text(format_scalar(x), to);
    if (x.is_null()) return value::null(to, scale);
    return element(*cast_column(to_column(x), to, scale), 0);
  case form::vector:
    if (x.type() == type_id::any && !is_array(to)) {
      bool nested = std::any_of(x.vec().items().begin(), x.vec().items().end(),
                                [](auto& item) { return !item.is_scalar(); });
      if (nested) {
        auto result = column::make(type_id::any, x.size());
        for (size_t i = 0; i < x.size(); ++i)
          result->own_items()[i] = cast(x.vec().items()[i], to, scale);
        return value{result};
      }
    }
    return value{
        cast_column(x.vec_ptr(), is_array(x.type()) && !is_array(to) ? array_of(to) : to, scale)};
  case form::pair: return value::pair(cast_column(x.vec_ptr(), to, scale));
  case form::matrix:
    if (auto m = x.as<matrix>()) return with_cells(*m, cast_column(m->cells(), to, scale));
    break;
  default: break;
  }
  throw script_error(ec::type_mismatch,
                     fmt::format("Cannot convert a {} to {}.", form_name(x.form()), type_name(to)));
}

} // namespace pelorus
