// A script value: a scalar held inline, or a shared object (vector, matrix, table, function, ..).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "storage/column.hpp"
#include "storage/object.hpp"

namespace pelorus {

/// Text of a STRING, SYMBOL or BLOB scalar.
struct text_object final : object {
  explicit text_object(std::string text) : text(std::move(text)) {}
  pelorus::form form() const override { return pelorus::form::scalar; }
  type_id type() const override { return type_id::string; }
  size_t size() const override { return 1; }
  std::string text;
};

/// Cheap to copy. Objects are shared: whoever changes one first makes sure to be its only holder (`own`).
class value {
public:
  // -- makers --------------------------------------------------------------------------------------
  value() = default;  ///< NULL of type VOID
  /// A VOID that prints nothing: what a function without `return` gives.
  static value nothing();
  static value null(type_id type, int32_t scale = 0);
  static value of_bool(bool x) { return integral(type_id::bool_, x); }
  static value of_int(int32_t x) { return integral(type_id::int_, x); }
  static value of_long(int64_t x) { return integral(type_id::long_, x); }
  static value of_double(double x) { return real(type_id::double_, x); }
  static value of_text(std::string_view x, type_id type = type_id::string);
  /// Any type whose layout is i8..i64; `x` is the raw element.
  static value integral(type_id type, int64_t x, int32_t scale = 0);
  static value real(type_id type, double x);
  static value wide(type_id type, int128 x, int32_t scale = 0);
  static value duration(int32_t count, int32_t unit);

  value(column_ptr column);  ///< a vector
  static value pair(column_ptr two);
  /// Any other object; its form and type are taken from it.
  template <class Object>
    requires std::is_base_of_v<object, Object>
  value(std::shared_ptr<Object> x) : object_(std::move(x)) {
    form_ = object_->form();
    type_ = object_->type();
  }

  // -- shape ---------------------------------------------------------------------------------------
  pelorus::form form() const { return form_; }
  type_id type() const { return type_; }
  int32_t scale() const { return scale_; }
  bool is_scalar() const { return form_ == pelorus::form::scalar; }
  bool is_vector() const { return form_ == pelorus::form::vector; }
  bool is_pair() const { return form_ == pelorus::form::pair; }
  bool is_table() const { return form_ == pelorus::form::table; }
  bool is_void() const { return type_ == type_id::void_ && is_scalar(); }
  bool is_nothing() const { return is_void() && low_ == 0; }
  bool is_text() const { return is_scalar() && pelorus::is_text(type_); }
  bool is_null() const;  ///< a scalar null; false for every other form
  size_t size() const { return object_ && !is_scalar() ? object_->size() : 1; }
  uint64_t bytes() const { return object_ ? object_->bytes() : 0; }

  // -- scalars -------------------------------------------------------------------------------------
  int64_t raw_int() const { return low_; }  ///< the raw element of an i8..i64 scalar
  double raw_real() const;                  ///< of a FLOAT or DOUBLE scalar (null: the type's sentinel)
  int128 raw_wide() const;                  ///< of a 16-byte scalar
  std::string_view text() const;            ///< of a STRING, SYMBOL or BLOB scalar
  /// Number as double or long; null of that type when null, decimals scaled, text and objects null.
  double as_double() const;
  int64_t as_long() const;

  // -- objects -------------------------------------------------------------------------------------
  const std::shared_ptr<object>& ptr() const { return object_; }
  /// The vector (or pair) held; asserts the form.
  const column& vec() const { return *static_cast<const column*>(object_.get()); }
  column_ptr vec_ptr() const { return std::static_pointer_cast<column>(object_); }
  /// The object as T, or null when it is not one.
  template <class T>
  std::shared_ptr<T> as() const { return std::dynamic_pointer_cast<T>(object_); }
  /// The vector for writing; replaced by a copy first when somebody else holds it.
  column& own_vec();
  void reset_object(std::shared_ptr<object> x) { object_ = std::move(x); }

private:
  type_id type_ = type_id::void_;
  pelorus::form form_ = pelorus::form::scalar;
  int32_t scale_ = 0;
  int64_t low_ = 1;   // VOID: 1 is NULL, 0 is "nothing", 2 is a default argument
  int64_t high_ = 0;  // upper half of 16-byte scalars
  std::shared_ptr<object> object_;
};

/// Element `i` of a column as a scalar (for ANY: the value itself; for array vectors: the row as a vector).
value element(const column& col, size_t i);
/// Writes a scalar into element `i`. Numbers are converted between widths (with null to null); text into SYMBOL
/// or STRING; anything into ANY. Other mixtures answer type_mismatch.
expected<void> set_element(column& col, size_t i, const value& x);
expected<void> push_element(column& col, const value& x);
/// A one-element (or `count`-element) column holding a scalar.
column_ptr to_column(const value& scalar, size_t count = 1);

} // namespace pelorus
