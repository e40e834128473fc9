// What a data node holds: chunks, their versions, and rows staged by transactions that are not decided yet.
//
// One thread writes (the chunk store's actor), readers on other threads take immutable snapshots of a chunk. Durable in
// LMDB under CHUNK_METADATA.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/dfs.hpp"
#include "storage/dfs_metadata.hpp"
#include "storage/file.hpp"
#include "storage/lmdb.hpp"
#include "storage/seen_ids.hpp"

namespace pelorus {

class segment;

/// A segment that is in memory and in the redo log, and in no file yet.
struct cached_segment {
  std::shared_ptr<const segment> rows;
  uint64_t position = 0;   ///< of its record in the redo log
  int64_t since_ms = 0;    ///< when it was staged, on a clock that only goes forward
};

/// A file of column blocks, or what will be merged into one; immutable once it is named here.
struct segment_ref {
  std::string file;    ///< name below the chunk's directory
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t checksum = 0;  ///< of the whole file; 0: not recorded
  std::shared_ptr<const cached_segment> cached = nullptr;  ///< null: it is a file
  friend bool operator==(const segment_ref& a, const segment_ref& b) {
    return a.file == b.file && a.rows == b.rows && a.bytes == b.bytes && a.checksum == b.checksum;
  }
};

/// Consecutive segments of a chunk's newest version that one new file stands for.
struct segment_merge {
  chunk_id chunk;
  std::vector<std::string> files;  ///< their names, in order
  segment_ref whole;
};

/// By name; where `attach_cached` finds the segments that a log has.
using cached_names = std::set<std::pair<chunk_id, std::string>>;
using cached_segments = std::map<std::pair<chunk_id, std::string>, std::shared_ptr<const cached_segment>>;

/// Names of cached segments end like this, so that a catalog knows what to look for in the log. A replica that copied one
/// has it as a file of this name.
inline constexpr std::string_view cached_suffix = ".mem";

/// One version of a chunk: the segments that make up its rows, in order.
struct chunk_version {
  uint32_t version = 0;
  cid_t cid = 0;
  tid_t tid = 0;
  std::vector<segment_ref> segments;
  uint64_t rows() const;
  bool is_cached() const;  ///< some of its rows are in no file
};

struct held_record {
  chunk_id id;
  uint64_t table_id = 0;
  std::string database, table, partition;
  std::string directory;                ///< below the volume
  std::vector<chunk_version> versions;  ///< ascending; the last is the newest
  const chunk_version* at(uint32_t version) const;
  /// What a snapshot sees: the newest version committed up to `cid`.
  const chunk_version* at_cid(cid_t cid) const;
  const chunk_version* newest() const { return versions.empty() ? nullptr : &versions.back(); }
};
using held_ptr = std::shared_ptr<const held_record>;

/// Rows on disk that become a version when their transaction is committed.
struct staged_record {
  tid_t tid = 0;
  held_record chunk;              ///< describes the chunk (without versions)
  uint32_t base_version = 0;      ///< the version the rows build on; the new one is one higher
  std::vector<segment_ref> segments;
  bool replaces = false;          ///< the segments are all rows of the new version, not an addition
  std::string coordinator;        ///< alias of the node that writes, for in-doubt resolution
  uint64_t incarnation = 0;       ///< which start of it; 0: not recorded
};

/// A file that no record names any more, and where it lies.
struct garbage_file {
  chunk_id chunk;
  std::string directory, file;
};

std::string encode_held(const held_record& x);
expected<held_record> decode_held(std::string_view bytes);
std::string encode_staged(const staged_record& x);
expected<staged_record> decode_staged(std::string_view bytes);

class chunk_catalog {
public:
  /// `sync`: dataSync, every change is durable when it returns. Damaged records do not stop it, see `damage`.
  /// Errors: conflict when another process has the directory.
  static expected<std::unique_ptr<chunk_catalog>> open(const std::string& directory, bool sync);

  // -- readers, any thread -------------------------------------------------------------------------
  held_ptr find(const chunk_id& id) const;
  std::vector<held_ptr> all() const;
  size_t size() const;
  /// Chunks set aside by `quarantine`.
  std::vector<held_ptr> quarantined() const;
  /// What was found damaged at open, a sentence each, naming the record. Those chunks are not in `all`, their files must
  /// stay until the chunk is installed again.
  const std::vector<std::string>& damage() const { return damage_; }
  /// Files of a chunk that some version or staged record names; anything else in its directory is a leftover.
  std::set<std::string> files_of(const chunk_id& id) const;
  bool is_staged(const chunk_id& id, tid_t tid) const;
  bool is_staged(tid_t tid) const;
  std::optional<staged_record> find_staged(const chunk_id& id, tid_t tid) const;
  /// A transaction that has staged rows for this chunk; undecided ones of dead coordinators may be among several.
  std::optional<tid_t> staged_by(const chunk_id& id) const;
  /// The youngest of them.
  std::optional<tid_t> newest_staged(const chunk_id& id) const;
  /// The start of the coordinator whose rows of this transaction are staged here.
  std::optional<uint64_t> staged_in(tid_t tid) const;
  /// Of all versions, staged rows and decisions that were ever here, as far as their records are kept.
  seen_ids seen() const;

