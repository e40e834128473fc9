// Small writes of a data node: durable in the redo log by one sync, in memory until enough of them make a segment.
//
// Everything that a transaction does to the catalog goes through here when there is a log: staged rows (small ones with
// their bytes, others as the file that they are in) and decisions are records of the log first, then changes of the catalog
// in memory; LMDB follows. At a start the log is replayed behind the position that LMDB has. Only the thread of the chunk
// store uses it; readers see what it did through the catalog.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/chunk_catalog.hpp"
#include "storage/redo_log.hpp"
#include "storage/redo_record.hpp"

namespace pelorus {

enum class cache_kind : uint8_t { olap, tsdb };
inline cache_kind kind_of(const table_info& table) { return table.sort_columns.empty() ? cache_kind::olap : cache_kind::tsdb; }

/// A chunk with rows in memory.
struct cached_chunk {
  chunk_id id;
  cache_kind kind = cache_kind::olap;
  std::string table = {};         ///< name
  uint64_t table_id = 0;
  int64_t oldest_ms = 0, newest_ms = 0;       ///< when the first and the last of them were staged
  uint64_t segments = 0;                      ///< of committed transactions
  uint64_t rows = 0, bytes = 0;               ///< of those
  uint64_t open_rows = 0, open_bytes = 0;     ///< of transactions that are not decided
  std::vector<tid_t> tids = {};
};

/// Transactions of one table that are in the redo log; tid 0: none.
struct logged_transactions {
  uint64_t all = 0, in_memory = 0;
  tid_t oldest_written = 0, oldest_in_memory = 0;
};

class cache_engine {
public:
  struct options {
    redo_log::options log;
    bool sync = true;                              ///< dataSync
    uint64_t olap_bytes = 0, tsdb_bytes = 0;       ///< sizes of the caches; 0: none, rows of such tables become files at once
  };
  /// Opens the log and brings the catalog to its end. Errors: corrupt, naming file and byte.
  static expected<std::unique_ptr<cache_engine>> open(options how, chunk_catalog& catalog, int64_t now_ms);

  struct staging {
    staged_record rows;                            ///< with one segment
    std::string table;                             ///< table_info's bytes, columns under their stored names
    std::shared_ptr<const std::string> image = {}; ///< its bytes when it is in no file
    cache_kind kind = cache_kind::olap;
    uint32_t schema_version = 1;                   ///< of `table`
  };
  /// Makes a group durable with one sync, then visible in the catalog as `chunk_catalog::stage` does, in order. Answers one
  /// result each; when the log fails all have its error.
  std::vector<expected<void>> stage(std::vector<staging> group, int64_t now_ms);
  /// As the catalog's. Not synced: what is lost in a crash is asked of the controller again.
  expected<void> commit(tid_t tid, cid_t cid);
  expected<std::vector<staged_record>> rollback(tid_t tid);

  /// Brings LMDB up to date and removes the parts of the log that nothing needs.
  expected<void> purge();

  uint64_t limit(cache_kind kind) const { return kind == cache_kind::olap ? how_.olap_bytes : how_.tsdb_bytes; }
  void set_limit(cache_kind kind, uint64_t bytes) { (kind == cache_kind::olap ? how_.olap_bytes : how_.tsdb_bytes) = bytes; }
  /// Bytes in memory, counted up at each `stage` and anew by `chunks`.
  uint64_t used(cache_kind kind) const { return used_[static_cast<size_t>(kind)]; }
  /// Segments that a chunk has in memory, counted likewise.
  uint64_t segments_of(const chunk_id& id) const;
  /// All chunks that have rows in memory.
  std::vector<cached_chunk> chunks();
  /// The newest table_info's bytes that rows of this table were staged with; empty when unknown.
  const std::string& table(uint64_t id) const;
  const redo_log& log() const { return log_; }
  /// By path and name of the table.
  std::map<std::string, logged_transactions> transactions();

private:
  struct warm {
    cache_kind kind = cache_kind::olap;
    uint64_t table_id = 0, segments = 0;
    int64_t last_ms = 0;
  };
  cache_engine(options how, chunk_catalog& catalog) : how_(std::move(how)), catalog_(catalog) {}
  expected<void> replay(uint64_t position, std::string_view record, const cached_names& wanted, cached_segments& found, int64_t now_ms);
  expected<void> apply(uint64_t position, staging one, int64_t now_ms);
  void note(const staging& one, int64_t now_ms);
  /// Records of the log with rows that are in no file.
  std::set<uint64_t> needed() const;

  options how_;
  chunk_catalog& catalog_;
  redo_log log_;
  std::map<chunk_id, warm> warm_;
  struct logged {
    uint64_t position = 0;
    tid_t tid = 0;
    std::string table;
  };
  std::deque<logged> logged_;  // staged rows in the log, in order
  std::map<uint64_t, std::pair<uint32_t, std::string>> tables_;  // by schema_version the newest of each
  uint64_t used_[2] = {0, 0};
};

} // namespace pelorus
