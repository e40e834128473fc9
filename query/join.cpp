#include "query/join.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "query/column_conversion.hpp"
#include "query/grouping.hpp"
#include "query/script_error.hpp"
#include "query/sort.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

/// The right keys under the left's types.
column_list aligned(const column_list& left, const column_list& right) {
  column_list result;
  for (size_t k = 0; k < left.size(); ++k) {
    auto converted = convert_column(right[k], left[k]->type(), left[k]->scale());
    if (!converted)
      throw script_error{ec::type_mismatch,
                         "Key column " + std::to_string(k + 1) + " of the join: " + converted.error().message};
    result.push_back(*converted);
  }
  return result;
}

/// Left ids and right rows by id.
struct hash_side {
  shared_groups ids;
  grouped_order right;
};

hash_side match(const column_list& left, const column_list& right) {
  auto rights = aligned(left, right);
  hash_side m;
  m.ids = group_both(left, rights, left[0]->size(), right[0]->size());
  m.right = order_by_group(m.ids.right, m.ids.groups);
  return m;
}

enum class unmatched : uint8_t { drop, keep };

/// Counts the pairs of each part of the left rows first, so that all parts can write theirs at once.
join_rows all_matches(const hash_side& m, unmatched what) {
  auto& left = m.ids.left;
  auto parts = parts_of(left.size());
  std::vector<size_t> starts(parts + 1, 0);
  auto least = what == unmatched::keep ? 1u : 0u;
  for_each_part(left.size(), parts, [&](size_t p, size_t from, size_t to) {
    size_t pairs = 0;
    for (auto i = from; i < to; ++i) pairs += std::max(m.right.offsets[left[i] + 1] - m.right.offsets[left[i]], least);
    starts[p + 1] = pairs;
  });
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  join_rows result{row_list(starts.back()), row_list(starts.back())};
  for_each_part(left.size(), parts, [&](size_t p, size_t begin, size_t end) {
    auto *to_left = result.left.data() + starts[p], *to_right = result.right.data() + starts[p];
    for (auto i = begin; i < end; ++i) {
      auto from = m.right.offsets[left[i]], to = m.right.offsets[left[i] + 1];
      if (from == to && what == unmatched::keep) {
        *to_left++ = static_cast<uint32_t>(i);
        *to_right++ = join_rows::absent;
      }
      for (auto k = from; k < to; ++k) {
        *to_left++ = static_cast<uint32_t>(i);
        *to_right++ = m.right.rows[k];
      }
    }
  });
  return result;
}

/// The right row of each id when no id has two; nothing otherwise.
std::optional<row_list> single_rows(const shared_groups& ids) {
  if (ids.right.size() > ids.groups) return std::nullopt;
  row_list row_of(ids.groups, join_rows::absent);
  for (uint32_t i = 0; i < ids.right.size(); ++i) {
    auto& row = row_of[ids.right[i]];
    if (row != join_rows::absent) return std::nullopt;
    row = i;
  }
  return row_of;
}

/// At most one match a left row: each part writes its pairs where its rows begin, then the parts are moved together.
join_rows single_matches(const row_list& left, const row_list& row_of, unmatched what) {
  auto n = left.size(), parts = parts_of(n);
  join_rows result{row_list(n), row_list(n)};
  std::vector<std::pair<size_t, size_t>> written(parts);  // from, count
  for_each_part(n, parts, [&](size_t p, size_t from, size_t to) {
    auto at = from;
    for (auto i = from; i < to; ++i) {  // branch-free: written always, kept when it counts
      auto row = row_of[left[i]];
      result.left[at] = static_cast<uint32_t>(i);
      result.right[at] = row;
      at += row != join_rows::absent || what == unmatched::keep;
    }
    written[p] = {from, at - from};
  });
  size_t end = 0;
  for (auto [from, count] : written) {
    for (auto* list : {&result.left, &result.right})
      if (from != end) std::copy_n(list->begin() + static_cast<ptrdiff_t>(from), count, list->begin() + static_cast<ptrdiff_t>(end));
    end += count;
  }
  result.left.resize(end);
  result.right.resize(end);
  return result;
}

join_rows matches_of(const column_list& left, const column_list& right, unmatched what) {
  auto ids = group_both(left, aligned(left, right), left[0]->size(), right[0]->size());
  if (auto row_of = single_rows(ids)) return single_matches(ids.left, *row_of, what);
  hash_side m{std::move(ids), {}};
  m.right = order_by_group(m.ids.right, m.ids.groups);
  return all_matches(m, what);
}

