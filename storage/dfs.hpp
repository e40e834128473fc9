// The records of the distributed file system: databases, tables, chunks, replicas, and how tables are partitioned.
//
// The controller owns them (storage/dfs_metadata.hpp), everyone else gets copies. `storage/dfs_codec.hpp` turns
// them into bytes for the log, LMDB and messages.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/column.hpp"
#include "storage/table.hpp"

namespace pelorus {

using tid_t = uint64_t;  ///< transaction id, increasing, never reused
using cid_t = uint64_t;  ///< commit id: order of commits; a snapshot is "everything up to this cid"

/// 128-bit id of a chunk; random, unique for ever. Printed as a UUID.
struct chunk_id {
  uint64_t high = 0, low = 0;
  friend auto operator<=>(const chunk_id&, const chunk_id&) = default;
  explicit operator bool() const { return high != 0 || low != 0; }
};
std::string to_string(const chunk_id& id);
expected<chunk_id> parse_chunk_id(std::string_view text);

enum class partition_type : uint8_t { seq = 0, value = 1, range = 2, list = 3, compo = 4, hash = 5 };
std::string_view partition_type_name(partition_type t);

/// One level of a partition scheme.
struct partition_level {
  partition_type kind = partition_type::value;
  type_id key_type = type_id::void_;   ///< type of the scheme; keys are cast down to it (DATETIME to DATE)
  column_ptr values;                   ///< VALUE: the values; RANGE: n+1 ascending edges, half-open
  std::vector<column_ptr> lists;       ///< LIST: the values of each partition
  int32_t buckets = 0;                 ///< HASH, SEQ: number of partitions
};

struct database_info {
  std::string path;                     ///< "dfs://testDB"
  std::vector<partition_level> levels;  ///< one, or up to three for COMPO
  std::string engine = "OLAP";          ///< OLAP, TSDB
  std::string atomic = "TRANS";         ///< TRANS, CHUNK
  std::string granularity = "TABLE";    ///< TABLE, DATABASE
  std::string owner = "admin";
  uint64_t id = 0;                      ///< never reused, also after drop and create
  int64_t created_ms = 0;               ///< UTC
};

struct table_info {
  std::string database;
  std::string name;
  schema columns;
  std::vector<int32_t> partition_columns;  ///< positions, one a level; empty: unpartitioned (one chunk)
  std::vector<std::string> sort_columns;   ///< TSDB
  std::string keep_duplicates = "ALL";
  std::string comment;
  uint64_t id = 0;
  uint32_t schema_version = 1;
  int64_t created_ms = 0;
};

/// The table as its segments know it: columns under the names that they are stored by.
table_info as_stored(table_info table);

struct replica_info {
  std::string node;      ///< alias
  uint32_t version = 0;  ///< chunk version it is known to hold
  bool corrupted = false;
  friend bool operator==(const replica_info&, const replica_info&) = default;
};

enum class chunk_state : uint8_t { constructing = 0, recovering = 1, complete = 2 };

/// A chunk: the rows of one table in one partition (granularity TABLE).
struct chunk_info {
  chunk_id id;
  uint64_t table_id = 0;
  std::string partition;     ///< path below the database, levels joined by '/': "20230108" or "20230108/Key3"
  uint32_t version = 0;      ///< raised by each commit
  cid_t cid = 0;             ///< of the newest commit
  tid_t tid = 0;             ///< transaction of the newest commit; lets a lagging replica finish it
  uint64_t rows = 0;         ///< at the newest commit
  chunk_state state = chunk_state::constructing;
  std::vector<replica_info> replicas;
  int64_t updated_ms = 0;
};

/// What a reader needs of a table, all of one moment.
struct table_snapshot {
  database_info database;
  table_info table;
  cid_t cid = 0;  ///< read everything committed up to here
  std::vector<chunk_info> chunks;
};

} // namespace pelorus
