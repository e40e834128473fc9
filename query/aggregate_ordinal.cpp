// Aggregates that answer an element or a position: min, max, first, last, firstNot, lastNot, imin, imax, mode, nunique.
#include "query/aggregate.hpp"
#include "query/aggregate_loops.hpp"
#include "query/grouping.hpp"

namespace pelorus {

namespace {

constexpr int64_t nowhere = -1;

/// Elements by row number; -1 gives null.
column_ptr pick(const column_ptr& col, const std::vector<int64_t>& rows) {
  return col->gather(std::span<const int64_t>{rows});
}

// -- min, max ---------------------------------------------------------------------------------------

template <class T, bool Max>
struct extreme_state {
  T best = null_of<T>;
  bool any = false;
  void add(T x) {
    if (!any || (Max ? x > best : x < best)) best = x;
    any = true;
  }
};

/// The null is the smallest value, so a maximum needs no flag.
template <class T>
struct extreme_state<T, true> {
  T best = null_of<T>;
  void add(T x) { best = x > best ? x : best; }
};

/// Row of the extreme element of each group: for texts and for imin / imax. Ties: the first.
template <bool Max>
std::vector<int64_t> extreme_rows(const column& col, const grouped_rows& by) {
  std::vector<int64_t> rows(by.groups, nowhere);
  auto coded = encode_keys(col);
  for (size_t i = 0; i < by.rows; ++i) {
    if (col.may_have_nulls() && col.is_null(i)) continue;
    auto& best = rows[by.ids ? by.ids[i] : 0];
    if (best == nowhere || (Max ? coded.codes[i] > coded.codes[static_cast<size_t>(best)]
                                : coded.codes[i] < coded.codes[static_cast<size_t>(best)]))
      best = static_cast<int64_t>(i);
  }
  return rows;
}

template <bool Max>
column_ptr extreme_kernel(const aggregate_call& call) {
  auto& col = *call.inputs[0];
  auto p = col.physical();
  if (p == physical::list && call.by.rows != 0) {
    throw script_error{ec::type_mismatch, std::string{Max ? "max" : "min"} +
                                              "(X): X must not be an array vector."};
  }
  if (p == physical::str || p == physical::code || (p == physical::b16 && !is_decimal(col.type())))
    return pick(call.inputs[0], extreme_rows<Max>(col, call.by));
  return with_number(col, Max ? "max" : "min", [&](auto zero) {
    using T = decltype(zero);
    auto states = reduce_groups<extreme_state<T, Max>, T>(col, call.by);
    return finalize<T>(col.type(), states, [](auto& s) { return s.best; }, col.scale());
  });
}

template <bool Max>
column_ptr extreme_position(const aggregate_call& call) {
  auto rows = extreme_rows<Max>(*call.inputs[0], call.by);
  // Positions count inside the group.
  std::vector<int64_t> before(call.by.groups, 0);
  if (call.by.ids != nullptr) {
    std::vector<int64_t> position(call.by.groups, nowhere);
    for (size_t i = 0; i < call.by.rows; ++i) {
      auto g = call.by.ids[i];
      if (rows[g] == static_cast<int64_t>(i)) position[g] = before[g];
      ++before[g];
    }
    rows = std::move(position);
  }
  return finalize<int32_t>(type_id::int_, rows, [](int64_t row) { return row; });
}

// -- first, last ------------------------------------------------------------------------------------

column_ptr first_kernel(const aggregate_call& call) {
  std::vector<int64_t> rows(call.by.groups, nowhere);
  if (call.by.ids == nullptr) {
    if (call.by.rows != 0 && !rows.empty()) rows[0] = 0;
  } else {
    for (size_t i = call.by.rows; i-- > 0;) rows[call.by.ids[i]] = static_cast<int64_t>(i);
  }
  return pick(call.inputs[0], rows);
}

column_ptr last_kernel(const aggregate_call& call) {
  std::vector<int64_t> rows(call.by.groups, nowhere);
  if (call.by.ids == nullptr) {
    if (call.by.rows != 0 && !rows.empty()) rows[0] = static_cast<int64_t>(call.by.rows) - 1;
  } else {
    for (size_t i = 0; i < call.by.rows; ++i) rows[call.by.ids[i]] = static_cast<int64_t>(i);
  }
  return pick(call.inputs[0], rows);
}

bool same_element(const value& a, const value& b) {
  if (a.is_text() && b.is_text()) return a.text() == b.text();
  return a.as_double() == b.as_double();
}

/// First or last element that is neither null nor `k`.
template <bool Last>
column_ptr not_kernel(const aggregate_call& call) {
  auto& col = *call.inputs[0];
  std::vector<int64_t> rows(call.by.groups, nowhere);
  auto has_k = !call.parameters.empty() && !call.parameters[0].is_void();
  for (size_t step = 0; step < call.by.rows; ++step) {
    auto i = Last ? call.by.rows - 1 - step : step;
    auto& row = rows[call.by.ids ? call.by.ids[i] : 0];
    if (row != nowhere || (col.may_have_nulls() && col.is_null(i))) continue;
    if (has_k && same_element(element(col, i), call.parameters[0])) continue;
    row = static_cast<int64_t>(i);
  }
  return pick(call.inputs[0], rows);
}

// -- distinct values ----------------------------------------------------------------------------------

/// Groups of (group, value) among the valid rows, with their sizes and first rows.
struct value_groups {
  std::vector<uint32_t> group, count;
  std::vector<int64_t> row;
};

value_groups group_values(const aggregate_call& call, bool keep_nulls) {
  auto& col = *call.inputs[0];
  std::vector<uint32_t> valid;
  for (size_t i = 0; i < call.by.rows; ++i)
    if (keep_nulls || !col.may_have_nulls() || !col.is_null(i)) valid.push_back(static_cast<uint32_t>(i));
  auto ids = column::make(type_id::int_, valid.size());
  auto* at = ids->mutable_data<int32_t>();
  for (size_t k = 0; k < valid.size(); ++k)
    at[k] = call.by.ids ? static_cast<int32_t>(call.by.ids[valid[k]]) : 0;
  column_ptr keys[] = {ids, col.gather(std::span<const uint32_t>{valid})};
  auto found = group_rows(keys, valid.size());
  value_groups result;
  result.count.assign(found.groups(), 0);
  for (auto id : found.ids) ++result.count[id];
  for (auto first : found.first_rows) {
    result.group.push_back(static_cast<uint32_t>(at[first]));
    result.row.push_back(valid[first]);
  }
  return result;
}

column_ptr nunique_kernel(const aggregate_call& call) {
  auto ignore_nulls = !call.parameters.empty() && call.parameters[0].as_long() == 1;
  std::vector<int64_t> counts(call.by.groups, 0);
  for (auto g : group_values(call, !ignore_nulls).group) ++counts[g];
  return finalize<int32_t>(type_id::int_, counts, [](int64_t n) { return n; });
}

/// The most frequent value; of equally frequent ones the smallest.
column_ptr mode_kernel(const aggregate_call& call) {
  auto values = group_values(call, false);
  std::vector<int64_t> rows(call.by.groups, nowhere);
  std::vector<uint32_t> best(call.by.groups, 0);
  for (size_t k = 0; k < values.group.size(); ++k) {
    auto g = values.group[k];
    if (values.count[k] <= best[g]) continue;
    best[g] = values.count[k];
    rows[g] = values.row[k];
  }
  return pick(call.inputs[0], rows);
}

} // namespace

std::span<const aggregate_kind> ordinal_aggregates() {
  static const std::vector<aggregate_kind> kinds{
      {"min", 1, extreme_kernel<false>, {"min"}, "min"},
      {"max", 1, extreme_kernel<true>, {"max"}, "max"},
      {"first", 1, first_kernel, {"first"}, "first", true},
      {"last", 1, last_kernel, {"last"}, "last", true},
      {"firstNot", 1, not_kernel<false>, {"firstNot"}, "firstNot", true},
      {"lastNot", 1, not_kernel<true>, {"lastNot"}, "lastNot", true},
      {"imin", 1, extreme_position<false>, {}, {}, true},
      {"imax", 1, extreme_position<true>, {}, {}, true},
      {"mode", 1, mode_kernel},
      {"nunique", 1, nunique_kernel},
  };
  return kinds;
}

} // namespace pelorus
