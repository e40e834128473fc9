#include "query/indexing.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/literals.hpp"
#include "query/script_error.hpp"
#include "query/table_indexing.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

bool is_whole(const value& x) {
  return x.is_scalar() && (is_integral(x.type()) || x.type() == type_id::void_);
}

bool is_left_out(const value& x) { return x.is_void() && x.raw_int() == 2; }

[[noreturn]] void throw_index(const value& x, const value& index) {
  throw script_error(ec::type_mismatch, fmt::format("A {} of type {} cannot be indexed with a {} of type {}", form_name(x.form()),
                                                    type_name(x.type()), form_name(index.form()), type_name(index.type())));
}

std::vector<int64_t> range_positions(const value& range, size_t size) {
  auto low = element(range.vec(), 0), high = element(range.vec(), 1);
  auto n = static_cast<int64_t>(size);
  int64_t from = low.is_null() ? 0 : low.as_long(), to = high.is_null() ? n : high.as_long();
  std::vector<int64_t> result;
  auto add = [&](int64_t i) { result.push_back(i >= 0 && i < n ? i : -1); };
  if (std::abs(to - from) > static_cast<int64_t>(size) + (1 << 20))
    throw script_error(ec::bad_argument, fmt::format("The index {}:{} lies far outside of {} elements", from, to, n));
  for (int64_t i = from; i < to; ++i) add(i);
  for (int64_t i = from - 1; i >= to; --i) add(i);
  return result;
}

std::vector<int64_t> condition_positions(const column& conditions, size_t size) {
  if (conditions.size() != size)
    throw script_error(ec::bad_argument, fmt::format("{} conditions cannot choose among {} elements", conditions.size(), size));
  std::vector<int64_t> result;
  for (size_t i = 0; i < size; ++i)
    if (conditions.data<int8_t>()[i] > 0) result.push_back(static_cast<int64_t>(i));
  return result;
}

value null_like(const column& c) {
  return c.physical() == physical::any || is_array(c.type()) ? value{} : value::null(c.type(), c.scale());
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

/// x[i, j, ..] of a tuple: the rest of the indices applies to every element that the first one chooses.
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
    throw script_error(ec::bad_argument, fmt::format("{} values cannot be assigned to {} elements", item.size(), positions.size()));
  for (size_t k = 0; k < positions.size(); ++k) {
    if (positions[k] < 0)
      throw script_error(ec::bad_argument, fmt::format("The index is out of range: the vector has {} elements", c.size()));
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
    throw script_error(ec::bad_argument, fmt::format("The index is out of range: the tuple has {} elements", c.size()));
  c.own_items()[static_cast<size_t>(positions[0])] = item;
}

} // namespace

std::vector<int64_t> index_positions(const value& index, size_t size) {
  auto n = static_cast<int64_t>(size);
  if (is_left_out(index)) {
    std::vector<int64_t> all(size);
    for (size_t i = 0; i < size; ++i) all[i] = static_cast<int64_t>(i);
    return all;
  }
  if (is_whole(index)) {
    auto i = index.as_long();
    return {!index.is_null() && i >= 0 && i < n ? i : -1};
  }
  if (index.is_pair() && is_integral(index.type())) return range_positions(index, size);
  if (!index.is_vector() || (!is_integral(index.type()) && index.size() > 0))
    throw script_error(ec::type_mismatch, fmt::format("A {} of type {} is no index: numbers, a range or conditions are expected",
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
  if (const auto* o = dynamic_cast<const indexable*>(x.ptr().get())) return o->at(indices);
  if (x.is_text() && is_whole(indices[0])) {
    auto text = x.text();
    auto i = indices[0].as_long();
    bool inside = !indices[0].is_null() && i >= 0 && i < static_cast<int64_t>(text.size());
    return inside ? value::integral(type_id::char_, text[static_cast<size_t>(i)]) : value::null(type_id::char_);
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
  auto* o = dynamic_cast<indexable*>(x.ptr().get());
  if (!o) throw_index(x, indices[0]);
  if (x.ptr().use_count() > 1) {
    if (auto copy = o->copy()) {
      x.reset_object(copy);
      o = dynamic_cast<indexable*>(copy.get());
    }
  }
  o->assign(indices, item);
}

value get_member(const value& x, std::string_view name, session&) {
  if (auto t = x.as<table>()) {
    auto i = t->find(name);
    if (i < 0) throw script_error(ec::not_found, fmt::format("The table has no column '{}'", name));
    return value{t->col(static_cast<size_t>(i))};
  }
  if (const auto* o = dynamic_cast<const indexable*>(x.ptr().get())) {
    if (auto result = o->member(name)) return *result;
  }
  throw script_error(ec::not_found, fmt::format("A {} of type {} has no member '{}'", form_name(x.form()), type_name(x.type()), name));
}

void set_member(value& x, std::string_view name, const value& item) {
  if (auto t = x.as<table>()) return assign_column(*t, name, item);
  auto* o = dynamic_cast<indexable*>(x.ptr().get());
  if (o && x.ptr().use_count() > 1) {
    if (auto copy = o->copy()) {
      x.reset_object(copy);
      o = dynamic_cast<indexable*>(copy.get());
    }
  }
  if (!o || !o->assign_member(name, item))
    throw script_error(ec::type_mismatch, fmt::format("The member '{}' of a {} cannot be assigned", name, form_name(x.form())));
}

size_t loop_size(const value& x) {
  if (x.is_vector()) return x.size();
  if (auto t = x.as<table>()) return t->rows();
  const auto* o = dynamic_cast<const indexable*>(x.ptr().get());
  if (o) return o->item_count();
  throw script_error(ec::type_mismatch, fmt::format("A for loop cannot go over a {} of type {}", form_name(x.form()), type_name(x.type())));
}

value loop_item(const value& x, size_t i, session& who) {
  if (x.is_vector()) return element(x.vec(), i);
  if (auto t = x.as<table>()) {
    value index = value::of_long(static_cast<int64_t>(i));
    return table_at(t, {&index, 1}, who);
  }
  return dynamic_cast<const indexable*>(x.ptr().get())->item(i);
}

} // namespace pelorus
