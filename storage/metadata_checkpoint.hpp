// The checkpoint file: all records of the DFS metadata at one point of the log, in checksummed blocks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cfg/error.hpp"
#include "storage/dfs_metadata.hpp"
#include "storage/metadata_log.hpp"

namespace pelorus {

/// Writes under a temporary name, syncs, renames. Memory stays at one block, however many records.
expected<void> write_checkpoint(const std::string& path, const dfs_metadata& state, log_mark mark);

/// Shows every record and answers the mark; nothing when there is no such file. Every byte is verified, also with an
/// empty visitor: ec::corrupt with file and offset.
expected<std::optional<log_mark>> read_checkpoint(
    const std::string& path,
    const std::function<expected<void>(std::string_view key, std::string_view record)>& visit = nullptr);

} // namespace pelorus
