// SQL window functions: f(x) over (partition by .. order by .. rows between .. and ..).
#pragma once

#include "query/select_source.hpp"
#include "query/syntax.hpp"

namespace pelorus {

class evaluator;

/// One element for each row of the frame. Aggregates over the partition, or over its rows up to the current one when
/// there is an order by; rank, denseRank, rowNumber, percentRank, lead, lag, firstValue, lastValue, nthValue, ntile.
column_ptr window_column(const window_node& window, row_frame& frame, evaluator& eval);

} // namespace pelorus
