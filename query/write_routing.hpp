// Rows of a write and the partitions they go to, under the node's policies for rows outside the scheme.
#pragma once

#include <string>
#include <vector>

#include "cfg/settings.hpp"
#include "storage/dfs.hpp"
#include "storage/table.hpp"

namespace pelorus {

struct routed_write {
  std::vector<std::string> partitions;
  std::vector<std::vector<uint32_t>> rows_of;  ///< row numbers of each; an empty list of one partition: all rows
  std::string new_values;                      ///< VALUE keys that join the scheme, encoded
  size_t rows = 0;                             ///< that are written
};

/// Rows whose columns are those of the table. Errors: bad_argument when rows lie outside the scheme and
/// newValuePartitionPolicy or allowMissingPartitions say that nothing is to be written then.
expected<routed_write> route_write(const database_info& db, const table_info& t, const table& rows, const settings& config);

} // namespace pelorus
