// What is to be had of a damaged redo log: all that stands in front of the damage.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/error.hpp"

namespace pelorus {

/// Paths of the files of a log, oldest first.
expected<std::vector<std::string>> redo_files_in(const std::string& directory);

/// How far the files of a log can be read, and where the rest went.
struct redo_damage {
  std::string what;        ///< a sentence that names file and byte
  std::string directory;   ///< the damaged file as it was and those behind it; nothing is deleted
  uint64_t position = 0;   ///< of the last record in front of the damage; where only the room behind a file's last record is
                           ///< damaged, of that one, and all that follows stays too
};

/// Looks through the log in `directory` that `redo_log::open` refused, and leaves one there that ends in front of the damage:
/// the damaged file cut off, no files behind it. `when` names the directory below it that keeps the others. Nothing when the
/// log is whole. A crash in between is no harm: the next call does the rest. Errors: of the disk.
expected<std::optional<redo_damage>> salvage_redo_log(const std::string& directory, std::string_view when);

} // namespace pelorus
