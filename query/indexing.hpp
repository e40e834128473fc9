// x[i] and x.name, for reading and for writing.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "storage/value.hpp"

namespace pelorus {

struct session;

/// Positions that one index means in `size` elements: a number, numbers, a range a:b (half-open, backwards when a > b,
/// open where an end is null), or conditions. -1 stands for a position that is not there. Throws script_error.
std::vector<int64_t> index_positions(const value& index, size_t size);

/// An index that was left empty (m[, 1]) is `default_argument()`, here and in set_indexed.
value get_indexed(const value& x, std::span<const value> indices, session& who);
/// `x` is changed in place; vectors and matrices that others hold are copied first, tables and dictionaries are shared
/// by reference.
void set_indexed(value& x, std::span<const value> indices, const value& item, session& who);
value get_member(const value& x, std::string_view name, session& who);
void set_member(value& x, std::string_view name, const value& item);

/// Goes over what a for loop sees: elements, columns of a matrix, rows of a table, values of a dictionary. A scalar is
/// one item. Throws for values without items.
class loop_items {
public:
  loop_items(value x, session& who);
  size_t size() const { return size_; }
  value operator[](size_t i) const;

private:
  value source_;
  session& who_;
  size_t size_ = 0;
};

} // namespace pelorus
