#include "query/functions/kernels.hpp"

#include <algorithm>
#include <cstring>

#include "query/cast.hpp"
#include "storage/sole_owner.hpp"

namespace pelorus {

namespace {

template <class From, class To>
void convert_block(const std::byte* raw, To* to, size_t n) {
  auto* from = reinterpret_cast<const From*>(raw);
  for (size_t i = 0; i < n; ++i)
    to[i] = number_cast<To>(from[i]);
}

} // namespace

template <class T>
T scalar_as(const value& x) {
  if (x.is_null()) return null_of<T>;
  if (is_floating(x.type())) return number_cast<T>(x.raw_real());
  return number_cast<T>(x.raw_int());
}

template <class T>
block_reader<T>::block_reader(const value& x) {
  if (!x.is_vector() && !x.is_pair()) {
    auto one = scalar_as<T>(x);
    block_.fill(one);
    constant_ = true;
    nulls_ = one == null_of<T>;
    return;
  }
  auto& col = x.vec();
  raw_ = col.raw();
  width_ = width_of(col.physical());
  nulls_ = col.may_have_nulls();
  with_plain(col.physical(), [&](auto zero) {
    using From = decltype(zero);
    if constexpr (!std::is_same_v<From, T>) convert_ = convert_block<From, T>;
    // A float that does not fit an integer becomes null.
    if (std::is_floating_point_v<From> && !std::is_floating_point_v<T>) nulls_ = true;
  });
}

template <class T>
const T* block_reader<T>::read(size_t from, size_t n) {
  if (constant_) return block_.data();
  auto* at = raw_ + from * width_;
  if (convert_ == nullptr) return reinterpret_cast<const T*>(at);
  convert_(at, block_.data(), n);
  return block_.data();
}

namespace {

/// The column that the result goes to: that of `x` when nobody else holds it and its elements are
/// as wide.
template <class Out>
column_ptr result_column(value& x, type_id type, size_t size) {
  if (x.is_vector() && is_sole_owner(x.ptr()) && x.type() == type &&
      x.vec().physical() != physical::any)
    return x.vec_ptr();
  return column::make(type, size);
}

template <class Out>
void note_nulls(column& result, const Out* out, size_t n) {
  bool any = false;
  for (size_t i = 0; i < n; ++i)
    any |= out[i] == null_of<Out>;
  if (!any) result.set_no_nulls();
}

} // namespace

template <class In, class Out>
value run_unary(value& x, type_id type, unary_block<In, Out> f) {
  if (x.is_scalar()) {
    In in = scalar_as<In>(x);
    Out out;
    f(&in, &out, 1, true);
    return make_scalar(type, out);
  }
  auto size = x.vec().size();
  block_reader<In> reader{x};
  bool nulls = reader.may_have_nulls();
  auto result = result_column<Out>(x, type, size);
  auto* out = result->template mutable_data<Out>();
  bool any = false;
  for (size_t from = 0; from < size; from += block_size) {
    auto n = std::min(block_size, size - from);
    f(reader.read(from, n), out + from, n, nulls);
    for (size_t i = 0; i < n; ++i)
      any |= out[from + i] == null_of<Out>;
  }
  if (!any) result->set_no_nulls();
  return value{std::move(result)};
}

template <class In, class Out>
value run_binary(value& x, value& y, type_id type, binary_block<In, Out> f,
                 std::string_view function) {
  if (x.is_scalar() && y.is_scalar()) {
    In a = scalar_as<In>(x), b = scalar_as<In>(y);
    Out out;
    f(&a, &b, &out, 1, true);
    return make_scalar(type, out);
  }
  require_same_size(x, y, function);
  auto size = x.is_vector() ? x.vec().size() : y.vec().size();
  block_reader<In> left{x}, right{y};
  bool nulls = left.may_have_nulls() || right.may_have_nulls();
  auto result = result_column<Out>(x.is_vector() ? x : y, type, size);
  if (x.is_vector() && y.is_vector() && result->type() == type && !is_sole_owner(x.ptr()))
    result = is_sole_owner(y.ptr()) ? result_column<Out>(y, type, size) : result;
  auto* out = result->template mutable_data<Out>();
  bool any = false;
  for (size_t from = 0; from < size; from += block_size) {
    auto n = std::min(block_size, size - from);
    f(left.read(from, n), right.read(from, n), out + from, n, nulls);
    for (size_t i = 0; i < n; ++i)
      any |= out[from + i] == null_of<Out>;
  }
  if (!any) result->set_no_nulls();
  return value{std::move(result)};
}

void require_same_size(const value& x, const value& y, std::string_view function) {
  if (x.is_scalar() || y.is_scalar() || x.size() == y.size()) return;
  refuse(function,
         fmt::format("the vectors must have the same length, not {} and {}.", x.size(), y.size()));
}

#define PELORUS_PLAIN(T)                                                                           \
  template class block_reader<T>;                                                                  \
  template T scalar_as<T>(const value&);                                                           \
  template value run_unary<T, T>(value&, type_id, unary_block<T, T>);                              \
  template value run_binary<T, T>(value&, value&, type_id, binary_block<T, T>, std::string_view);
PELORUS_PLAIN(int8_t)
PELORUS_PLAIN(int16_t)
PELORUS_PLAIN(int32_t)
PELORUS_PLAIN(int64_t)
PELORUS_PLAIN(float)
PELORUS_PLAIN(double)
#undef PELORUS_PLAIN
#define PELORUS_FLAGS(T)                                                                           \
  template value run_unary<T, int8_t>(value&, type_id, unary_block<T, int8_t>);                    \
  template value run_binary<T, int8_t>(value&, value&, type_id, binary_block<T, int8_t>,           \
                                       std::string_view);
PELORUS_FLAGS(int16_t)
PELORUS_FLAGS(int32_t)
PELORUS_FLAGS(int64_t)
PELORUS_FLAGS(float)
PELORUS_FLAGS(double)
#undef PELORUS_FLAGS
template value run_unary<int32_t, int64_t>(value&, type_id, unary_block<int32_t, int64_t>);
template value run_unary<int64_t, int32_t>(value&, type_id, unary_block<int64_t, int32_t>);
template value run_unary<double, int64_t>(value&, type_id, unary_block<double, int64_t>);

value to_doubles(const value& x, std::string_view function) {
  if (x.is_void()) return value::null(type_id::double_);
  if (!is_number(x.type())) refuse_type(function, "X", x, "numeric");
  if (is_decimal(x.type())) return cast(x, type_id::double_);
  return x;
}

value apply_double(value& x, unary_block<double, double> f, std::string_view function) {
  return map_forms(
      x,
      [&](value& part) {
        if (is_decimal(part.type()) || !is_number(part.type())) part = to_doubles(part, function);
        return run_unary<double, double>(part, type_id::double_, f);
      },
      function);
}

} // namespace pelorus
