#include "storage/value.hpp"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "storage/sole_owner.hpp"

namespace pelorus {

namespace {
constexpr double powers_of_ten[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};

double power_of_ten(int32_t n) {
  double result = 1;
  for (; n > 19; n -= 19) result *= powers_of_ten[19];
  return result * powers_of_ten[n];
}

/// The raw null of an i8..i64 type, sign-extended.
int64_t raw_null(type_id type) {
  if (type == type_id::duration) return static_cast<int64_t>(static_cast<uint32_t>(null_of<int32_t>));
  switch (physical_of(type)) {
    case physical::i8: return null_of<int8_t>;
    case physical::i16: return null_of<int16_t>;
    case physical::i32: return null_of<int32_t>;
    default: return null_of<int64_t>;
  }
}

bool holds_integer(physical p) {
  return p == physical::i8 || p == physical::i16 || p == physical::i32 || p == physical::i64;
}
} // namespace

// -- makers -------------------------------------------------------------------------------------------

value value::nothing() {
  value x;
  x.low_ = 0;
  return x;
}

value value::integral(type_id type, int64_t raw, int32_t scale) {
  value x;
  x.type_ = type;
  x.scale_ = scale;
  x.low_ = raw;
  return x;
}

value value::real(type_id type, double d) {
  value x;
  x.type_ = type;
  if (type == type_id::float_ && d == null_of<float>) d = null_of<double>;
  x.low_ = std::bit_cast<int64_t>(d);
  return x;
}

value value::wide(type_id type, int128 raw, int32_t scale) {
  value x;
  x.type_ = type;
  x.scale_ = scale;
  x.low_ = static_cast<int64_t>(raw);
  x.high_ = static_cast<int64_t>(raw >> 64);
  return x;
}

value value::duration(int32_t count, int32_t unit) {
  return integral(type_id::duration, static_cast<int64_t>(static_cast<uint64_t>(static_cast<uint32_t>(unit)) << 32 |
                                                          static_cast<uint32_t>(count)));
}

value value::of_text(std::string_view text, type_id type) {
  value x;
  x.type_ = type;
  if (!text.empty()) x.object_ = std::make_shared<text_object>(std::string{text});
  return x;
}

value value::null(type_id type, int32_t scale) {
  switch (physical_of(type)) {
    case physical::i8: case physical::i16: case physical::i32: case physical::i64:
      return type == type_id::void_ ? value{} : integral(type, raw_null(type), scale);
    case physical::f32: case physical::f64: return real(type, null_of<double>);
    case physical::code: case physical::str: return of_text("", type);
    case physical::b16: return element(*column::make_null(type, 1, scale), 0);
    case physical::any: case physical::list: return value{};
  }
  return value{};
}

value::value(column_ptr column)
    : type_(column->type()), form_(pelorus::form::vector), scale_(column->scale()), object_(std::move(column)) {}

value value::pair(column_ptr two) {
  value x{std::move(two)};
  x.form_ = pelorus::form::pair;
  return x;
}

// -- scalars ------------------------------------------------------------------------------------------

bool value::is_null() const {
  if (!is_scalar()) return false;
  switch (physical_of(type_)) {
    case physical::i8: case physical::i16: case physical::i32:
      return type_ == type_id::void_ || low_ == raw_null(type_);
    case physical::i64:
      return type_ == type_id::duration ? static_cast<int32_t>(low_) == null_of<int32_t>
                                        : low_ == raw_null(type_);
    case physical::f32: case physical::f64: return std::bit_cast<double>(low_) == null_of<double>;
    case physical::code: case physical::str: return !object_;
    case physical::b16:
      if (type_ == type_id::decimal128) return raw_wide() == null_of<int128>;
      if (type_ == type_id::complex || type_ == type_id::point)
        return std::bit_cast<double>(low_) == null_of<double>;
      return low_ == 0 && high_ == 0;
    default: return false;
  }
}

double value::raw_real() const {
  auto d = std::bit_cast<double>(low_);
  return type_ == type_id::float_ && d == null_of<double> ? double{null_of<float>} : d;
}

int128 value::raw_wide() const {
  return static_cast<int128>(high_) << 64 | static_cast<uint64_t>(low_);
}

std::string_view value::text() const {
  return object_ ? std::string_view{static_cast<const text_object*>(object_.get())->text} : std::string_view{};
}

double value::as_double() const {
  if (!is_scalar() || is_null()) return null_of<double>;
  switch (physical_of(type_)) {
    case physical::i8: case physical::i16: case physical::i32: case physical::i64:
      return scale_ == 0 ? static_cast<double>(low_) : static_cast<double>(low_) / power_of_ten(scale_);
    case physical::f32: case physical::f64: return std::bit_cast<double>(low_);
    case physical::b16:
      return type_ == type_id::decimal128 ? static_cast<double>(raw_wide()) / power_of_ten(scale_)
                                          : null_of<double>;
    default: return null_of<double>;
  }
}

int64_t value::as_long() const {
  if (!is_scalar() || is_null()) return null_of<int64_t>;
  if (holds_integer(physical_of(type_)) && scale_ == 0) return low_;
  auto d = as_double();
  return d == null_of<double> || !(d > -9.3e18 && d < 9.3e18) ? null_of<int64_t> : static_cast<int64_t>(d);
}

// -- objects ------------------------------------------------------------------------------------------

column& value::own_vec() {
  if (!is_sole_owner(object_)) object_ = std::make_shared<column>(vec());
  return *static_cast<column*>(object_.get());
}

// -- elements of columns --------------------------------------------------------------------------------

value element(const column& col, size_t i) {
  auto type = col.type();
  switch (col.physical()) {
    case physical::i8: return value::integral(type, col.data<int8_t>()[i]);
    case physical::i16: return value::integral(type, col.data<int16_t>()[i]);
    case physical::i32: return value::integral(type, col.data<int32_t>()[i], col.scale());
    case physical::i64: return value::integral(type, col.data<int64_t>()[i], col.scale());
    case physical::f32: return value::real(type, col.data<float>()[i]);
    case physical::f64: return value::real(type, col.data<double>()[i]);
    case physical::b16: {
      int128 raw;
      std::memcpy(&raw, col.raw(i), sizeof raw);
      return value::wide(type, raw, col.scale());
    }
    case physical::code: case physical::str: return value::of_text(col.text(i), type);
    case physical::any: return col.items()[i];
    case physical::list: {
      auto begin = static_cast<size_t>(col.list_begin(i)), end = static_cast<size_t>(col.list_end(i));
      return value{col.child()->slice(begin, end - begin)};
    }
  }
  return value{};
}

namespace {
/// The raw integer of `x` in a column of `type` and `scale`, with null to null.
int64_t raw_integer_for(const column& col, const value& x) {
  if (x.is_null()) return raw_null(col.type());
  if (is_decimal(col.type()) || is_decimal(x.type())) {
    auto scaled = x.as_double() * power_of_ten(col.scale());
    return static_cast<int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  }
  if (is_floating(x.type())) {
    auto d = x.as_double();
    return d > -9.3e18 && d < 9.3e18 ? static_cast<int64_t>(d < 0 ? d - 0.5 : d + 0.5) : raw_null(col.type());
  }
  return x.raw_int();
}

error mismatch(const column& col, const value& x) {
  return {ec::type_mismatch, fmt::format("cannot put a {} {} into a column of type {}", type_name(x.type()),
                                         form_name(x.form()), type_name(col.type()))};
}

expected<void> set_wide(column& col, size_t i, const value& x) {
  if (x.is_null()) {
    col.set_null(i);
    return {};
  }
  if (x.type() == col.type() && x.scale() == col.scale()) {
    col.mutable_data<int128>()[i] = x.raw_wide();
    return {};
  }
  if (col.type() != type_id::decimal128 || !is_number(x.type())) return mismatch(col, x);
  col.mutable_data<int128>()[i] = static_cast<int128>(x.as_double() * power_of_ten(col.scale()));
  return {};
}

expected<void> set_list(column& col, size_t i, const value& x) {
  if (i + 1 != col.size() || (!x.is_vector() && !x.is_null())) return mismatch(col, x);
  if (x.is_null()) return {};
  if (physical_of(x.type()) != physical_of(element_of(col.type()))) return mismatch(col, x);
  if (!is_sole_owner(col.child())) col.set_child(col.child()->clone());
  col.child()->append(x.vec());
  col.mutable_data<int64_t>()[i] = static_cast<int64_t>(col.child()->size());
  return {};
}
} // namespace

expected<void> set_element(column& col, size_t i, const value& x) {
  auto p = col.physical();
  if (p == physical::any) {
    col.own_items()[i] = x;
    return {};
  }
  if (p == physical::list) return set_list(col, i, x);
  if (!x.is_scalar()) return mismatch(col, x);
  if (p == physical::str || p == physical::code) {
    if (!x.is_text() && !x.is_null()) return mismatch(col, x);
    col.set_text(i, x.is_text() ? x.text() : std::string_view{});
    return {};
  }
  if (x.is_text() && !x.is_null()) return mismatch(col, x);
  if (p == physical::b16) return set_wide(col, i, x);
  switch (p) {
    case physical::i8: col.mutable_data<int8_t>()[i] = static_cast<int8_t>(raw_integer_for(col, x)); break;
    case physical::i16: col.mutable_data<int16_t>()[i] = static_cast<int16_t>(raw_integer_for(col, x)); break;
    case physical::i32: col.mutable_data<int32_t>()[i] = static_cast<int32_t>(raw_integer_for(col, x)); break;
    case physical::i64: col.mutable_data<int64_t>()[i] = raw_integer_for(col, x); break;
    case physical::f32: {
      auto d = x.as_double();
      col.mutable_data<float>()[i] = d == null_of<double> ? null_of<float> : static_cast<float>(d);
      break;
    }
    default: col.mutable_data<double>()[i] = x.as_double(); break;
  }
  return {};
}

expected<void> push_element(column& col, const value& x) {
  col.resize(col.size() + 1);
  auto done = set_element(col, col.size() - 1, x);
  if (!done) col.resize(col.size() - 1);
  return done;
}

column_ptr to_column(const value& scalar, size_t count) {
  if (scalar.is_void()) return column::make(type_id::any, count);
  auto one = column::make(scalar.type(), 1, scalar.scale());
  [[maybe_unused]] auto done = set_element(*one, 0, scalar);
  assert(done);
  if (count == 1) return one;
  std::vector<uint32_t> zeros(count, 0);
  return one->gather(std::span<const uint32_t>{zeros});
}

} // namespace pelorus
