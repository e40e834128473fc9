// Script types: their ids on the wire, their widths in memory and their null sentinels.
//
// A *logical* type (DATE, MINUTE, ..) has one of few *physical* layouts; loops are instantiated over the latter.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "cfg/error.hpp"

namespace pelorus {

__extension__ using int128 = __int128;

/// Type ids as they stand on the wire (protocol reference, chapter 3.2).
enum class type_id : uint8_t {
  void_ = 0, bool_ = 1, char_ = 2, short_ = 3, int_ = 4, long_ = 5,
  date = 6, month = 7, time = 8, minute = 9, second = 10, datetime = 11, timestamp = 12,
  nanotime = 13, nanotimestamp = 14, float_ = 15, double_ = 16, symbol = 17, string = 18,
  uuid = 19, functiondef = 20, handle = 21, code = 22, datasource = 23, resource = 24, any = 25,
  compress = 26, dictionary = 27, datehour = 28, ipaddr = 30, int128_ = 31, blob = 32,
  complex = 34, point = 35, duration = 36, decimal32 = 37, decimal64 = 38, decimal128 = 39,
};

/// Array vectors of element type `t` carry the id 64 + t.
constexpr uint8_t array_type_base = 64;
constexpr bool is_array(type_id t) { return static_cast<uint8_t>(t) >= array_type_base; }
constexpr type_id array_of(type_id t) {
  return static_cast<type_id>(static_cast<uint8_t>(t) + array_type_base);
}
constexpr type_id element_of(type_id t) {
  return is_array(t) ? static_cast<type_id>(static_cast<uint8_t>(t) - array_type_base) : t;
}

enum class form : uint8_t {
  scalar = 0, vector = 1, pair = 2, matrix = 3, set = 4, dictionary = 5, table = 6, chart = 7,
  chunk = 8, sysobj = 9,
};

/// How elements lie in memory. `str` is storage/string_ref.hpp, `code` an int32 index into a symbol
/// dictionary, `any` a `value`, `list` the end offsets of an array vector.
enum class physical : uint8_t { i8, i16, i32, i64, f32, f64, b16, str, code, any, list };

constexpr physical physical_of(type_id t) {
  if (is_array(t)) return physical::list;
  switch (t) {
    case type_id::void_: case type_id::bool_: case type_id::char_: return physical::i8;
    case type_id::short_: return physical::i16;
    case type_id::int_: case type_id::date: case type_id::month: case type_id::time:
    case type_id::minute: case type_id::second: case type_id::datetime: case type_id::datehour:
    case type_id::decimal32: return physical::i32;
    case type_id::long_: case type_id::timestamp: case type_id::nanotime:
    case type_id::nanotimestamp: case type_id::decimal64: case type_id::duration:
      return physical::i64;  // DURATION: low 32 bits count, high 32 bits unit
    case type_id::float_: return physical::f32;
    case type_id::double_: return physical::f64;
    case type_id::uuid: case type_id::ipaddr: case type_id::int128_: case type_id::complex:
    case type_id::point: case type_id::decimal128: return physical::b16;
    case type_id::symbol: return physical::code;
    case type_id::string: case type_id::blob: return physical::str;
    default: return physical::any;
  }
}

/// Bytes of one element; `str` counts its 16-byte reference.
constexpr uint32_t width_of(physical p) {
  switch (p) {
    case physical::i8: return 1;
    case physical::i16: return 2;
    case physical::i32: case physical::f32: case physical::code: return 4;
    case physical::i64: case physical::f64: case physical::list: return 8;
    case physical::b16: case physical::str: return 16;
    case physical::any: return 0;
  }
  return 0;
}

// -- nulls ----------------------------------------------------------------------------------------

template <class T> struct null_sentinel { static constexpr T value = std::numeric_limits<T>::min(); };
template <> struct null_sentinel<float> { static constexpr float value = -std::numeric_limits<float>::max(); };
template <> struct null_sentinel<double> { static constexpr double value = -std::numeric_limits<double>::max(); };
template <> struct null_sentinel<int128> { static constexpr int128 value = static_cast<int128>(1) << 127; };

/// The null of physical type T for integral, temporal, floating and decimal types. UUID, IPADDR and
/// INT128 use sixteen zero bytes instead; SYMBOL uses code 0 and STRING the empty string.
template <class T> inline constexpr T null_of = null_sentinel<T>::value;

template <class T> constexpr bool is_null(T x) { return x == null_of<T>; }
// NaN never stands for null, but an overflow to infinity or NaN is stored as null by the kernels.

// -- categories -----------------------------------------------------------------------------------

constexpr bool is_integral(type_id t) {
  return t >= type_id::bool_ && t <= type_id::long_;
}
constexpr bool is_floating(type_id t) { return t == type_id::float_ || t == type_id::double_; }
constexpr bool is_decimal(type_id t) {
  return t >= type_id::decimal32 && t <= type_id::decimal128;
}
constexpr bool is_temporal(type_id t) {
  return (t >= type_id::date && t <= type_id::nanotimestamp) || t == type_id::datehour;
}
constexpr bool is_number(type_id t) { return is_integral(t) || is_floating(t) || is_decimal(t); }
constexpr bool is_text(type_id t) {
  return t == type_id::string || t == type_id::symbol || t == type_id::blob;
}

/// Upper-case name as scripts spell it ("INT", "NANOTIMESTAMP", "DOUBLE[]").
std::string_view type_name(type_id t);
/// The type of a name in any case ("int", "DOUBLE[]", "DECIMAL64" without scale), or not_found.
expected<type_id> type_from_name(std::string_view name);
std::string_view form_name(form f);

} // namespace pelorus
