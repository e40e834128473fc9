// x[i] and x.name, for reading and for writing.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/value.hpp"

namespace pelorus {

struct session;

/// What objects other than vectors, pairs and tables implement to stand before [] and dots and in for loops.
/// An index that was left empty (m[, 1]) is `default_argument()`.
class indexable {
public:
  virtual ~indexable() = default;
  virtual value at(std::span<const value> indices) const = 0;
  /// Changes the object, which nobody else holds.
  virtual void assign(std::span<const value> indices, const value& x) = 0;
  /// A copy to change when others hold this one; null when changes are meant to be seen by all holders.
  virtual std::shared_ptr<object> copy() const = 0;
  virtual std::optional<value> member(std::string_view) const { return std::nullopt; }
  virtual bool assign_member(std::string_view, const value&) { return false; }
  /// What a for loop goes over; 0 items when it cannot.
  virtual size_t item_count() const { return 0; }
  virtual value item(size_t) const { return {}; }
};

/// Positions that one index means in `size` elements: a number, numbers, a range a:b (half-open, backwards when a > b,
/// open where an end is null), or conditions. -1 stands for a position that is not there. Throws script_error.
std::vector<int64_t> index_positions(const value& index, size_t size);

value get_indexed(const value& x, std::span<const value> indices, session& who);
/// `x` is changed in place; objects that others hold are copied first, tables are not.
void set_indexed(value& x, std::span<const value> indices, const value& item, session& who);
value get_member(const value& x, std::string_view name, session& who);
void set_member(value& x, std::string_view name, const value& item);

/// Items that a for loop goes over: elements, columns of a matrix, rows of a table. Throws for other values.
size_t loop_size(const value& x);
value loop_item(const value& x, size_t i, session& who);

} // namespace pelorus
