// Partition schemes: which partition a row belongs to, and which partitions a predicate can touch. Pure functions.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/dfs.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Rows of an append, routed: row i goes to `paths[part_of_row[i]]`, or nowhere.
struct routing {
  static constexpr uint32_t outside = std::numeric_limits<uint32_t>::max();
  std::vector<std::string> paths;         ///< distinct partitions, in order of first appearance
  std::vector<bool> fresh;                ///< per path: not in the scheme yet (VALUE level, policy `add`)
  std::vector<uint32_t> part_of_row;
  size_t rows_outside = 0;
  /// Per level: VALUE keys that a fresh path adds to the scheme (empty column or null when none).
  std::vector<column_ptr> new_values;
};

/// Routes rows by their key columns (one a level, any type castable to the level's). With `accept_new_values`
/// unknown keys of a VALUE level become fresh partitions; otherwise they and all rows outside RANGE or LIST
/// schemes count as outside. Null keys are outside. Errors: type_mismatch naming the level.
expected<routing> route_rows(const std::vector<partition_level>& levels,
                             const std::vector<column_ptr>& keys, bool accept_new_values);

/// Row numbers of each path, in row order: a columnar scatter without row loops per column.
std::vector<std::vector<uint32_t>> rows_by_path(const routing& routed);

/// The path segment of a level's partition ("20230108", "Key5", "0_50", "List2"), as DolphinDB spells it.
std::string partition_segment(const partition_level& level, size_t ordinal);

/// The half-open key interval or the exact key set of one path segment, for pruning.
struct key_range {
  value low, high;         ///< low inclusive, high exclusive; VOID = unbounded
  value key;               ///< VALUE: the key; VOID otherwise
  column_ptr exact;        ///< LIST: the keys; null otherwise
  int32_t bucket = -1;     ///< HASH: the bucket
};
/// Decodes a segment of a stored partition path back to its keys. Errors: corrupt.
expected<key_range> segment_keys(const partition_level& level, std::string_view segment);
/// The same for many segments of one level, which has to outlive this.
class segment_decoder {
public:
  explicit segment_decoder(const partition_level& level);
  expected<key_range> operator()(std::string_view segment) const;

private:
  const partition_level* level_;
  std::unordered_map<std::string, size_t> ranges_;  // RANGE: ordinals by their spelling
};

/// Casts temporal keys down to the scheme's type (DATETIME to DATE, TIMESTAMP to MONTH, ..) and text to SYMBOL or
/// STRING; shares memory when nothing changes. Nulls stay null. Errors: type_mismatch.
expected<column_ptr> cast_keys(const column_ptr& keys, type_id key_type);

/// Hash of one key as HASH partitions use it; 0..buckets-1, -1 for null.
int32_t hash_bucket(const column& keys, size_t row, int32_t buckets);

/// "" when the levels make sense, else what is wrong (RANGE not ascending, VALUE duplicates, > 3 levels, ..).
std::string check_levels(const std::vector<partition_level>& levels);

} // namespace pelorus
