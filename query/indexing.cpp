#include "query/indexing.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/literals.hpp"
#include "query/object_indexing.hpp"
#include "query/script_error.hpp"
#include "query/table_indexing.hpp"
#include "storage/sole_owner.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

bool is_whole(const value& x) {
  return x.is_scalar() && (is_integral(x.type()) || x.type() == type_id::void_);
}

bool is_left_out(const value& x) { return x.is_void() && x.raw_int() == 2; }

[[noreturn]] void throw_index(const value& x, const value& index) {
  throw script_error(ec::type_mismatch,
                     fmt::format("A {} of type {} cannot be indexed with a {} of type {}",
                                 form_name(x.form()), type_name(x.type()), form_name(index.form()),
                                 type_name(index.type())));
}

std::vector<int64_t> range_positions(const value& range, size_t size) {
  auto low = element(range.vec(), 0), high = element(range.vec(), 1);
  auto n = static_cast<int64_t>(size);
  int64_t from = low.is_null() ? 0 : low.as_long(), to = high.is_null() ? n : high.as_long();
  std::vector<int64_t> result;
  auto add = [&](int64_t i) { result.push_back(i >= 0 && i < n ? i : -1); };
  if (std::abs(to - from) > static_cast<int64_t>(size) + (1 << 20))
    throw script_error(ec::bad_argument,
                       fmt::format("The index {}:{} lies far outside of {} elements", from, to, n));
  for (int64_t i = from; i < to; ++i)
    add(i);
  for (int64_t i = from - 1; i >= to; --i)
    add(i);
  return result;
}

std::vector<int64_t> condition_positions(const column& conditions, size_t size) {
  if (conditions.size() != size)
    throw script_error(
        ec::bad_argument,
        fmt::format("{} conditions cannot choose among {} elements", conditions.size(), size));
  std::vector<int64_t> result;
  for (size_t i = 0; i < size; ++i)
    if (conditions.data<int8_t>()[i] > 0) result.push_back(static_cast<int64_t>(i));
  return result;
}

value null_like(const column& c) {
  return c.physical() == physical::any || is_array(c.type()) ? value{}
                                                             : value::null(c.type(), c.scale());
}

value pick(const column& c, const value& index) {
  if (is_whole(index)) {
    auto i = index.as_long();
    bool inside = !index.is_null() && i >= 0 && i < static_cast<int64_t>(c.size());
    return inside ? element(c, static_cast<size_t>(i)) : null_like(c);
  }
  auto positions = index_positions(index, c.size());
  return value{c.gather(std::span<const int64_t>{positions})};
}

/// x[i, j, ..] of a tuple: the rest of the indices applies to every element that the first one
/// chooses.
value pick_nested(const value& x, std::span<const value> indices, session& who) {
  if (indices.size() == 1) return is_left_out(indices[0]) ? x : get_indexed(x, indices, who);
  if (!x.is_vector()) throw_index(x, indices[0]);
  if (x.type() != type_id::any && !is_array(x.type())) throw_index(x, indices[1]);
  auto chosen = is_left_out(indices[0]) ? x : pick(x.vec(), indices[0]);
  auto rest = indices.subspan(1);
  if (is_whole(indices[0]) && !is_left_out(indices[0])) return pick_nested(chosen, rest, who);
  std::vector<value> results;
  for (size_t i = 0; i < chosen.size(); ++i) {
    auto item = element(chosen.vec(), i);
    results.push_back(item.is_scalar() ? item : pick_nested(item, rest, who));
  }
  return make_tuple_value(std::move(results));
}

void write_positions(column& c, const std::vector<int64_t>& positions, const value& item) {
  bool each = item.is_vector() && !is_array(c.type());
  if (each && item.size() != positions.size())
    throw script_error(ec::bad_argument, fmt::format("{} values cannot be assigned to {} elements",
                                                     item.size(), positions.size()));
  for (size_t k = 0; k < positions.size(); ++k) {
    if (positions[k] < 0)
      throw script_error(
          ec::bad_argument,
          fmt::format("The index is out of range: the vector has {} elements", c.size()));
    unwrap(set_element(c, static_cast<size_t>(positions[k]), each ? element(item.vec(), k) : item));
  }
}

void write_vector(value& x, std::span<const value> indices, const value& item, session& who) {
  auto& c = x.own_vec();
  if (indices.size() > 1) {
    if (c.type() != type_id::any || !is_whole(indices[0])) throw_index(x, indices[1]);
    auto positions = index_positions(indices[0], c.size());
    if (positions[0] < 0) throw script_error(ec::bad_argument, "The index is out of range");
    set_indexed(c.own_items()[static_cast<size_t>(positions[0])], indices.subspan(1), item, who);
    return;
  }
  auto positions = index_positions(indices[0], c.size());
  bool whole_item = is_whole(indices[0]) && c.type() == type_id::any;
  if (!whole_item) return write_positions(c, positions, item);
  if (positions[0] < 0)
    throw script_error(
        ec::bad_argument,
        fmt::format("The index is out of range: the tuple has {} elements", c.size()));
  c.own_items()[static_cast<size_t>(positions[0])] = item;
}

} // namespace

