#include "query/sorted_chunk.hpp"

#include <algorithm>
#include <numeric>

#include "query/script_error.hpp"
#include "query/sort.hpp"

namespace pelorus {

namespace {

using key_bits = std::vector<scratch<uint64_t>>;

bool equal_rows(const key_bits& bits, uint32_t a, uint32_t b) {
  return std::all_of(bits.begin(), bits.end(), [&](auto& k) { return k[a] == k[b]; });
}

/// Every row is in its place and, when only one row of a key may stay, all keys differ.
bool is_in_order(const key_bits& bits, size_t rows, bool distinct) {
  for (size_t i = 1; i < rows; ++i) {
    size_t k = 0;
    while (k < bits.size() && bits[k][i - 1] == bits[k][i]) ++k;
    if (k == bits.size() ? distinct : bits[k][i - 1] > bits[k][i]) return false;
  }
  return true;
}

bool less(const key_bits& bits, uint32_t a, uint32_t b) {
  for (auto& k : bits)
    if (k[a] != k[b]) return k[a] < k[b];
  return false;
}

/// Merges sorted runs, neighbour with neighbour; equal rows stay in the order of their runs.
row_list merged(const key_bits& bits, std::vector<uint32_t> starts, size_t rows) {
  row_list order(rows), other(rows);
  std::iota(order.begin(), order.end(), 0u);
  auto before = [&](uint32_t a, uint32_t b) { return less(bits, a, b); };
  while (starts.size() > 1) {
    std::vector<uint32_t> next;
    for (size_t i = 0; i < starts.size(); i += 2) {
      auto at = [&](size_t run) { return static_cast<ptrdiff_t>(run < starts.size() ? starts[run] : rows); };
      auto* from = order.data();
      auto first = at(i), middle = at(i + 1), end = at(i + 2);
      bool apart = middle == end || first == middle || !before(from[middle], from[middle - 1]);
      if (apart) std::copy(from + first, from + end, other.data() + first);
      else std::merge(from + first, from + middle, from + middle, from + end, other.data() + first, before);
      next.push_back(starts[i]);
    }
    order.swap(other);
    starts = std::move(next);
  }
  return order;
}

/// No run begins before the one in front of it ends; with `distinct` they do not touch either.
bool follow_each_other(const key_bits& bits, const sorted_runs& runs, bool distinct) {
  for (size_t i = 1; i < runs.starts.size(); ++i) {
    auto here = runs.starts[i];
    if (less(bits, here, here - 1) || (distinct && equal_rows(bits, here - 1, here))) return false;
  }
  return true;
}

class sorted_source final : public row_source {
public:
  sorted_source(row_source_ptr inner, row_list order)
      : inner_(std::move(inner)), order_(std::move(order)), loaded_(inner_->columns().size()) {}

  size_t rows() const override { return order_.size(); }
  const schema& columns() const override { return inner_->columns(); }
  std::optional<std::pair<value, value>> range_of(size_t column) override { return inner_->range_of(column); }

  column_ptr load(size_t column) override {
    auto& kept = loaded_[column];
    if (!kept) kept = inner_->load(column)->gather(std::span<const uint32_t>{order_.data(), order_.size()});
    return kept;
  }

