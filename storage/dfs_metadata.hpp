// The DFS metadata in memory: databases, tables, chunks, users. A deterministic state machine over dfs_entry.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "storage/dfs_entry.hpp"

namespace pelorus {

struct chunk_id_hash {
  size_t operator()(const chunk_id& id) const { return id.high ^ (id.low * 0x9e3779b97f4a7c15ULL); }
};

struct user_info {
  std::string name, password_hash;
  bool is_admin = false;
};

class dfs_metadata {
public:
  // -- change --------------------------------------------------------------------------------------
  /// Whether the entry makes sense now, and completes it: ids and the cid are given out here. Errors: not_found,
  /// already_exists, bad_argument naming the object.
  expected<void> complete(dfs_entry& entry, int64_t now_ms);
  /// Applies a completed entry. The same entries in the same order always give the same state.
  void apply(const dfs_entry& entry);

  // -- look-ups ------------------------------------------------------------------------------------
  const database_info* find_database(std::string_view path) const;
  const table_info* find_table(std::string_view database, std::string_view table) const;
  const table_info* find_table(uint64_t id) const;
  const chunk_info* find_chunk(const chunk_id& id) const;
  const chunk_info* find_chunk(uint64_t table_id, std::string_view partition) const;
  const user_info* find_user(std::string_view name) const;
  /// Copies; not_found in the words that users know.
  expected<database_info> database(std::string_view path) const;
  expected<table_info> table(std::string_view database, std::string_view table) const;
  std::string blob(std::string_view key) const;
  std::vector<std::string> database_paths() const;
  std::vector<std::string> table_names(std::string_view database) const;
  std::vector<std::string> user_names() const;
  /// In order of their partition paths.
  std::vector<chunk_info> chunks_of(uint64_t table_id) const;
  expected<table_snapshot> snapshot(std::string_view database, std::string_view table) const;
  size_t chunk_count() const { return chunks_.size(); }
  template <class F>
  void for_each_chunk(F&& f) const {
    for (auto& [id, chunk] : chunks_) f(chunk);
  }
  cid_t last_cid() const { return last_cid_; }
  tid_t reserved_tid() const { return reserved_tid_; }
  /// Chunks with a replica that is behind or damaged, and those with one on any of `nodes`; in no order. Costs nothing
  /// for chunks that are whole, as long as no node is named.
  std::vector<chunk_info> unwell_chunks(const std::vector<std::string>& nodes) const;

  // -- records: what LMDB and checkpoints hold --------------------------------------------------------
  /// Keys of records changed since the last call, in order.
  std::vector<std::string> take_dirty();
  size_t dirty_count() const { return dirty_.size(); }
  /// The record of a key, or nothing when it was removed.
  std::optional<std::string> record(std::string_view key) const;
  /// Puts keys back that could not be stored.
  void mark_dirty(std::vector<std::string> keys) { dirty_.insert(keys.begin(), keys.end()); }
  std::vector<std::string> all_keys() const;
  /// All records, one at a time; stops at the first error.
  expected<void> for_each_record(
      const std::function<expected<void>(const std::string& key, const std::string& record)>& body) const;
  /// Puts a stored record back; ec::corrupt naming the key.
  expected<void> load(std::string_view key, std::string_view bytes);

private:
  using table_key = std::pair<std::string, std::string>;
  struct text_hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  void do_apply(const create_database& x);
  void do_apply(const drop_database& x);
  void do_apply(const create_table& x);
  void do_apply(const drop_table& x);
  void do_apply(const alter_table& x);
  void do_apply(const commit_transaction& x);
  void do_apply(const drop_chunks_entry& x);
  void do_apply(const set_replicas& x);
  void do_apply(const set_user& x);
  void do_apply(const drop_user& x);
  void do_apply(const set_blob& x);
  void do_apply(const reserve_tids& x);
  void do_apply(const raise_ids& x);
  void do_apply(const extend_scheme& x);
  expected<void> do_complete(create_database& x, int64_t now_ms);
  expected<void> do_complete(create_table& x, int64_t now_ms);
  expected<void> do_complete(alter_table& x) const;
  expected<void> do_complete(commit_transaction& x, int64_t now_ms);
  expected<void> do_complete(drop_chunks_entry& x) const;
  expected<void> do_complete(const set_replicas& x) const;
  expected<void> do_complete(const extend_scheme& x) const;
  expected<void> check_chunk(const chunk_info& chunk, tid_t tid) const;

  void put_table(table_info table);
  void note_health(const chunk_info& chunk);
  void put_chunk(chunk_info chunk);
  void erase_table(uint64_t id);
  void erase_chunk(const chunk_id& id);
  void add_values(database_info& database, const std::string& new_values);
  expected<void> load_counters(std::string_view bytes);
  expected<void> load_named(std::string_view bytes);
  void touch(std::string key) { dirty_.insert(std::move(key)); }

  std::map<std::string, database_info, std::less<>> databases_;
  std::map<uint64_t, table_info> tables_;
  std::map<table_key, uint64_t> table_ids_;
  std::unordered_map<chunk_id, chunk_info, chunk_id_hash> chunks_;
  std::unordered_set<chunk_id, chunk_id_hash> unwell_;                                       // a replica is behind or damaged
  std::unordered_map<uint64_t, std::map<std::string, chunk_id, std::less<>>> partitions_;  // by table id
  std::map<std::string, user_info, std::less<>> users_;
  std::unordered_map<std::string, std::string, text_hash, std::equal_to<>> blobs_;
  uint64_t last_id_ = 0;   // of databases and tables
  cid_t last_cid_ = 0;
  tid_t reserved_tid_ = 0;
  std::unordered_set<std::string> dirty_;
};

} // namespace pelorus
