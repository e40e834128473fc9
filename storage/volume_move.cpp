#include "storage/volume_move.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "storage/chunk_files.hpp"
#include "storage/file.hpp"
#include "storage/replica_files.hpp"

namespace pelorus {

namespace {

constexpr size_t piece_bytes = size_t{8} << 20;
constexpr size_t id_length = 36;  // of a chunk's id as text

/// What follows the id in the name of a directory: ".<number of moves>", or nothing.
std::string_view mark_of(std::string_view directory) {
  auto name = directory.substr(directory.rfind('/') + 1);  // npos + 1: all of it
  if (name.size() <= id_length || name[id_length] != '.' || !parse_chunk_id(name.substr(0, id_length))) return {};
  return name.substr(id_length);
}

uint64_t moves_of(std::string_view directory) {
  auto mark = mark_of(directory);
  uint64_t number = 0;
  if (!mark.empty()) std::from_chars(mark.data() + 1, mark.data() + mark.size(), number);
  return number;
}

/// Numbers grow, so that who still has the path of an older directory does not meet a newer one there.
std::string fresh_directory(const chunk_files& files, const std::string& directory) {
  for (auto number = moves_of(directory) + 1;; ++number) {
    auto fresh = fmt::format("{}.{}", unmoved(directory), number);
    auto taken = [&](auto& volume) { return file_exists(volume + "/" + fresh); };
    if (std::none_of(files.volumes.begin(), files.volumes.end(), taken)) return fresh;
  }
}

expected<void> copy_file(const std::string& from, const std::string& to) {
  PELORUS_ASSIGN(auto in, file::open_read(from));
  PELORUS_ASSIGN(auto size, in.size());
  PELORUS_ASSIGN(auto out, file::open_write(to, true));
  std::string piece;
  for (uint64_t at = 0; at < size; at += piece.size()) {
    piece.resize(std::min<uint64_t>(piece_bytes, size - at));
    PELORUS_TRY(in.read_at(at, piece.data(), piece.size()));
    PELORUS_TRY(out.write_at(at, piece));
  }
  return out.sync_data();
}

/// All files that a version has, once each.
std::vector<segment_ref> named_files(const held_record& held) {
  std::vector<segment_ref> all;
  for (auto& version : held.versions)
    for (auto& segment : version.segments)
      if (!segment.cached && std::find(all.begin(), all.end(), segment) == all.end()) all.push_back(segment);
  return all;
}

error not_here(const chunk_id& id) { return {ec::not_found, fmt::format("chunk {} is not on this node", to_string(id))}; }

/// The chunk, if it lies where the copy is taken from.
expected<std::shared_ptr<const held_record>> source_of(const chunk_files& files, const chunk_copy& copy) {
  auto held = files.catalog->find(copy.chunk);
  if (!held || !held->newest()) return not_here(copy.chunk);
  if (held->directory != copy.from) return error{ec::stale, fmt::format("chunk {} is in another directory by now", to_string(copy.chunk))};
  return held;
}

} // namespace

std::string unmoved(const std::string& directory) { return directory.substr(0, directory.size() - mark_of(directory).size()); }

std::string volume_of(const chunk_files& files, const held_record& held) {
  auto path = files.path_of(held.id, held.directory);
  return path.substr(0, path.size() - held.directory.size() - 1);
}

expected<chunk_copy> begin_copy(const chunk_files& files, const chunk_id& id, const std::string& volume) {
  auto held = files.catalog->find(id);
  if (!held || !held->newest()) return not_here(id);
  if (std::find(files.volumes.begin(), files.volumes.end(), volume) == files.volumes.end())
    return error{ec::bad_argument, fmt::format("{} is no volume of this node", volume)};
  if (volume_of(files, *held) == volume) return error{ec::bad_argument, fmt::format("chunk {} lies on {} already", to_string(id), volume)};
  chunk_copy copy{id, held->directory, fresh_directory(files, held->directory), {}, {}};
  copy.path = volume + "/" + copy.to;
  PELORUS_TRY(make_directories(copy.path));
  // The directories above may be new as well.
  for (auto parent = copy.path; parent.size() > volume.size();) {
    parent = std::filesystem::path{parent}.parent_path().string();
    PELORUS_TRY(sync_directory(parent));
  }
  return copy;
}

expected<void> extend_copy(const chunk_files& files, chunk_copy& copy) {
  PELORUS_ASSIGN(auto held, source_of(files, copy));
  auto from = files.path_of(held->id, held->directory);
  for (auto& segment : named_files(*held)) {
    if (std::find(copy.files.begin(), copy.files.end(), segment) != copy.files.end()) continue;
    auto copied = copy_file(from + "/" + segment.file, copy.path + "/" + segment.file);
    // Merged with others meanwhile, perhaps: then there is another name for its rows.
    if (!copied && copied.error().code == ec::not_found) return error{ec::stale, copied.error().message};
    PELORUS_TRY(copied);
    PELORUS_TRY(verify_segment(copy.path, segment));
    copy.files.push_back(segment);
  }
  return sync_directory(copy.path);
}

expected<void> switch_to(chunk_files& files, const chunk_copy& copy) {
  PELORUS_ASSIGN(auto held, source_of(files, copy));
  if (auto tid = files.catalog->staged_by(copy.chunk))
    return error{ec::conflict, fmt::format("chunk {} is being written by transaction {}", to_string(copy.chunk), *tid)};
  auto from = files.path_of(held->id, held->directory);
  for (auto& file : files.left.files)
    if (file.chunk == copy.chunk && file_exists(file.path))
      return error{ec::conflict, fmt::format("{} was left over by a crash and may be rows that this node has forgotten", file.path)};
  auto named = named_files(*held);
  for (auto& segment : named)
    if (std::find(copy.files.begin(), copy.files.end(), segment) == copy.files.end() || !file_exists(copy.path + "/" + segment.file))
      return error{ec::stale, fmt::format("segment {} of chunk {} was not copied yet", segment.file, to_string(copy.chunk))};
  // Merged with others since they were copied.
  for (auto& segment : copy.files)
    if (std::find(named.begin(), named.end(), segment) == named.end()) PELORUS_TRY(remove_file(copy.path + "/" + segment.file));
  auto moved = *held;
  moved.directory = copy.to;
  PELORUS_TRY(files.catalog->install(std::move(moved)));
  auto removed = remove_tree(from);
  return removed ? expected<void>{} : expected<void>{std::move(removed).error().with_context(fmt::format("chunk {} lies in {} now", to_string(copy.chunk), copy.path))};
}

expected<void> discard_copy(const chunk_files& files, const chunk_copy& copy) {
  auto held = files.catalog->find(copy.chunk);
  return held && held->directory == copy.to ? expected<void>{} : remove_tree(copy.path);
}

} // namespace pelorus
