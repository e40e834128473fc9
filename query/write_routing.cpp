#include "query/write_routing.hpp"

#include <fmt/format.h>

#include "cfg/log.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/partition.hpp"

namespace pelorus {

namespace {

/// What newValuePartitionPolicy and allowMissingPartitions make of rows outside the scheme.
expected<void> check_outside(const routing& routed, const settings& config, const std::string& table) {
  if (routed.rows_outside == 0) return {};
  auto policy = config.get_string("newValuePartitionPolicy");
  if (policy != "fail" && config.get_bool("allowMissingPartitions")) {
    log_warn("{} rows of a write to table {} lie outside its partition scheme and were dropped "
             "(newValuePartitionPolicy={})", routed.rows_outside, table, policy);
    return {};
  }
  return error{ec::bad_argument,
               fmt::format("{} rows lie outside the partition scheme of table {} (newValuePartitionPolicy={}, "
                           "allowMissingPartitions={}); nothing was written",
                           routed.rows_outside, table, policy, config.get_bool("allowMissingPartitions"))};
}

} // namespace

expected<routed_write> route_write(const database_info& db, const table_info& t, const table& rows, const settings& config) {
  if (rows.width() != t.columns.size())
    return error{ec::conflict, fmt::format("table {} has {} columns now, the rows have {}; load the table again", t.name,
                                           t.columns.size(), rows.width())};
  routed_write result;
  result.rows = rows.rows();
  if (t.partition_columns.empty()) {
    result.partitions = {""};
    result.rows_of.resize(1);
    return result;
  }
  std::vector<column_ptr> keys;
  for (auto i : t.partition_columns) keys.push_back(rows.col(static_cast<size_t>(i)));
  PELORUS_ASSIGN(auto routed, route_rows(db.levels, keys, config.get_string("newValuePartitionPolicy") == "add"));
  PELORUS_TRY(check_outside(routed, config, t.name));
  result.partitions = routed.paths;
  result.new_values = encode_columns(routed.new_values);
  result.rows -= routed.rows_outside;
  if (routed.paths.size() == 1 && routed.rows_outside == 0) result.rows_of.resize(1);
  else result.rows_of = rows_by_path(routed);
  return result;
}

} // namespace pelorus
