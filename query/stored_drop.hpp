// Whole partitions of stored tables that go away with their rows.
#pragma once

#include <string>
#include <vector>

#include "query/partitioned_table.hpp"

namespace pelorus {

/// The chunks whose partition is one of the paths or lies below it, in one transaction; no paths: all. Answers how many
/// went. With `force` chunks without a live replica go too. Throws script_error.
size_t drop_stored_partitions(session& who, const std::string& database, const std::string& table,
                              const std::vector<std::string>& paths, bool force);

/// The paths that a script means: "/20230101" as it is, otherwise keys: a scalar or vector of them, or a tuple with one for
/// each level. Throws script_error naming partitionPaths.
std::vector<std::string> partition_paths(const value& x, const database_info& db);

} // namespace pelorus
