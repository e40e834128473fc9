// Matrices: making them, their shape, rows and columns.
#include "query/matrix.hpp"

#include <algorithm>
#include <cmath>

#include "query/cast.hpp"
#include "query/constants.hpp"
#include "query/dictionary.hpp"
#include "query/format.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/indexing.hpp"
#include "query/literals.hpp"
#include "query/session.hpp"
#include "storage/table.hpp"

namespace pelorus {

function_family matrix_row_functions();

namespace {

/// matrix(INT, 2, 3): zeros, or nulls of texts.
value typed_matrix(const arguments& args) {
  constexpr std::string_view usage =
      "matrix(dataType, rows, cols, [columnsCapacity], [defaultValue])";
  auto spec = unwrap(type_of_value(args[0]));
  auto rows = integer_argument(args, 1, 0, usage, "rows"),
       columns = integer_argument(args, 2, 0, usage, "cols");
  if (rows < 0 || columns < 0) refuse(usage, "rows and cols must not be negative.");
  auto size = static_cast<size_t>(rows * columns);
  value fill = is_given(args, 4) ? cast(args[4], spec.type, spec.scale)
               : is_number(spec.type) || is_temporal(spec.type)
                   ? cast(value::of_int(0), spec.type, spec.scale)
                   : value::null(spec.type);
  return value{std::make_shared<matrix>(to_column(fill, size), static_cast<size_t>(rows),
                                        static_cast<size_t>(columns))};
}

value make_matrix(call_context&, arguments& args) {
  bool typed = args.size() >= 3 && args.size() <= 5 && args[0].is_scalar() && args[1].is_scalar() &&
               args[2].is_scalar();
  if (typed) return typed_matrix(args);
  std::vector<value> columns;
  for (auto& x : args) {
    if (auto m = x.as<matrix>()) {
      for (size_t c = 0; c < m->columns(); ++c)
        columns.emplace_back(m->col(c));
    } else if (auto t = x.as<table>()) {
      for (auto& col : t->columns())
        columns.emplace_back(col);
    } else if (x.is_vector() && x.type() == type_id::any) {
      for (auto& item : x.vec().items())
        columns.push_back(item);
    } else {
      columns.push_back(x.is_scalar() ? value{to_column(x)} : x);
    }
  }
  auto result = matrix_of_columns(columns);
  auto t = args[0].as<table>();
  if (t && args.size() == 1) result.as<matrix>()->set_labels({}, column::of_strings(t->names()));
  auto only = args[0].as<matrix>();
  return only && args.size() == 1 ? value{std::make_shared<matrix>(*only)} : result;
}

value transpose_dictionary(const dictionary& d) {
  auto result = std::make_shared<table>();
  size_t rows = 1;
  for (size_t i = 0; i < d.size(); ++i)
    if (auto x = element(*d.value_column(), i); x.is_vector()) rows = x.size();
  for (auto i : d.shown()) {
    auto x = element(*d.value_column(), i);
    result->add(format_scalar(*d.key_column(), i),
                x.is_vector() ? x.vec_ptr() : to_column(x, rows));
  }
  return value{result};
}

value transpose(call_context&, arguments& args) {
  auto& x = args[0];
  if (auto m = x.as<matrix>()) return transposed(*m);
  if (auto t = x.as<table>()) {
    std::vector<value> columns;
    for (auto& col : t->columns())
      columns.emplace_back(col);
    return make_tuple_value(std::move(columns));
  }
  if (auto d = x.as<dictionary>()) return transpose_dictionary(*d);
  if (!x.is_vector()) return x;
  if (x.type() != type_id::any) return value{std::make_shared<matrix>(x.vec_ptr(), 1, x.size())};
  // Rows of a tuple of vectors.
  auto& items = x.vec().items();
  size_t rows = items.empty() ? 0 : items.front().size();
  std::vector<value> result;
  for (size_t r = 0; r < rows; ++r) {
    std::vector<value> row;
    for (auto& item : items) {
      if (!item.is_vector() || item.size() != rows)
        refuse("transpose(X)", "the vectors of the tuple must have the same length.");
      row.push_back(element(item.vec(), r));
    }
    result.push_back(combine(row));
  }
  return make_tuple_value(std::move(result));
}

// -- shape and parts
// --------------------------------------------------------------------------------------------

size_t rows_of(const value& x) {
  auto m = x.as<matrix>();
  return m ? m->rows() : x.size();
}
size_t columns_of(const value& x) {
  if (auto m = x.as<matrix>()) return m->columns();
  auto t = x.as<table>();
  return t ? t->width() : 1;
}
value rows(call_context&, arguments& args) {
  return value::of_int(static_cast<int32_t>(rows_of(args[0])));
}
value cols(call_context&, arguments& args) {
  return value::of_int(static_cast<int32_t>(columns_of(args[0])));
}
value shape(call_context&, arguments& args) {
  int32_t two[2] = {static_cast<int32_t>(rows_of(args[0])),
                    static_cast<int32_t>(columns_of(args[0]))};
  return value::pair(column::of<int32_t>(type_id::int_, two));
}

value at(call_context& context, const value& x, const value& first, const value& second) {
  value both[2] = {first, second};
  return get_indexed(x, both, context.who);
}

value row(call_context& context, arguments& args) {
  auto& x = args[0];
  if (auto m = x.as<matrix>(); m && args[1].is_scalar()) {
    auto r = args[1].as_long();
    if (r < 0 || static_cast<size_t>(r) >= m->rows())
      refuse("row(obj, index)", "index is out of range.");
    return value{m->row(static_cast<size_t>(r))};
  }
  if (x.form() == form::matrix) return at(context, x, args[1], default_argument());
  bool columnar = x.is_vector() && x.type() == type_id::any && args[1].is_scalar();
  if (columnar) {
    std::vector<value> items;
    for (auto& item : x.vec().items())
      items.push_back(item.is_vector()
                          ? get_indexed(item, std::span<const value>{&args[1], 1}, context.who)
                          : item);
    return combine(items);
  }
  return get_indexed(x, std::span<const value>{&args[1], 1}, context.who);
}
value col(call_context& context, arguments& args) {
  auto& x = args[0];
  auto t = x.as<table>();
  if (!t)
    return x.form() == form::matrix
               ? get_indexed(x, std::span<const value>{&args[1], 1}, context.who)
               : at(context, x, default_argument(), args[1]);
  auto which = index_positions(args[1], t->width());
  if (args[1].is_scalar() && which[0] >= 0) return value{t->col(static_cast<size_t>(which[0]))};
  auto result = std::make_shared<table>();
  for (auto c : which)
    if (c >= 0) result->add(t->name(static_cast<size_t>(c)), t->col(static_cast<size_t>(c)));
  return value{result};
}
value cell(call_context& context, arguments& args) {
  if (auto t = args[0].as<table>()) {
    auto c = index_positions(args[2], t->width());
    if (c[0] < 0) refuse("cell(obj, row, col)", "col is out of range.");
    return get_indexed(value{t->col(static_cast<size_t>(c[0]))},
                       std::span<const value>{&args[1], 1}, context.who);
  }
  return at(context, args[0], args[1], args[2]);
}
value cells(call_context& context, arguments& args) {
  auto r = vector_argument(args[1], "cells(obj, row, col)", "row"),
       c = vector_argument(args[2], "cells(obj, row, col)", "col");
  if (r->size() != c->size())
    refuse("cells(obj, row, col)", "row and col must have the same length.");
  std::vector<value> items;
  for (size_t i = 0; i < r->size(); ++i) {
    arguments one{args[0], element(*r, i), element(*c, i)};
    items.push_back(cell(context, one));
  }
  return combine(items);
}

value eye(call_context&, arguments& args) {
  auto n = static_cast<size_t>(std::max<int64_t>(integer_argument(args, 0, 0, "eye(n)", "n"), 0));
  std::vector<double> items(n * n, 0.0);
  for (size_t i = 0; i < n; ++i)
    items[i * n + i] = 1;
  return value{std::make_shared<matrix>(column::of<double>(type_id::double_, items), n, n)};
}

value diag(call_context&, arguments& args) {
  if (auto m = args[0].as<matrix>()) {
    std::vector<uint32_t> at;
    for (size_t i = 0; i < std::min(m->rows(), m->columns()); ++i)
      at.push_back(static_cast<uint32_t>(i * m->rows() + i));
    return value{m->cells()->gather(std::span<const uint32_t>{at})};
  }
  auto items = vector_argument(args[0], "diag(X)", "X");
  auto n = items->size();
  auto result = to_column(cast(value::of_int(0), items->type(), items->scale()), n * n);
  for (size_t i = 0; i < n; ++i)
    unwrap(set_element(*result, i * n + i, element(*items, i)));
  return value{std::make_shared<matrix>(result, n, n)};
}

// -- linear equations
// -------------------------------------------------------------------------------------------

/// Gauss-Jordan elimination with row pivots on a square matrix `a` and `b` beside it; answers the
/// determinant.
double eliminate(std::vector<double>& a, std::vector<double>& b, size_t n, size_t b_columns) {
  double determinant = 1;
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t r = k + 1; r < n; ++r)
      if (std::abs(a[k * n + r]) > std::abs(a[k * n + pivot])) pivot = r;
    auto p = a[k * n + pivot];
    if (p == 0) return 0;
    if (pivot != k) {
      for (size_t c = 0; c < n; ++c)
        std::swap(a[c * n + k], a[c * n + pivot]);
      for (size_t c = 0; c < b_columns; ++c)
        std::swap(b[c * n + k], b[c * n + pivot]);
      determinant = -determinant;
    }
    determinant *= p;
    for (size_t r = 0; r < n; ++r) {
      if (r == k) continue;
      auto factor = a[k * n + r] / p;
      for (size_t c = k; c < n; ++c)
        a[c * n + r] -= factor * a[c * n + k];
      for (size_t c = 0; c < b_columns; ++c)
        b[c * n + r] -= factor * b[c * n + k];
    }
    for (size_t c = k; c < n; ++c)
      a[c * n + k] /= p;
    for (size_t c = 0; c < b_columns; ++c)
      b[c * n + k] /= p;
  }
  return determinant;
}

