// Rows to groups: packed keys index an array, come as runs, are hashed, or are sorted when nearly all are distinct.
#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "query/dense_ids.hpp"
#include "query/grouping.hpp"
#include "query/key_packing.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

constexpr uint32_t none = std::numeric_limits<uint32_t>::max();

/// Slots an array may have for `rows` rows: beyond that hashing touches less memory.
uint64_t direct_limit(size_t rows) {
  return std::max<uint64_t>(1 << 16, std::min<uint64_t>(rows * 2, 1 << 26));
}

/// All possible keys have a slot; those in use are numbered in order.
grouping direct(const key_packing& keys, size_t rows) {
  grouping result;
  result.ids.resize(rows);
  auto parts = parts_of(rows, std::max<size_t>(size_t{1} << 16, keys.range() / 4));
  std::vector<scratch<uint32_t>> first(parts);
  for_each_part(rows, parts, [&](size_t p, size_t from, size_t to) {
    auto& seen = first[p];
    seen.assign(keys.range(), none);
    constexpr size_t portion = 4096;
    for (auto at = from; at < to; at += portion) {
      auto n = std::min(portion, to - at);
      auto* ids = result.ids.data() + at;
      keys.read(at, n, nullptr, ids);
      for (size_t i = 0; i < n; ++i)
        if (seen[ids[i]] == none) seen[ids[i]] = static_cast<uint32_t>(at + i);
    }
  });
  auto& slots = first[0];
  for (size_t s = 0; s < slots.size(); ++s) {
    auto row = slots[s];
    for (size_t p = 1; p < parts && row == none; ++p) row = first[p][s];
    if (row == none) continue;
    slots[s] = static_cast<uint32_t>(result.first_rows.size());
    result.first_rows.push_back(row);
  }
  if (result.first_rows.size() == slots.size()) return result;  // every key occurs: the slot is the number
  for_each_part(rows, parts_of(rows), [&](size_t, size_t from, size_t to) {
    for (auto i = from; i < to; ++i) result.ids[i] = slots[result.ids[i]];
  });
  return result;
}

grouping runs(const scratch<uint64_t>& keys) {
  grouping result;
  result.ids.resize(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i == 0 || keys[i] != keys[i - 1]) result.first_rows.push_back(static_cast<uint32_t>(i));
    result.ids[i] = static_cast<uint32_t>(result.first_rows.size() - 1);
  }
  return result;
}

/// A table for each part of the rows; the tables are joined, then the keys are put in order.
grouping hashed(const scratch<uint64_t>& keys) {
  auto parts = parts_of(keys.size(), size_t{1} << 18);
  std::vector<dense_ids<uint64_t>> tables(parts);
  std::vector<std::vector<uint32_t>> first(parts), number(parts);
  grouping result;
  result.ids.resize(keys.size());
  for_each_part(keys.size(), parts, [&](size_t p, size_t from, size_t to) {
    for (auto i = from; i < to; ++i) {
      auto id = result.ids[i] = tables[p].id(keys[i]);
      if (id == first[p].size()) first[p].push_back(static_cast<uint32_t>(i));
    }
  });
  dense_ids<uint64_t> all{tables[0].keys().size() * 2};
  std::vector<uint32_t> first_row;
  for (size_t p = 0; p < parts; ++p)
    for (size_t k = 0; k < first[p].size(); ++k) {
      number[p].push_back(all.id(tables[p].keys()[k]));
      if (number[p].back() == first_row.size()) first_row.push_back(first[p][k]);
    }
  std::vector<uint32_t> by_key(first_row.size()), rank(first_row.size());
  std::iota(by_key.begin(), by_key.end(), 0u);
  auto& distinct = all.keys();
  std::sort(by_key.begin(), by_key.end(), [&](uint32_t a, uint32_t b) { return distinct[a] < distinct[b]; });
  for (uint32_t r = 0; r < by_key.size(); ++r) rank[by_key[r]] = r;
  for (auto k : by_key) result.first_rows.push_back(first_row[k]);
  for (auto& list : number)
    for (auto& n : list) n = rank[n];
  for_each_part(keys.size(), parts, [&](size_t p, size_t from, size_t to) {
    for (auto i = from; i < to; ++i) result.ids[i] = number[p][result.ids[i]];
  });
  return result;
}

