#include "query/grouping.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "query/dense_ids.hpp"
#include "query/key_packing.hpp"
#include "query/script_error.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

constexpr uint32_t none = std::numeric_limits<uint32_t>::max();

/// Slots an array may have for `rows` rows: beyond that hashing touches less memory.
uint64_t direct_limit(size_t rows) {
  return std::max<uint64_t>(1 << 16, std::min<uint64_t>(rows * 4, 1 << 26));
}

template <class T>
struct extent {
  T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::min();
  bool nulls = false;
};

template <class T>
extent<T> extent_of(const T* at, size_t rows) {
  // The null is the smallest value: shifting by one lets it wrap to the top and keeps the loop branch-free.
  using U = std::make_unsigned_t<T>;
  auto low = std::numeric_limits<U>::max();
  auto high = std::numeric_limits<T>::min();
  for (size_t i = 0; i < rows; ++i) {
    auto shifted = static_cast<U>(static_cast<U>(at[i]) - static_cast<U>(null_of<T>) - 1);
    low = std::min(low, shifted);
    high = std::max(high, at[i]);
  }
  extent<T> e;
  e.high = high;
  e.low = static_cast<T>(static_cast<U>(low + static_cast<U>(null_of<T>) + 1));
  for (size_t i = 0; i < rows && !e.nulls; ++i) e.nulls = at[i] == null_of<T>;
  return e;
}

/// Orders the dense ids of first appearance by their keys and renumbers the rows.
template <class T, class Less = std::less<T>>
key_codes ordered(scratch<uint32_t> ids, const std::vector<T>& distinct, Less less = {}) {
  std::vector<uint32_t> by_key(distinct.size()), rank(distinct.size());
  std::iota(by_key.begin(), by_key.end(), 0u);
  std::sort(by_key.begin(), by_key.end(),
            [&](uint32_t a, uint32_t b) { return less(distinct[a], distinct[b]); });
  for (uint32_t r = 0; r < by_key.size(); ++r) rank[by_key[r]] = r;
  for (auto& id : ids) id = rank[id];
  return {std::move(ids), std::max<uint64_t>(1, distinct.size())};
}

template <class T, class Less = std::less<T>>
key_codes hashed(const T* at, size_t rows, Less less = {}) {
  dense_ids<T> table;
  scratch<uint32_t> ids(rows);
  for (size_t i = 0; i < rows; ++i) ids[i] = table.id(at[i]);
  return ordered(std::move(ids), table.keys(), less);
}

template <class T>
key_codes encode_integers(const T* at, size_t rows) {
  if (rows == 0) return {};
  auto e = extent_of(at, rows);
  if (e.nulls && e.high == null_of<T>) return {scratch<uint32_t>(rows, 0), 1};
  auto base = static_cast<uint64_t>(static_cast<int64_t>(e.low)) - (e.nulls ? 1 : 0);
  auto range = static_cast<uint64_t>(static_cast<int64_t>(e.high)) - base + 1;
  if (range == 0 || range > direct_limit(rows)) return hashed(at, rows);
  key_codes result{scratch<uint32_t>(rows), range};
  if (!e.nulls) {
    for (size_t i = 0; i < rows; ++i)
      result.codes[i] = static_cast<uint32_t>(static_cast<uint64_t>(static_cast<int64_t>(at[i])) - base);
  } else {
    for (size_t i = 0; i < rows; ++i) {
      auto code = static_cast<uint32_t>(static_cast<uint64_t>(static_cast<int64_t>(at[i])) - base);
      result.codes[i] = at[i] == null_of<T> ? 0 : code;
    }
  }
  return result;
}

/// Floats by their value: -0.0 is 0.0, the null sorts first by itself.
template <class T>
key_codes encode_reals(const T* at, size_t rows) {
  dense_ids<T> table;
  scratch<uint32_t> ids(rows);
  for (size_t i = 0; i < rows; ++i) ids[i] = table.id(at[i] == T{0} ? T{0} : at[i]);
  return ordered(std::move(ids), table.keys());
}

/// Codes of a SYMBOL column, renumbered so that they follow the alphabet; unused ones get no number.
key_codes encode_symbols(const column& keys) {
  auto& dict = *keys.dict();
  auto* at = keys.data<int32_t>();
  auto before = [&](int32_t a, int32_t b) { return dict[a] < dict[b]; };
  if (dict.size() > direct_limit(keys.size())) return hashed(at, keys.size(), before);
  std::vector<uint32_t> rank(dict.size(), none);
  for (size_t i = 0; i < keys.size(); ++i) rank[static_cast<size_t>(at[i])] = 0;
  std::vector<int32_t> used;
  for (size_t c = 0; c < rank.size(); ++c)
    if (rank[c] == 0) used.push_back(static_cast<int32_t>(c));
  used = pelorus::alphabetic(dict, std::move(used));
  for (uint32_t r = 0; r < used.size(); ++r) rank[static_cast<size_t>(used[r])] = r;
  key_codes result{scratch<uint32_t>(keys.size()), std::max<size_t>(1, used.size())};
  for (size_t i = 0; i < keys.size(); ++i) result.codes[i] = rank[static_cast<size_t>(at[i])];
  return result;
}

} // namespace

key_codes encode_keys(const column& keys) {
  auto rows = keys.size();
  switch (keys.physical()) {
    case physical::i8: return encode_integers(keys.data<int8_t>(), rows);
    case physical::i16: return encode_integers(keys.data<int16_t>(), rows);
    case physical::i32: return encode_integers(keys.data<int32_t>(), rows);
    case physical::i64: return encode_integers(keys.data<int64_t>(), rows);
    case physical::f32: return encode_reals(keys.data<float>(), rows);
    case physical::f64: return encode_reals(keys.data<double>(), rows);
    case physical::b16: return hashed(keys.data<int128>(), rows);
    case physical::code: return encode_symbols(keys);
    case physical::str: return hashed(keys.data<string_ref>(), rows);
    default: throw script_error{ec::type_mismatch, "Cannot group or join by a tuple or an array vector."};
  }
}

shared_groups group_both(std::span<const column_ptr> left, std::span<const column_ptr> right,
                         size_t left_rows, size_t right_rows) {
  // One column of both sides a key: the coding of each type is written once, and joins pay a copy of their keys.
  std::vector<column_ptr> both;
  for (size_t k = 0; k < left.size(); ++k) {
    auto joined = std::make_shared<column>(*left[k]);
    joined->append(*right[k]);
    if (!left[k]->may_have_nulls() && !right[k]->may_have_nulls()) joined->set_no_nulls();
    both.push_back(std::move(joined));
  }
  auto found = group_rows(both, left_rows + right_rows);
  shared_groups result;
  result.groups = found.groups();
  auto middle = found.ids.begin() + static_cast<ptrdiff_t>(left_rows);
  result.left.assign(found.ids.begin(), middle);
  result.right.assign(middle, found.ids.end());
  return result;
}

} // namespace pelorus
