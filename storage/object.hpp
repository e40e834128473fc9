// The base of everything a `value` can hold that is not a plain scalar.
#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/types.hpp"

namespace pelorus {

/// Shared through `std::shared_ptr`; treated as immutable while shared (copy on write).
class object {
public:
  virtual ~object() = default;
  virtual pelorus::form form() const = 0;
  virtual type_id type() const = 0;
  /// Elements of a vector, set or dictionary, rows of a table, cells of a matrix.
  virtual size_t size() const = 0;
  /// Bytes of memory it keeps alive, for `objs()` and memory accounting.
  virtual uint64_t bytes() const { return 0; }
};

} // namespace pelorus
