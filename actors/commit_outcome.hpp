// What the answer to a commit proves.
#pragma once

#include "cfg/error.hpp"

namespace pelorus {

/// Whether an error in answer to `commit_write` or `decide` says that nothing of the transaction reached the metadata's
/// log, nor will: only then may its staged rows be dropped. Any other error leaves the outcome open, and the data nodes
/// ask for it (resolve_transaction).
constexpr bool surely_not_committed(ec code) {
  return code == ec::aborted || code == ec::conflict || code == ec::bad_argument || code == ec::disk_full;
}

} // namespace pelorus
