// A segment file: the rows that one commit added to one chunk, column by column in checksummed blocks.
//
//   magic | blocks of column 0 | blocks of column 1 | .. | footer | footer size u32, footer checksum u64, magic u64
//
// The footer holds per column its name, type and dictionary (SYMBOL), and per block offset, size, codec, rows, nulls,
// smallest and largest value and checksum. Files are written once, under a temporary name, and never change.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/chunk_catalog.hpp"
#include "storage/file.hpp"
#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

inline constexpr size_t segment_block_rows = size_t{1} << 16;

struct segment_block {
  uint64_t offset = 0;
  uint32_t bytes = 0;      ///< stored
  uint8_t codec = 0;       ///< storage/codec.hpp
  uint32_t rows = 0, nulls = 0;
  bool has_range = false;
  int64_t low = 0, high = 0;  ///< of integers and temporals as they are, of floats their bits
  uint64_t sum = 0;
};

struct segment_column {
  std::string name;
  type_id type = type_id::void_;
  int32_t scale = 0;
  std::shared_ptr<symbol_dictionary> dict;
  std::vector<segment_block> blocks;
};

/// An open segment: its footer, and the file to read blocks from. Stays readable after the file is removed.
class segment {
public:
  static expected<std::shared_ptr<const segment>> open(const std::string& path);

  uint64_t rows() const { return rows_; }
  size_t block_count() const { return (rows_ + segment_block_rows - 1) / segment_block_rows; }
  size_t block_size(size_t block) const;
  const segment_column* find(std::string_view name) const;
  /// Appends the rows of a block to `to`, a column of the block's type (SYMBOL: over the column's dictionary).
  expected<void> read_block(const segment_column& column, size_t block, struct column& to) const;

private:
  file file_;
  uint64_t rows_ = 0;
  std::vector<segment_column> columns_;
};
using segment_ptr = std::shared_ptr<const segment>;

struct segment_options {
  bool sync = false;      ///< fsync file and directory
  unsigned threads = 1;   ///< that encode columns
};

/// Writes rows as `<directory>/<name>`; makes the directory. After an error no file of that name exists.
expected<segment_ref> write_segment(const std::string& directory, const std::string& name, const table& rows,
                                    const segment_options& options);

} // namespace pelorus
