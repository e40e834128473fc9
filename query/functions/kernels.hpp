// Element-wise kernels: loops over blocks that fit the cache, operands converted on the way.
//
// A kernel computes on blocks of one type; the drivers here read scalars and columns of any plain
// type as blocks of that type, so an operation is instantiated per type, not per pair of types.
// Forms (matrices, tables, tuples, ..) are taken apart by `map_forms`.
#pragma once

#include <array>
#include <functional>
#include <span>

#include "query/functions/dispatch.hpp"
#include "query/functions/registry.hpp"

namespace pelorus {

inline constexpr size_t block_size = 1024;

/// Elements of a plain scalar or vector as T, one block after the other.
template <class T>
class block_reader {
public:
  explicit block_reader(const value& x);
  /// `n` <= block_size elements from `from` on; valid until the next call.
  const T* read(size_t from, size_t n);
  bool may_have_nulls() const { return nulls_; }

private:
  using converter = void (*)(const std::byte*, T*, size_t);
  const std::byte* raw_ = nullptr;
  uint32_t width_ = 0;
  converter convert_ = nullptr; // null: already T, or a scalar that fills the block
  bool constant_ = false, nulls_ = true;
  std::array<T, block_size> block_;
};

/// A plain scalar's raw element as T.
template <class T>
T scalar_as(const value& x);
/// The raw element `x` as a scalar of `type`.
template <class T>
value make_scalar(type_id type, T x) {
  if constexpr (std::is_floating_point_v<T>)
    return value::real(type, static_cast<double>(x));
  else
    return value::integral(type, static_cast<int64_t>(x));
}

template <class In, class Out>
using unary_block = void (*)(const In* x, Out* out, size_t n, bool nulls);
template <class In, class Out>
using binary_block = void (*)(const In* x, const In* y, Out* out, size_t n, bool nulls);

/// `x` is a plain scalar or vector; the result has its shape. A vector nobody else holds is
/// overwritten when the result has the same layout.
template <class In, class Out>
value run_unary(value& x, type_id type, unary_block<In, Out> f);
/// Scalars broadcast; vectors have one length (thrown otherwise, naming `function`).
template <class In, class Out>
value run_binary(value& x, value& y, type_id type, binary_block<In, Out> f,
                 std::string_view function);

/// Loops for the drivers: Op is a functor; null in, null out.
template <class Op, class In, class Out>
void unary_loop(const In* x, Out* out, size_t n, bool nulls) {
  Op op;
  if (nulls)
    for (size_t i = 0; i < n; ++i)
      out[i] = x[i] == null_of<In> ? null_of<Out> : valid_or_null<Out>(op(x[i]));
  else
    for (size_t i = 0; i < n; ++i)
      out[i] = valid_or_null<Out>(op(x[i]));
}
template <class Op, class In, class Out>
void binary_loop(const In* x, const In* y, Out* out, size_t n, bool nulls) {
  Op op;
  if (nulls)
    for (size_t i = 0; i < n; ++i) {
      auto r = valid_or_null<Out>(op(x[i], y[i]));
      out[i] = (x[i] == null_of<In>) | (y[i] == null_of<In>) ? null_of<Out> : r;
    }
  else
    for (size_t i = 0; i < n; ++i)
      out[i] = valid_or_null<Out>(op(x[i], y[i]));
}

/// Throws unless both vectors have one length.
void require_same_size(const value& x, const value& y, std::string_view function);

// -- forms
// ------------------------------------------------------------------------------------------

/// Applied to scalars and vectors of fixed types.
using unary_map = std::function<value(value&)>;
using binary_map = std::function<value(value&, value&)>;

/// Takes matrices, pairs, tuples, array vectors, dictionaries and tables apart, applies `f` and
/// puts the results together in the same form. `moved` elements may be overwritten by `f`.
value map_forms(value& x, const unary_map& f, std::string_view function);
value map_forms(value& x, value& y, const binary_map& f, std::string_view function);

/// The DOUBLE function of one argument as an entry's kernel: decimals and all plain numbers are
/// read as DOUBLE.
value apply_double(value& x, unary_block<double, double> f, std::string_view function);

/// Numbers of a scalar or vector as DOUBLE (decimals scaled); throws for other types, naming
/// `function`.
value to_doubles(const value& x, std::string_view function);

} // namespace pelorus
