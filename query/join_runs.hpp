// Parts of which each is sorted by a key, joined in the order of that key: run by run instead of row by row.
#pragma once

#include <vector>

#include "storage/table.hpp"

namespace pelorus {

/// All rows in the order of column `key` (texts alphabetically, nulls first), rows of one key in the order of the parts, which
/// have the same columns. Null when they do not come in ascending runs of that key, are fewer than two, or have columns
/// whose elements cannot be copied as they are; they may be joined in another way then.
table_ptr join_in_runs(const std::vector<table_ptr>& parts, size_t key);

} // namespace pelorus
