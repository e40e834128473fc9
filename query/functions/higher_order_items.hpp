// What higher-order functions go over, and how they put results together.
#pragma once

#include <vector>

#include "storage/value.hpp"

namespace pelorus {

/// Elements of a vector, columns of a matrix or table, rows of an array vector, values of a
/// dictionary; anything else is one item.
class item_list {
public:
  explicit item_list(const value& x);
  bool is_single() const { return single_; }
  size_t size() const { return size_; }
  value operator[](size_t i) const;

private:
  value x_;
  bool single_ = false;
  size_t size_ = 1;
};

/// The common size of the lists that are no single items; throws naming `function` when they
/// differ.
size_t common_size(const std::vector<item_list>& lists, std::string_view function);

/// Scalars of one type make a vector, vectors of one length and type a matrix, dictionaries a
/// table; else a tuple.
value collected(std::vector<value> results);
/// The same for what was made from the items of `x`: a dictionary gives a dictionary, a table of
/// columns a table or vector, a matrix keeps its labels.
value collected_like(const value& x, std::vector<value> results);

} // namespace pelorus
