#include "query/dictionary.hpp"

#include <deque>
#include <string>

#include <fmt/format.h>

#include "query/cast.hpp"
#include "query/script_error.hpp"
#include "storage/sole_owner.hpp"

namespace pelorus {

namespace {

size_t next_prime(size_t n) {
  auto is_prime = [](size_t x) {
    for (size_t d = 2; d * d <= x; ++d)
      if (x % d == 0) return false;
    return x >= 2;
  };
  while (!is_prime(n))
    ++n;
  return n;
}

void require_key(type_id type) {
  if (!key_index::can_hold(type))
    throw script_error(ec::type_mismatch,
                       fmt::format("A dictionary cannot have keys of type {}.", type_name(type)));
}

} // namespace

dictionary::dictionary(type_id key_type, type_id value_type, bool ordered)
    : keys_(column::make(key_type)), values_(column::make(value_type)), ordered_(ordered) {
  require_key(key_type);
}

dictionary::dictionary(const column_ptr& keys, const column_ptr& values, bool ordered)
    : dictionary(keys->type(), values->type(), ordered) {
  keys_ = column::make(keys->type(), 0, keys->scale());
  values_ = column::make(values->type(), 0, values->scale());
  keys_->reserve(keys->size());
  values_->reserve(keys->size());
  index_.reserve(keys->size());
  buckets_ = next_prime(std::max<size_t>(keys->size() + keys->size() / 5, 2));
  for (size_t i = 0; i < keys->size(); ++i) {
    auto next = static_cast<uint32_t>(keys_->size());
    auto at = index_.find_or_add(*keys_, *keys, i, next);
    if (at == next) {
      keys_->append(*keys, i, 1);
      values_->append(*values, i, 1);
    } else {
      unwrap(set_element(*values_, at, element(*values, i)));
    }
  }
}

column_ptr dictionary::convert_keys(const column_ptr& keys) const {
  bool fits = keys->physical() == keys_->physical() && keys->type() == keys_->type();
  if (fits || (is_text(keys->type()) && is_text(keys_->type()))) return keys;
  return cast_column(keys, keys_->type(), keys_->scale());
}

uint32_t dictionary::position(const value& key) const {
  if (!key.is_scalar() || (key.is_text() && !is_text(keys_->type()))) return key_index::absent;
  return index_.find(*keys_,
                     *convert_keys(to_column(key.is_void() ? value::null(keys_->type()) : key)), 0);
}

value dictionary::get(const value& key) const {
  auto at = position(key);
  if (at != key_index::absent) return element(*values_, at);
  return values_->type() == type_id::any ? value{} : value::null(values_->type(), values_->scale());
}

value dictionary::get(std::string_view key) const { return get(value::of_text(key)); }

bool dictionary::has(const value& key) const { return position(key) != key_index::absent; }

value dictionary::get_all(const column_ptr& keys) const {
  auto probe = convert_keys(keys);
  std::vector<int64_t> rows(keys->size());
  for (size_t i = 0; i < rows.size(); ++i) {
    auto at = index_.find(*keys_, *probe, i);
    rows[i] = at == key_index::absent ? -1 : static_cast<int64_t>(at);
  }
  return value{values_->gather(std::span<const int64_t>{rows})};
}

column_ptr dictionary::contains(const column_ptr& keys) const {
  auto probe = convert_keys(keys);
  auto result = column::make(type_id::bool_, keys->size());
  auto* to = result->mutable_data<int8_t>();
  for (size_t i = 0; i < keys->size(); ++i)
    to[i] = index_.find(*keys_, *probe, i) != key_index::absent;
  result->set_no_nulls();
  return result;
}

column& dictionary::own_values() {
  if (!is_sole_owner(values_)) values_ = std::make_shared<column>(*values_);
  return *values_;
}

void dictionary::put(const column& keys, size_t i, const value& x) {
  auto next = static_cast<uint32_t>(keys_->size());
  auto converted = values_->type() == type_id::any ? x : cast(x, values_->type(), values_->scale());
  auto at = index_.find_or_add(*keys_, keys, i, next);
  auto& values = own_values();
  if (at != next) {
    unwrap(set_element(values, at, converted));
    return;
  }
  if (!is_sole_owner(keys_)) keys_ = std::make_shared<column>(*keys_);
  keys_->append(keys, i, 1);
  unwrap(push_element(values, converted));
}

void dictionary::set(const value& key, const value& x) { put(*convert_keys(to_column(key)), 0, x); }

void dictionary::set_all(const column_ptr& keys, const value& values) {
  auto converted = convert_keys(keys);
  if (values.is_vector() && values.size() != keys->size())
    throw script_error(
        ec::bad_argument,
        fmt::format("A dictionary was given {} keys and {} values.", keys->size(), values.size()));
  for (size_t i = 0; i < keys->size(); ++i)
    put(*converted, i, values.is_vector() ? element(values.vec(), i) : values);
}

void dictionary::erase(const column_ptr& keys) {
  auto probe = convert_keys(keys);
  std::vector<bool> gone(size());
  for (size_t i = 0; i < probe->size(); ++i)
    if (auto at = index_.find(*keys_, *probe, i); at != key_index::absent) gone[at] = true;
  std::vector<uint32_t> kept;
  for (size_t i = 0; i < gone.size(); ++i)
    if (!gone[i]) kept.push_back(static_cast<uint32_t>(i));
  keys_ = keys_->gather(std::span<const uint32_t>{kept});
  values_ = values_->gather(std::span<const uint32_t>{kept});
  index_.rebuild(*keys_);
}

void dictionary::clear() {
  keys_ = column::make(keys_->type(), 0, keys_->scale());
  values_ = column::make(values_->type(), 0, values_->scale());
  index_.clear();
}

std::shared_ptr<dictionary> dictionary::clone() const {
  return std::make_shared<dictionary>(*this);
}

std::shared_ptr<dictionary> dictionary::with_values(const column_ptr& values) const {
  auto result = clone();
  result->values_ = values;
  return result;
}

std::vector<uint32_t> dictionary::shown() const {
  std::vector<uint32_t> order(size());
  if (ordered_) {
    for (size_t i = 0; i < order.size(); ++i)
      order[i] = static_cast<uint32_t>(i);
    return order;
  }
  // New entries go to the front of the chain; growing the table turns the chain around.
  std::deque<uint32_t> chain;
  auto buckets = buckets_;
  bool turned = false;
  for (uint32_t i = 0; i < order.size(); ++i) {
    if (i + 1 >= buckets) {
      buckets = next_prime(std::max<size_t>(i + 2, buckets * 2));
      if (i != 0) turned = !turned;
    }
    turned ? chain.push_back(i) : chain.push_front(i);
  }
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = turned ? chain[order.size() - 1 - i] : chain[i];
  return order;
}

column_ptr dictionary::shown_keys() const {
  auto order = shown();
  return keys_->gather(std::span<const uint32_t>{order});
}

column_ptr dictionary::shown_values() const {
  auto order = shown();
  return values_->gather(std::span<const uint32_t>{order});
}

} // namespace pelorus
