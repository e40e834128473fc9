// The matrix object: cells of one type in column-major order, with optional labels.
#pragma once

#include <memory>

#include "storage/column.hpp"
#include "storage/object.hpp"
#include "storage/value.hpp"

namespace pelorus {

class matrix final : public object {
public:
  /// `cells` holds rows * columns elements (asserted).
  matrix(column_ptr cells, size_t rows, size_t columns, column_ptr row_labels = {},
         column_ptr column_labels = {});

  pelorus::form form() const override { return pelorus::form::matrix; }
  type_id type() const override { return cells_->type(); }
  size_t size() const override { return cells_->size(); }
  uint64_t bytes() const override { return cells_->bytes(); }

  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  const column_ptr& cells() const { return cells_; }
  column_ptr col(size_t i) const { return cells_->slice(i * rows_, rows_); }
  column_ptr row(size_t i) const;
  /// Labels, null when there are none.
  const column_ptr& row_labels() const { return row_labels_; }
  const column_ptr& column_labels() const { return column_labels_; }

  void set_labels(column_ptr rows, column_ptr columns);
  /// New cells of the same shape (any type).
  void set_cells(column_ptr cells);
  /// The cells for writing; copied first when shared.
  column& own_cells();
  /// Appends columns: a multiple of rows() elements of the same type (the caller has converted
  /// them).
  void append_columns(const column& cells);
  /// True when labels align operands: setIndexedMatrix!.
  bool indexed() const { return indexed_; }
  void set_indexed(bool x) { indexed_ = x; }

private:
  column_ptr cells_;
  size_t rows_, columns_;
  column_ptr row_labels_, column_labels_;
  bool indexed_ = false;
};
using matrix_ptr = std::shared_ptr<matrix>;

/// A matrix of other cells under the same shape and labels.
value with_cells(const matrix& like, column_ptr cells);
/// Columns of equal length side by side, converted to one type. Throws script_error.
value matrix_of_columns(const std::vector<value>& columns);
value transposed(const matrix& m);
/// Rows and columns by number; -1 (out of range) gives nulls.
value sub_matrix(const matrix& m, std::span<const int64_t> rows, std::span<const int64_t> columns);

} // namespace pelorus
