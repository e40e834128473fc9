#include "query/set.hpp"

#include "query/cast.hpp"
#include "query/script_error.hpp"
#include "storage/sole_owner.hpp"

namespace pelorus {

namespace {

/// The elements of `items` whose place in `flags` is `wanted`.
column_ptr filtered(const column& items, const column& flags, bool wanted) {
  std::vector<uint32_t> rows;
  for (size_t i = 0; i < items.size(); ++i)
    if ((flags.data<int8_t>()[i] == 1) == wanted) rows.push_back(static_cast<uint32_t>(i));
  return items.gather(std::span<const uint32_t>{rows});
}

} // namespace

set_object::set_object(const column& items) : keys_(column::make(items.type(), 0, items.scale())) {
  if (!key_index::can_hold(items.type()))
    throw script_error(ec::type_mismatch, "A set cannot hold elements of type " +
                                              std::string{type_name(items.type())} + ".");
  std::vector<uint32_t> rows;
  first_equal(items, rows);
  keys_ = items.gather(std::span<const uint32_t>{rows});
  index_.rebuild(*keys_);
}

column_ptr set_object::shown() const {
  std::vector<uint32_t> rows(size());
  for (size_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<uint32_t>(rows.size() - 1 - i);
  return keys_->gather(std::span<const uint32_t>{rows});
}

column_ptr set_object::contains(const column_ptr& items) const {
  auto probe = cast_column(items, keys_->type(), keys_->scale());
  auto result = column::make(type_id::bool_, items->size());
  auto* to = result->mutable_data<int8_t>();
  for (size_t i = 0; i < items->size(); ++i)
    to[i] = index_.find(*keys_, *probe, i) != key_index::absent;
  result->set_no_nulls();
  return result;
}

bool set_object::contains_all(const set_object& other) const {
  auto found = contains(other.keys());
  for (size_t i = 0; i < found->size(); ++i)
    if (found->data<int8_t>()[i] != 1) return false;
  return true;
}

void set_object::add(const column_ptr& items) {
  auto probe = cast_column(items, keys_->type(), keys_->scale());
  if (!is_sole_owner(keys_)) keys_ = std::make_shared<column>(*keys_);
  for (size_t i = 0; i < probe->size(); ++i) {
    auto next = static_cast<uint32_t>(keys_->size());
    if (index_.find_or_add(*keys_, *probe, i, next) == next) keys_->append(*probe, i, 1);
  }
}

void set_object::erase(const column_ptr& items) {
  set_object gone{*cast_column(items, keys_->type(), keys_->scale())};
  keys_ = filtered(*keys_, *gone.contains(keys_), false);
  index_.rebuild(*keys_);
}

void set_object::clear() {
  keys_ = column::make(keys_->type(), 0, keys_->scale());
  index_.clear();
}

set_ptr set_union(const set_object& a, const set_object& b) {
  auto result = std::make_shared<set_object>(*a.keys());
  result->add(b.keys());
  return result;
}

set_ptr set_intersection(const set_object& a, const set_object& b) {
  return std::make_shared<set_object>(*filtered(*a.keys(), *b.contains(a.keys()), true));
}

set_ptr set_difference(const set_object& a, const set_object& b) {
  return std::make_shared<set_object>(*filtered(*a.keys(), *b.contains(a.keys()), false));
}

} // namespace pelorus
