#include "query/asof_parts.hpp"

#include <algorithm>
#include <type_traits>

#include "query/group_runs.hpp"
#include "query/select_expression.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

/// A part of the right table and the left rows that are to be looked for in it.
struct time_part {
  table_ptr rows;
  column_list keys;
  int64_t low = 0, high = 0;  ///< its times
  row_list wanted = {};       ///< left rows, ascending
  row_list found = {};        ///< for each of these the row of the part, or absent
};

template <class F>
bool with_integers(const column& col, F&& f) {
  switch (col.physical()) {
    case physical::i8: f(col.data<int8_t>()); return true;
    case physical::i16: f(col.data<int16_t>()); return true;
    case physical::i32: f(col.data<int32_t>()); return true;
    case physical::i64: f(col.data<int64_t>()); return true;
    default: return false;
  }
}

/// The parts with rows by rising times; nothing when these overlap.
std::optional<std::vector<time_part>> in_order_of_time(const std::vector<table_ptr>& tables,
                                                       const std::vector<std::string>& names, type_id time) {
  std::vector<time_part> parts;
  for (auto& rows : tables) {
    if (rows->rows() == 0) continue;
    time_part part{rows, {}};
    for (auto& name : names) {
      auto at = rows->find(name);
      if (at < 0) return std::nullopt;
      part.keys.push_back(rows->col(static_cast<size_t>(at)));
    }
    if (part.keys.back()->type() != time) return std::nullopt;
    parts.push_back(std::move(part));
  }
  std::vector<char> fits(parts.size(), 0);
  for_each_task(parts.size(), [&](size_t p) {
    auto& times = *parts[p].keys.back();
    fits[p] = with_integers(times, [&](auto* data) {
      auto [low, high] = std::minmax_element(data, data + times.size());
      parts[p].low = *low;
      parts[p].high = *high;
    });
  });
  if (std::find(fits.begin(), fits.end(), 0) != fits.end()) return std::nullopt;
  std::sort(parts.begin(), parts.end(), [](auto& a, auto& b) { return a.low < b.low; });
  for (size_t p = 0; p + 1 < parts.size(); ++p)
    if (parts[p].high >= parts[p + 1].low) return std::nullopt;
  return parts;
}

/// Each left row is wanted from the last part that begins no later.
void give_rows(std::vector<time_part>& parts, const column& times) {
  with_integers(times, [&](auto* data) {
    size_t p = 0;  // times often rise
    for (uint32_t i = 0; i < times.size(); ++i) {
      auto time = static_cast<int64_t>(data[i]);
      auto here = parts[p].low <= time && (p + 1 == parts.size() || time < parts[p + 1].low);
      if (!here) {
        auto later = std::upper_bound(parts.begin(), parts.end(), time, [](int64_t t, auto& part) { return t < part.low; });
        if (later == parts.begin()) continue;
        p = static_cast<size_t>(later - parts.begin()) - 1;
      }
      parts[p].wanted.push_back(i);
    }
  });
}

/// Rows of each key that lie together, by rising times: runs as `offsets` has them.
bool times_rise(const column& times, const std::vector<uint32_t>& offsets) {
  bool rising = true;
  with_integers(times, [&](auto* data) {
    for (size_t r = 0; rising && r + 1 < offsets.size(); ++r) rising = std::is_sorted(data + offsets[r], data + offsets[r + 1]);
  });
  return rising;
}

/// As `asof_join` for parts sorted by key and time, which need neither numbers of groups nor a sort; false for others.
bool look_in_runs(time_part& part, const column_list& wanted) {
  if (wanted.size() != 2 || part.keys[0]->type() != wanted[0]->type() || part.keys[0]->scale() != wanted[0]->scale()) return false;
  auto offsets = offsets_of_runs(*part.keys[0]);
  if (offsets.empty() || !times_rise(*part.keys[1], offsets)) return false;
  auto runs = offsets.size() - 1;
  auto run_keys = part.keys[0]->gather(std::span<const uint32_t>{offsets.data(), runs});
  auto ids = group_both({&wanted[0], 1}, {&run_keys, 1}, wanted[0]->size(), runs);
  row_list run_of(ids.groups, join_rows::absent);
  for (uint32_t r = 0; r < runs; ++r) run_of[ids.right[r]] = r;
  part.found.assign(ids.left.size(), join_rows::absent);
  with_integers(*wanted[1], [&](auto* at) {
    auto* times = part.keys[1]->data<std::remove_cvref_t<decltype(*at)>>();
    for (size_t i = 0; i < ids.left.size(); ++i) {
      auto run = run_of[ids.left[i]];
      if (run == join_rows::absent) continue;
      auto* begin = times + offsets[run];
      auto* later = std::upper_bound(begin, times + offsets[run + 1], at[i]);
      if (later != begin) part.found[i] = static_cast<uint32_t>(later - times - 1);
    }
  });
  return true;
}

void look_in(time_part& part, const column_list& left) {
  column_list keys;
  for (auto& key : left) keys.push_back(key->gather(std::span<const uint32_t>{part.wanted}));
  if (!look_in_runs(part, keys)) part.found = asof_join(keys, part.keys).right;
}

/// Rows without a match in their part are looked for in those before, from the newest to the oldest.
void look_further(std::vector<time_part>& parts, const column_list& left) {
  row_list missing;
  for (auto p = parts.size(); p-- > 0;) {
    auto& part = parts[p];
    if (!missing.empty()) {
      time_part again{part.rows, part.keys, part.low, part.high, std::move(missing)};
      look_in(again, left);
      missing = {};
      part.wanted.insert(part.wanted.end(), again.wanted.begin(), again.wanted.end());
      part.found.insert(part.found.end(), again.found.begin(), again.found.end());
    }
    for (size_t k = 0; k < part.found.size(); ++k)
      if (part.found[k] == join_rows::absent) missing.push_back(part.wanted[k]);
  }
}

} // namespace

std::optional<matched_rows> asof_join_parts(const column_list& left, const std::vector<table_ptr>& tables,
                                            const std::vector<std::string>& names) {
  if (left.empty() || tables.empty() || names.size() != left.size()) return std::nullopt;
  auto& times = *left.back();
  auto parts = in_order_of_time(tables, names, times.type());
  if (!parts || parts->empty() || !with_integers(times, [](auto*) {})) return std::nullopt;
  give_rows(*parts, times);
  for_each_task(parts->size(), [&](size_t p) {
    if (!(*parts)[p].wanted.empty()) look_in((*parts)[p], left);
  });
  look_further(*parts, left);

  matched_rows result;
  result.place.assign(times.size(), join_rows::absent);
  std::vector<row_list> rows(parts->size());
  uint32_t next = 0;
  for (size_t p = 0; p < parts->size(); ++p) {
    auto& part = (*parts)[p];
    for (size_t k = 0; k < part.wanted.size(); ++k) {
      if (part.found[k] == join_rows::absent) continue;
      result.place[part.wanted[k]] = next++;
      rows[p].push_back(part.found[k]);
    }
  }
  std::vector<column_ptr> columns(parts->front().rows->width());
  for_each_task(columns.size(), [&](size_t c) {
    std::vector<value> pieces;
    for (size_t p = 0; p < parts->size(); ++p)
      pieces.emplace_back((*parts)[p].rows->col(c)->gather(std::span<const uint32_t>{rows[p]}));
    columns[c] = concatenate(pieces, {}, false);
  });
  result.right = std::make_shared<table>(parts->front().rows->names(), std::move(columns));
  return result;
}

} // namespace pelorus
