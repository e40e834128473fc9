// Decides when rows in memory become files and when the redo log is cut, and answers what scripts ask about both.
#pragma once

#include <deque>
#include <string>

#include "storage/chunk_files.hpp"
#include "storage/segment.hpp"
#include "storage/value.hpp"

namespace pelorus {

struct cache_keeper_config {
  segment_options segments;                     ///< how files are written
  int64_t purge_interval_ms = 30'000;           ///< redoLogPurgeInterval
  uint64_t purge_bytes = uint64_t{4} << 30;     ///< redoLogPurgeLimit
};

/// A part of the chunk store, on its thread. Times are ms of a clock that only goes forward.
class cache_keeper {
public:
  cache_keeper(std::shared_ptr<chunk_files> files, cache_keeper_config config) : files_(std::move(files)), config_(std::move(config)) {}

  /// Before rows of a chunk are added: writes files when the chunk has too many pieces or the cache is full.
  void make_room(const chunk_id& chunk, cache_kind kind, int64_t now_ms);
  /// Once a second: what is old or too much becomes files, some chunks at a time; the log is cut when it is time.
  void look(int64_t now_ms);
  /// All committed rows of these tables become files.
  expected<void> flush(cache_kind kind, int64_t now_ms);
  /// Those of one chunk.
  expected<void> flush(const chunk_id& chunk, int64_t now_ms);
  /// All that is committed becomes files and nothing is left for the next start to replay.
  expected<void> close(int64_t now_ms);

  table_ptr chunk_table(cache_kind kind, int64_t now_ms);
  table_ptr log_table();
  /// Bytes in use, bytes of the rows, bytes of what points to them, bytes allowed.
  value sizes(cache_kind kind);
  /// Takes effect at once. Errors: bad_argument when `bytes` is 0.
  expected<void> resize(cache_kind kind, uint64_t bytes);

private:
  cache_engine& cache() { return *files_->cache; }
  std::vector<cached_chunk> of(cache_kind kind);
  expected<void> write(const std::vector<chunk_id>& chunks, int64_t now_ms);
  void shrink(cache_kind kind, uint64_t most_bytes, size_t most_chunks, int64_t now_ms);
  void report(const expected<void>& done);

  struct superseded {
    chunk_id chunk;
    int64_t since_ms = 0;
  };
  std::shared_ptr<chunk_files> files_;
  cache_keeper_config config_;
  std::deque<superseded> superseded_;  // chunks whose older versions still have rows in memory
  int64_t purged_ms_ = 0, patience_ms_ = 0;
};

} // namespace pelorus
