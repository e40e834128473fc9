// One pass over the rows of a query: conditions, groups and aggregates, portion by portion, on all processors.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "query/key_packing.hpp"
#include "query/row_filter.hpp"
#include "query/scan_states.hpp"

namespace pelorus {

struct scan_aggregate {
  std::string_view name;
  std::vector<column_ptr> inputs;
};

struct scan_request {
  size_t rows = 0;
  std::vector<row_filter> filters;
  const key_packing* keys = nullptr;       ///< groups are all numbers below its range, ..
  const uint32_t* ids = nullptr;           ///< .. or given by row; neither: one group
  uint32_t groups = 1;
  std::vector<scan_aggregate> aggregates;  ///< all `can_scan`
  std::function<void()> check;             ///< throws when the job was cancelled; called on several threads
};

struct scan_answer {
  std::vector<uint32_t> groups;     ///< those that have rows, in the order of the keys; without keys all of them
  std::vector<column_ptr> results;  ///< of the aggregates, one element for each of these groups
};

scan_answer scan_rows(const scan_request& request);

} // namespace pelorus
