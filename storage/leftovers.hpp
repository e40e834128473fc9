// What a crash leaves on the volumes of a data node: files that its catalog does not name.
//
// Some of them are needed by nobody for sure: unfinished files, and those whose transaction the newest version of their
// chunk has overtaken, since it has all rows up to there (a chunk has one writer at a time, and its transactions grow). What
// may be rows of a commit that this node has forgotten stays where it is until that can be told.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "storage/dfs.hpp"

namespace pelorus {

struct chunk_files;

struct leftovers {
  struct file {
    chunk_id chunk;
    std::string path, name;
    tid_t tid = 0;  ///< of the last transaction whose rows it has
  };
  std::vector<file> files;                     ///< in directories of chunks that are here, younger than their newest version
  std::map<chunk_id, std::string> directories; ///< of chunks that the catalog does not know
  std::vector<std::string> failures;           ///< what could not be looked at or removed, a sentence each
  uint64_t removed = 0;                        ///< files
};

/// Looks through the volumes and removes what is needed by nobody. To be called before anything is written there. A node
/// whose catalog is empty or damaged keeps everything.
leftovers sweep_volumes(const chunk_files& files);

/// Whether the newest version here has all rows that the file can have, in files that are all there.
bool is_overtaken(const chunk_files& files, const leftovers::file& file);

} // namespace pelorus
