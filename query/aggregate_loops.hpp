// The loops of aggregates, written once: over all rows or by group, with and without nulls.
#pragma once

#include <cmath>
#include <vector>

#include "query/aggregate.hpp"
#include "query/script_error.hpp"
#include "storage/block_pool.hpp"

namespace pelorus {

/// Calls `f(group, x, row)` for each element that is not null, in row order.
template <class T, class F>
void for_each_valid(const column& col, const grouped_rows& by, F&& f) {
  auto* at = col.data<T>();
  auto* ids = by.ids;
  auto checked = [&](auto nulls, auto grouped) {
    for (size_t i = 0; i < by.rows; ++i) {
      if constexpr (decltype(nulls)::value)
        if (is_null(at[i])) continue;
      if constexpr (decltype(grouped)::value) f(ids[i], at[i], i);
      else f(0u, at[i], i);
    }
  };
  using yes = std::true_type;
  using no = std::false_type;
  if (col.may_have_nulls()) ids ? checked(yes{}, yes{}) : checked(yes{}, no{});
  else ids ? checked(no{}, yes{}) : checked(no{}, no{});
}

/// A state per group, updated by every valid element: `State::add(T)`.
template <class State, class T>
scratch<State> reduce_groups(const column& col, const grouped_rows& by) {
  scratch<State> states(by.groups, State{});
  if (by.ids == nullptr) {
    State local;  // kept in registers
    for_each_valid<T>(col, by, [&](uint32_t, T x, size_t) { local.add(x); });
    if (by.groups != 0) states[0] = local;
  } else {
    for_each_valid<T>(col, by, [&](uint32_t g, T x, size_t) { states[g].add(x); });
  }
  return states;
}

/// Calls `f(T{})` with the element type of a number or temporal column; throws for texts and objects.
template <class F>
decltype(auto) with_number(const column& col, std::string_view function, F&& f) {
  switch (col.physical()) {
    case physical::i8: return f(int8_t{});
    case physical::i16: return f(int16_t{});
    case physical::i32: return f(int32_t{});
    case physical::i64: return f(int64_t{});
    case physical::f32: return f(float{});
    case physical::f64: return f(double{});
    case physical::b16:
      if (is_decimal(col.type())) return f(int128{});
      [[fallthrough]];
    default:
      throw script_error{ec::type_mismatch, std::string{function} + "(X): X must be numeric, not " +
                                                std::string{type_name(col.type())} + "."};
  }
}

/// A column of one element a state; `f(state)` gives it.
template <class R, class States, class F>
column_ptr finalize(type_id type, const States& states, F&& f, int32_t scale = 0) {
  auto result = column::make(type, states.size(), scale);
  auto* to = result->template mutable_data<R>();
  for (size_t g = 0; g < states.size(); ++g) to[g] = static_cast<R>(f(states[g]));
  return result;
}

/// A DOUBLE that overflowed or has no meaning is null.
inline double finite_or_null(double x) { return std::isfinite(x) ? x : null_of<double>; }

} // namespace pelorus
