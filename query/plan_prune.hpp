// Which chunks of a stored table a query must read, and in which order: partition keys against predicates.
#pragma once

#include <string>
#include <vector>

#include "query/select_predicate.hpp"
#include "storage/dfs.hpp"
#include "storage/partition.hpp"

namespace pelorus {

/// The partition keys of a chunk, one entry a level.
using chunk_keys = std::vector<key_range>;

struct pruned_chunks {
  std::vector<size_t> chunks;  ///< positions in the snapshot, in the order of their keys
  /// True when the predicates are decided by the keys alone: every row of every chunk kept satisfies them.
  bool exact = true;
};

/// Keys of every chunk of the snapshot; throws script_error when a path does not fit the scheme.
std::vector<chunk_keys> keys_of_chunks(const table_snapshot& snapshot);
/// Chunks that may hold rows for which all predicates are true.
pruned_chunks prune(const table_snapshot& snapshot, const std::vector<chunk_keys>& keys,
                    const std::vector<predicate>& predicates);
/// True when rows of one value of `function(column)` all lie in one partition: the level's own granularity or finer.
bool pins_level(const table_snapshot& snapshot, size_t level, size_t column, const std::string& function);
/// True for casts of temporals to a coarser type (date of a DATETIME): they keep the order.
bool is_monotone_cast(const std::string& function, type_id column);
/// True when the level's key is exactly `function(column)`: DATE keys and date(DateTime).
bool equals_level(const table_snapshot& snapshot, size_t level, size_t column, const std::string& function);

} // namespace pelorus
