// States of aggregates that take in rows portion by portion, so that several aggregates, the group numbers and the
// conditions of a query are worked on while a portion of rows is in the cache.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "query/aggregate.hpp"

namespace pelorus {

/// Some rows of the columns and their groups.
struct portion {
  size_t from = 0, count = 0;        ///< rows [from, from + count), unless `rows` picks some
  const uint32_t* rows = nullptr;    ///< `count` rows at from + rows[i]
  const uint32_t* groups = nullptr;  ///< of each row; null: all in group 0
  std::span<const uint32_t> runs;    ///< where the group changes, first 0 and last `count`; empty: too often

  size_t row(size_t i) const { return from + (rows ? rows[i] : i); }
};

/// The state of one aggregate for all groups. `finish` answers what the aggregate's kernel would.
class scan_state {
public:
  virtual ~scan_state() = default;
  virtual void take(const portion& p) = 0;
  /// Takes in the state of rows that come after these.
  virtual void join(const scan_state& later) = 0;
  /// `sizes`: rows of each group of all; `groups`: those asked for.
  virtual column_ptr finish(std::span<const uint32_t> groups, std::span<const uint32_t> sizes) const = 0;
};

/// Null when the aggregate must see its rows at once, or for types that are left to its kernel. `inputs` are columns of
/// all rows (none for count(*)) and outlive the state.
std::unique_ptr<scan_state> make_scan_state(std::string_view aggregate, std::span<const column_ptr> inputs, size_t groups);
/// The same question without a state.
bool can_scan(std::string_view aggregate, std::span<const type_id> inputs);

/// Rows of each group.
void count_rows(const portion& p, uint32_t* sizes);

} // namespace pelorus
