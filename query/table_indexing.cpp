#include "query/table_indexing.hpp"

#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/indexing.hpp"
#include "query/interpreter.hpp"
#include "query/literals.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

bool names_columns(const value& x) { return is_text(x.type()) && (x.is_scalar() || x.is_vector()); }

size_t column_of(const table& t, std::string_view name) {
  auto i = t.find(name);
  if (i < 0) throw script_error(ec::not_found, fmt::format("The table has no column '{}'", name));
  return static_cast<size_t>(i);
}

std::vector<std::string> name_list(const value& x) {
  if (x.is_scalar()) return {std::string{x.text()}};
  std::vector<std::string> names;
  for (size_t i = 0; i < x.size(); ++i)
    names.emplace_back(x.vec().text(i));
  return names;
}

std::vector<size_t> chosen_columns(const table& t, const value& index) {
  std::vector<size_t> result;
  if (names_columns(index)) {
    for (const auto& name : name_list(index))
      result.push_back(column_of(t, name));
    return result;
  }
  for (auto i : index_positions(index, t.width())) {
    if (i < 0)
      throw script_error(ec::bad_argument, fmt::format("The table has only {} columns", t.width()));
    result.push_back(static_cast<size_t>(i));
  }
  return result;
}

table_ptr only_columns(const table& t, const std::vector<size_t>& columns) {
  auto result = std::make_shared<table>();
  for (auto i : columns)
    result->add(t.name(i), t.col(i));
  return result;
}

table_ptr only_rows(const table& t, const value& index) {
  auto positions = index_positions(index, t.rows());
  auto result = std::make_shared<table>();
  for (size_t i = 0; i < t.width(); ++i)
    result->add(t.name(i), t.col(i)->gather(std::span<const int64_t>{positions}));
  return result;
}

value row_dictionary(const table& t, const value& index, session& who) {
  std::vector<value> items;
  for (size_t i = 0; i < t.width(); ++i)
    items.push_back(get_indexed(value{t.col(i)}, {&index, 1}, who));
  auto keys = column::of_strings(t.names());
  return evaluator(who).call_registered(
      "dict", {value{keys}, make_tuple_value(std::move(items)), value::of_bool(true)});
}

/// A condition given as metacode, evaluated on the columns.
value condition_of(const table& t, const value& index, session& who) {
  auto code = index.as<code_object>();
  if (!code) return index;
  named_values columns;
  for (size_t i = 0; i < t.width(); ++i)
    columns.emplace_back(t.name(i), value{t.col(i)});
  return evaluate_code(*code, who, columns);
}

} // namespace

value table_at(const table_ptr& t, std::span<const value> indices, session& who) {
  const auto& first = indices[0];
  if (names_columns(first)) {
    auto columns = chosen_columns(*t, first);
    auto rows = indices.size() > 1 ? condition_of(*t, indices[1], who) : default_argument();
    bool all = rows.is_void() && rows.raw_int() == 2;
    if (first.is_scalar()) {
      value whole{t->col(columns[0])};
      return all ? whole : get_indexed(whole, {&rows, 1}, who);
    }
    auto part = only_columns(*t, columns);
    return all ? value{part} : value{only_rows(*part, rows)};
  }
  auto rows = condition_of(*t, first, who);
  bool one_row = rows.is_scalar() && is_integral(rows.type());
  if (indices.size() == 1)
    return one_row ? row_dictionary(*t, rows, who) : value{only_rows(*t, rows)};
  auto columns = chosen_columns(*t, indices[1]);
  bool one_column = indices[1].is_scalar();
  if (one_row && one_column) return get_indexed(value{t->col(columns[0])}, {&rows, 1}, who);
  return value{only_rows(*only_columns(*t, columns), rows)};
}

void assign_column(table& t, std::string_view name, const value& x) {
  column_ptr fresh;
  if (x.is_scalar() && !x.is_void())
    fresh = to_column(x, t.rows());
  else if (x.is_vector())
    fresh = x.vec_ptr();
  else
    throw script_error(ec::type_mismatch, fmt::format("A {} cannot become the column '{}'",
                                                      form_name(x.form()), name));
  if (t.width() > 0 && fresh->size() != t.rows())
    throw script_error(ec::bad_argument,
                       fmt::format("{} values cannot become the column '{}' of a table of {} rows",
                                   fresh->size(), name, t.rows()));
  auto i = t.find(name);
  if (i >= 0)
    t.set(static_cast<size_t>(i), fresh);
  else
    t.add(std::string{name}, fresh);
}

void assign_table(table& t, std::span<const value> indices, const value& x, session& who) {
  bool name_first = names_columns(indices[0]);
  if (indices.size() == 1) {
    if (!name_first)
      throw script_error(ec::type_mismatch,
                         "A column's name must stand in the brackets: t[`c] = x");
    auto names = name_list(indices[0]);
    bool each = indices[0].is_vector();
    if (each && (!x.is_vector() || x.size() != names.size()))
      throw script_error(ec::bad_argument,
                         fmt::format("{} columns need as many values", names.size()));
    for (size_t i = 0; i < names.size(); ++i)
      assign_column(t, names[i], each ? element(x.vec(), i) : x);
    return;
  }
  auto columns = chosen_columns(t, name_first ? indices[0] : indices[1]);
  auto rows = condition_of(t, name_first ? indices[1] : indices[0], who);
  for (auto c : columns) {
    value changed{t.col(c)};
    t.set(c, nullptr); // so that the column has one holder and is changed in place
    try {
      set_indexed(changed, {&rows, 1}, x, who);
    } catch (...) {
      t.set(c, changed.vec_ptr());
      throw;
    }
    t.set(c, changed.vec_ptr());
  }
}

} // namespace pelorus
