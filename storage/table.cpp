#include "storage/table.hpp"

#include <strings.h>

#include "storage/sole_owner.hpp"

namespace pelorus {

table::table(std::vector<std::string> names, std::vector<column_ptr> columns)
    : names_(std::move(names)), columns_(std::move(columns)) {
  assert(names_.size() == columns_.size());
}

table::table(const pelorus::schema& columns) {
  for (auto& c : columns) add(c.name, column::make(c.type, 0, c.scale));
}

uint64_t table::bytes() const {
  uint64_t total = sizeof(table);
  for (auto& c : columns_) total += c->bytes();
  return total;
}

int table::find(std::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == name) return static_cast<int>(i);
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i].size() == name.size() && strncasecmp(names_[i].data(), name.data(), name.size()) == 0)
      return static_cast<int>(i);
  return -1;
}

schema table::schema() const {
  pelorus::schema result;
  for (size_t i = 0; i < width(); ++i)
    result.push_back({names_[i], columns_[i]->type(), columns_[i]->scale(), "", ""});
  return result;
}

void table::add(std::string name, column_ptr column) {
  assert(columns_.empty() || column->size() == rows());
  names_.push_back(std::move(name));
  columns_.push_back(std::move(column));
}

void table::erase(size_t i) {
  names_.erase(names_.begin() + static_cast<ptrdiff_t>(i));
  columns_.erase(columns_.begin() + static_cast<ptrdiff_t>(i));
}

column& table::own(size_t i) {
  if (!is_sole_owner(columns_[i])) columns_[i] = std::make_shared<column>(*columns_[i]);
  return *columns_[i];
}

table_ptr table::slice(size_t from, size_t count) const {
  auto result = std::make_shared<table>();
  for (size_t i = 0; i < width(); ++i) result->add(names_[i], columns_[i]->slice(from, count));
  return result;
}

table_ptr table::gather(std::span<const uint32_t> rows) const {
  auto result = std::make_shared<table>();
  for (size_t i = 0; i < width(); ++i) result->add(names_[i], columns_[i]->gather(rows));
  return result;
}

void table::append(const table& other) {
  assert(width() == other.width());
  for (size_t i = 0; i < width(); ++i) own(i).append(*other.columns_[i]);
}

} // namespace pelorus
