#include "storage/redo_salvage.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "storage/log_extent.hpp"

namespace pelorus {

namespace {

namespace fs = std::filesystem;

/// The first file that is not whole, and how much of it is.
struct cut {
  size_t file = 0;
  uint64_t bytes = 0;        ///< that stay
  uint64_t position = 0;     ///< of the last record that stays
  bool only_tail = false;    ///< what is damaged is behind its last record: the next file goes on from there
  std::string why;
};

bool continues(const log_extent& next, log_mark before) {
  return next.head && next.begin.chain == before.chain && next.begin.position >= before.position;
}

expected<std::optional<cut>> find_cut(const std::vector<std::string>& paths) {
  std::vector<log_extent> files;
  for (auto& path : paths) {
    PELORUS_ASSIGN(auto extent, extent_of_log(path));
    files.push_back(extent);
  }
  log_mark before;
  for (size_t i = 0; i < paths.size(); ++i) {
    auto& here = files[i];
    bool last = i + 1 == paths.size();
    // A crash between the making of the newest file and the sync of its head.
    if (!here.head && here.is_all && last) break;
    if (!here.head) return std::optional{cut{i, 0, before.position, false, fmt::format("{} is damaged at byte 0", paths[i])}};
    if (i != 0 && !continues(here, before))
      return std::optional{cut{i, 0, before.position, false,
                               fmt::format("{} begins behind record {}, the file before it ends at {}", paths[i], here.begin.position, before.position)}};
    if (!here.is_all)
      return std::optional{cut{i, here.bytes, here.end.position, !last && continues(files[i + 1], here.end),
                               fmt::format("{} is damaged at byte {}, behind record {}", paths[i], here.bytes, here.end.position)}};
    before = here.end;
  }
  return std::optional<cut>{};
}

/// A directory that was not there before.
expected<std::string> make_place(const std::string& directory, std::string_view when) {
  auto place = fmt::format("{}/damaged.{}", directory, when);
  for (int i = 1; file_exists(place); ++i) place = fmt::format("{}/damaged.{}.{}", directory, when, i);
  PELORUS_TRY(make_directories(place));
  return place;
}

std::string name_of(const std::string& path) { return fs::path{path}.filename().string(); }

/// The file keeps its first bytes only; as it was it lies in `place`.
expected<void> cut_file(const std::string& path, uint64_t bytes, const std::string& place) {
  if (bytes == 0) return rename_file(path, place + "/" + name_of(path));
  std::error_code failed;
  fs::create_hard_link(path, place + "/" + name_of(path), failed);
  if (failed) return error{ec::io_failed, fmt::format("cannot keep {} in {}: {}", path, place, failed.message())};
  PELORUS_TRY(sync_directory(place));
  PELORUS_ASSIGN(auto text, read_file(path));
  auto part = place + "/part";  // not beside the log's files: one that a crash leaves over must not be taken for one
  PELORUS_TRY(write_file_atomically(part, std::string_view{text}.substr(0, bytes), true));
  return rename_file(part, path);
}

} // namespace

expected<std::optional<redo_damage>> salvage_redo_log(const std::string& directory, std::string_view when) {
  std::optional<redo_damage> damage;
  for (;;) {
    PELORUS_ASSIGN(auto paths, redo_files_in(directory));
    PELORUS_ASSIGN(auto found, find_cut(paths));
    if (!found) return damage;
    if (!damage) {
      PELORUS_ASSIGN(auto place, make_place(directory, when));
      damage = redo_damage{fmt::format("redo log {}", found->why), std::move(place), 0};
    }
    damage->position = found->position;
    auto& place = damage->directory;
    // The damaged file first: without those behind it its damage could be taken for the torn end of a crash.
    PELORUS_TRY(cut_file(paths[found->file], found->bytes, place));
    for (auto i = found->file + 1; i < paths.size() && !found->only_tail; ++i) PELORUS_TRY(rename_file(paths[i], place + "/" + name_of(paths[i])));
    PELORUS_TRY(sync_directory(place));
    PELORUS_TRY(sync_directory(directory));
  }
}

} // namespace pelorus
