#include "query/upsert.hpp"

#include <algorithm>
#include <numeric>

#include "query/grouping.hpp"
#include "query/script_error.hpp"
#include "query/sort.hpp"
#include "query/stored_change.hpp"
#include "query/write_routing.hpp"

namespace pelorus {

namespace {

std::vector<column_ptr> columns_named(const table& t, const std::vector<std::string>& names, std::string_view parameter) {
  std::vector<column_ptr> columns;
  for (auto& name : names) {
    auto i = t.find(name);
    if (i < 0)
      throw script_error{ec::not_found, "upsert!: " + std::string{parameter} + " names '" + name + "', which the table does not have."};
    columns.push_back(t.col(static_cast<size_t>(i)));
  }
  return columns;
}

/// Where each row of the result comes from, before new cells replace old ones.
struct row_plan {
  std::vector<uint32_t> rows;    ///< numbers in old rows followed by new ones
  std::vector<uint32_t> target;  ///< per new row its row of the result
};

row_plan plan_rows(const shared_groups& groups, size_t old_rows, size_t new_rows) {
  constexpr auto none = UINT32_MAX;
  std::vector<uint32_t> row_of(groups.groups, none);
  row_plan plan;
  plan.rows.resize(old_rows);
  std::iota(plan.rows.begin(), plan.rows.end(), 0u);
  for (uint32_t i = 0; i < old_rows; ++i)
    if (auto& row = row_of[groups.left[i]]; row == none) row = i;
  for (uint32_t i = 0; i < new_rows; ++i) {
    auto& row = row_of[groups.right[i]];
    if (row == none) {
      row = static_cast<uint32_t>(plan.rows.size());
      plan.rows.push_back(static_cast<uint32_t>(old_rows) + i);
    }
    plan.target.push_back(row);
  }
  return plan;
}

table_ptr sorted(table_ptr t, const std::vector<std::string>& by) {
  if (by.empty()) return t;
  std::vector<sort_key> keys;
  for (auto& column : columns_named(*t, by, "sortColumns")) keys.push_back({column});
  auto order = sorted_rows(keys, t->rows());
  return t->gather(std::span<const uint32_t>{order.data(), order.size()});
}

/// New rows that share no key with the stored ones need no old row.
bool share_keys(const stored_rows& old, size_t chunk, const table& fresh, const std::vector<std::string>& keys) {
  auto stored = old.read(chunk, keys);
  auto left = stored->columns(), right = columns_named(fresh, keys, "keyColNames");
  auto groups = group_both(left, right, stored->rows(), fresh.rows());
  std::vector<bool> seen(groups.groups, false);
  for (auto g : groups.left) seen[g] = true;
  return std::any_of(groups.right.begin(), groups.right.end(), [&](auto g) { return seen[g]; });
}

} // namespace

table_ptr upsert_rows(const table& old, const table& fresh, const upsert_options& options) {
  auto left = columns_named(old, options.keys, "keyColNames"), right = columns_named(fresh, options.keys, "keyColNames");
  auto plan = plan_rows(group_both(left, right, old.rows(), fresh.rows()), old.rows(), fresh.rows());
  auto result = std::make_shared<table>();
  for (size_t c = 0; c < old.width(); ++c) {
    auto rows = plan.rows;
    auto& added = *fresh.col(c);
    for (uint32_t i = 0; i < fresh.rows(); ++i)
      if (!options.ignore_null || !added.is_null(i)) rows[plan.target[i]] = static_cast<uint32_t>(old.rows()) + i;
    auto both = old.col(c)->slice(0, old.rows());
    both->append(added);
    result->add(old.name(c), both->gather(std::span<const uint32_t>{rows}));
  }
  return sorted(result, options.sort_columns);
}

uint64_t upsert_into(session& who, const partitioned_table& to, const table& rows, const upsert_options& options) {
  auto& node = *who.node;
  auto info = unwrap(node.find_table(to.info.database, to.info.name));
  auto fresh = convert_rows(info.columns, rows);
  (void)columns_named(*fresh, options.keys, "keyColNames");
  (void)columns_named(*fresh, options.sort_columns, "sortColumns");
  auto routed = unwrap(route_write(unwrap(node.find_database(info.database)), info, *fresh, node.config()));
  if (routed.partitions.empty() || fresh->rows() == 0) return 0;
  auto write = unwrap(node.begin_write({info.database, info.name, routed.partitions, write_kind::upsert, routed.new_values}));
  stored_rows old{write->locked(), who};
  for (size_t i = 0; i < routed.partitions.size(); ++i) {
    if (who.cancel->load()) throw script_error{ec::cancelled, "The job was cancelled."};
    auto& picked = routed.rows_of[i];
    auto part = picked.empty() ? fresh : fresh->gather(std::span<const uint32_t>{picked});
    auto has_rows = write->locked().chunks[i].rows != 0;
    auto replaces = has_rows && (!options.sort_columns.empty() || share_keys(old, i, *part, options.keys));
    auto before = replaces ? old.read(i) : std::make_shared<table>(info.columns);
    unwrap(write->stage(i, upsert_rows(*before, *part, options), replaces));
  }
  unwrap(write->commit());
  return routed.rows;
}

} // namespace pelorus
