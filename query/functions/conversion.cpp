// Functions that make one type from another: int(), date(), string(), cast, ..
#include <cstring>

#include "query/calendar.hpp"
#include "query/cast.hpp"
#include "query/constants.hpp"
#include "query/function.hpp"
#include "query/functions/kernels.hpp"
#include "query/functions/reshaping.hpp"
#include "query/matrix.hpp"

namespace pelorus {

namespace {

template <type_id T>
value convert(call_context&, arguments& args) {
  if (!is_given(args, 0)) return value::null(T);
  if (args[0].is_scalar() || args[0].is_vector() || args[0].is_pair() ||
      args[0].form() == form::matrix)
    return cast(args[0], T);
  return map_forms(
      args[0], [](value& x) { return cast(x, T); }, type_name(T));
}

int32_t scale_of(const arguments& args, type_id type) {
  auto most = type == type_id::decimal32 ? 9 : type == type_id::decimal64 ? 18 : 38;
  auto scale = is_given(args, 1) ? args[1].as_long() : 0;
  if (scale < 0 || scale > most)
    refuse(type_name(type), fmt::format("scale must lie between 0 and {}.", most));
  return static_cast<int32_t>(scale);
}

template <type_id T>
value convert_decimal(call_context&, arguments& args) {
  return cast(args[0], T, scale_of(args, T));
}

/// duration("3d"), duration of vectors of such texts.
value duration_scalar(std::string_view text) {
  if (text.empty()) return value::null(type_id::duration);
  auto digits = text.find_first_not_of("-0123456789");
  auto unit = digits == std::string_view::npos ? -1 : unit_from_name(text.substr(digits));
  auto count = parse_integer(text.substr(0, digits));
  if (unit < 0 || count == null_of<int64_t>)
    refuse("duration(X)", fmt::format("'{}' is no duration such as 3d, 10s, 1M.", text));
  return value::duration(static_cast<int32_t>(count), unit);
}

value duration(call_context&, arguments& args) {
  auto& x = args[0];
  if (x.type() == type_id::duration) return x;
  if (x.is_text()) return duration_scalar(x.text());
  if (!x.is_vector() || !is_text(x.type()))
    refuse_type("duration(X)", "X", x, "a string or strings");
  auto result = column::make_null(type_id::duration, x.size());
  for (size_t i = 0; i < x.size(); ++i)
    result->mutable_data<int64_t>()[i] = duration_scalar(x.vec().text(i)).raw_int();
  return value{result};
}

/// complex(re, im), point(x, y): two numbers an element.
template <type_id T>
value two_reals(call_context&, arguments& args) {
  return map_forms(
      args[0], args[1],
      [](value& x, value& y) {
        auto a = to_doubles(x, type_name(T)), b = to_doubles(y, type_name(T));
        require_same_size(a, b, type_name(T));
        auto at = [](const value& v, size_t i) {
          return v.is_scalar() ? v.as_double() : as_real(v.vec(), i);
        };
        auto joined = [&](size_t i) {
          double part[2] = {at(a, i), at(b, i)};
          int128 raw;
          std::memcpy(&raw, part, sizeof raw);
          return raw;
        };
        if (a.is_scalar() && b.is_scalar()) return value::wide(T, joined(0));
        auto size = a.is_scalar() ? b.size() : a.size();
        auto result = column::make(T, size);
        auto* out = result->mutable_data<int128>();
        for (size_t i = 0; i < size; ++i)
          out[i] = joined(i);
        return value{result};
      },
      type_name(T));
}

value cast_call(call_context&, arguments& args) {
  if (args[1].is_pair()) return reshape(args[0], args[1]);
  if (auto f = args[1].as<callable>()) args[1] = value::of_text(f->name()); // x $ symbol
  auto target = unwrap(type_of_value(args[1]));
  return cast(args[0], target.type, target.scale);
}

value string_call(call_context&, arguments& args) {
  if (!is_given(args, 0)) return value::null(type_id::string);
  return map_forms(
      args[0],
      [](value& x) {
        return x.is_void() ? value::null(type_id::string) : cast(x, type_id::string);
      },
      "string");
}

const std::vector<function_entry> conversion_table = {
    {"cast",
     "cast(X, dataTypeOrShape)",
     "X $ type: X as another type; X $ rows:columns: X as a matrix, filled column by column.",
     cast_call,
     2,
     2,
     plain,
     {{"cast(1 2 3, DOUBLE)", "[1,2,3]"},
      {"8.9 $ INT", "9"},
      {"1..4 $ 2:2", "#0  #1\n--- ---\n1   3\n2   4"}}},
    {"bool",
     "bool([X])",
     "X as BOOL: zero is false, other numbers are true. A null without argument.",
     convert<type_id::bool_>,
     0,
     1,
     plain,
     {{"bool(0 5)", "[false,true]"}}},
    {"char",
     "char([X])",
     "X as CHAR. A null without argument.",
     convert<type_id::char_>,
     0,
     1,
     plain,
     {{"char(99)", "'c'"}}},
    {"short",
     "short([X])",
     "X as SHORT; floats are rounded, what does not fit is null.",
     convert<type_id::short_>,
     0,
     1,
     plain,
     {{"short(\"12\")", "12"}}},
    {"int",
     "int([X])",
     "X as INT; floats are rounded, text is read up to its first non-digit.",
     convert<type_id::int_>,
     0,
     1,
     plain,
     {{"int(2.6)", "3"}, {"int(`10.9)", "10"}}},
    {"long",
     "long([X])",
     "X as LONG.",
     convert<type_id::long_>,
     0,
     1,
     plain,
     {{"long(3.2 4)", "[3,4]"}}},
    {"float",
     "float([X])",
     "X as FLOAT.",
     convert<type_id::float_>,
     0,
     1,
     plain,
     {{"float(1)", "1"}}},
    {"double",
     "double([X])",
     "X as DOUBLE.",
     convert<type_id::double_>,
     0,
     1,
     plain,
     {{"double(`1.5`2)", "[1.5,2]"}}},
    {"string",
     "string([X])",
     "X as STRING: what print shows, without quotes; null is empty.",
     string_call,
     0,
     1,
     plain,
     {{"string(1 2)", "[\"1\",\"2\"]"}, {"string(2012.06.13)", "2012.06.13"}}},
    {"symbol",
     "symbol(X)",
     "X as SYMBOL: strings by numbers of a shared dictionary.",
     convert<type_id::symbol>,
     1,
     1,
     plain,
     {{"symbol(`a`b`a)", "[\"a\",\"b\",\"a\"]"}}},
    {"blob",
     "blob([X])",
     "X as BLOB.",
     convert<type_id::blob>,
     0,
     1,
     plain,
     {{"blob(\"ab\")", "ab"}}},
    {"date",
     "date([X])",
     "X as DATE.",
     convert<type_id::date>,
     0,
     1,
     plain,
     {{"date(2012.12.03 01:22:01)", "2012.12.03"}, {"date(\"2011.10.12\")", "2011.10.12"}}},
    {"month",
     "month([X])",
     "X as MONTH.",
     convert<type_id::month>,
     0,
     1,
     plain,
     {{"month(2012.12.03)", "2012.12M"}}},
    {"time",
     "time([X])",
     "X as TIME (milliseconds of the day).",
     convert<type_id::time>,
     0,
     1,
     plain,
     {{"time(2012.12.03 01:22:01)", "01:22:01.000"}}},
    {"minute",
     "minute([X])",
     "X as MINUTE (of the day).",
     convert<type_id::minute>,
     0,
     1,
     plain,
     {{"minute(2012.12.03 01:22:01)", "01:22m"}}},
    {"second",
     "second([X])",
     "X as SECOND (of the day).",
     convert<type_id::second>,
     0,
     1,
     plain,
     {{"second(2012.12.03 01:22:01)", "01:22:01"}}},
    {"datetime",
     "datetime([X])",
     "X as DATETIME.",
     convert<type_id::datetime>,
     0,
     1,
     plain,
     {{"datetime(2012.12.03)", "2012.12.03T00:00:00"}}},
    {"timestamp",
     "timestamp([X])",
     "X as TIMESTAMP.",
     convert<type_id::timestamp>,
     0,
     1,
     plain,
     {{"timestamp(2012.12.03)", "2012.12.03T00:00:00.000"}}},
    {"nanotime",
     "nanotime([X])",
     "X as NANOTIME.",
     convert<type_id::nanotime>,
     0,
     1,
     plain,
     {{"nanotime(01:02:03)", "01:02:03.000000000"}}},
    {"nanotimestamp",
     "nanotimestamp([X])",
     "X as NANOTIMESTAMP.",
     convert<type_id::nanotimestamp>,
     0,
     1,
     plain,
     {{"nanotimestamp(2012.12.03)", "2012.12.03T00:00:00.000000000"}}},
    {"datehour",
     "datehour([X])",
     "X as DATEHOUR.",
     convert<type_id::datehour>,
     0,
     1,
     plain,
     {{"datehour(2012.12.03 01:22:01)", "2012.12.03T01"}}},
    {"uuid",
     "uuid(X)",
     "X as UUID.",
     convert<type_id::uuid>,
     1,
     1,
     plain,
     {{"uuid(\"9d457e79-1bed-d6c2-3612-b0d31c1881f6\")", "9d457e79-1bed-d6c2-3612-b0d31c1881f6"}}},
    {"ipaddr",
     "ipaddr(X)",
     "X as IPADDR, version 4 or 6.",
     convert<type_id::ipaddr>,
     1,
     1,
     plain,
     {{"ipaddr(\"192.168.1.13\")", "192.168.1.13"}}},
    {"int128",
     "int128(X)",
     "X as INT128, from 32 hexadecimal digits.",
     convert<type_id::int128_>,
     1,
     1,
     plain,
     {{"int128(\"e1671797c52e15f763380b45e841ec32\")", "e1671797c52e15f763380b45e841ec32"}}},
    {"decimal32",
     "decimal32(X, scale)",
     "X as DECIMAL32 with `scale` decimals.",
     convert_decimal<type_id::decimal32>,
     2,
     2,
     plain,
     {{"decimal32(142, 2)", "142.00"}}},
    {"decimal64",
     "decimal64(X, scale)",
     "X as DECIMAL64 with `scale` decimals.",
     convert_decimal<type_id::decimal64>,
     2,
     2,
     plain,
     {{"decimal64(`1.25, 1)", "1.3"}}},
    {"decimal128",
     "decimal128(X, scale)",
     "X as DECIMAL128 with `scale` decimals.",
     convert_decimal<type_id::decimal128>,
     2,
     2,
     plain,
     {{"decimal128(1\\7, 6)", "0.142857"}}},
    {"duration",
     "duration(X)",
     "X as DURATION, from texts like 3d or 10s.",
     duration,
     1,
     1,
     plain,
     {{"duration(\"20H\")", "20H"}}},
    {"complex",
     "complex(X, Y)",
     "The complex numbers X+Yi.",
     two_reals<type_id::complex>,
     2,
     2,
     plain,
     {{"complex(2, 5)", "2+5i"}}},
    {"point",
     "point(X, Y)",
     "The points (X, Y).",
     two_reals<type_id::point>,
     2,
     2,
     plain,
     {{"point(117.6, 38.8)", "(117.6, 38.8)"}}},
};

} // namespace

function_family conversion_functions() { return conversion_table; }

} // namespace pelorus
