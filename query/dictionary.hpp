// The dictionary object: keys of one type, values of one type (or ANY).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "query/key_index.hpp"
#include "storage/object.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Shared by reference, as in DolphinDB: `a = b` makes two names of one dictionary; functions that
/// are to leave it alone work on a copy (`clone`).
class dictionary final : public object {
public:
  dictionary(type_id key_type, type_id value_type, bool ordered = false);
  /// One entry per key; of equal keys the last value stays. `keys` and `values` have one length.
  dictionary(const column_ptr& keys, const column_ptr& values, bool ordered = false);

  pelorus::form form() const override { return pelorus::form::dictionary; }
  type_id type() const override { return values_->type(); }
  size_t size() const override { return keys_->size(); }
  uint64_t bytes() const override { return keys_->bytes() + values_->bytes(); }
  type_id key_type() const { return keys_->type(); }
  bool ordered() const { return ordered_; }

  /// The value of a key, or VOID NULL when it is absent.
  value get(const value& key) const;
  value get(std::string_view key) const;
  bool has(const value& key) const;
  /// Values by keys, null where absent.
  value get_all(const column_ptr& keys) const;
  /// Per key whether it is there, as BOOL.
  column_ptr contains(const column_ptr& keys) const;
  /// Converts key and value to the dictionary's types; throws script_error when they do not
  /// convert.
  void set(const value& key, const value& x);
  void set(std::string_view key, const value& x) { set(value::of_text(key), x); }
  void set_all(const column_ptr& keys, const value& values);
  void erase(const column_ptr& keys);
  void clear();
  std::shared_ptr<dictionary> clone() const;
  /// The same keys with other values, in the order of insertion.
  std::shared_ptr<dictionary> with_values(const column_ptr& values) const;

  /// Entries in the order of insertion.
  const column_ptr& key_column() const { return keys_; }
  const column_ptr& value_column() const { return values_; }
  column& own_values();
  /// Positions in the order in which the dictionary is shown and iterated. For unordered ones that
  /// is the order of a chained hash table that grows by primes, which clients have learned to
  /// expect from DolphinDB.
  std::vector<uint32_t> shown() const;
  column_ptr shown_keys() const;
  column_ptr shown_values() const;
  /// The number of buckets that `shown` pretends to start with.
  void set_buckets(size_t n) { buckets_ = n; }

private:
  uint32_t position(const value& key) const;
  column_ptr convert_keys(const column_ptr& keys) const;
  void put(const column& keys, size_t i, const value& x);

  column_ptr keys_, values_;
  key_index index_;
  bool ordered_ = false;
  size_t buckets_ = 3;
};
using dictionary_ptr = std::shared_ptr<dictionary>;

} // namespace pelorus
