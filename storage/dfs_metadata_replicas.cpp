// dfs_metadata: where the copies of a chunk are, and how a scheme grows.
#include <algorithm>

#include <fmt/format.h>

#include "storage/dfs_codec.hpp"
#include "storage/dfs_metadata.hpp"
#include "storage/dfs_metadata_keys.hpp"
#include "storage/partition.hpp"

namespace pelorus {

namespace keys = metadata_keys;

table_info as_stored(table_info table) {
  for (auto& name : table.sort_columns)
    for (auto& c : table.columns)
      if (c.name == name) {
        name = c.stored_name();
        break;
      }
  for (auto& c : table.columns) c.name = c.stored_name();
  return table;
}

// -- replicas -------------------------------------------------------------------------------------------

void dfs_metadata::note_health(const chunk_info& chunk) {
  bool well = std::all_of(chunk.replicas.begin(), chunk.replicas.end(),
                          [&](auto& r) { return r.version == chunk.version && !r.corrupted; });
  if (well) unwell_.erase(chunk.id);
  else unwell_.insert(chunk.id);
}

std::vector<chunk_info> dfs_metadata::unwell_chunks(const std::vector<std::string>& nodes) const {
  std::vector<chunk_info> found;
  for (auto& id : unwell_) found.push_back(chunks_.at(id));
  if (nodes.empty()) return found;
  auto on_one = [&](const replica_info& r) { return std::find(nodes.begin(), nodes.end(), r.node) != nodes.end(); };
  for (auto& [id, chunk] : chunks_)
    if (!unwell_.contains(id) && std::any_of(chunk.replicas.begin(), chunk.replicas.end(), on_one)) found.push_back(chunk);
  return found;
}

/// A chunk keeps at least one replica of its newest version.
expected<void> dfs_metadata::do_complete(const set_replicas& x) const {
  auto* chunk = find_chunk(x.chunk);
  if (!chunk) return error{ec::not_found, fmt::format("The chunk [{}] does not exist.", to_string(x.chunk))};
  if (x.removed.empty()) return {};
  bool kept = std::any_of(chunk->replicas.begin(), chunk->replicas.end(), [&](auto& r) {
    bool removed = std::find(x.removed.begin(), x.removed.end(), r.node) != x.removed.end();
    return !removed && !r.corrupted && r.version == chunk->version;
  });
  if (!kept)
    return error{ec::conflict, fmt::format("the last whole replica of chunk {} must stay", to_string(x.chunk))};
  return {};
}

void dfs_metadata::do_apply(const set_replicas& x) {
  auto found = chunks_.find(x.chunk);
  if (found == chunks_.end()) return;
  auto& replicas = found->second.replicas;
  for (auto& better : x.replicas) {
    auto known = std::find_if(replicas.begin(), replicas.end(), [&](auto& r) { return r.node == better.node; });
    if (known == replicas.end()) {
      replicas.push_back(better);
    } else {
      known->version = std::max(known->version, better.version);
      known->corrupted = better.corrupted;
    }
  }
  std::erase_if(replicas, [&](auto& r) { return std::find(x.removed.begin(), x.removed.end(), r.node) != x.removed.end(); });
  note_health(found->second);
  touch(keys::of(x.chunk));
}

// -- schemes --------------------------------------------------------------------------------------------

namespace {

/// The one column of an encoded list; null when there is none.
expected<column_ptr> only_column(const std::string& encoded) {
  if (encoded.empty()) return column_ptr{};
  PELORUS_ASSIGN(auto columns, decode_columns(encoded));
  if (columns.size() != 1 || !columns.front()) return error{ec::bad_argument, "a change of a scheme names one column"};
  return columns.front();
}

std::vector<std::string> segments_of(const partition_level& level, const column_ptr& values) {
  std::vector<std::string> segments;
  for (size_t i = 0; i < values->size(); ++i)
    segments.push_back(partition_segment({level.kind, level.key_type, values, {}, 0}, i));
  return segments;
}

bool contains(const std::vector<std::string>& list, const std::string& x) {
  return std::find(list.begin(), list.end(), x) != list.end();
}

void add_keys(partition_level& level, const column_ptr& added) {
  auto known = segments_of(level, level.values), fresh = segments_of(level, added);
  auto grown = level.values->clone();
  for (size_t i = 0; i < fresh.size(); ++i) {
    if (contains(known, fresh[i])) continue;
    known.push_back(fresh[i]);
    grown->append(*added, i, 1);
  }
  level.values = grown;
}

/// The first new edge may repeat the last one that there is.
void add_edges(partition_level& level, const column_ptr& added) {
  auto last = element(*level.values, level.values->size() - 1), first = element(*added, 0);
  size_t from = last.raw_int() == first.raw_int() && !last.is_text() ? 1 : 0;
  if (last.is_text()) from = last.text() == first.text() ? 1 : 0;
  auto grown = level.values->clone();
  if (from < added->size()) grown->append(*added, from, added->size() - from);
  level.values = grown;
}

void remove_keys(partition_level& level, const column_ptr& removed) {
  auto known = segments_of(level, level.values), gone = segments_of(level, removed);
  std::vector<uint32_t> kept;
  for (uint32_t i = 0; i < known.size(); ++i)
    if (!contains(gone, known[i])) kept.push_back(i);
  level.values = level.values->gather(std::span<const uint32_t>{kept});
}

expected<partition_level> changed_level(partition_level level, const extend_scheme& x) {
  PELORUS_ASSIGN(auto added, only_column(x.added));
  PELORUS_ASSIGN(auto removed, only_column(x.removed));
  for (auto& values : {added, removed})
    if (values && (values->type() != level.values->type() || values->empty()))
      return error{ec::type_mismatch, fmt::format("level {} of database [{}] has keys of type {}", x.level, x.database,
                                                  type_name(level.values->type()))};
  if (added && level.kind == partition_type::value) add_keys(level, added);
  if (added && level.kind == partition_type::range) add_edges(level, added);
  if (removed) remove_keys(level, removed);
  return level;
}

} // namespace

expected<void> dfs_metadata::do_complete(const extend_scheme& x) const {
  auto* db = find_database(x.database);
  if (!db) return error{ec::not_found, fmt::format("The database [{}] does not exist.", x.database)};
  if (x.level >= db->levels.size())
    return error{ec::bad_argument, fmt::format("database [{}] has {} levels, level {} is none of them", x.database,
                                               db->levels.size(), x.level)};
  auto levels = db->levels;
  auto& level = levels[x.level];
  bool value = level.kind == partition_type::value, range = level.kind == partition_type::range;
  if (!level.values || (!value && !range) || (range && !x.removed.empty()))
    return error{ec::bad_argument, fmt::format("level {} of database [{}] is {} and cannot be changed like that", x.level,
                                               x.database, partition_type_name(level.kind))};
  PELORUS_ASSIGN(level, changed_level(level, x));
  if (auto wrong = check_levels(levels); !wrong.empty())
    return error{ec::bad_argument, fmt::format("database [{}]: {}", x.database, wrong)};
  return {};
}

void dfs_metadata::do_apply(const extend_scheme& x) {
  auto found = databases_.find(x.database);
  if (found == databases_.end() || x.level >= found->second.levels.size()) return;
  auto& level = found->second.levels[x.level];
  if (auto changed = changed_level(level, x)) level = *std::move(changed);
  touch(keys::of(found->second));
}

} // namespace pelorus