  column_ptr load_rows(size_t column, std::span<const uint32_t> rows) override {
    if (loaded_[column]) return loaded_[column]->gather(rows);
    std::vector<uint32_t> inner_rows;
    inner_rows.reserve(rows.size());
    for (auto row : rows) inner_rows.push_back(order_[row]);
    return inner_->load_rows(column, inner_rows);
  }

private:
  row_source_ptr inner_;
  row_list order_;
  std::vector<column_ptr> loaded_;
};

} // namespace

bool chunk_order::is_key(size_t column) const { return std::find(keys.begin(), keys.end(), column) != keys.end(); }

chunk_order order_of(const table_info& info) {
  chunk_order order;
  for (auto& name : info.sort_columns) {
    auto found = std::find_if(info.columns.begin(), info.columns.end(), [&](auto& c) { return c.name == name; });
    if (found == info.columns.end())
      throw script_error{ec::corrupt, "Table '" + info.name + "' is sorted by '" + name + "', which it does not have."};
    order.keys.push_back(static_cast<size_t>(found - info.columns.begin()));
  }
  if (info.keep_duplicates == "FIRST") order.keep = chunk_order::duplicates::first;
  if (info.keep_duplicates == "LAST") order.keep = chunk_order::duplicates::last;
  return order;
}

bool drops_duplicates(const table_info& info) { return !info.sort_columns.empty() && info.keep_duplicates != "ALL"; }

sorted_runs runs_of(const chunk_reader& reader, const std::vector<size_t>& blocks, const chunk_order& order) {
  sorted_runs runs{{}, true};
  std::vector<std::string> wanted;
  for (auto key : order.keys) wanted.push_back(reader.columns()[key].stored_name());
  size_t at = 0, rows = 0;
  for (auto& run : reader.runs()) {
    auto before = rows;
    for (; at < blocks.size() && blocks[at] < run.first_block + run.blocks; ++at) rows += reader.blocks()[blocks[at]].rows;
    if (rows == before) continue;
    if (run.contents->sorted_by != wanted) return {};
    runs.starts.push_back(static_cast<uint32_t>(before));
    runs.distinct &= run.contents->distinct;
  }
  return runs;
}

std::optional<row_list> rows_in_order(const std::vector<column_ptr>& keys, size_t rows, chunk_order::duplicates keep,
                                      const sorted_runs& runs) {
  using duplicates = chunk_order::duplicates;
  if (keys.empty() || rows == 0 || runs.is_order(keep)) return std::nullopt;
  key_bits bits;
  for (auto& key : keys) bits.push_back(order_bits(*key));
  bool known = !runs.starts.empty() && (runs.distinct || keep == duplicates::all);
  if (known ? follow_each_other(bits, runs, keep != duplicates::all) : is_in_order(bits, rows, keep != duplicates::all))
    return std::nullopt;
  row_list order;
  if (runs.starts.empty()) {
    std::vector<sort_key> by;
    for (auto& key : keys) by.push_back({key});
    order = sorted_rows(by, rows);
  } else {
    order = merged(bits, runs.starts, rows);
  }
  if (keep == duplicates::all) return order;
  size_t kept = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    bool more = keep == duplicates::first ? kept != 0 && equal_rows(bits, order[kept - 1], order[i])
                                          : i + 1 < order.size() && equal_rows(bits, order[i], order[i + 1]);
    if (!more) order[kept++] = order[i];
  }
  order.resize(kept);
  return order;
}

std::optional<row_list> stored_order(const table_info& info, const table& rows) {
  std::vector<column_ptr> keys;
  auto sorted = order_of(info);
  for (auto key : sorted.keys) keys.push_back(rows.col(key));
  return rows_in_order(keys, rows.rows(), sorted.keep);
}

void describe_order(const table_info& info, segment_options& options) {
  auto sorted = order_of(info);
  for (auto& c : info.columns) options.codecs.push_back(c.codec);
  for (auto key : sorted.keys) options.sorted_by.push_back(info.columns[key].name);
  options.distinct = sorted.keep != chunk_order::duplicates::all;
}

row_source_ptr in_order(row_source_ptr source, const chunk_order& order) {
  std::vector<column_ptr> keys;
  for (auto key : order.keys) keys.push_back(source->load(key));
  auto rows = rows_in_order(keys, source->rows(), order.keep);
  return rows ? rows_of(std::move(source), *std::move(rows)) : source;
}

row_source_ptr rows_of(row_source_ptr source, row_list rows) {
  return std::make_shared<sorted_source>(std::move(source), std::move(rows));
}

} // namespace pelorus
