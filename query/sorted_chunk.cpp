#include "query/sorted_chunk.hpp"

#include <algorithm>

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

std::optional<row_list> rows_in_order(const std::vector<column_ptr>& keys, size_t rows, chunk_order::duplicates keep) {
  using duplicates = chunk_order::duplicates;
  if (keys.empty()) return std::nullopt;
  key_bits bits;
  for (auto& key : keys) bits.push_back(order_bits(*key));
  if (is_in_order(bits, rows, keep != duplicates::all)) return std::nullopt;
  std::vector<sort_key> by;
  for (auto& key : keys) by.push_back({key});
  auto order = sorted_rows(by, rows);
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
  for (auto key : order_of(info).keys) keys.push_back(rows.col(key));
  return rows_in_order(keys, rows.rows(), chunk_order::duplicates::all);
}

row_source_ptr in_order(row_source_ptr source, const chunk_order& order) {
  std::vector<column_ptr> keys;
  for (auto key : order.keys) keys.push_back(source->load(key));
  auto rows = rows_in_order(keys, source->rows(), order.keep);
  if (!rows) return source;
  return std::make_shared<sorted_source>(std::move(source), *std::move(rows));
}

} // namespace pelorus
