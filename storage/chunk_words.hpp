// How chunks are named to people.
#pragma once

#include <string_view>

#include "storage/dfs.hpp"

namespace pelorus {

inline std::string_view state_name(chunk_state state) {
  switch (state) {
    case chunk_state::constructing: return "CONSTRUCTING";
    case chunk_state::recovering: return "RECOVERING";
    case chunk_state::complete: return "COMPLETE";
  }
  return "UNKNOWN";
}

/// Damaged, or without the newest commits.
inline bool is_behind(const chunk_info& chunk, const replica_info& replica) {
  return replica.corrupted || replica.version < chunk.version;
}

} // namespace pelorus
