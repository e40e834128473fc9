// Conversion between types, as `$`, int(), date(), appends and keys do it.
//
// Numbers: floats are rounded into integers; what does not fit is null. Text is parsed (what is no
// such literal gives null); anything prints into text. Points in time convert to coarser and finer
// ones and to their time of day.
#pragma once

#include "storage/column.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// A scalar, vector, pair, matrix or tuple as `to`. Throws script_error naming both types when
/// there is no conversion.
value cast(const value& x, type_id to, int32_t scale = 0);

/// `col` itself when it has the type already. Throws script_error.
column_ptr cast_column(const column_ptr& col, type_id to, int32_t scale = 0);

/// A number in text: digits as far as they go ("128.9" as INT is 128). Null when there are none.
double parse_real(std::string_view text);
int64_t parse_integer(std::string_view text);

/// 10^n for n in 0..38.
int128 power_of_ten(int32_t n);
/// Bits of a UUID, INT128 or IPADDR from text, 0 when it is none; and as text.
int128 parse_wide(type_id type, std::string_view text);
std::string wide_text(type_id type, int128 raw);
/// A DECIMAL from text, rounded to `scale`; null when it is no number or does not fit.
int128 parse_decimal(std::string_view text, int32_t scale);
std::string decimal_text(int128 raw, int32_t scale);

} // namespace pelorus
