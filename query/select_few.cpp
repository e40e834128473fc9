// context by .. [csort ..] limit n: the few rows of each group that stay are found in one pass over the rows.
#include <algorithm>
#include <limits>

#include "query/interpreter.hpp"
#include "query/select_pipeline.hpp"
#include "query/sort.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

struct ranked_row {
  uint64_t rank;
  uint32_t row;
  friend bool operator<(const ranked_row& a, const ranked_row& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.row < b.row;
  }
};

/// The first `most` rows of each group by rank, then by row.
class leaders {
public:
  leaders(uint32_t groups, uint32_t most)
      : most_(most), worst_(groups, ~uint64_t{0}), counts_(groups, 0), rows_(size_t{groups} * most) {}

  void offer(uint32_t group, ranked_row r) {
    if (r.rank > worst_[group]) return;  // most rows are out at once
    auto* rows = rows_.data() + size_t{group} * most_;
    auto& n = counts_[group];
    if (n == most_ && !(r < rows[n - 1])) return;
    auto at = n < most_ ? n++ : n - 1;
    for (; at > 0 && r < rows[at - 1]; --at) rows[at] = rows[at - 1];
    rows[at] = r;
    if (n == most_) worst_[group] = rows[n - 1].rank;
  }
  std::span<const ranked_row> of(uint32_t group) const { return {rows_.data() + size_t{group} * most_, counts_[group]}; }

private:
  uint32_t most_;
  scratch<uint64_t> worst_;  // rank of the last row kept, once there are enough
  scratch<uint32_t> counts_;
  scratch<ranked_row> rows_;
};

} // namespace

std::optional<grouped_order> select_pipeline::few_of_groups(const grouping& found) {
  constexpr int64_t few = 16;
  auto from_end = limit_.count < 0;
  auto most = from_end ? -limit_.count : limit_.from + std::min(limit_.count, few + 1);
  auto rows = frame_.rows();
  if (most < 1 || most > few || (from_end && limit_.from != 0) || query_.csort.size() > 1) return std::nullopt;
  if (limit_.from < 0 || static_cast<uint64_t>(most) * found.groups() > rows) return std::nullopt;
  scratch<uint64_t> ranks;
  if (!query_.csort.empty()) {
    auto& item = query_.csort.front();
    auto bound = binder_.bind(item.expr, false);
    auto keys = as_column(evaluate_rows(bound, frame_, eval_), rows, "csort");
    ranks = order_bits(sort_key{keys, item.descending, static_cast<sort_key::nulls>(item.place)});
  }
  // The last rows are the first ones of the opposite order.
  auto ranked = [&](size_t i) {
    auto rank = ranks.empty() ? uint64_t{0} : ranks[i];
    auto row = static_cast<uint32_t>(i);
    return from_end ? ranked_row{~rank, ~row} : ranked_row{rank, row};
  };
  auto groups = found.groups();
  auto parts = parts_of(rows, std::max<size_t>(size_t{1} << 16, size_t{groups} * static_cast<size_t>(most)));
  std::vector<leaders> tables(parts, leaders{groups, static_cast<uint32_t>(most)});
  for_each_part(rows, parts, [&](size_t p, size_t from, size_t to) {
    constexpr size_t rows_between_checks = 1 << 16;
    for (auto i = from; i < to; ++i) {
      if (i % rows_between_checks == 0) eval_.check_cancelled();
      tables[p].offer(found.ids[i], ranked(i));
    }
  });
  for (size_t p = 1; p < parts; ++p)
    for (uint32_t g = 0; g < groups; ++g)
      for (auto& r : tables[p].of(g)) tables[0].offer(g, r);
  grouped_order result;
  result.offsets.push_back(0);
  for (uint32_t g = 0; g < groups; ++g) {
    auto list = tables[0].of(g);
    for (size_t k = 0; k < list.size(); ++k) {
      if (from_end) result.rows.push_back(~list[list.size() - 1 - k].row);
      else if (static_cast<int64_t>(k) >= limit_.from) result.rows.push_back(list[k].row);
    }
    result.offsets.push_back(static_cast<uint32_t>(result.rows.size()));
  }
  return result;
}

} // namespace pelorus
