#include "actors/unknown_chunks.hpp"

#include <fmt/format.h>

#include "cfg/log.hpp"
#include "storage/file.hpp"

namespace pelorus {

namespace {

/// Beside one that went before it.
expected<void> move_files(const chunk_files& files, const chunk_id& id, const std::string& from) {
  auto place = files.quarantine_of(from);
  PELORUS_TRY(make_directories(place));
  auto to = fmt::format("{}/{}", place, to_string(id));
  for (int i = 1; file_exists(to); ++i) to = fmt::format("{}/{}.{}", place, to_string(id), i);
  PELORUS_TRY(rename_file(from, to));
  log_warn("{} is unknown to the controller and was moved to {}", from, to);
  return {};
}

/// The record is there before anything moves: after a crash between the steps the files are found without a name.
expected<void> put_away(chunk_files& files, cache_keeper* keeper, const chunk_id& id, int64_t now_ms) {
  if (keeper) PELORUS_TRY(keeper->flush(id, now_ms));  // what is set aside must be in files
  auto held = files.catalog->find(id);
  auto from = files.path_of(id, held->directory), place = files.quarantine_of(from);
  PELORUS_TRY(make_directories(place));
  PELORUS_TRY(write_file_atomically(fmt::format("{}/{}.record", place, to_string(id)), encode_held(*held), true));
  PELORUS_ASSIGN(auto dropped, files.catalog->drop(id));
  return file_exists(from) ? move_files(files, id, from) : expected<void>{};
}

/// Files that a crash left over in a directory without a record.
expected<void> put_leftover_away(const chunk_files& files, const chunk_id& id) {
  auto found = files.left.directories.find(id);
  if (found == files.left.directories.end() || !file_exists(found->second)) return {};
  return move_files(files, id, found->second);
}

} // namespace

expected<void> put_unknown_away(chunk_files& files, cache_keeper* keeper, const quarantine& order, int64_t now_ms) {
  for (auto& chunk : order.chunks) {
    chunk_id id{chunk.id_high, chunk.id_low};
    if (files.catalog->staged_by(id)) continue;
    auto held = files.catalog->find(id);
    if (held && held->newest() && held->newest()->version != chunk.version) continue;  // the controller knows it by now
    PELORUS_TRY(held ? put_away(files, keeper, id, now_ms) : put_leftover_away(files, id));
  }
  return {};
}

} // namespace pelorus