  // -- the writer ----------------------------------------------------------------------------------
  /// What `stage` refuses whatever the rows are; to be asked before their file is written, which may have the name of
  /// one that a version has.
  expected<void> check_open(tid_t tid) const;
  expected<void> check_base(const chunk_id& id, uint32_t base_version) const;
  /// Keeps staged rows; the same record twice is no error. Errors: stale when the chunk's newest version here is not the
  /// base; aborted when `tid` was committed or rolled back here before; already_exists for other rows of the same tid.
  expected<void> stage(staged_record x);
  /// Makes all staged rows of `tid` versions, in one LMDB transaction. Nothing staged is no error. Rows that a newer
  /// installed version contains already become garbage. Old versions go, down to the few newest and the pinned ones.
  expected<void> commit(tid_t tid, cid_t cid);
  /// Forgets staged rows; answers them so that their files can be removed.
  expected<std::vector<staged_record>> rollback(tid_t tid);
  std::vector<staged_record> staged() const;
  /// Replaces a chunk wholesale, as replication brings it.
  expected<void> install(held_record x);
  /// Puts `merged` in the place of the segments `replaced` in every version that has all of them side by side, in this
  /// order; their rows must be the same. Errors: stale when the newest version has not.
  expected<void> swap(const chunk_id& id, const std::vector<std::string>& replaced, const segment_ref& merged);
  /// Snapshots from `oldest` on are being read: no version they see is pruned. The maximum means none.
  void pin(cid_t oldest) { oldest_pinned_ = oldest; }
  /// Drops versions beyond the newest `keep`, but for pinned ones.
  expected<void> prune(const chunk_id& id, size_t keep);
  /// Files left over since the last call, for deletion. Lost in a crash; `files_of` finds them then.
  std::vector<garbage_file> take_garbage() { return std::exchange(garbage_, {}); }
  /// Sets a chunk aside that the controller does not know; it is not read, reported or deleted. `release` undoes it.
  expected<void> quarantine(const chunk_id& id);
  expected<void> release(const chunk_id& id);
  /// Removes a chunk, quarantined or not, and what is staged for it; answers what it was.
  expected<std::optional<held_record>> drop(const chunk_id& id);

  // -- with a redo log -----------------------------------------------------------------------------------
  /// From the first call on `stage`, `commit` and `rollback` change memory only: their caller has them in a log, whose
  /// records up to `position` are applied. LMDB follows, all at once and with this position, at the next change of another
  /// kind or `checkpoint`.
  void follow_log(uint64_t position) {
    follows_log_ = true;
    position_ = position;
  }
  /// Of the log, as LMDB knew it when it was opened or `follow_log` said since.
  uint64_t position() const { return position_; }
  expected<void> checkpoint();
  /// What newest versions and staged rows name as cached and do not have in memory.
  cached_names missing_cached() const;
  void attach_cached(const cached_segments& found);
  /// Rows that neither the log nor a file has: chunks whose newest version names them are treated as if their record were
  /// damaged, staged rows are forgotten; `damage` says so.
  void give_up(const cached_names& lost);
  /// Puts files in the place of segments; durable when it returns. Merges that do not fit any more are left out; answers the
  /// number of those that were done. Older versions keep the segments they had, until `forget_cached`.
  expected<size_t> merge(const std::vector<segment_merge>& merges);
  /// Drops versions below the newest whose rows are cached.
  void forget_cached(const chunk_id& id);

private:
  chunk_catalog(directory_lock directory, lmdb_store store) : directory_(std::move(directory)), store_(std::move(store)) {}
  expected<void> load();
  expected<void> load_record(std::string_view key, std::string_view record);
  using writing = std::function<expected<void>(lmdb_store::writer&)>;
  expected<void> write(const writing& body);
  expected<void> put_behind(lmdb_store::writer& out) const;
  static expected<void> put_held(lmdb_store::writer& out, const held_record& held);
  expected<held_record> with_staged(const staged_record& staged, cid_t cid) const;
  void trim(held_record& x, size_t keep) const;
  expected<void> resolve(lmdb_store::writer& out, tid_t tid, cid_t cid) const;
  void resolved(tid_t tid, cid_t cid);
  void publish(held_record x);
  void note(const held_record& x);
  void unstage(tid_t tid);
  void collect(const held_record& chunk, const std::vector<segment_ref>& segments);
  /// Whether a version or a staged write of the chunk names the file.
  bool is_named(const chunk_id& id, const std::string& file) const;
  expected<void> move_record(const chunk_id& id, bool aside);

  directory_lock directory_;
  lmdb_store store_;
  std::vector<std::string> damage_;
  std::vector<garbage_file> garbage_;
  std::map<tid_t, cid_t> resolved_;  // the last decided transactions; cid 0: rolled back
  bool follows_log_ = false;
  uint64_t position_ = 0;
  struct {
    std::set<chunk_id> chunks;
    std::set<std::pair<tid_t, chunk_id>> staged;
    std::set<tid_t> outcomes;
  } behind_;  // what LMDB does not have as it is in memory
  cid_t oldest_pinned_ = std::numeric_limits<cid_t>::max();
  mutable std::shared_mutex lock_;  // guards the maps below between the writer and readers
  std::unordered_map<chunk_id, held_ptr, chunk_id_hash> quarantined_;
  std::unordered_map<chunk_id, held_ptr, chunk_id_hash> held_;
  std::unordered_map<tid_t, std::vector<staged_record>> staged_;
  seen_ids seen_;
};

} // namespace pelorus
