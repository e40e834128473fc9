// map_forms: operands of any form, taken apart into scalars and vectors.
#include "query/dictionary.hpp"
#include "query/functions/kernels.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

bool is_tuple(const value& x) { return x.is_vector() && x.type() == type_id::any; }
bool is_array_vector(const value& x) { return x.is_vector() && is_array(x.type()); }
bool is_flat(const value& x) {
  return (x.is_scalar() && physical_of(x.type()) != physical::any) || x.is_void() ||
         (x.is_vector() && !is_tuple(x) && !is_array_vector(x));
}

/// A copy of an array vector with other elements of the same number.
value with_child(const column& rows, const value& child) {
  if (!child.is_vector())
    refuse("array vector", "the operation did not give an element for each element.");
  auto result = column::make(array_of(child.type()), rows.size(), child.vec().scale());
  auto* ends = result->mutable_data<int64_t>();
  auto start = rows.size() == 0 ? 0 : rows.list_begin(0);
  for (size_t i = 0; i < rows.size(); ++i)
    ends[i] = rows.list_end(i) - start;
  result->set_child(child.vec_ptr());
  return value{std::move(result)};
}

value child_of(const column& rows) {
  auto begin = rows.size() == 0 ? 0 : rows.list_begin(0);
  auto end = rows.size() == 0 ? 0 : rows.list_end(rows.size() - 1);
  return value{rows.child()->slice(static_cast<size_t>(begin), static_cast<size_t>(end - begin))};
}

/// One element of `flat` for each element of the array vector's rows.
value spread(const column& rows, const value& flat) {
  std::vector<uint32_t> at;
  for (size_t i = 0; i < rows.size(); ++i)
    at.insert(at.end(), static_cast<size_t>(rows.list_end(i) - rows.list_begin(i)),
              static_cast<uint32_t>(i));
  return value{flat.vec().gather(std::span<const uint32_t>{at})};
}

value as_pair(const value& result) {
  return result.is_vector() ? value::pair(result.vec_ptr()) : result;
}

value map_table(const table& t, const std::function<value(value&)>& f) {
  std::vector<std::string> names;
  std::vector<column_ptr> columns;
  for (size_t i = 0; i < t.width(); ++i) {
    value col{t.col(i)};
    names.push_back(t.name(i));
    // Columns that are no numbers (names, dates) stay as they are.
    bool computes = is_number(t.col(i)->type()) || t.col(i)->type() == type_id::any ||
                    is_array(t.col(i)->type());
    auto result = computes ? f(col) : col;
    columns.push_back(result.is_vector() ? result.vec_ptr() : to_column(result, t.rows()));
  }
  return value{std::make_shared<table>(std::move(names), std::move(columns))};
}

value map_tuple(const column& items, const std::function<value(value&, size_t)>& f) {
  std::vector<value> results;
  results.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    auto item = items.items()[i];
    results.push_back(f(item, i));
  }
  return make_tuple_value(std::move(results));
}

value map_values(const dictionary& d, const std::function<value(value&, size_t)>& f) {
  if (d.value_column()->type() == type_id::any)
    return value{d.with_values(map_tuple(*d.value_column(), f).vec_ptr())};
  std::vector<value> results;
  for (size_t i = 0; i < d.size(); ++i) {
    auto item = element(*d.value_column(), i);
    results.push_back(f(item, i));
  }
  return value{d.with_values(combine(results).vec_ptr())};
}

[[noreturn]] void refuse_form(const value& x, std::string_view function) {
  refuse(function,
         fmt::format("a {} {} is not supported.", type_name(x.type()), form_name(x.form())));
}

} // namespace

value map_forms(value& x, const unary_map& f, std::string_view function) {
  if (is_flat(x)) return f(x);
  auto deeper = [&](value& part) { return map_forms(part, f, function); };
  if (x.is_pair()) {
    value flat{x.vec_ptr()};
    return as_pair(f(flat));
  }
  if (is_tuple(x)) return map_tuple(x.vec(), [&](value& part, size_t) { return deeper(part); });
  if (is_array_vector(x)) {
    auto child = child_of(x.vec());
    return with_child(x.vec(), f(child));
  }
  if (auto m = x.as<matrix>()) {
    value cells{m->cells()};
    return with_cells(*m, f(cells).vec_ptr());
  }
  if (auto t = x.as<table>()) return map_table(*t, deeper);
  if (auto d = x.as<dictionary>())
    return map_values(*d, [&](value& part, size_t) { return deeper(part); });
  refuse_form(x, function);
}

