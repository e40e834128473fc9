// The as-of join with a right table in parts, as the chunks of a stored table are: without putting them together first.
#pragma once

#include <optional>
#include <vector>

#include "query/join.hpp"

namespace pelorus {

/// The right rows that match, and for each left row its place among them or `join_rows::absent`.
struct matched_rows {
  table_ptr right;
  row_list place;
};

/// What `asof_join` would find in the parts one behind the other; `names` are the right's key columns. Nothing when the
/// times of the parts overlap or are no integers: then the parts have to be joined together. Throws as `asof_join`.
std::optional<matched_rows> asof_join_parts(const column_list& left, const std::vector<table_ptr>& parts,
                                            const std::vector<std::string>& names);

} // namespace pelorus
