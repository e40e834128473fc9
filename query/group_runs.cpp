#include "query/group_runs.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace pelorus {

namespace {

/// First rows of the runs of equal elements; empty when there are too many to gain anything.
template <class T>
std::vector<uint32_t> run_starts(const T* data, size_t rows) {
  constexpr size_t rows_a_run = 8;
  std::vector<uint32_t> starts{0};
  auto most = rows / rows_a_run + 1;
  constexpr size_t portion = 32;
  for (size_t i = 1; i < rows;) {
    auto end = std::min(rows, i + portion);
    if (std::memcmp(data + i, data + i - 1, (end - i) * sizeof(T)) == 0) i = end;  // most portions have one key
    for (; i < end; ++i)
      if (data[i] != data[i - 1]) starts.push_back(static_cast<uint32_t>(i));
    if (starts.size() > most) return {};
  }
  return starts;
}

template <class T, class Less>
std::vector<uint32_t> ascending_runs(const T* data, size_t rows, Less less) {
  auto starts = run_starts(data, rows);
  for (size_t r = 1; r < starts.size(); ++r)
    if (!less(data[starts[r - 1]], data[starts[r]])) return {};
  return starts;
}

std::vector<uint32_t> starts_of(const column& keys) {
  auto rows = keys.size();
  auto by_value = [](auto a, auto b) { return a < b; };
  switch (keys.physical()) {
    case physical::i8: return ascending_runs(keys.data<int8_t>(), rows, by_value);
    case physical::i16: return ascending_runs(keys.data<int16_t>(), rows, by_value);
    case physical::i32: return ascending_runs(keys.data<int32_t>(), rows, by_value);
    case physical::i64: return ascending_runs(keys.data<int64_t>(), rows, by_value);
    case physical::code: {
      auto& dict = *keys.dict();
      return ascending_runs(keys.data<int32_t>(), rows, [&](int32_t a, int32_t b) { return dict[a] < dict[b]; });
    }
    default: return {};
  }
}

} // namespace

std::vector<uint32_t> offsets_of_runs(const column& key) {
  if (key.empty()) return {};
  auto offsets = starts_of(key);
  if (!offsets.empty()) offsets.push_back(static_cast<uint32_t>(key.size()));
  return offsets;
}

std::optional<grouped_order> order_of_runs(std::span<const column_ptr> keys, size_t rows) {
  if (keys.size() != 1) return std::nullopt;
  grouped_order result;
  result.offsets = offsets_of_runs(*keys[0]);
  if (result.offsets.empty()) return std::nullopt;
  result.rows.resize(rows);
  std::iota(result.rows.begin(), result.rows.end(), 0u);
  result.is_identity = true;
  return result;
}

} // namespace pelorus
