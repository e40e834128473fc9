#include "query/object_indexing.hpp"

#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/indexing.hpp"
#include "query/literals.hpp"
#include "query/script_error.hpp"
#include "query/set.hpp"

namespace pelorus {

namespace {

bool is_left_out(const value& x) { return x.is_void() && x.raw_int() == 2; }
bool is_single(const value& x) { return x.is_scalar() && !is_left_out(x); }

/// Positions along one axis, by number or by label.
std::vector<int64_t> axis_positions(const value& index, size_t size, const column_ptr& labels) {
  bool by_label = labels && !is_left_out(index) && (index.is_scalar() || index.is_vector()) &&
                  !is_integral(index.type()) && index.type() != type_id::void_;
  if (!by_label) return index_positions(index, size);
  dictionary places(labels->type(), type_id::long_);
  for (size_t i = 0; i < labels->size(); ++i)
    places.set(element(*labels, i), value::of_long(static_cast<int64_t>(i)));
  auto keys = index.is_scalar() ? to_column(index) : index.vec_ptr();
  std::vector<int64_t> result;
  for (size_t i = 0; i < keys->size(); ++i) {
    auto at = places.get(element(*keys, i));
    result.push_back(at.is_null() ? -1 : at.as_long());
  }
  return result;
}

/// Cells chosen by a matrix of conditions.
std::vector<int64_t> condition_cells(const matrix& m, const value& conditions) {
  auto c = conditions.as<matrix>();
  if (!c || c->rows() != m.rows() || c->columns() != m.columns())
    throw script_error(ec::bad_argument,
                       "A matrix of conditions must have the shape of the matrix it chooses from");
  return index_positions(value{c->cells()}, m.size());
}

void write_cells(matrix& m, const std::vector<int64_t>& cells, const value& x) {
  auto source = x.as<matrix>();
  column_ptr values = source ? source->cells() : x.is_vector() ? x.vec_ptr() : nullptr;
  if (values && values->size() != cells.size())
    throw script_error(ec::bad_argument, fmt::format("{} values cannot be assigned to {} cells",
                                                     values->size(), cells.size()));
  auto& target = m.own_cells();
  for (size_t k = 0; k < cells.size(); ++k) {
    if (cells[k] < 0)
      throw script_error(
          ec::bad_argument,
          fmt::format("The index is out of range: the matrix has {} rows and {} columns", m.rows(),
                      m.columns()));
    unwrap(set_element(target, static_cast<size_t>(cells[k]), values ? element(*values, k) : x));
  }
}

value column_at(const matrix& m, const value& index) {
  if (index.form() == form::matrix) {
    auto cells = condition_cells(m, index);
    return value{m.cells()->gather(std::span<const int64_t>{cells})};
  }
  auto columns = axis_positions(index, m.columns(), m.column_labels());
  if (!is_single(index))
    return sub_matrix(m, index_positions(default_argument(), m.rows()), columns);
  bool inside = columns[0] >= 0;
  return value{inside ? m.col(static_cast<size_t>(columns[0]))
                      : column::make_null(m.type(), m.rows(), m.cells()->scale())};
}

} // namespace

value dictionary_at(const dictionary& d, std::span<const value> indices, session& who) {
  const auto& key = indices[0];
  auto rest = indices.subspan(1);
  if (!key.is_vector()) {
    auto x = d.get(key);
    return rest.empty() || x.is_void() ? x : get_indexed(x, rest, who);
  }
  auto found = d.get_all(key.vec_ptr());
  if (rest.empty()) return found;
  std::vector<value> items;
  for (size_t i = 0; i < found.size(); ++i) {
    auto x = element(found.vec(), i);
    items.push_back(x.is_void() ? x : get_indexed(x, rest, who));
  }
  return make_tuple_value(std::move(items));
}

void assign_dictionary(dictionary& d, std::span<const value> indices, const value& x,
                       session& who) {
  const auto& key = indices[0];
  if (indices.size() == 1) return key.is_vector() ? d.set_all(key.vec_ptr(), x) : d.set(key, x);
  auto item = d.get(key);
  set_indexed(item, indices.subspan(1), x, who);
  d.set(key, item);
}

value matrix_at(const matrix& m, std::span<const value> indices) {
  if (indices.size() == 1) return column_at(m, indices[0]);
  if (indices.size() > 2)
    throw script_error(ec::bad_argument, "A matrix has two indices: m[row, column]");
  auto rows = axis_positions(indices[0], m.rows(), m.row_labels());
  auto columns = axis_positions(indices[1], m.columns(), m.column_labels());
  if (!is_single(indices[0]) || !is_single(indices[1])) return sub_matrix(m, rows, columns);
  if (rows[0] < 0 || columns[0] < 0) return value::null(m.type(), m.cells()->scale());
  return element(*m.cells(),
                 static_cast<size_t>(columns[0]) * m.rows() + static_cast<size_t>(rows[0]));
}

void assign_matrix(matrix& m, std::span<const value> indices, const value& x) {
  bool whole_columns = indices.size() == 1;
  if (whole_columns && indices[0].form() == form::matrix)
    return write_cells(m, condition_cells(m, indices[0]), x);
  auto rows =
      axis_positions(whole_columns ? default_argument() : indices[0], m.rows(), m.row_labels());
  auto columns = axis_positions(indices[whole_columns ? 0 : 1], m.columns(), m.column_labels());
  std::vector<int64_t> cells;
  for (auto c : columns)
    for (auto r : rows)
      cells.push_back(r < 0 || c < 0 ? -1 : c * static_cast<int64_t>(m.rows()) + r);
  write_cells(m, cells, x);
}

column_ptr loop_column(const value& x) {
  if (auto d = x.as<dictionary>()) return d->shown_values();
  if (auto s = x.as<set_object>()) return s->shown();
  return nullptr;
}

} // namespace pelorus
