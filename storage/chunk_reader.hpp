// Reads one version of a chunk: columns of its segments, whole or by block, each block verified by its checksum.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/chunk_catalog.hpp"
#include "storage/segment.hpp"
#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Rows of a chunk come in blocks of at most `segment_block_rows`, those of all its segments in order. Thread-safe.
class chunk_reader {
public:
  struct block {
    size_t first_row = 0;  ///< within the chunk
    size_t rows = 0;
  };
  /// Smallest and largest value of a column in a block; nothing when unknown or when all are null. Of texts the low
  /// value may be a prefix of the smallest one.
  struct range {
    value low, high;
    size_t nulls = 0;
  };

  /// A segment's place among the rows.
  struct run {
    size_t first_row = 0, rows = 0;
    size_t first_block = 0, blocks = 0;
    const segment_footer* contents = nullptr;
  };

  /// `columns` is the table's schema: a segment that lacks one of them (written before it was added) reads as nulls.
  /// Opening reads the footers only. Errors: not_found, io_failed, corrupt, all naming the file.
  static expected<std::shared_ptr<chunk_reader>> open(const std::string& directory,
                                                      const std::vector<segment_ref>& segments, schema columns);

  size_t rows() const { return rows_; }
  const schema& columns() const { return columns_; }
  const std::vector<block>& blocks() const { return blocks_; }
  const std::vector<run>& runs() const { return runs_; }
  /// Stands for the segments and their order.
  uint64_t identity() const { return identity_; }
  std::optional<range> range_of(size_t column, size_t block) const;
  /// How many rows of a block are null.
  size_t nulls_of(size_t column, size_t block) const;

  /// A whole column. What is read is kept in `column_cache::shared()`. Errors: corrupt naming file, column and block.
  expected<column_ptr> read(size_t column) const;
  /// A whole column that nobody will ask for again: the cache is left alone.
  expected<column_ptr> read_once(size_t column) const;
  /// The given blocks (ascending) of a column, one behind the other.
  expected<column_ptr> read(size_t column, std::span<const size_t> blocks) const;

private:
  struct place {
    size_t segment, block;
  };
  const segment_column* stored(size_t column, size_t segment) const;
  uint64_t column_name_key(size_t column) const;
  expected<std::shared_ptr<symbol_dictionary>> dictionary(const segment& from, const segment_column& stored,
                                                          uint64_t name_key) const;
  expected<column_ptr> read_run(size_t column, std::span<const size_t> blocks) const;
  expected<column_ptr> read_uncached(size_t column, std::span<const size_t> blocks) const;

  schema columns_;
  size_t rows_ = 0;
  uint64_t identity_ = 0;
  std::vector<segment_ptr> segments_;
  std::vector<run> runs_;  // of each segment
  std::vector<block> blocks_;
  std::vector<place> places_;  // of each block
};

} // namespace pelorus
