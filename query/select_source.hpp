// Where a select reads from: columns that are loaded when somebody asks for them, and the rows still in question.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/block_pool.hpp"
#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// A table to select from. Implementations: an in-memory table (below), a stored chunk (chunk_task.cpp).
class row_source {
public:
  virtual ~row_source() = default;
  virtual size_t rows() const = 0;
  virtual const schema& columns() const = 0;
  /// Bounds of all elements of a column, when they are known without reading it and none is null.
  virtual std::optional<std::pair<value, value>> range_of(size_t) { return std::nullopt; }
  /// A whole column, loaded at most once.
  virtual column_ptr load(size_t column) = 0;
  /// The given rows of a column, in that order.
  virtual column_ptr load_rows(size_t column, std::span<const uint32_t> rows) {
    return load(column)->gather(rows);
  }
};
using row_source_ptr = std::shared_ptr<row_source>;

class table_source final : public row_source {
public:
  explicit table_source(table_ptr t) : table_(std::move(t)), schema_(table_->schema()) {}
  size_t rows() const override { return table_->rows(); }
  const schema& columns() const override { return schema_; }
  column_ptr load(size_t column) override { return table_->col(column); }

private:
  table_ptr table_;
  schema schema_;
};

/// The names under which columns can be spoken of.
class column_names {
public:
  column_names() = default;
  explicit column_names(const schema& columns);
  /// Tables of a from clause; `t.price` looks for `t_price` first when t is not the first of them.
  void add_qualifier(std::string name) { qualifiers_.push_back(std::move(name)); }

  /// By exact, then by case-insensitive name.
  std::optional<size_t> find(std::string_view name) const;
  std::optional<size_t> find(std::string_view qualifier, std::string_view name) const;
  bool is_qualifier(std::string_view name) const;
  size_t size() const { return names_.size(); }
  const std::string& operator[](size_t i) const { return names_[i]; }

private:
  std::vector<std::string> names_, qualifiers_;
};

/// Rows of a source that a where clause left over, and their columns.
class row_frame {
public:
  explicit row_frame(row_source_ptr source);
  size_t rows() const { return all_ ? source_->rows() : selected_.size(); }
  /// The column's elements of the rows in question; kept until the rows change.
  column_ptr column(size_t i);
  /// Keeps only these rows (numbers count within the present rows).
  void keep(row_list rows);
  /// Keeps rows [from, from + count).
  void keep_range(size_t from, size_t count);
  const schema& columns() const { return source_->columns(); }
  row_source& source() { return *source_; }
  /// True while no row was left out and the order is the source's.
  bool is_whole() const { return all_; }

private:
  row_source_ptr source_;
  bool all_ = true;
  row_list selected_;
  std::vector<column_ptr> cache_;
};

} // namespace pelorus
