// How far moving functions look back in their group.
#pragma once

#include <optional>

#include "query/select_expression.hpp"

namespace pelorus {

/// Rows before a row, of its group, that its value depends on at most: 19 for mavg(x, 20), 0 when it needs only its own
/// row. Nothing when that is no fixed number, as with cumsum, or when rows behind it count.
std::optional<size_t> rows_looked_back(const node_ptr& item, expression_binder& binder);

} // namespace pelorus
