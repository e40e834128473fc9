#include "query/functions/higher_order_items.hpp"

#include <algorithm>

#include "query/dictionary.hpp"
#include "query/functions/dispatch.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/set.hpp"
#include "storage/table.hpp"

namespace pelorus {

item_list::item_list(const value& x) : x_(x) {
  if (auto d = x.as<dictionary>())
    x_ = value{d->shown_values()};
  else if (auto s = x.as<set_object>())
    x_ = value{s->shown()};
  else if (auto t = x.as<table>(); t)
    size_ = t->width();
  else if (auto m = x.as<matrix>())
    size_ = m->columns();
  else if (x.is_pair())
    x_ = value{x.vec_ptr()};
  if (x_.is_vector()) size_ = x_.size();
  single_ =
      x_.is_scalar() || x_.form() == form::sysobj || (x_.form() == form::table && !x_.as<table>());
}

value item_list::operator[](size_t i) const {
  if (single_) return x_;
  if (x_.is_vector()) return element(x_.vec(), i);
  if (auto m = x_.as<matrix>()) return value{m->col(i)};
  return value{x_.as<table>()->col(i)};
}

size_t common_size(const std::vector<item_list>& lists, std::string_view function) {
  size_t size = 1;
  bool found = false;
  for (auto& list : lists) {
    if (list.is_single()) continue;
    if (found && list.size() != size)
      refuse(function, fmt::format("the arguments must have the same length, not {} and {}.", size,
                                   list.size()));
    size = list.size();
    found = true;
  }
  return size;
}

namespace {

value table_of_rows(const std::vector<value>& rows) {
  auto first = rows.front().as<dictionary>();
  auto result = std::make_shared<table>();
  for (auto k : first->shown()) {
    auto key = element(*first->key_column(), k);
    std::vector<value> cells;
    for (auto& row : rows)
      cells.push_back(row.as<dictionary>()->get(key));
    result->add(std::string{key.text()}, combine(cells).vec_ptr());
  }
  return value{result};
}

template <class F>
bool all(const std::vector<value>& items, F&& test) {
  return std::all_of(items.begin(), items.end(), test);
}

} // namespace

value collected(std::vector<value> results) {
  if (results.empty()) return make_tuple_value({});
  auto plain = [](const value& x) {
    return x.is_scalar() && physical_of(x.type()) != physical::any;
  };
  if (all(results, [&](auto& x) { return plain(x) || x.is_void(); }) &&
      !all(results, [](auto& x) { return x.is_void(); }))
    return combine(results);
  auto size = results.front().size();
  bool vectors = all(results, [&](auto& x) {
    return x.is_vector() && x.size() == size && x.type() != type_id::any && !is_array(x.type()) &&
           (is_number(x.type()) == is_number(results.front().type()));
  });
  if (vectors) {
    auto type = results.front().type();
    for (auto& x : results)
      type = common_type(type, x.type());
    if (type != type_id::any) return matrix_of_columns(results);
  }
  bool rows = all(results, [](auto& x) {
    auto d = x.template as<dictionary>();
    return d && is_text(d->key_type());
  });
  return rows ? table_of_rows(results) : make_tuple_value(std::move(results));
}

value collected_like(const value& x, std::vector<value> results) {
  if (auto d = x.as<dictionary>()) {
    auto values = combine(results);
    return value{std::make_shared<dictionary>(d->shown_keys(), values.vec_ptr(), true)};
  }
  auto t = x.as<table>();
  bool columns = t && all(results, [&](auto& r) {
                   return r.is_vector() && r.size() == results.front().size();
                 });
  if (columns) {
    std::vector<column_ptr> made;
    for (auto& r : results)
      made.push_back(r.vec_ptr());
    return value{std::make_shared<table>(t->names(), std::move(made))};
  }
  auto result = collected(std::move(results));
  auto m = x.as<matrix>(), n = result.as<matrix>();
  if (m && n && m->columns() == n->columns())
    n->set_labels(m->rows() == n->rows() ? m->row_labels() : column_ptr{}, m->column_labels());
  return result;
}

} // namespace pelorus
