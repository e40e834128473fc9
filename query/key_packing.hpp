// Key columns packed into one number a row: codes of dictionaries and small integer ranges, one behind the other.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "query/grouping.hpp"

namespace pelorus {

/// Codes of a dictionary (all distinct, of the same dictionary) in alphabetical order.
std::vector<int32_t> alphabetic(const symbol_dictionary& dict, std::vector<int32_t> codes);

/// The number of a row is below `range()` and its order is that of the keys, nulls first; only the codes of SYMBOL keys
/// are as they come unless they were asked for in alphabetical order.
class key_packing {
public:
  enum class symbols : uint8_t { as_coded, alphabetic };

  /// Nothing when 63 bits cannot hold the keys. A key column of one element stands for all rows.
  static std::optional<key_packing> of(std::span<const column_ptr> keys, size_t rows, symbols how);

  uint64_t range() const { return range_; }
  /// The number of a single SYMBOL key is its code: no need to compute it.
  const uint32_t* codes() const;
  /// Numbers of rows [from, from + n), or of the n rows at from + rows[i] when `rows` is given. T: uint32_t, uint64_t.
  template <class T>
  void read(size_t from, size_t n, const uint32_t* rows, T* to) const;

  /// True when the keys can be had back from the numbers.
  bool can_unpack() const;
  /// The key column `k` of rows with these numbers.
  column_ptr unpack(size_t k, std::span<const uint32_t> numbers) const;
  /// The numbers (distinct, ascending) in the order of the keys.
  std::vector<uint32_t> in_key_order(std::vector<uint32_t> numbers) const;

private:
  struct part {
    column_ptr keys;
    uint64_t base = 0, range = 1;  // code = element - base
    uint64_t stride = 1;           // what follows this key
    bool nulls = false;            // some element is null: code 0
    scratch<uint32_t> coded;       // codes of keys that are no integers, by row
    std::vector<uint32_t> rank;    // of SYMBOL codes, when alphabetical order was asked for
  };
  static part part_of(const column_ptr& keys, size_t rows, symbols how);
  bool multiply_out();
  template <class T>
  void read_part(const part& p, bool first, size_t from, size_t n, const uint32_t* rows, T* to) const;

  std::vector<part> parts_;
  uint64_t range_ = 1;
};

} // namespace pelorus
