// Looks at an LMDB file without LMDB, which trusts every byte of it: a damaged page can end the process that reads there,
// lead a look-up astray or hand a page that is in use to the next writer.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/error.hpp"

namespace pelorus {

/// What `survey_lmdb` found out about an environment.
struct lmdb_survey {
  std::vector<std::string> damage;  ///< a sentence each; empty: LMDB may open it
  uint64_t records = 0;             ///< that can be reached
};

/// Walks all that the newest snapshot of `<directory>/data.mdb` reaches: heads, pages, nodes, order of keys and the list of
/// free pages. `visit` gets every record of the unnamed database that a sound way leads to, in no particular order when
/// there is damage. No file, or an empty one, is sound. Errors: io_failed.
expected<lmdb_survey> survey_lmdb(const std::string& directory,
                                  const std::function<void(std::string_view key, std::string_view value)>& visit = nullptr);

} // namespace pelorus
