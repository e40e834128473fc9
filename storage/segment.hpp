// A segment file: the rows that one commit added to one chunk, column by column in checksummed blocks.
//
//   magic | blocks of column 0, its dictionary | blocks of column 1, .. | footer | footer size u32, footer checksum u64, magic u64
//
// The footer (storage/segment_footer.hpp) tells where the blocks lie and what is in them. Files are written once, under a
// temporary name, and never change.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/chunk_catalog.hpp"
#include "storage/file.hpp"
#include "storage/segment_footer.hpp"
#include "storage/table.hpp"

namespace pelorus {

/// An open segment: its footer, and the file to read blocks from. Stays readable after the file is removed.
class segment {
public:
  /// Reads the footer only. Errors: not_found, io_failed, corrupt, naming the file.
  static expected<std::shared_ptr<const segment>> open(const std::string& path);
  /// The same of a file's bytes in memory; `name` stands for the path.
  static expected<std::shared_ptr<const segment>> open_image(const std::string& name, std::shared_ptr<const std::string> bytes);
  /// What a catalog names: in memory, or a file of that directory.
  static expected<std::shared_ptr<const segment>> open(const std::string& directory, const segment_ref& ref);

  uint64_t rows() const { return footer_.rows; }
  size_t block_count() const { return footer_.block_count(); }
  size_t block_size(size_t block) const { return footer_.block_size(block); }
  /// Tells the contents of two segments apart, and two files with the same contents by their names.
  uint64_t identity() const { return identity_; }

  const segment_column* find(std::string_view name) const;
  const segment_footer& footer() const { return footer_; }
  /// Appends the rows of a block to `to`, a column of the block's type (SYMBOL: over the column's dictionary).
  expected<void> read_block(const segment_column& column, size_t block, struct column& to) const;
  /// The file's bytes when they are in memory, else null.
  const std::shared_ptr<const std::string>& image() const { return image_; }
  /// The strings of a SYMBOL column's codes.
  expected<std::shared_ptr<symbol_dictionary>> read_dictionary(const segment_column& column) const;
  /// Reads all bytes that hold rows and compares their checksums. Errors: corrupt, naming column and block.
  expected<void> verify() const;

private:
  static expected<std::shared_ptr<const segment>> open_from(std::shared_ptr<segment> result, uint64_t size);
  expected<void> read_at(uint64_t offset, void* to, size_t size) const;
  expected<std::string> read_checked(const segment_block& block, std::string_view where) const;
  std::string name_of(const segment_column& column, size_t block) const;

  file file_;
  std::shared_ptr<const std::string> image_;  // instead of the file
  std::string path_;
  segment_footer footer_;
  uint64_t identity_ = 0;
};
using segment_ptr = std::shared_ptr<const segment>;

struct segment_options {
  bool sync = false;      ///< fsync file and directories
  unsigned threads = 1;   ///< that encode blocks
  /// Wishes per column (`column_schema::codec`), may be shorter than the table: "zstd" is followed where no scheme of the
  /// engine's own fits, everything else leaves the choice to the engine.
  std::vector<std::string> codecs = {};
  /// What the caller has made sure of: the order of the rows, by stored names, and that no two agree in it.
  std::vector<std::string> sorted_by = {};
  bool distinct = false;
};

/// Columns that are made one at a time, each asked for once.
struct column_supply {
  schema columns;
  uint64_t rows = 0;
  std::function<expected<column_ptr>(size_t column)> make;
};

/// Writes rows as `<directory>/<name>`; makes the directory. After an error no file of that name exists.
/// Errors: not_supported (ANY and array columns), limit_exceeded (a block beyond 2 GiB), those of files.
expected<segment_ref> write_segment(const std::string& directory, const std::string& name, const table& rows,
                                    const segment_options& options);
/// Writes the picked rows only, in the order given, without making a table of them first.
expected<segment_ref> write_segment(const std::string& directory, const std::string& name, const table& rows,
                                    std::span<const uint32_t> picked, const segment_options& options);
/// The bytes of such a file, which is not written. `picked` empty: all rows.
expected<std::string> encode_segment(const table& rows, std::span<const uint32_t> picked, const segment_options& options);
/// Holds no more than one column at a time.
expected<segment_ref> write_segment(const std::string& directory, const std::string& name, const column_supply& supply,
                                    const segment_options& options);

} // namespace pelorus
