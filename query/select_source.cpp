#include "query/select_source.hpp"

#include <algorithm>
#include <numeric>

#include "cfg/strings.hpp"

namespace pelorus {

column_names::column_names(const schema& columns) {
  for (auto& c : columns) names_.push_back(c.name);
}

std::optional<size_t> column_names::find(std::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == name) return i;
  for (size_t i = 0; i < names_.size(); ++i)
    if (strings::equals_ignore_case(names_[i], name)) return i;
  return std::nullopt;
}

std::optional<size_t> column_names::find(std::string_view qualifier, std::string_view name) const {
  auto at = std::find(qualifiers_.begin(), qualifiers_.end(), qualifier);
  if (at == qualifiers_.end()) return std::nullopt;
  if (at != qualifiers_.begin())
    if (auto own = find(std::string{qualifier} + "_" + std::string{name})) return own;
  return find(name);
}

bool column_names::is_qualifier(std::string_view name) const {
  return std::find(qualifiers_.begin(), qualifiers_.end(), name) != qualifiers_.end();
}

row_frame::row_frame(row_source_ptr source)
    : source_(std::move(source)), cache_(source_->columns().size()) {}

column_ptr row_frame::column(size_t i) {
  auto& cached = cache_[i];
  if (!cached) cached = all_ ? source_->load(i) : source_->load_rows(i, selected_);
  return cached;
}

void row_frame::keep(row_list rows) {
  if (all_) selected_ = std::move(rows);
  else {
    for (auto& row : rows) row = selected_[row];
    selected_ = std::move(rows);
  }
  all_ = false;
  std::fill(cache_.begin(), cache_.end(), nullptr);
}

void row_frame::keep_range(size_t from, size_t count) {
  from = std::min(from, rows());
  count = std::min(count, rows() - from);
  if (from == 0 && count == rows()) return;
  if (all_) {
    selected_.resize(count);
    std::iota(selected_.begin(), selected_.end(), static_cast<uint32_t>(from));
    all_ = false;
    std::fill(cache_.begin(), cache_.end(), nullptr);
    return;
  }
  selected_ = {selected_.begin() + static_cast<ptrdiff_t>(from),
               selected_.begin() + static_cast<ptrdiff_t>(from + count)};
  for (auto& c : cache_)
    if (c) c = c->slice(from, count);
}

} // namespace pelorus
