#include "query/functions/columnwise.hpp"

#include "query/dictionary.hpp"
#include "query/functions/dispatch.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/set.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

value map_matrix(const matrix& m, const column_function& f) {
  column_ptr cells;
  for (size_t c = 0; c < m.columns(); ++c) {
    auto part = f(m.col(c));
    if (!cells) {
      cells = column::make(part->type(), 0, part->scale());
      cells->reserve(part->size() * m.columns());
    }
    cells->append(*part);
  }
  if (!cells) cells = column::make(m.type());
  auto rows = m.columns() == 0 ? 0 : cells->size() / m.columns();
  auto result =
      std::make_shared<matrix>(cells, rows, m.columns(),
                               rows == m.rows() ? m.row_labels() : column_ptr{}, m.column_labels());
  result->set_indexed(m.indexed());
  return value{std::move(result)};
}

} // namespace

value map_columns(const value& x, const column_function& f, std::string_view function) {
  if (x.is_scalar() && !x.is_void() && physical_of(x.type()) != physical::any) {
    auto result = f(to_column(x));
    return result->size() == 1 ? element(*result, 0) : value{result};
  }
  if (x.is_pair()) return value::pair(f(x.vec_ptr()));
  if (x.is_vector() && x.type() == type_id::any) {
    bool nested = false;
    for (auto& item : x.vec().items())
      nested |= !item.is_scalar();
    if (!nested) return value{f(x.vec_ptr())};
    std::vector<value> items;
    for (auto& item : x.vec().items())
      items.push_back(map_columns(item, f, function));
    return make_tuple_value(std::move(items));
  }
  if (x.is_vector()) return value{f(x.vec_ptr())};
  if (auto m = x.as<matrix>()) return map_matrix(*m, f);
  if (auto t = x.as<table>()) {
    std::vector<column_ptr> columns;
    for (auto& col : t->columns())
      columns.push_back(f(col));
    return value{std::make_shared<table>(t->names(), std::move(columns))};
  }
  if (auto d = x.as<dictionary>()) {
    std::vector<value> items;
    for (size_t i = 0; i < d->size(); ++i)
      items.push_back(map_columns(element(*d->value_column(), i), f, function));
    return value{d->with_values(make_tuple_value(std::move(items)).vec_ptr())};
  }
  refuse(function, fmt::format("X must be a vector, matrix or table, not a {} {}.",
                               type_name(x.type()), form_name(x.form())));
}

int64_t integer_argument(const arguments& args, size_t i, int64_t otherwise,
                         std::string_view function, std::string_view parameter) {
  if (!is_given(args, i) || args[i].is_void()) return otherwise;
  auto x = args[i].is_scalar() && is_number(args[i].type()) ? args[i].as_long() : null_of<int64_t>;
  if (x == null_of<int64_t>) refuse_type(function, parameter, args[i], "an integer");
  return x;
}

bool flag_argument(const arguments& args, size_t i, bool otherwise) {
  if (!is_given(args, i) || args[i].is_null() || !args[i].is_scalar()) return otherwise;
  return args[i].as_double() != 0;
}

std::string_view text_argument(const arguments& args, size_t i, std::string_view otherwise,
                               std::string_view function, std::string_view parameter) {
  if (!is_given(args, i)) return otherwise;
  if (!args[i].is_text()) refuse_type(function, parameter, args[i], "a string");
  return args[i].text();
}

column_ptr vector_argument(const value& x, std::string_view function, std::string_view parameter) {
  if (x.is_vector() || x.is_pair()) return x.vec_ptr();
  if (x.is_scalar() && !x.is_void()) return to_column(x);
  if (auto m = x.as<matrix>()) return m->cells();
  if (auto s = x.as<set_object>()) return s->shown();
  refuse_type(function, parameter, x, "a vector");
}

} // namespace pelorus