struct keyed_row {
  uint64_t key;
  uint32_t row;
  friend bool operator<(const keyed_row& a, const keyed_row& b) {
    return a.key != b.key ? a.key < b.key : a.row < b.row;
  }
};

/// Rows spread over buckets of neighbouring keys; those of bucket b are [starts[b], starts[b + 1]), in row order.
struct spread_rows {
  scratch<keyed_row> rows;
  std::vector<size_t> starts;
};

spread_rows spread(const scratch<uint64_t>& keys, uint64_t range) {
  constexpr unsigned bucket_bits = 11;
  auto bits = static_cast<unsigned>(std::bit_width(range - 1));
  auto shift = bits > bucket_bits ? bits - bucket_bits : 0;
  auto buckets = static_cast<size_t>((range - 1) >> shift) + 1;
  auto parts = parts_of(keys.size());
  std::vector<std::vector<size_t>> next(parts, std::vector<size_t>(buckets, 0));
  for_each_part(keys.size(), parts, [&](size_t p, size_t from, size_t to) {
    for (auto i = from; i < to; ++i) ++next[p][keys[i] >> shift];
  });
  spread_rows result{scratch<keyed_row>(keys.size()), {0}};
  size_t before = 0;
  for (size_t b = 0; b < buckets; ++b) {
    for (auto& counts : next) before += std::exchange(counts[b], before);
    result.starts.push_back(before);
  }
  for_each_part(keys.size(), parts, [&](size_t p, size_t from, size_t to) {
    auto* at = next[p].data();
    for (auto i = from; i < to; ++i) result.rows[at[keys[i] >> shift]++] = {keys[i], static_cast<uint32_t>(i)};
  });
  return result;
}

/// By key; rows of one key stay in their order. A byte at a time while the rows fit the cache.
void sort_bucket(keyed_row* from, keyed_row* to) {
  auto n = static_cast<size_t>(to - from);
  constexpr size_t few = 256, many = 1 << 16;
  if (n < few || n > many) return std::sort(from, to);
  uint64_t all_ones = ~uint64_t{0}, any_ones = 0;
  for (auto* r = from; r != to; ++r) all_ones &= r->key, any_ones |= r->key;
  scratch<keyed_row> other(n);
  auto *source = from, *target = other.data();
  for (unsigned shift = 0; shift < 64; shift += 8) {
    if (((any_ones & ~all_ones) >> shift & 0xff) == 0) continue;
    uint32_t counts[257] = {};
    for (size_t i = 0; i < n; ++i) ++counts[(source[i].key >> shift & 0xff) + 1];
    for (size_t d = 0; d < 256; ++d) counts[d + 1] += counts[d];
    for (size_t i = 0; i < n; ++i) target[counts[source[i].key >> shift & 0xff]++] = source[i];
    std::swap(source, target);
  }
  if (source != from) std::copy_n(source, n, from);
}

grouping sorted(const scratch<uint64_t>& keys, uint64_t range) {
  auto by = spread(keys, range);
  auto buckets = by.starts.size() - 1;
  std::vector<uint32_t> groups(buckets + 1, 0);
  for_each_task(buckets, [&](size_t b) {
    auto *from = by.rows.data() + by.starts[b], *to = by.rows.data() + by.starts[b + 1];
    sort_bucket(from, to);
    for (auto* r = from; r != to; ++r) groups[b + 1] += r == from || r->key != r[-1].key;
  });
  std::partial_sum(groups.begin(), groups.end(), groups.begin());
  grouping result;
  result.ids.resize(keys.size());
  result.first_rows.resize(groups.back());
  for_each_task(buckets, [&](size_t b) {
    auto *from = by.rows.data() + by.starts[b], *to = by.rows.data() + by.starts[b + 1];
    auto g = groups[b];
    for (auto* r = from; r != to; ++r) {
      if (r == from || r->key != r[-1].key) result.first_rows[g++] = r->row;
      result.ids[r->row] = g - 1;
    }
  });
  return result;
}

