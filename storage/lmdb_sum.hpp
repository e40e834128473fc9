// A sum over an LMDB file while nobody has it open: every bit of it, also those of free pages that no survey looks at.
//
// It lies beside the file as `data.mdb.sum` from a clean end to the next start, which compares and removes it before LMDB
// changes anything. So it is never older than the file; after a crash there is none.
#pragma once

#include <string>

#include "cfg/error.hpp"

namespace pelorus {

/// Makes `<directory>/data.mdb` durable and sums it up. To be called when nothing will be written any more.
expected<void> sum_lmdb(const std::string& directory);
/// Errors: corrupt, naming the file, when it is not what was summed up, or when the sum itself is damaged. No sum, no error.
expected<void> check_lmdb_sum(const std::string& directory);
/// Before the first change, and when another file has taken the place of the one that was summed up; durable.
expected<void> forget_lmdb_sum(const std::string& directory);
bool has_lmdb_sum(const std::string& directory);

} // namespace pelorus
