// The variables of a session: a small hash table from names to values.
//
// Function-local variables do not live here but in slots of a frame (query/interpreter.hpp); shared variables belong to
// the node (services::share).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/value.hpp"

namespace pelorus {

/// The hash that name_node keeps.
size_t name_hash(std::string_view name);

class scope {
public:
  /// The value for reading, or null. Valid until the next `set` of a new name.
  const value* find(std::string_view name, size_t hash) const;
  const value* find(std::string_view name) const { return find(name, name_hash(name)); }
  /// The value for changing in place, or null. The caller has made sure it is not const.
  value* find_mutable(std::string_view name, size_t hash);
  /// Defines or replaces. Answers the place.
  value& set(std::string_view name, size_t hash, value x);
  value& set(std::string_view name, value x) { return set(name, name_hash(name), std::move(x)); }
  /// Makes `name` another name of the variable `to` (`&name = to`); false when there is no such variable.
  bool bind(std::string_view name, std::string_view to);
  bool erase(std::string_view name);
  void clear();

  void set_const(std::string_view name);
  bool is_const(std::string_view name, size_t hash) const;
  bool is_const(std::string_view name) const { return is_const(name, name_hash(name)); }

  /// Names in the order of their definition.
  std::vector<std::string> names() const;
  size_t size() const { return live_; }

private:
  struct entry {
    std::string name;
    size_t hash = 0;
    value held;
    bool live = false;
    bool is_const = false;
    int32_t same_as = -1;  // the entry whose value this name stands for, when bound by reference
  };
  const entry& target(size_t i) const;
  size_t place_of(std::string_view name, size_t hash);
  int32_t lookup(std::string_view name, size_t hash) const;
  void rebuild();

  std::vector<entry> entries_;   // in order of definition; erased ones keep their place
  std::vector<int32_t> slots_;   // open addressing, power of two; -1 free
  size_t live_ = 0;
  bool any_const_ = false;
};

} // namespace pelorus
