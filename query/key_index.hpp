// A hash index over the elements of a growing column: sets, dictionaries, distinct, in.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/column.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Finds positions of elements of one column, which the caller keeps and passes to every call.
/// Elements are never taken out one by one: `clear` and add again. Null is a key like any other.
class key_index {
public:
  static constexpr uint32_t absent = 0xffffffff;

  /// True for the element types that can be keys: everything of fixed width and texts.
  static bool can_hold(type_id type);

  /// Position of the element of `keys` equal to element `i` of `probe` (a column of the same
  /// physical layout; texts may be STRING or SYMBOL), or `absent`.
  uint32_t find(const column& keys, const column& probe, size_t i) const;
  /// The same, and takes `next` as its position when it was absent. The caller then appends it to
  /// `keys` as element `next`.
  uint32_t find_or_add(const column& keys, const column& probe, size_t i, uint32_t next);
  void clear();
  void reserve(size_t keys);
  /// Indexes all elements of `keys`; the first of equal ones wins.
  void rebuild(const column& keys);

private:
  size_t slot_of(const column& keys, const column& probe, size_t i, uint64_t hash) const;
  void grow();

  struct slot {
    uint32_t at = absent;
    uint32_t hash = 0; // its upper half
  };
  std::vector<slot> slots_;
  std::vector<uint64_t> hashes_; // of the keys by position, for growing
  size_t used_ = 0;
};

/// For each element of `col` the number of its first equal; `distinct` receives the rows of the
/// first ones.
std::vector<uint32_t> first_equal(const column& col, std::vector<uint32_t>& distinct);

} // namespace pelorus
