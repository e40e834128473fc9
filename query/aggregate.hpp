// Aggregates as grouped column kernels: one definition serves the plain function, group by, context by and the
// merge of what the chunks of a partitioned table answered.
//
// Five verbs a kernel goes through: init (a state per group), update (a typed loop over the rows), combine (the
// `merge` of a split), finalize (states to a column), destroy (states are plain vectors). An aggregate that lacks
// a split is marked so by an empty `partials`: the rows it needs are gathered first.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "storage/column.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Rows of several columns, each row in one group.
struct grouped_rows {
  size_t rows = 0;
  uint32_t groups = 1;
  const uint32_t* ids = nullptr;  ///< group of each row; null: all rows in group 0
};

struct aggregate_call {
  std::span<const column_ptr> inputs;   ///< vector arguments, each with `rows` elements
  std::span<const value> parameters;    ///< what follows them: the percent of percentile, ..
  grouped_rows by;
};

/// Answers one element a group. Throws script_error for types it cannot take.
using aggregate_kernel = column_ptr (*)(const aggregate_call&);

struct aggregate_kind {
  std::string_view name;
  uint8_t inputs = 1;  ///< vector arguments; 0 for `count(*)`-like ones
  aggregate_kernel kernel = nullptr;
  /// How it is split over chunks: aggregates with the same arguments that the chunks compute, and the one that
  /// makes the result from those columns (rows = partial results in chunk order).
  std::vector<std::string_view> partials = {};
  std::string_view merge = {};
  bool ordered = false;  ///< depends on the order of the rows inside a group

  bool is_mergeable() const { return !partials.empty(); }
};

/// The aggregate of a function name or alias, or null.
const aggregate_kind* find_aggregate(std::string_view name);
const std::vector<aggregate_kind>& all_aggregates();

/// Numbers of a column as doubles with the DOUBLE null; shares memory when they are already.
column_ptr as_doubles(const column_ptr& numbers);

// -- families, one file each ----------------------------------------------------------------------
std::span<const aggregate_kind> basic_aggregates();        // aggregate_basic.cpp
std::span<const aggregate_kind> statistical_aggregates();  // aggregate_statistics.cpp
std::span<const aggregate_kind> ordinal_aggregates();      // aggregate_ordinal.cpp

} // namespace pelorus