/// A sample tells: when hardly a key comes twice in it there are too many groups for a hash table in the cache.
bool nearly_distinct(const scratch<uint64_t>& keys) {
  constexpr size_t sample = 1 << 16;
  if (keys.size() < 16 * sample) return false;
  dense_ids<uint64_t> seen{sample};
  auto step = keys.size() / sample;
  for (size_t i = 0; i < sample; ++i) seen.id(keys[i * step]);
  return seen.keys().size() > sample / 10 * 9;
}

grouping sparse(const key_packing& packing, size_t rows) {
  scratch<uint64_t> keys(rows);
  auto parts = parts_of(rows);
  for_each_part(rows, parts, [&](size_t, size_t from, size_t to) {
    constexpr size_t portion = 4096;
    for (auto at = from; at < to; at += portion)
      packing.read(at, std::min(portion, to - at), nullptr, keys.data() + at);
  });
  if (std::is_sorted(keys.begin(), keys.end())) return runs(keys);
  return nearly_distinct(keys) ? sorted(keys, packing.range()) : hashed(keys);
}

/// The groups of some of the keys as a key.
column_ptr as_key(const grouping& found) {
  auto ids = column::make(type_id::int_, found.ids.size());
  std::copy(found.ids.begin(), found.ids.end(), ids->mutable_data<int32_t>());
  return ids;
}

} // namespace

grouping group_rows(std::span<const column_ptr> keys, size_t rows) {
  if (keys.empty() || rows == 0) {
    grouping all{scratch<uint32_t>(rows, 0), {}};
    if (rows != 0) all.first_rows.push_back(0);
    return all;
  }
  if (auto packing = key_packing::of(keys, rows, key_packing::symbols::alphabetic))
    return packing->range() <= direct_limit(rows) ? direct(*packing, rows) : sparse(*packing, rows);
  auto half = keys.size() / 2;  // each half alone has fewer groups than keys
  column_ptr both[] = {as_key(group_rows(keys.first(half), rows)), as_key(group_rows(keys.subspan(half), rows))};
  return group_rows(both, rows);
}

grouped_order order_by_group(std::span<const uint32_t> ids, uint32_t groups) {
  grouped_order result;
  result.offsets.assign(groups + size_t{1}, 0);
  result.is_identity = std::is_sorted(ids.begin(), ids.end());
  result.rows.resize(ids.size());
  if (result.is_identity) {
    for (auto id : ids) ++result.offsets[id + 1];
    for (uint32_t g = 0; g < groups; ++g) result.offsets[g + 1] += result.offsets[g];
    std::iota(result.rows.begin(), result.rows.end(), 0u);
    return result;
  }
  auto parts = parts_of(ids.size(), std::max<size_t>(size_t{1} << 16, groups / 2));
  std::vector<scratch<uint32_t>> next(parts);
  for_each_part(ids.size(), parts, [&](size_t p, size_t from, size_t to) {
    next[p].assign(groups, 0);
    for (auto i = from; i < to; ++i) ++next[p][ids[i]];
  });
  uint32_t before = 0;
  for (uint32_t g = 0; g < groups; ++g) {
    for (auto& counts : next) before += std::exchange(counts[g], before);
    result.offsets[g + 1] = before;
  }
  for_each_part(ids.size(), parts, [&](size_t p, size_t from, size_t to) {
    auto* at = next[p].data();
    for (auto i = from; i < to; ++i) result.rows[at[ids[i]]++] = static_cast<uint32_t>(i);
  });
  return result;
}

} // namespace pelorus
