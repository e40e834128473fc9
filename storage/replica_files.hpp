// The files of one replica of a chunk beside those of another: which of them hold the same rows, and which are whole.
// Replicas compact on their own, so that the same rows may lie in different files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/chunk_catalog.hpp"

namespace pelorus {

/// The last transaction whose rows a segment holds, from its name (`<tid, 16 hex digits>.seg`, `<tid>.m<number>.seg`);
/// 0 for any other name.
tid_t last_tid_of(const segment_ref& segment);

/// `theirs`, the segments of a newer version of the chunk, with as many of `own` at its front as hold the same rows.
std::vector<segment_ref> with_own_files(const std::vector<segment_ref>& own, const std::vector<segment_ref>& theirs);

/// `mended`, the segments of a version that `own` continues, and what `own` has behind it; nothing when it does not.
std::optional<std::vector<segment_ref>> with_own_tail(const std::vector<segment_ref>& mended,
                                                      const std::vector<segment_ref>& own);

/// Reads the whole file and compares its checksums. Errors: corrupt (missing, too), io_failed, naming the file.
expected<void> verify_segment(const std::string& directory, const segment_ref& segment);
/// The same of the file `path`, which is to hold `rows` rows.
expected<void> verify_segment(const std::string& path, uint64_t rows);

} // namespace pelorus
