#include "storage/dfs_metadata.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "storage/dfs_codec.hpp"
#include "storage/dfs_metadata_keys.hpp"
#include "storage/partition.hpp"

namespace pelorus {

namespace keys = metadata_keys;

namespace {
error no_database(std::string_view path) {
  return {ec::not_found, fmt::format("The database [{}] does not exist.", path)};
}
error no_table(std::string_view database, std::string_view table) {
  return {ec::not_found, fmt::format("The table [{}] does not exist in database [{}].", table, database)};
}
} // namespace

// -- look-ups -------------------------------------------------------------------------------------------

const database_info* dfs_metadata::find_database(std::string_view path) const {
  auto found = databases_.find(path);
  return found == databases_.end() ? nullptr : &found->second;
}

const table_info* dfs_metadata::find_table(std::string_view database, std::string_view table) const {
  auto found = table_ids_.find({std::string{database}, std::string{table}});
  return found == table_ids_.end() ? nullptr : find_table(found->second);
}

const table_info* dfs_metadata::find_table(uint64_t id) const {
  auto found = tables_.find(id);
  return found == tables_.end() ? nullptr : &found->second;
}

const chunk_info* dfs_metadata::find_chunk(const chunk_id& id) const {
  auto found = chunks_.find(id);
  return found == chunks_.end() ? nullptr : &found->second;
}

const chunk_info* dfs_metadata::find_chunk(uint64_t table_id, std::string_view partition) const {
  auto of_table = partitions_.find(table_id);
  if (of_table == partitions_.end()) return nullptr;
  auto found = of_table->second.find(partition);
  return found == of_table->second.end() ? nullptr : find_chunk(found->second);
}

const user_info* dfs_metadata::find_user(std::string_view name) const {
  auto found = users_.find(name);
  return found == users_.end() ? nullptr : &found->second;
}

std::string dfs_metadata::blob(std::string_view key) const {
  auto found = blobs_.find(key);
  return found == blobs_.end() ? std::string{} : found->second;
}

std::vector<std::string> dfs_metadata::database_paths() const {
  std::vector<std::string> paths;
  for (auto& [path, database] : databases_) paths.push_back(path);
  return paths;
}

std::vector<std::string> dfs_metadata::user_names() const {
  std::vector<std::string> names;
  for (auto& [name, user] : users_) names.push_back(name);
  return names;
}

std::vector<std::string> dfs_metadata::table_names(std::string_view database) const {
  std::vector<std::string> names;
  for (auto at = table_ids_.lower_bound({std::string{database}, ""});
       at != table_ids_.end() && at->first.first == database; ++at)
    names.push_back(at->first.second);
  return names;
}

std::vector<chunk_info> dfs_metadata::chunks_of(uint64_t table_id) const {
  std::vector<chunk_info> result;
  auto of_table = partitions_.find(table_id);
  if (of_table == partitions_.end()) return result;
  result.reserve(of_table->second.size());
  for (auto& [partition, id] : of_table->second) result.push_back(chunks_.at(id));
  return result;
}

expected<database_info> dfs_metadata::database(std::string_view path) const {
  if (auto* found = find_database(path)) return *found;
  return no_database(path);
}

expected<table_info> dfs_metadata::table(std::string_view database, std::string_view table) const {
  if (auto* found = find_table(database, table)) return *found;
  return no_table(database, table);
}

expected<table_snapshot> dfs_metadata::snapshot(std::string_view database, std::string_view table) const {
  auto* db = find_database(database);
  if (!db) return no_database(database);
  auto* t = find_table(database, table);
  if (!t) return no_table(database, table);
  return table_snapshot{*db, *t, last_cid_, chunks_of(t->id)};
}

// -- checks ---------------------------------------------------------------------------------------------

expected<void> dfs_metadata::do_complete(create_database& x, int64_t now_ms) {
  if (find_database(x.database.path))
    return error{ec::already_exists, fmt::format("The database [{}] already exists.", x.database.path)};
  if (!x.database.path.starts_with("dfs://") || x.database.path.size() == 6)
    return error{ec::bad_argument, fmt::format("[{}] is not a database path; it must start with dfs:// and have a name",
                                               x.database.path)};
  if (auto wrong = check_levels(x.database.levels); !wrong.empty())
    return error{ec::bad_argument, fmt::format("database [{}]: {}", x.database.path, wrong)};
  x.database.id = last_id_ + 1;
  x.database.created_ms = now_ms;
  return {};
}

expected<void> dfs_metadata::do_complete(create_table& x, int64_t now_ms) {
  auto& t = x.table;
  auto* db = find_database(t.database);
  if (!db) return no_database(t.database);
  if (find_table(t.database, t.name))
    return error{ec::already_exists, fmt::format("The table [{}] already exists in database [{}].", t.name, t.database)};
  if (t.name.empty() || t.columns.empty())
    return error{ec::bad_argument, "a table needs a name and at least one column"};
  for (auto& c : t.columns)
    if (std::any_of(c.name.begin(), c.name.end(), [](unsigned char b) { return b < 0x20; }))
      return error{ec::bad_argument, fmt::format("a column name of table [{}] has control characters", t.name)};
  if (!t.partition_columns.empty() && t.partition_columns.size() != db->levels.size())
    return error{ec::bad_argument, fmt::format("table [{}] names {} partition columns, database [{}] has {} levels",
                                               t.name, t.partition_columns.size(), t.database, db->levels.size())};
  t.id = last_id_ + 1;
  t.created_ms = now_ms;
  return {};
}

expected<void> dfs_metadata::do_complete(alter_table& x) const {
  auto* before = find_table(x.table.id);
  if (!before || before->database != x.table.database) return no_table(x.table.database, x.table.name);
  auto* same_name = find_table(x.table.database, x.table.name);
  if (same_name && same_name->id != x.table.id)
    return error{ec::already_exists, fmt::format("The table [{}] already exists in database [{}].", x.table.name,
                                                 x.table.database)};
  if (x.table.schema_version != before->schema_version + 1)
    return error{ec::conflict, fmt::format("table [{}] was altered by somebody else at the same time", x.table.name)};
  std::set<std::string_view> names, stored;
  for (auto& c : x.table.columns)
    if (!names.insert(c.name).second || !stored.insert(c.stored_name()).second)
      return error{ec::already_exists, fmt::format("There is a column [{}] in table [{}] already.", c.name, x.table.name)};
  return {};
}

expected<void> dfs_metadata::check_chunk(const chunk_info& chunk, tid_t tid) const {
  if (!find_table(chunk.table_id))
    return error{ec::aborted, fmt::format("the table of partition {} was dropped during the write", chunk.partition)};
  auto* before = find_chunk(chunk.id);
  if (before ? before->version + 1 != chunk.version : chunk.version != 1)
    return error{ec::conflict, fmt::format("partition {} has changed since transaction {} began", chunk.partition, tid)};
  // A second chunk for a partition would hide the rows of the first.
  auto* same_place = find_chunk(chunk.table_id, chunk.partition);
  if (same_place && same_place->id != chunk.id)
    return error{ec::conflict, fmt::format("partition {} was created by somebody else since transaction {} began",
                                           chunk.partition, tid)};
  if (before && !same_place)
    return error{ec::bad_argument, fmt::format("transaction {} moves chunk {} to another table or partition", tid, to_string(chunk.id))};
  return {};
}

expected<void> dfs_metadata::do_complete(commit_transaction& x, int64_t now_ms) {
  std::set<chunk_id> ids;
  std::set<std::pair<uint64_t, std::string_view>> places;
  for (auto& chunk : x.chunks) {
    PELORUS_TRY(check_chunk(chunk, x.tid));
    if (!ids.insert(chunk.id).second || !places.insert({chunk.table_id, chunk.partition}).second)
      return error{ec::bad_argument, fmt::format("transaction {} names partition {} twice", x.tid, chunk.partition)};
  }
  for (auto& id : x.dropped)
    if (!find_chunk(id) || !ids.insert(id).second)
      return error{ec::conflict, fmt::format("transaction {} drops chunk {}, which is not there any more", x.tid, to_string(id))};
  if (!x.new_values.empty())
    if (auto columns = decode_columns(x.new_values); !columns) return columns.error();
  x.cid = last_cid_ + 1;
  x.time_ms = now_ms;
  return {};
}

expected<void> dfs_metadata::do_complete(drop_chunks_entry& x) const {
  for (auto& id : x.chunks)
    if (!find_chunk(id)) return error{ec::not_found, fmt::format("The chunk [{}] does not exist.", to_string(id))};
  x.cid = last_cid_ + 1;
  return {};
}

expected<void> dfs_metadata::complete(dfs_entry& entry, int64_t now_ms) {
  if (auto* x = std::get_if<create_database>(&entry)) return do_complete(*x, now_ms);
  if (auto* x = std::get_if<create_table>(&entry)) return do_complete(*x, now_ms);
  if (auto* x = std::get_if<alter_table>(&entry)) return do_complete(*x);
  if (auto* x = std::get_if<commit_transaction>(&entry)) return do_complete(*x, now_ms);
  if (auto* x = std::get_if<drop_database>(&entry)) return find_database(x->path) ? expected<void>{} : no_database(x->path);
  if (auto* x = std::get_if<drop_table>(&entry))
    return find_table(x->database, x->table) ? expected<void>{} : no_table(x->database, x->table);
  if (auto* x = std::get_if<drop_chunks_entry>(&entry)) return do_complete(*x);
  if (auto* x = std::get_if<set_replicas>(&entry)) return do_complete(*x);
  if (auto* x = std::get_if<extend_scheme>(&entry)) return do_complete(*x);
  if (auto* x = std::get_if<drop_user>(&entry); x && !find_user(x->name))
    return error{ec::not_found, fmt::format("The user [{}] does not exist.", x->name)};
  return {};
}

// -- changes --------------------------------------------------------------------------------------------

void dfs_metadata::apply(const dfs_entry& entry) {
  std::visit([this](auto& x) { do_apply(x); }, entry);
}

void dfs_metadata::put_table(table_info table) {
  auto id = table.id;
  table_ids_[{table.database, table.name}] = id;
  tables_[id] = std::move(table);
}

void dfs_metadata::put_chunk(chunk_info chunk) {
  partitions_[chunk.table_id][chunk.partition] = chunk.id;
  note_health(chunk);
  auto id = chunk.id;
  chunks_.insert_or_assign(id, std::move(chunk));
}

void dfs_metadata::erase_table(uint64_t id) {
  if (auto found = partitions_.find(id); found != partitions_.end()) {
    for (auto& [partition, chunk] : found->second) {
      touch(keys::of(chunk));
      chunks_.erase(chunk);
      unwell_.erase(chunk);
    }
    partitions_.erase(found);
  }
  auto& table = tables_.at(id);
  table_ids_.erase({table.database, table.name});
  tables_.erase(id);
  touch(keys::of_table(id));
}

void dfs_metadata::erase_chunk(const chunk_id& id) {
  auto* chunk = find_chunk(id);
  if (!chunk) return;
  partitions_[chunk->table_id].erase(chunk->partition);
  chunks_.erase(id);
  unwell_.erase(id);
  touch(keys::of(id));
}

void dfs_metadata::do_apply(const create_database& x) {
  last_id_ = std::max(last_id_, x.database.id);
  databases_[x.database.path] = x.database;
  touch(keys::of(x.database));
  touch(keys::counters);
}

void dfs_metadata::do_apply(const drop_database& x) {
  for (auto& name : table_names(x.path)) erase_table(find_table(x.path, name)->id);
  databases_.erase(x.path);
  touch("db/" + x.path);
}

void dfs_metadata::do_apply(const create_table& x) {
  last_id_ = std::max(last_id_, x.table.id);
  put_table(x.table);
  touch(keys::of_table(x.table.id));
  touch(keys::counters);
}

void dfs_metadata::do_apply(const drop_table& x) {
  if (auto* table = find_table(x.database, x.table)) erase_table(table->id);
}

void dfs_metadata::do_apply(const alter_table& x) {
  if (auto* before = find_table(x.table.id)) table_ids_.erase({before->database, before->name});
  put_table(x.table);
  touch(keys::of_table(x.table.id));
}

void dfs_metadata::add_values(database_info& database, const std::string& new_values) {
  auto columns = decode_columns(new_values);
  if (!columns) return;
  for (size_t i = 0; i < columns->size() && i < database.levels.size(); ++i) {
    auto& fresh = (*columns)[i];
    auto& level = database.levels[i];
    if (!fresh || fresh->empty() || level.kind != partition_type::value || !level.values) continue;
    auto grown = level.values->clone();
    for (size_t k = 0; k < fresh->size(); ++k) {
      // Two writers may have met the same new key; the scheme holds each once.
      bool known = false;
      for (size_t j = level.values->size(); j < grown->size() && !known; ++j)
        known = partition_segment({level.kind, level.key_type, grown, {}, 0}, j) ==
                partition_segment({level.kind, level.key_type, fresh, {}, 0}, k);
      if (!known) grown->append(*fresh, k, 1);
    }
    level.values = grown;
    touch(keys::of(database));
  }
}

void dfs_metadata::do_apply(const commit_transaction& x) {
  last_cid_ = std::max(last_cid_, x.cid);
  reserved_tid_ = std::max(reserved_tid_, x.tid);
  touch(keys::counters);
  for (auto& id : x.dropped) erase_chunk(id);
  for (auto chunk : x.chunks) {
    chunk.cid = x.cid;
    chunk.tid = x.tid;
    chunk.updated_ms = x.time_ms;
    if (auto* before = find_chunk(chunk.id))
      for (auto& old : before->replicas) {
        auto written = std::find_if(chunk.replicas.begin(), chunk.replicas.end(), [&](auto& r) { return r.node == old.node; });
        if (written == chunk.replicas.end()) chunk.replicas.push_back(old);
        else written->corrupted |= old.corrupted;  // it may have been found damaged while the transaction ran
      }
    touch(keys::of(chunk.id));
    put_chunk(std::move(chunk));
  }
  if (x.new_values.empty() || x.chunks.empty()) return;
  if (auto* table = find_table(x.chunks.front().table_id))
    if (auto database = databases_.find(table->database); database != databases_.end())
      add_values(database->second, x.new_values);
}

void dfs_metadata::do_apply(const drop_chunks_entry& x) {
  last_cid_ = std::max(last_cid_, x.cid);
  touch(keys::counters);
  for (auto& id : x.chunks) erase_chunk(id);
}

void dfs_metadata::do_apply(const set_user& x) {
  users_[x.name] = {x.name, x.password_hash, x.is_admin};
  touch(keys::of_user(x.name));
}

void dfs_metadata::do_apply(const drop_user& x) {
  users_.erase(x.name);
  touch(keys::of_user(x.name));
}

void dfs_metadata::do_apply(const set_blob& x) {
  if (x.bytes.empty()) blobs_.erase(x.key);
  else blobs_[x.key] = x.bytes;
  touch(keys::of_blob(x.key));
}

void dfs_metadata::do_apply(const reserve_tids& x) {
  reserved_tid_ = std::max(reserved_tid_, x.up_to);
  touch(keys::counters);
}

void dfs_metadata::do_apply(const raise_ids& x) {
  reserved_tid_ = std::max(reserved_tid_, x.tid);
  last_cid_ = std::max(last_cid_, x.cid);
  touch(keys::counters);
}

} // namespace pelorus
