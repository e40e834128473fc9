// Groups of rows that lie together already, as in a table sorted by its key.
#pragma once

#include <optional>

#include "query/grouping.hpp"

namespace pelorus {

/// Where the runs of the key begin, and the number of rows, when `order_of_runs` gives an order; else empty.
std::vector<uint32_t> offsets_of_runs(const column& key);
/// What `group_rows` and `order_by_group` would give when the rows come in runs of one key column (SYMBOL or of integers),
/// each key larger than the one before; found in one pass. Nothing otherwise. `rows` are filled in.
std::optional<grouped_order> order_of_runs(std::span<const column_ptr> keys, size_t rows);

} // namespace pelorus