row_list all_rows(size_t n) {
  row_list rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

/// Sorts the rows of each group by their time unless they are in order already; answers the times in that order.
scratch<uint64_t> sort_groups(grouped_order& order, const scratch<uint64_t>& times) {
  scratch<uint64_t> ordered(times.size());
  auto groups = order.offsets.size() - 1;
  constexpr size_t tasks_a_processor = 16;
  auto tasks = times.size() < (size_t{1} << 16) ? size_t{1} : std::min<size_t>(groups, processors() * tasks_a_processor);
  for_each_task(tasks, [&](size_t t) {
    auto earlier = [&](uint32_t a, uint32_t b) { return times[a] < times[b]; };
    for (auto g = groups * t / tasks; g < groups * (t + 1) / tasks; ++g) {
      auto from = order.offsets[g], to = order.offsets[g + 1];
      for (auto k = from; k < to; ++k) ordered[k] = times[order.rows[k]];
      if (std::is_sorted(ordered.begin() + from, ordered.begin() + to)) continue;
      std::stable_sort(order.rows.begin() + from, order.rows.begin() + to, earlier);
      for (auto k = from; k < to; ++k) ordered[k] = times[order.rows[k]];
    }
  });
  order.is_identity = false;
  return ordered;
}

/// Leading keys grouped on both sides, right rows of a group sorted by the last key.
struct ordered_sides {
  row_list left_ids;
  grouped_order right;
  scratch<uint64_t> left_times;
  scratch<uint64_t> right_times;  ///< in the order of right.rows
};

ordered_sides order_sides(const column_list& left, const column_list& right) {
  auto rights = aligned(left, right);
  auto keys = left.size() - 1;
  ordered_sides s;
  auto n = left[0]->size(), m = right[0]->size();
  auto ids = group_both({left.data(), keys}, {rights.data(), keys}, n, m);
  auto groups = std::max<uint32_t>(1, ids.groups);
  auto p = left[keys]->physical();
  if (p == physical::str || p == physical::code || p == physical::b16) {
    auto both = group_both({&left[keys], 1}, {&rights[keys], 1}, n, m);
    s.left_times.assign(both.left.begin(), both.left.end());
    s.right_times.assign(both.right.begin(), both.right.end());
  } else {
    s.left_times = order_bits(*left[keys]);
    s.right_times = order_bits(*rights[keys]);
  }
  s.right = order_by_group(ids.right, groups);
  s.left_ids = std::move(ids.left);
  s.right_times = sort_groups(s.right, s.right_times);
  return s;
}

} // namespace

join_rows inner_join(const column_list& left, const column_list& right) {
  return matches_of(left, right, unmatched::drop);
}

join_rows left_join(const column_list& left, const column_list& right) {
  return matches_of(left, right, unmatched::keep);
}

join_rows left_semi_join(const column_list& left, const column_list& right) {
  auto m = match(left, right);
  join_rows result{all_rows(m.ids.left.size()), {}};
  result.right.reserve(m.ids.left.size());
  for (auto g : m.ids.left) {
    auto from = m.right.offsets[g];
    result.right.push_back(from == m.right.offsets[g + 1] ? join_rows::absent : m.right.rows[from]);
  }
  return result;
}

join_rows full_join(const column_list& left, const column_list& right) {
  auto m = match(left, right);
  auto result = all_matches(m, unmatched::keep);
  std::vector<bool> in_left(m.ids.groups, false);
  for (auto g : m.ids.left) in_left[g] = true;
  for (uint32_t i = 0; i < m.ids.right.size(); ++i) {
    if (in_left[m.ids.right[i]]) continue;
    result.left.push_back(join_rows::absent);
    result.right.push_back(i);
  }
  return result;
}

join_rows asof_join(const column_list& left, const column_list& right) {
  auto s = order_sides(left, right);
  auto n = s.left_ids.size();
  join_rows result{all_rows(n), row_list(n, join_rows::absent)};
  for_each_part(n, parts_of(n), [&](size_t, size_t first, size_t last_row) {
    // Left rows usually come with rising times in each group: the search goes on where the last one ended.
    row_list at(s.right.offsets.begin(), s.right.offsets.end() - 1);
    scratch<uint64_t> last(at.size(), 0);
    auto& times = s.right_times;
    for (auto i = first; i < last_row; ++i) {
      auto g = s.left_ids[i];
      auto begin = s.right.offsets[g], end = s.right.offsets[g + 1];
      auto time = s.left_times[i];
      auto& k = at[g];
      if (time < last[g]) k = begin;
      last[g] = time;
      uint32_t step = 1;  // gallops, then searches the last stride
      while (k + step < end && times[k + step] <= time) k += step, step *= 2;
      auto stop = std::min(end, k + step);
      k = static_cast<uint32_t>(std::upper_bound(times.begin() + k, times.begin() + stop, time) - times.begin());
      if (k > begin) result.right[i] = s.right.rows[--k];
    }
  });
  return result;
}

