// Columns under another type, as appends and join keys need it: numbers between widths, texts between SYMBOL and
// STRING, temporals of one family between units. Everything else answers type_mismatch; nothing is lost silently
// but digits that the narrower type cannot hold.
#pragma once

#include "storage/column.hpp"

namespace pelorus {

/// `col` itself when it has the type already.
expected<column_ptr> convert_column(const column_ptr& col, type_id to, int32_t scale = 0);

} // namespace pelorus
