#include "query/matrix.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "query/cast.hpp"
#include "query/literals.hpp"
#include "query/script_error.hpp"
#include "storage/sole_owner.hpp"

namespace pelorus {

matrix::matrix(column_ptr cells, size_t rows, size_t columns, column_ptr row_labels,
               column_ptr column_labels)
    : cells_(std::move(cells)), rows_(rows), columns_(columns), row_labels_(std::move(row_labels)),
      column_labels_(std::move(column_labels)) {
  assert(cells_->size() == rows * columns);
}

column_ptr matrix::row(size_t i) const {
  std::vector<uint32_t> at(columns_);
  for (size_t c = 0; c < columns_; ++c)
    at[c] = static_cast<uint32_t>(c * rows_ + i);
  return cells_->gather(std::span<const uint32_t>{at});
}

void matrix::set_labels(column_ptr rows, column_ptr columns) {
  if (rows && rows->size() != rows_)
    throw script_error(ec::bad_argument,
                       "The number of row labels must be the number of rows of the matrix.");
  if (columns && columns->size() != columns_)
    throw script_error(ec::bad_argument,
                       "The number of column labels must be the number of columns of the matrix.");
  row_labels_ = std::move(rows);
  column_labels_ = std::move(columns);
}

void matrix::set_cells(column_ptr cells) {
  assert(cells->size() == rows_ * columns_);
  cells_ = std::move(cells);
}

column& matrix::own_cells() {
  if (!is_sole_owner(cells_)) cells_ = std::make_shared<column>(*cells_);
  return *cells_;
}

void matrix::append_columns(const column& cells) {
  if (rows_ == 0 || cells.size() % rows_ != 0)
    throw script_error(ec::bad_argument,
                       "The number of elements to append must be a multiple of the matrix rows.");
  own_cells().append(cells);
  columns_ = cells_->size() / rows_;
  column_labels_ = {};
}

value with_cells(const matrix& like, column_ptr cells) {
  auto result = std::make_shared<matrix>(std::move(cells), like.rows(), like.columns(),
                                         like.row_labels(), like.column_labels());
  result->set_indexed(like.indexed());
  return value{std::move(result)};
}

value matrix_of_columns(const std::vector<value>& columns) {
  auto type = type_id::void_;
  int32_t scale = 0;
  for (auto& c : columns) {
    type = common_type(type, c.type());
    scale = std::max(scale, c.scale());
  }
  if (type == type_id::any || type == type_id::void_)
    throw script_error(ec::type_mismatch, "The columns of a matrix must have one type.");
  auto cells = column::make(type, 0, scale);
  size_t rows = columns.empty() ? 0 : columns.front().size();
  cells->reserve(rows * columns.size());
  for (auto& c : columns) {
    if (c.size() != rows)
      throw script_error(ec::bad_argument, "The columns of a matrix must have the same length.");
    cells->append(*cast_column(c.is_scalar() ? to_column(c) : c.vec_ptr(), type, scale));
  }
  return value{std::make_shared<matrix>(cells, rows, columns.size())};
}

value transposed(const matrix& m) {
  std::vector<uint32_t> at(m.size());
  size_t k = 0;
  for (size_t r = 0; r < m.rows(); ++r)
    for (size_t c = 0; c < m.columns(); ++c)
      at[k++] = static_cast<uint32_t>(c * m.rows() + r);
  auto result = std::make_shared<matrix>(m.cells()->gather(std::span<const uint32_t>{at}),
                                         m.columns(), m.rows(), m.column_labels(), m.row_labels());
  result->set_indexed(m.indexed());
  return value{std::move(result)};
}

value sub_matrix(const matrix& m, std::span<const int64_t> rows, std::span<const int64_t> columns) {
  std::vector<int64_t> at;
  at.reserve(rows.size() * columns.size());
  auto inside = [](int64_t x, size_t n) { return x >= 0 && static_cast<size_t>(x) < n; };
  for (auto c : columns)
    for (auto r : rows)
      at.push_back(inside(c, m.columns()) && inside(r, m.rows())
                       ? c * static_cast<int64_t>(m.rows()) + r
                       : -1);
  auto labels = [](const column_ptr& from, std::span<const int64_t> which) {
    return from ? from->gather(which) : column_ptr{};
  };
  return value{std::make_shared<matrix>(m.cells()->gather(std::span<const int64_t>{at}),
                                        rows.size(), columns.size(), labels(m.row_labels(), rows),
                                        labels(m.column_labels(), columns))};
}

} // namespace pelorus
