#include "query/functions/shapes.hpp"

#include "query/matrix.hpp"
#include "query/partitioned_table.hpp"

namespace pelorus {

std::vector<column_ptr> columns_of(const value& x) {
  std::vector<column_ptr> result;
  if (auto t = x.as<table>()) return t->columns();
  if (auto m = x.as<matrix>())
    for (size_t c = 0; c < m->columns(); ++c) result.push_back(m->col(c));
  return result;
}

value per_column(const value& shape, const std::vector<value>& results) {
  auto t = shape.as<table>();
  if (!t) return value{concatenate(results, {}, false)};
  auto row = std::make_shared<table>();
  for (size_t c = 0; c < results.size(); ++c) row->add(t->name(c), as_column(results[c], 1, t->name(c)));
  return value{row};
}

std::vector<std::string> text_list(const value& x, std::string_view function, std::string_view parameter) {
  std::vector<std::string> result;
  if (x.is_text()) result.emplace_back(x.text());
  else if (x.is_vector() && is_text(x.type()))
    for (size_t i = 0; i < x.size(); ++i) result.emplace_back(x.vec().text(i));
  else
    throw script_error{ec::type_mismatch, std::string{function} + ": " + std::string{parameter} +
                                              " must be a string or a vector of strings."};
  return result;
}

std::string text_of_argument(const value& x, std::string_view function, std::string_view parameter) {
  auto list = text_list(x, function, parameter);
  if (list.size() != 1)
    throw script_error{ec::bad_argument, std::string{function} + ": " + std::string{parameter} +
                                             " must be one string."};
  return list.front();
}

table_ptr table_argument(const value& x, std::string_view function, std::string_view parameter) {
  if (auto t = x.as<table>()) return t;
  throw script_error{ec::type_mismatch,
                     std::string{function} + ": " + std::string{parameter} + " must be an in-memory table."};
}

} // namespace pelorus
