// The mutations of the DFS metadata. Applying one is deterministic: clocks and random bits are in the entry.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "storage/dfs.hpp"

namespace pelorus {

struct create_database { database_info database; };
struct drop_database { std::string path; };
struct create_table { table_info table; };
struct drop_table { std::string database, table; };
/// Replaces the description of the table with the same id: renamed, columns added, dropped or renamed.
struct alter_table { table_info table; };
/// The decision of a write. Chunks are what they are after it; an id that is not known yet is a new chunk. Replicas not
/// listed keep their version and are stale from here on.
struct commit_transaction {
  tid_t tid = 0;
  cid_t cid = 0;
  int64_t time_ms = 0;
  std::vector<chunk_info> chunks;
  std::string new_values;  ///< encode_columns: per level the VALUE keys that join the scheme; may be empty
  std::vector<chunk_id> dropped = {};  ///< chunks that go away in the same step
};
/// Chunks that go away with their rows (dropPartition, truncate).
struct drop_chunks_entry { cid_t cid = 0; std::vector<chunk_id> chunks; };
/// After recovery, copy or move: replicas of one chunk that are new or known better, and nodes that hold none any more.
/// Others stay as they are, and no version goes back: a commit may have come in between.
struct set_replicas { chunk_id chunk; std::vector<replica_info> replicas; std::vector<std::string> removed = {}; };
/// A level's partition scheme grows (VALUE keys, RANGE edges) or loses VALUE keys. Columns as encode_columns, or empty.
struct extend_scheme { std::string database; uint32_t level = 0; std::string added, removed; };
struct set_user { std::string name, password_hash; bool is_admin = false; };
struct drop_user { std::string name; };
/// Small named bytes: the ticket key, later function views and jobs. Empty bytes remove it.
struct set_blob { std::string key, bytes; };
/// Transaction ids up to this one may have been handed out; a restart begins above it.
struct reserve_tids { tid_t up_to = 0; };

/// Ids up to these were seen by somebody: a controller that was put back to an old state may have given them out before.
struct raise_ids { tid_t tid = 0; cid_t cid = 0; };

using dfs_entry = std::variant<create_database, drop_database, create_table, drop_table, alter_table,
                               commit_transaction, drop_chunks_entry, set_replicas, set_user, drop_user, set_blob,
                               reserve_tids, extend_scheme, raise_ids>;

std::string encode_entry(const dfs_entry& entry);
/// ec::corrupt when the bytes are malformed.
expected<dfs_entry> decode_entry(std::string_view bytes);

} // namespace pelorus
