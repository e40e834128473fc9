// select <aggregates> from (select <moving windows> from t context by ..) over a stored table, without gathering its rows.
//
// Windows reach over the partitions. Each chunk first answers the last rows of its groups; with those that lie before it
// it then works out its own windows, and answers only what the outer aggregates need of them.
#pragma once

#include "query/select_from.hpp"

namespace pelorus {

class evaluator;

/// The result of the outer select; null when the query has another shape, and nothing was run then. What it takes: rows
/// and windows of a fixed number of rows (query/window_reach.hpp) in the inner select, grouped by columns; outside,
/// aggregates that can be split and do not depend on the order of rows.
table_ptr aggregate_over_windows(const select_node& outer, const named_queries& with, evaluator& eval);

} // namespace pelorus