std::vector<double> square_cells(const value& x, std::string_view usage, size_t& n) {
  auto m = x.as<matrix>();
  if (!m || m->rows() != m->columns()) refuse(usage, "X must be a square matrix.");
  n = m->rows();
  auto cells = cast_column(m->cells(), type_id::double_);
  std::vector<double> result(cells->data<double>(), cells->data<double>() + cells->size());
  for (auto& item : result)
    if (is_null(item)) item = 0; // as DolphinDB counts them
  return result;
}

value determinant(call_context&, arguments& args) {
  size_t n;
  auto a = square_cells(args[0], "det(X)", n);
  std::vector<double> none;
  return value::of_double(eliminate(a, none, n, 0));
}
value inverse(call_context&, arguments& args) {
  size_t n;
  auto a = square_cells(args[0], "inverse(X)", n);
  std::vector<double> b(n * n, 0.0);
  for (size_t i = 0; i < n; ++i)
    b[i * n + i] = 1;
  if (eliminate(a, b, n, n) == 0) refuse("inverse(X)", "X is singular.");
  return value{std::make_shared<matrix>(column::of<double>(type_id::double_, b), n, n)};
}
value solve(call_context&, arguments& args) {
  size_t n;
  auto a = square_cells(args[0], "solve(X, Y)", n);
  auto right = cast_column(vector_argument(args[1], "solve(X, Y)", "Y"), type_id::double_);
  if (right->size() != n) refuse("solve(X, Y)", "Y must have one element for each row of X.");
  std::vector<double> b(right->data<double>(), right->data<double>() + n);
  if (eliminate(a, b, n, 1) == 0) refuse("solve(X, Y)", "X is singular.");
  return value{column::of<double>(type_id::double_, b)};
}

