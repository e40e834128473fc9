// What a data node holds: chunks, their versions, and rows staged by transactions that are not decided yet.
//
// One thread writes (the chunk store's actor), readers on other threads take immutable snapshots of a chunk. Durable in
// LMDB under CHUNK_METADATA.
#pragma once

#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/dfs.hpp"
#include "storage/dfs_metadata.hpp"
#include "storage/lmdb.hpp"

namespace pelorus {

/// A file of column blocks; immutable once it is named here.
struct segment_ref {
  std::string file;    ///< name below the chunk's directory
  uint64_t rows = 0;
  uint64_t bytes = 0;
  friend bool operator==(const segment_ref&, const segment_ref&) = default;
};

/// One version of a chunk: the segments that make up its rows, in order.
struct chunk_version {
  uint32_t version = 0;
  cid_t cid = 0;
  tid_t tid = 0;
  std::vector<segment_ref> segments;
  uint64_t rows() const;
};

struct held_record {
  chunk_id id;
  uint64_t table_id = 0;
  std::string database, table, partition;
  std::string directory;                ///< below the volume
  std::vector<chunk_version> versions;  ///< ascending; the last is the newest
  const chunk_version* at(uint32_t version) const;
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
};

std::string encode_held(const held_record& x);
expected<held_record> decode_held(std::string_view bytes);

class chunk_catalog {
public:
  /// `sync`: dataSync, every change is durable when it returns.
  static expected<std::unique_ptr<chunk_catalog>> open(const std::string& directory, bool sync);

  // -- readers, any thread -------------------------------------------------------------------------
  held_ptr find(const chunk_id& id) const;
  std::vector<held_ptr> all() const;
  /// The transaction that has staged rows for this chunk, if any.
  std::optional<tid_t> staged_by(const chunk_id& id) const;

  // -- the writer ----------------------------------------------------------------------------------
  /// Keeps staged rows. Errors: stale when the chunk's newest version here is not the base.
  expected<void> stage(staged_record x);
  /// Makes all staged rows of `tid` versions, in one LMDB transaction. Nothing staged is no error.
  expected<void> commit(tid_t tid, cid_t cid);
  /// Forgets staged rows; answers them so that their files can be removed.
  expected<std::vector<staged_record>> rollback(tid_t tid);
  std::vector<staged_record> staged() const;
  /// Replaces a chunk wholesale, as replication brings it.
  expected<void> install(held_record x);
  /// Removes a chunk; answers what it was.
  expected<std::optional<held_record>> drop(const chunk_id& id);

private:
  explicit chunk_catalog(lmdb_store store) : store_(std::move(store)) {}
  void publish(held_record x);

  lmdb_store store_;
  mutable std::shared_mutex lock_;  // guards held_ and staged_ between the writer and readers
  std::unordered_map<chunk_id, held_ptr, chunk_id_hash> held_;
  std::unordered_map<tid_t, std::vector<staged_record>> staged_;
};

} // namespace pelorus
