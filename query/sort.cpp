#include "query/sort.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "query/grouping.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

using key_vector = scratch<uint64_t>;

uint64_t ascending_bits(double x) {
  auto bits = std::bit_cast<uint64_t>(x == 0 ? 0.0 : x);
  return bits >> 63 ? ~bits : bits | (uint64_t{1} << 63);
}
template <class T>
uint64_t ascending_bits(T x) {
  return static_cast<uint64_t>(static_cast<int64_t>(x)) ^ (uint64_t{1} << 63);
}

template <class T>
key_vector bits_of(const T* at, size_t rows) {
  key_vector keys(rows);
  for_each_part(rows, parts_of(rows), [&](size_t, size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) keys[i] = is_null(at[i]) ? 0 : ascending_bits(at[i]);
  });
  return keys;
}

} // namespace

scratch<uint64_t> order_bits(const sort_key& key) {
  auto& col = *key.keys;
  auto keys = order_bits(col);
  if (key.descending)
    for_each_part(keys.size(), parts_of(keys.size()), [&](size_t, size_t from, size_t to) {
      for (size_t i = from; i < to; ++i) keys[i] = ~keys[i];
    });
  if (key.place != sort_key::nulls::smallest && col.may_have_nulls())
    for (size_t i = 0; i < keys.size(); ++i)
      if (col.is_null(i)) keys[i] = key.place == sort_key::nulls::first ? 0 : ~uint64_t{0};
  return keys;
}

namespace {

/// Stable radix sort of `rows` by `keys`, a byte at a time; bytes that are equal everywhere cost nothing.
void radix_sort(row_list& rows, const key_vector& keys) {
  uint64_t all_ones = ~uint64_t{0}, any_ones = 0;
  for (auto k : keys) all_ones &= k, any_ones |= k;
  auto varying = any_ones & ~all_ones;
  if (varying == 0) return;
  struct entry {
    uint64_t key;
    uint32_t row;
  };
  scratch<entry> from(rows.size()), to(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) from[i] = {keys[rows[i]], rows[i]};
  for (int shift = 0; shift < 64; shift += 8) {
    if ((varying >> shift & 0xff) == 0) continue;
    size_t counts[257] = {};
    for (auto& e : from) ++counts[(e.key >> shift & 0xff) + 1];
    for (int b = 0; b < 256; ++b) counts[b + 1] += counts[b];
    for (auto& e : from) to[counts[e.key >> shift & 0xff]++] = e;
    from.swap(to);
  }
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = from[i].row;
}

bool before(const std::vector<key_vector>& keys, uint32_t a, uint32_t b) {
  for (auto& k : keys)
    if (k[a] != k[b]) return k[a] < k[b];
  return a < b;
}

} // namespace

scratch<uint64_t> order_bits(const column& col) {
  auto rows = col.size();
  switch (col.physical()) {
    case physical::i8: return bits_of(col.data<int8_t>(), rows);
    case physical::i16: return bits_of(col.data<int16_t>(), rows);
    case physical::i32: return bits_of(col.data<int32_t>(), rows);
    case physical::i64: return bits_of(col.data<int64_t>(), rows);
    case physical::f32: {
      key_vector keys(rows);
      auto* at = col.data<float>();
      for (size_t i = 0; i < rows; ++i)
        keys[i] = is_null(at[i]) ? 0 : ascending_bits(static_cast<double>(at[i]));
      return keys;
    }
    case physical::f64: return bits_of(col.data<double>(), rows);
    default: {
      auto coded = encode_keys(col);
      return {coded.codes.begin(), coded.codes.end()};
    }
  }
}

row_list sorted_rows(const std::vector<sort_key>& keys, size_t rows, size_t limit) {
  row_list order(rows);
  std::iota(order.begin(), order.end(), 0u);
  std::vector<key_vector> bits;
  for (auto& key : keys) bits.push_back(order_bits(key));
  auto less = [&](uint32_t a, uint32_t b) { return before(bits, a, b); };
  uint32_t sorted = 1;  // rows that are in order as they lie
  while (sorted < rows && before(bits, sorted - 1, sorted)) ++sorted;
  if (sorted >= rows) {
    order.resize(std::min(limit, rows));
    return order;
  }
  if (limit < rows / 8) {
    auto end = order.begin() + static_cast<ptrdiff_t>(limit);
    std::nth_element(order.begin(), end, order.end(), less);
    order.resize(limit);
    std::sort(order.begin(), order.end(), less);
    return order;
  }
  if (rows < 256) std::sort(order.begin(), order.end(), less);
  else
    for (size_t k = bits.size(); k-- > 0;) radix_sort(order, bits[k]);
  order.resize(std::min(limit, rows));
  return order;
}

} // namespace pelorus