value row_names(call_context&, arguments& args) {
  auto m = args[0].as<matrix>();
  if (!m) refuse_type("rowNames(X)", "X", args[0], "a matrix");
  return m->row_labels() ? value{m->row_labels()} : value{column::make(type_id::string)};
}

const std::vector<function_entry> whole_matrix_table = {
    {"matrix",
     "matrix(X, [args..])",
     "A matrix of the columns given as vectors, tuples, matrices or a table; matrix(dataType, "
     "rows, cols, [capacity], [defaultValue]) fills one.",
     make_matrix,
     1,
     255,
     plain,
     {{"matrix(1 2, 3 4)", "#0  #1\n--- ---\n1   3\n2   4"},
      {"sum(flatten(matrix(INT, 2, 3)))", "0"}}},
    {"transpose",
     "transpose(X)",
     "Rows become columns; a dictionary of vectors becomes a table.",
     transpose,
     1,
     1,
     plain,
     {{"flatten(transpose(matrix(1 2, 3 4)))", "[1,3,2,4]"}},
     {"flip"}},
    {"rows",
     "rows(X)",
     "Rows of a matrix or table, elements of a vector.",
     rows,
     1,
     1,
     plain,
     {{"rows(1 2 3)", "3"}}},
    {"cols",
     "cols(X)",
     "Columns of a matrix or table; 1 for a vector.",
     cols,
     1,
     1,
     plain,
     {{"cols(matrix(1 2, 3 4))", "2"}}},
    {"shape",
     "shape(X)",
     "The pair rows:columns.",
     shape,
     1,
     1,
     plain,
     {{"shape(matrix(1 2 3, 4 5 6))", "3 : 2"}}},
    {"row",
     "row(obj, index)",
     "A row of a matrix, table or tuple of columns.",
     row,
     2,
     2,
     plain,
     {{"row(matrix(1 2, 3 4), 1)", "[2,4]"}}},
    {"col",
     "col(obj, index)",
     "A column, or several.",
     col,
     2,
     2,
     plain,
     {{"col(matrix(1 2, 3 4), 1)", "[3,4]"}}},
    {"cell",
     "cell(obj, row, col)",
     "One cell.",
     cell,
     3,
     3,
     plain,
     {{"cell(matrix(1 2, 3 4), 0, 1)", "3"}}},
    {"cells",
     "cells(obj, row, col)",
     "The cells at pairs of positions.",
     cells,
     3,
     3,
     plain,
     {{"cells(matrix(1 2, 3 4), 0 1, 1 0)", "[3,2]"}}},
    {"eye",
     "eye(n)",
     "The identity matrix of n rows.",
     eye,
     1,
     1,
     plain,
     {{"flatten(eye(2))", "[1,0,0,1]"}}},
    {"diag",
     "diag(X)",
     "The matrix with X in its diagonal; the diagonal of a matrix.",
     diag,
     1,
     1,
     plain,
     {{"flatten(diag(1 2))", "[1,0,0,2]"}}},
    {"det",
     "det(X)",
     "The determinant of a square matrix.",
     determinant,
     1,
     1,
     plain,
     {{"det(matrix(1 2, 3 4))", "-2"}}},
    {"inverse",
     "inverse(X)",
     "The inverse of a square matrix.",
     inverse,
     1,
     1,
     plain,
     {{"flatten(inverse(matrix(2 0, 0 4)))", "[0.5,0,0,0.25]"}}},
    {"solve",
     "solve(X, Y)",
     "The vector b with X ** b == Y.",
     solve,
     2,
     2,
     plain,
     {{"solve(matrix(1 2, 3 4), 1 2)", "[1,0]"}}},
    {"rowNames",
     "rowNames(X)",
     "The row labels of a matrix.",
     row_names,
     1,
     1,
     plain,
     {{"rowNames(matrix(1 2))", "[]"}}},
};

} // namespace

function_family matrix_functions() {
  static const auto all = [] {
    auto entries = whole_matrix_table;
    auto more = matrix_row_functions();
    entries.insert(entries.end(), more.begin(), more.end());
    return entries;
  }();
  return all;
}

} // namespace pelorus
