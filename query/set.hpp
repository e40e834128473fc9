// The set object: distinct elements of one type.
#pragma once

#include <memory>

#include "query/key_index.hpp"
#include "storage/object.hpp"

namespace pelorus {

class set_object final : public object {
public:
  /// The distinct elements of `items`, in their order. Throws script_error for types that cannot be
  /// keys.
  explicit set_object(const column& items);

  pelorus::form form() const override { return pelorus::form::set; }
  type_id type() const override { return keys_->type(); }
  size_t size() const override { return keys_->size(); }
  uint64_t bytes() const override { return keys_->bytes(); }

  /// Elements in the order of insertion.
  const column_ptr& keys() const { return keys_; }
  /// In the order in which sets are shown and iterated: newest first, as DolphinDB shows them.
  column_ptr shown() const;
  /// Per element of `items` (any type that converts) whether it is in the set, as BOOL.
  column_ptr contains(const column_ptr& items) const;
  bool contains_all(const set_object& other) const;
  void add(const column_ptr& items);
  void erase(const column_ptr& items);
  void clear();

private:
  column_ptr keys_;
  key_index index_;
};
using set_ptr = std::shared_ptr<set_object>;

set_ptr set_union(const set_object& a, const set_object& b);
set_ptr set_intersection(const set_object& a, const set_object& b);
set_ptr set_difference(const set_object& a, const set_object& b);

} // namespace pelorus
