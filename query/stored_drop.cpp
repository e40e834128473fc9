#include "query/stored_drop.hpp"

#include <algorithm>

#include "query/script_error.hpp"
#include "query/services.hpp"
#include "storage/partition.hpp"

namespace pelorus {

namespace {

bool lies_in(const std::string& partition, const std::vector<std::string>& paths) {
  return paths.empty() || std::any_of(paths.begin(), paths.end(), [&](auto& path) {
    return partition == path || partition.starts_with(path + "/");
  });
}

/// All combinations of the keys, level by level, as columns of equal length.
std::vector<column_ptr> combinations(const std::vector<column_ptr>& levels) {
  std::vector<column_ptr> result;
  size_t total = 1;
  for (auto& keys : levels) total *= keys->size();
  size_t repeat = total;
  for (auto& keys : levels) {
    repeat /= std::max<size_t>(1, keys->size());
    std::vector<uint32_t> rows(total);
    for (size_t i = 0; i < total; ++i) rows[i] = static_cast<uint32_t>(i / repeat % keys->size());
    result.push_back(keys->gather(std::span<const uint32_t>{rows}));
  }
  return result;
}

column_ptr keys_of(const value& x) {
  if (x.is_scalar() && !x.is_void()) return to_column(x);
  if (x.is_vector() && x.type() != type_id::any) return x.vec_ptr();
  if (x.is_pair()) return std::make_shared<column>(x.vec());
  throw script_error{ec::type_mismatch, "dropPartition: partitionPaths must be paths, keys, or a tuple of keys for each level."};
}

} // namespace

std::vector<std::string> partition_paths(const value& x, const database_info& db) {
  std::vector<column_ptr> levels;
  if (x.is_vector() && x.type() == type_id::any)
    for (auto& keys : x.vec().items()) levels.push_back(keys_of(keys));
  else levels.push_back(keys_of(x));
  auto& first = *levels.front();
  bool texts = is_text(first.type()) && !first.empty();
  if (texts && levels.size() == 1 && (first.text(0).starts_with('/') || !is_text(db.levels.front().key_type))) {
    std::vector<std::string> paths;
    for (size_t i = 0; i < first.size(); ++i) {
      std::string path{first.text(i)};
      path.erase(0, path.find_first_not_of('/'));
      while (path.ends_with('/')) path.pop_back();
      if (path.empty()) throw script_error{ec::bad_argument, "dropPartition: partitionPaths has an empty path."};
      paths.push_back(std::move(path));
    }
    return paths;
  }
  if (levels.size() > db.levels.size())
    throw script_error{ec::bad_argument, "dropPartition: partitionPaths names keys for " + std::to_string(levels.size()) +
                                             " levels, the database has " + std::to_string(db.levels.size()) + "."};
  std::vector<partition_level> scheme{db.levels.begin(), db.levels.begin() + static_cast<ptrdiff_t>(levels.size())};
  auto routed = unwrap(route_rows(scheme, combinations(levels), true));
  return routed.paths;
}

size_t drop_stored_partitions(session& who, const std::string& database, const std::string& table,
                              const std::vector<std::string>& paths, bool force) {
  auto snapshot = unwrap(who.node->snapshot(database, table));
  write_request request{database, table, {}, write_kind::drop, {}, force};
  for (auto& chunk : snapshot.chunks)
    if (lies_in(chunk.partition, paths)) request.partitions.push_back(chunk.partition);
  if (request.partitions.empty()) return 0;
  auto write = unwrap(who.node->begin_write(request));
  auto& locked = write->locked().chunks;
  for (size_t i = 0; i < locked.size(); ++i) write->drop(i);
  unwrap(write->commit());
  // Every replica that there is, not only those that were written to.
  std::vector<chunk_info> gone;
  for (auto& chunk : snapshot.chunks)
    if (std::any_of(locked.begin(), locked.end(), [&](auto& l) { return l.id == chunk.id; })) gone.push_back(chunk);
  unwrap(who.node->release_chunks(gone));
  return gone.size();
}

} // namespace pelorus
