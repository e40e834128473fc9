// Decoded columns of chunks, kept for the next query; the least recently used go first.
//
// Entries are named by what is in the files (their checksums), so they never grow stale: what is not asked for any more
// ages out. Memory that a query needs has priority: the cache gives way when maxMemSize would be passed.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "storage/column.hpp"

namespace pelorus {

struct column_key {
  uint64_t rows = 0;     ///< stands for the segments that hold the rows, and their order
  uint64_t column = 0;   ///< stands for name and type
  uint64_t part = 0;     ///< one block, all of them, or the dictionary; see chunk_reader.cpp
  friend bool operator==(const column_key&, const column_key&) = default;
};

/// Thread-safe.
class column_cache {
public:
  struct statistics {
    uint64_t hits = 0, misses = 0, evicted = 0;
    uint64_t entries = 0, bytes = 0;
  };

  /// The cache of this process; registered with `memory` to give way.
  static column_cache& shared();

  /// 0 keeps nothing. Until this is called the limit is a quarter of maxMemSize, or 1 GiB when that is not limited.
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

  mutable std::mutex lock_;
  std::optional<uint64_t> limit_;
  entries order_;  // newest first
  std::unordered_map<column_key, entries::iterator, key_hash> known_;
  statistics stats_;
};

} // namespace pelorus
