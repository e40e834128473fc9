// Keys of the DFS metadata's records, in LMDB and checkpoints alike. Layout in docs/storage_format.md.
#pragma once

#include <string>

#include <fmt/format.h>

#include "storage/dfs.hpp"

namespace pelorus::metadata_keys {

inline constexpr auto counters = "meta/counters";
inline std::string of(const database_info& x) { return "db/" + x.path; }
inline std::string of_table(uint64_t id) { return fmt::format("table/{:016x}", id); }
inline std::string of(const chunk_id& id) { return "chunk/" + to_string(id); }
inline std::string of_user(const std::string& name) { return "user/" + name; }
inline std::string of_blob(const std::string& name) { return "blob/" + name; }

} // namespace pelorus::metadata_keys
