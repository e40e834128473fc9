// Decoded columns of chunks, kept for the next query; the least recently used go first, but only for one that is asked for
// more often: a scan of more than fits leaves in place what the next scan will find (the admission of TinyLFU: Einziger,
// Friedman, Manes, ACM ToS 2017).
//
// Entries are named by what is in the files (their checksums), so they never grow stale: what is not asked for any more
// ages out. Memory that a query needs has priority: the cache gives way when maxMemSize would be passed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "storage/column.hpp"

namespace pelorus {

struct column_key {
  uint64_t rows = 0;     ///< stands for the segments that hold the rows, and their order
  uint64_t column = 0;   ///< stands for name and type
  uint64_t part = 0;     ///< one block, all of them, or the dictionary; see chunk_reader.cpp
  friend bool operator==(const column_key&, const column_key&) = default;
};

/// How often keys were asked for lately, about: two counters a key, all of them halved now and then.
class request_counts {
public:
  /// `entries` are kept now: after eight requests for each of them the past counts half.
  void add(uint64_t hash, size_t entries);
  int of(uint64_t hash) const { return std::min(counts_[slot(hash, 0)], counts_[slot(hash, 1)]); }

private:
  static constexpr size_t slots = size_t{1} << 16, least_sample = 1024;
  static constexpr uint8_t most = 255;
  static size_t slot(uint64_t hash, int which) {
    return (hash * (which == 0 ? 0x9e3779b97f4a7c15ULL : 0xc2b2ae3d27d4eb4fULL)) >> 48;
  }
  std::vector<uint8_t> counts_ = std::vector<uint8_t>(slots);
  size_t added_ = 0;
};

/// Thread-safe.
class column_cache {
public:
  struct statistics {
    uint64_t hits = 0, misses = 0, evicted = 0;
    uint64_t entries = 0, bytes = 0;
  };

  /// The caches of this process, of columns and of the orders of chunks by their sort columns (TSDBLevelFileIndexCacheSize);
  /// registered with `memory` to give way.
  static column_cache& shared();
  static column_cache& indexes();

  /// 0 keeps nothing. Until this is called the limit is a quarter of maxMemSize, or, when that is not limited, an eighth
  /// of the machine's memory, which other nodes may share.
  void set_limit(uint64_t bytes);
  uint64_t limit() const;

  /// A copy that shares the memory of the kept column: changing it changes nobody else's. Null when not kept.
  column_ptr find(const column_key& key);
  /// Keeps a column that nobody changes from here on. `extra_bytes`: what it keeps alive besides, such as a dictionary.
  void put(const column_key& key, column_ptr col, uint64_t extra_bytes = 0);
  void clear();
  /// Lets the oldest entries go until `bytes` are freed or nothing is left; answers the bytes let go.
  uint64_t shrink(uint64_t bytes);
  statistics stats() const;

private:
  struct entry {
    column_key key;
    column_ptr col;
    uint64_t bytes = 0;
  };
  struct key_hash {
    size_t operator()(const column_key& k) const;
  };
  using entries = std::list<entry>;

  /// Moves the oldest entries out until at most `most` bytes are kept; they are freed outside of the lock.
  entries take_oldest(uint64_t most);
  /// True when everything that would have to go was asked for less often than `key`.
  bool may_displace(const column_key& key, uint64_t most) const;

  mutable std::mutex lock_;
  std::optional<uint64_t> limit_;
  entries order_;  // newest first
  std::unordered_map<column_key, entries::iterator, key_hash> known_;
  statistics stats_;
  request_counts asked_;
};

} // namespace pelorus
