#include "storage/chunk_files.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <utility>

#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "storage/disk_watch.hpp"
#include "storage/file.hpp"
#include "storage/lmdb_sum.hpp"
#include "storage/redo_salvage.hpp"

namespace pelorus {

namespace {

std::string parent_of(const std::string& path) { return std::filesystem::path{path}.parent_path().string(); }

/// All of the file system that this directory is on.
expected<void> sync_below(const std::string& directory) {
  PELORUS_TRY(ask_disk({.step = disk_step::sync_all, .path = directory}));
  PELORUS_ASSIGN(auto held, file::open_read(directory));
  return ::syncfs(held.fd()) == 0 ? expected<void>{} : expected<void>{system_error("sync", directory)};
}

std::string sentence_of(const redo_damage& damage) {
  return fmt::format("{}. What cannot be read from there on is kept in {}; chunks that lost rows are copied from other replicas, and where there "
                     "is none reading them fails",
                     damage.what, damage.directory);
}

} // namespace

expected<std::shared_ptr<chunk_files>> chunk_files::open(std::vector<std::string> volumes, const std::string& metadata,
                                                         bool sync) {
  auto files = std::make_shared<chunk_files>();
  files->volumes = std::move(volumes);
  for (auto& volume : files->volumes) PELORUS_TRY(make_directories(volume));
  files->mark_ = metadata + "/CHUNK_METADATA/open";
  files->crashed_ = file_exists(files->mark_);
  // A process that was killed leaves names and bytes in memory that it had no time to sync: what is found counts as durable.
  if (sync && files->crashed_) {
    for (auto& volume : files->volumes) PELORUS_TRY(sync_below(volume));
    PELORUS_TRY(sync_below(metadata));
  }
  PELORUS_ASSIGN(files->catalog, chunk_catalog::open(metadata + "/CHUNK_METADATA", sync));
  PELORUS_ASSIGN(auto mark, file::open_write(files->mark_));
  // Or a power failure takes the mark with it, and nobody looks for what it left over.
  PELORUS_TRY(sync_directory(metadata + "/CHUNK_METADATA"));
  return files;
}

void chunk_files::sweep() {
  if (std::exchange(crashed_, false)) left = sweep_volumes(*this);
}

expected<void> chunk_files::close() {
  auto summed = sum_lmdb(parent_of(mark_));
  PELORUS_TRY(remove_file(mark_));
  return summed;
}

std::string chunk_files::quarantine_of(const std::string& directory) const {
  auto on = std::find_if(volumes.begin(), volumes.end(), [&](auto& volume) { return directory.starts_with(volume + "/"); });
  return (on == volumes.end() ? volumes.front() : *on) + "/.quarantine";
}

expected<void> chunk_files::open_cache(cache_engine::options how, int64_t now_ms) {
  auto opened = cache_engine::open(how, *catalog, now_ms);
  if (!opened && opened.error().code == ec::corrupt) {
    auto when = fmt::format("{:%Y%m%dT%H%M%S}", fmt::gmtime(std::time(nullptr)));
    PELORUS_ASSIGN(auto damage, salvage_redo_log(how.log.directory, when));
    if (!damage) return opened.error();  // whole records that mean nothing
    left.failures.push_back(sentence_of(*damage));
    for (auto& sentence : catalog->damage()) left.failures.push_back(sentence);
    // A part of the log was replayed already.
    catalog.reset();
    PELORUS_ASSIGN(catalog, chunk_catalog::open(parent_of(mark_), how.sync));
    opened = cache_engine::open(how, *catalog, now_ms);
    crashed_ = false;  // nothing is swept away by what this catalog knows
  }
  PELORUS_ASSIGN(cache, std::move(opened));
  auto lost = catalog->missing_cached();
  if (lost.empty()) return {};
  std::map<chunk_id, std::string> directories;
  for (auto& record : catalog->staged()) directories[record.chunk.id] = path_of(record.chunk.id, record.chunk.directory);
  for (auto& [id, file] : lost)
    if (auto held = catalog->find(id)) directories[id] = path_of(id, held->directory);
  // A replica that copied such rows has them as a file.
  std::erase_if(lost, [&](auto& name) { return file_exists(directories[name.first] + "/" + name.second); });
  catalog->give_up(lost);
  return {};
}

std::string chunk_files::directory_of(const std::string& database, const std::string& partition, const chunk_id& id) {
  // "dfs://a/b" -> "a/b"; parts that would leave the volume are spelled harmlessly.
  std::string path;
  std::string_view rest{database};
  if (rest.starts_with("dfs://")) rest.remove_prefix(6);
  while (!rest.empty()) {
    auto slash = rest.find('/');
    auto part = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    path += part == ".." ? std::string{"%2E%2E"} : std::string{part};
    path += '/';
  }
  return fmt::format("{}{}{}{}", path, partition, partition.empty() ? "" : "/", to_string(id));
}

std::string chunk_files::path_of(const chunk_id& id, const std::string& directory) const {
  for (auto& volume : volumes)
    if (auto path = volume + "/" + directory; volumes.size() > 1 && file_exists(path)) return path;
  return volumes[chunk_id_hash{}(id) % volumes.size()] + "/" + directory;
}

seen_ids chunk_files::seen() const {
  auto seen = catalog->seen();
  for (auto& file : left.files) seen.tid = std::max(seen.tid, file.tid);
  return seen;
}

expected<std::shared_ptr<chunk_reader>> chunk_files::open_version(const chunk_id& id, uint32_t version,
                                                                  const schema& columns) const {
  for (auto held = catalog->find(id);;) {
    auto* wanted = held ? held->at(version) : nullptr;
    if (!wanted)
      return error{ec::not_found, fmt::format("version {} of chunk {} is not on this node (newest here: {})", version,
                                              to_string(id), held && held->newest() ? held->newest()->version : 0)};
    auto reader = chunk_reader::open(path_of(id, held->directory), wanted->segments, columns);
    if (reader || reader.error().code != ec::not_found) return reader;
    // Another file may have taken the place of one that is gone; else it is missing.
    auto now = catalog->find(id);
    if (now == held) return error{ec::corrupt, reader.error().message};
    held = std::move(now);
  }
}

} // namespace pelorus
