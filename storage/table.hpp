// An in-memory table: named columns of equal length.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/column.hpp"
#include "storage/object.hpp"

namespace pelorus {

struct column_schema {
  std::string name;
  type_id type = type_id::void_;
  int32_t scale = 0;
  std::string comment;
  std::string codec;  ///< "" for the engine's choice, else "lz4", "zstd", "delta", ..
  std::string stored = {};  ///< its name in segments, which never changes and never repeats; "" for `name`
  const std::string& stored_name() const { return stored.empty() ? name : stored; }

  friend bool operator==(const column_schema&, const column_schema&) = default;
};
using schema = std::vector<column_schema>;

class table;
using table_ptr = std::shared_ptr<table>;

class table : public object {
public:
  table() = default;
  /// All columns have one length (asserted).
  table(std::vector<std::string> names, std::vector<column_ptr> columns);
  /// No rows, columns of the given types.
  explicit table(const schema& columns);

  pelorus::form form() const override { return pelorus::form::table; }
  type_id type() const override { return type_id::dictionary; }
  size_t size() const override { return rows(); }
  uint64_t bytes() const override;

  size_t rows() const { return columns_.empty() ? 0 : columns_.front()->size(); }
  size_t width() const { return columns_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  const std::string& name(size_t i) const { return names_[i]; }
  const column_ptr& col(size_t i) const { return columns_[i]; }
  const std::vector<column_ptr>& columns() const { return columns_; }
  /// Position of a column by exact, then by case-insensitive name; -1 if absent.
  int find(std::string_view name) const;
  pelorus::schema schema() const;

  void add(std::string name, column_ptr column);
  void set(size_t i, column_ptr column) { columns_[i] = std::move(column); }
  void rename(size_t i, std::string name) { names_[i] = std::move(name); }
  void erase(size_t i);
  /// The column for writing; replaced by a copy first when somebody else holds it.
  column& own(size_t i);

  table_ptr slice(size_t from, size_t count) const;
  table_ptr gather(std::span<const uint32_t> rows) const;
  /// Appends by position; same types (the caller converts). Asserts the width.
  void append(const table& other);

private:
  std::vector<std::string> names_;
  std::vector<column_ptr> columns_;
};

} // namespace pelorus
