// Moving a chunk to another volume of its node.
//
// Its files are copied into a directory of a new name there; then its record in the catalog changes; then the old directory
// goes. So a move that is cut short leaves the chunk whole at the one place that the catalog names, and what lies at the other
// is removed by the next sweep (storage/leftovers.hpp).
#pragma once

#include <string>
#include <vector>

#include "storage/chunk_catalog.hpp"

namespace pelorus {

struct chunk_files;

struct chunk_copy {
  chunk_id chunk;
  std::string from, to;            ///< directories below their volumes, as the catalog keeps them
  std::string path;                ///< of `to`
  std::vector<segment_ref> files;  ///< that are there: whole, durable
};

/// The directory that the chunk had before it moved for the first time; other nodes know it by this one.
std::string unmoved(const std::string& directory);

/// Makes the directory on another volume, for any thread. Errors: not_found, bad_argument for a volume that the node does not
/// have or that the chunk lies on.
expected<chunk_copy> begin_copy(const chunk_files& files, const chunk_id& id, const std::string& volume);
/// Copies what versions of the chunk name and the copy lacks; each file is read again there and its checksums compared. For
/// any thread. Errors: stale when the chunk is in another directory by now, not_found when it was dropped, corrupt, disk_full.
expected<void> extend_copy(const chunk_files& files, chunk_copy& copy);
/// The copy is the chunk from now on; for the writer of the catalog only. Errors: conflict while rows of a transaction are
/// staged, stale when the copy lacks files; nothing has changed then.
expected<void> switch_to(chunk_files& files, const chunk_copy& copy);
/// Removes a copy that did not become the chunk.
expected<void> discard_copy(const chunk_files& files, const chunk_copy& copy);

/// The volume that a chunk lies on.
std::string volume_of(const chunk_files& files, const held_record& held);

} // namespace pelorus