window_rows window_join(const column_list& left, const column_list& right, int64_t low, int64_t high,
                        bool prevailing) {
  auto p = left.back()->physical();
  if (p != physical::i32 && p != physical::i64 && p != physical::i16 && p != physical::i8)
    throw script_error{ec::type_mismatch, "wj: the last matching column must be temporal or integral."};
  auto s = order_sides(left, right);
  auto n = s.left_ids.size();
  window_rows result;
  result.begin.resize(n);
  result.end.resize(n);
  auto& rows = s.right.rows;
  auto shifted = [](uint64_t time, int64_t by) {  // saturates at both ends
    auto moved = time + static_cast<uint64_t>(by);
    if (by < 0 && moved > time) return uint64_t{0};
    if (by > 0 && moved < time) return ~uint64_t{0};
    return moved;
  };
  for (size_t i = 0; i < n; ++i) {
    auto times = s.right_times.begin();
    auto from = times + s.right.offsets[s.left_ids[i]], to = times + s.right.offsets[s.left_ids[i] + 1];
    auto first = shifted(s.left_times[i], low), last = shifted(s.left_times[i], high);
    auto begin = std::lower_bound(from, to, first), end = std::upper_bound(begin, to, last);
    if (prevailing && begin != from && (begin == to || *begin != first)) --begin;
    result.begin[i] = static_cast<uint32_t>(begin - times);
    result.end[i] = static_cast<uint32_t>(std::max(begin, end) - times);
  }
  result.order = std::move(rows);
  return result;
}

table_ptr joined_table(const table& left, const table& right, const join_rows& rows,
                       const std::vector<std::string>& skipped, const std::string& right_name) {
  auto result = std::make_shared<table>();
  auto straight = rows.left.size() == left.rows();
  for (uint32_t i = 0; straight && i < rows.left.size(); ++i) straight = rows.left[i] == i;
  for (size_t c = 0; c < left.width(); ++c)
    result->add(left.name(c), straight ? left.col(c)
                                       : left.col(c)->gather(std::span<const uint32_t>{rows.left}));
  for (size_t c = 0; c < right.width(); ++c) {
    auto& name = right.name(c);
    if (std::find(skipped.begin(), skipped.end(), name) != skipped.end()) continue;
    auto wanted = result->find(name) < 0 ? name : right_name + "_" + name;
    for (int n = 1; result->find(wanted) >= 0; ++n) wanted = right_name + "_" + name + std::to_string(n);
    result->add(wanted, right.col(c)->gather(std::span<const uint32_t>{rows.right}));
  }
  return result;
}

namespace {

/// Each element `times` over, in order.
column_ptr stretch(const column_ptr& col, size_t times) {
  row_list rows(col->size() * times);
  for (size_t i = 0, k = 0; i < col->size(); ++i)
    for (size_t t = 0; t < times; ++t) rows[k++] = static_cast<uint32_t>(i);
  return col->gather(std::span<const uint32_t>{rows});
}

/// The whole column `times` over: one memcpy each.
column_ptr repeat(const column_ptr& col, size_t times) {
  auto result = col->slice(0, 0)->clone();
  result->reserve(col->size() * times);
  for (size_t t = 0; t < times; ++t) result->append(*col);
  if (!col->may_have_nulls()) result->set_no_nulls();
  return result;
}

} // namespace

table_ptr cross_join(const table& left, const table& right, const std::string& right_name) {
  auto result = std::make_shared<table>();
  for (size_t c = 0; c < left.width(); ++c) result->add(left.name(c), stretch(left.col(c), right.rows()));
  for (size_t c = 0; c < right.width(); ++c) {
    auto name = result->find(right.name(c)) < 0 ? right.name(c) : right_name + "_" + right.name(c);
    result->add(name, repeat(right.col(c), left.rows()));
  }
  return result;
}

} // namespace pelorus
