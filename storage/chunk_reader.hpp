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

/// Rows of a chunk come in blocks of at most `segment_block_rows`, those of all its segments in order.
class chunk_reader {
public:
  struct block {
    size_t first_row = 0;  ///< within the chunk
    size_t rows = 0;
  };
  /// Smallest and largest value of a column in a block; nothing when unknown or when all are null.
  struct range {
    value low, high;
    size_t nulls = 0;
  };

  /// `columns` is the table's schema: a segment that lacks one of them (written before it was added) reads as nulls.
  /// Opening reads the footers only. Errors: not_found, io_failed, corrupt, all naming the file.
  static expected<std::shared_ptr<chunk_reader>> open(const std::string& directory,
                                                      const std::vector<segment_ref>& segments, schema columns);

  size_t rows() const { return rows_; }
  const schema& columns() const { return columns_; }
  const std::vector<block>& blocks() const { return blocks_; }
  std::optional<range> range_of(size_t column, size_t block) const;

  /// A whole column. Errors: corrupt naming file, column and block.
  expected<column_ptr> read(size_t column) const;
  /// The given blocks (ascending) of a column, one behind the other.
  expected<column_ptr> read(size_t column, std::span<const size_t> blocks) const;

private:
  struct place {
    size_t segment, block;
  };
  schema columns_;
  size_t rows_ = 0;
  std::vector<segment_ptr> segments_;
  std::vector<block> blocks_;
  std::vector<place> places_;  // of each block
};

} // namespace pelorus