std::vector<int64_t> index_positions(const value& index, size_t size) {
  auto n = static_cast<int64_t>(size);
  if (is_left_out(index)) {
    std::vector<int64_t> all(size);
    for (size_t i = 0; i < size; ++i)
      all[i] = static_cast<int64_t>(i);
    return all;
  }
  if (is_whole(index)) {
    auto i = index.as_long();
    return {!index.is_null() && i >= 0 && i < n ? i : -1};
  }
  if (index.is_pair() && is_integral(index.type())) return range_positions(index, size);
  if (!index.is_vector() || (!is_integral(index.type()) && index.size() > 0))
    throw script_error(
        ec::type_mismatch,
        fmt::format("A {} of type {} is no index: numbers, a range or conditions are expected",
                    form_name(index.form()), type_name(index.type())));
  const auto& column = index.vec();
  if (index.type() == type_id::bool_) return condition_positions(column, size);
  std::vector<int64_t> result(column.size());
  for (size_t i = 0; i < result.size(); ++i) {
    auto at = element(column, i);
    auto p = at.as_long();
    result[i] = !at.is_null() && p >= 0 && p < n ? p : -1;
  }
  return result;
}

value get_indexed(const value& x, std::span<const value> indices, session& who) {
  if (x.is_vector()) {
    if (indices.size() > 1) return pick_nested(x, indices, who);
    return is_left_out(indices[0]) ? x : pick(x.vec(), indices[0]);
  }
  if (x.is_pair()) return pick(x.vec(), indices[0]);
  if (auto t = x.as<table>()) return table_at(t, indices, who);
  if (auto d = x.as<dictionary>()) return dictionary_at(*d, indices, who);
  if (auto m = x.as<matrix>()) return matrix_at(*m, indices);
  if (x.is_text() && is_whole(indices[0])) {
    auto text = x.text();
    auto i = indices[0].as_long();
    bool inside = !indices[0].is_null() && i >= 0 && i < static_cast<int64_t>(text.size());
    return inside ? value::integral(type_id::char_, text[static_cast<size_t>(i)])
                  : value::null(type_id::char_);
  }
  throw_index(x, indices[0]);
}

void set_indexed(value& x, std::span<const value> indices, const value& item, session& who) {
  if (x.is_vector()) return write_vector(x, indices, item, who);
  if (x.is_pair()) {
    auto two = x.vec().clone();
    write_positions(*two, index_positions(indices[0], 2), item);
    x = value::pair(two);
    return;
  }
  if (auto t = x.as<table>()) return assign_table(*t, indices, item, who);
  if (auto d = x.as<dictionary>()) return assign_dictionary(*d, indices, item, who);
  auto m = x.as<matrix>();
  if (!m) throw_index(x, indices[0]);
  if (!is_sole_owner(m, 2)) { // more holders than `x` and `m`
    m = std::make_shared<matrix>(*m);
    x.reset_object(m);
  }
  assign_matrix(*m, indices, item);
}

value get_member(const value& x, std::string_view name, session&) {
  if (auto t = x.as<table>()) {
    auto i = t->find(name);
    if (i < 0) throw script_error(ec::not_found, fmt::format("The table has no column '{}'", name));
    return value{t->col(static_cast<size_t>(i))};
  }
  if (auto d = x.as<dictionary>()) return d->get(value::of_text(name));
  throw script_error(ec::not_found, fmt::format("A {} of type {} has no member '{}'",
                                                form_name(x.form()), type_name(x.type()), name));
}

void set_member(value& x, std::string_view name, const value& item) {
  if (auto t = x.as<table>()) return assign_column(*t, name, item);
  if (auto d = x.as<dictionary>()) return d->set(name, item);
  throw script_error(ec::type_mismatch, fmt::format("The member '{}' of a {} cannot be assigned",
                                                    name, form_name(x.form())));
}

loop_items::loop_items(value x, session& who) : source_(std::move(x)), who_(who) {
  if (auto column = loop_column(source_)) source_ = value{column};
  if (auto t = source_.as<table>())
    size_ = t->rows();
  else if (auto m = source_.as<matrix>())
    size_ = m->columns();
  else if (source_.is_vector())
    size_ = source_.size();
  else if (source_.is_pair())
    size_ = 2;
  else if (source_.is_scalar() && !source_.is_nothing())
    size_ = 1;
  else
    throw script_error(ec::type_mismatch,
                       fmt::format("A {} of type {} has no items to go over",
                                   form_name(source_.form()), type_name(source_.type())));
}

value loop_items::operator[](size_t i) const {
  switch (source_.form()) {
  case form::vector:
  case form::pair: return element(source_.vec(), i);
  case form::matrix: return value{static_cast<const matrix&>(*source_.ptr()).col(i)};
  case form::table: {
    value index = value::of_long(static_cast<int64_t>(i));
    return table_at(source_.as<table>(), {&index, 1}, who_);
  }
  default: return source_;
  }
}

} // namespace pelorus