namespace {

using mapper = std::function<value(value&, value&)>;

/// The matrix is `m`; `other` is a scalar, a vector of one element a row, or a matrix of the same
/// shape.
value map_matrix(const matrix& m, value& other, bool swapped, const mapper& f,
                 std::string_view function) {
  auto apply = [&](value cells, value with) { return swapped ? f(with, cells) : f(cells, with); };
  if (auto second = other.as<matrix>()) {
    if (second->rows() != m.rows() || second->columns() != m.columns())
      refuse(function,
             fmt::format("the matrices must have the same shape, not {} x {} and {} x {}.",
                         m.rows(), m.columns(), second->rows(), second->columns()));
    return with_cells(m, apply(value{m.cells()}, value{second->cells()}).vec_ptr());
  }
  if (other.is_scalar()) return with_cells(m, apply(value{m.cells()}, other).vec_ptr());
  if (!other.is_vector() || other.size() != m.rows())
    refuse(function,
           fmt::format("the vector must have one element for each of the {} rows of the matrix.",
                       m.rows()));
  std::vector<uint32_t> at(m.size());
  for (size_t i = 0; i < at.size(); ++i)
    at[i] = static_cast<uint32_t>(i % m.rows());
  return with_cells(
      m,
      apply(value{m.cells()}, value{other.vec().gather(std::span<const uint32_t>{at})}).vec_ptr());
}

value map_arrays(value& x, value& y, const binary_map& f, std::string_view function) {
  bool left = is_array_vector(x), right = is_array_vector(y);
  auto& rows = left ? x.vec() : y.vec();
  auto part = [&](value& from, bool is_rows) {
    if (is_rows) return child_of(from.vec());
    if (!from.is_vector()) return from;
    if (from.size() != rows.size()) require_same_size(x, y, function);
    return spread(rows, from);
  };
  auto a = part(x, left), b = part(y, right);
  if (left && right && a.size() != b.size())
    refuse(function, "the rows of the array vectors must have the same lengths.");
  return with_child(rows, f(a, b));
}

/// What goes with the value `part` of key `i`: an element of a vector as long as the dictionary,
/// else all of `other`.
value item_for(const dictionary& d, const value& part, size_t i, const value& other) {
  bool pairwise = part.is_scalar() && other.is_vector() && other.size() == d.size();
  return pairwise ? element(other.vec(), i) : other;
}

value map_dictionaries(value& x, value& y, const mapper& deeper) {
  auto left = x.as<dictionary>(), right = y.as<dictionary>();
  if (!right)
    return map_values(*left, [&](value& part, size_t i) {
      auto other = item_for(*left, part, i, y);
      return deeper(part, other);
    });
  if (!left)
    return map_values(*right, [&](value& part, size_t i) {
      auto other = item_for(*right, part, i, x);
      return deeper(other, part);
    });
  // Keys of both; a key that one of them lacks keeps the other's value.
  auto result = map_values(*left, [&](value& part, size_t i) {
    auto key = element(*left->key_column(), i);
    if (!right->has(key)) return part;
    auto other = right->get(key);
    return deeper(part, other);
  });
  auto merged = result.as<dictionary>();
  for (size_t i = 0; i < right->size(); ++i) {
    auto key = element(*right->key_column(), i);
    if (!left->has(key)) merged->set(key, element(*right->value_column(), i));
  }
  return result;
}

value map_tuples(value& x, value& y, const mapper& deeper, std::string_view function) {
  auto tuple = is_tuple(x);
  auto& items = tuple ? x.vec() : y.vec();
  auto& other = tuple ? y : x;
  bool pairwise = other.is_vector();
  if (pairwise) require_same_size(x, y, function);
  return map_tuple(items, [&](value& part, size_t i) {
    auto with = pairwise ? element(other.vec(), i) : other;
    return tuple ? deeper(part, with) : deeper(with, part);
  });
}

value map_tables(value& x, value& y, const mapper& deeper, std::string_view function) {
  auto left = x.as<table>(), right = y.as<table>();
  size_t at = 0;
  if (left && right && left->width() != right->width())
    refuse(function, "the tables must have the same number of columns.");
  std::vector<std::string> names;
  std::vector<column_ptr> columns;
  auto& shape = left ? *left : *right;
  for (; at < shape.width(); ++at) {
    value a = left ? value{left->col(at)} : x, b = right ? value{right->col(at)} : y;
    bool computes = is_number(shape.col(at)->type()) || shape.col(at)->type() == type_id::any;
    auto result = computes ? deeper(a, b) : value{shape.col(at)};
    names.push_back(shape.name(at));
    columns.push_back(result.is_vector() ? result.vec_ptr() : to_column(result, shape.rows()));
  }
  return value{std::make_shared<table>(std::move(names), std::move(columns))};
}

} // namespace

value map_forms(value& x, value& y, const binary_map& f, std::string_view function) {
  if (is_flat(x) && is_flat(y)) return f(x, y);
  mapper deeper = [&](value& a, value& b) { return map_forms(a, b, f, function); };
  if (x.form() == form::table || y.form() == form::table) {
    if (x.as<table>() || y.as<table>()) return map_tables(x, y, deeper, function);
  }
  if (x.as<dictionary>() || y.as<dictionary>()) return map_dictionaries(x, y, deeper);
  if (auto m = x.as<matrix>(); m && !is_tuple(y)) return map_matrix(*m, y, false, f, function);
  if (auto m = y.as<matrix>(); m && !is_tuple(x)) return map_matrix(*m, x, true, f, function);
  if (x.is_pair() || y.is_pair()) {
    value a = x.is_pair() ? value{x.vec_ptr()} : x, b = y.is_pair() ? value{y.vec_ptr()} : y;
    auto result = deeper(a, b);
    return x.is_vector() || y.is_vector() ? result : as_pair(result);
  }
  if (is_tuple(x) || is_tuple(y)) return map_tuples(x, y, deeper, function);
  if (is_array_vector(x) || is_array_vector(y)) return map_arrays(x, y, f, function);
  refuse_form(is_flat(x) ? y : x, function);
}

} // namespace pelorus
