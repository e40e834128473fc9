#include "storage/leftovers.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "storage/chunk_files.hpp"
#include "storage/file.hpp"
#include "storage/replica_files.hpp"
#include "storage/volume_move.hpp"

namespace pelorus {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished = ".tmp";

bool has_all_files(const std::string& directory, const chunk_version& version) {
  return std::all_of(version.segments.begin(), version.segments.end(),
                     [&](auto& s) { return s.cached || file_exists(directory + "/" + s.file); });
}

class sweep {
public:
  explicit sweep(const chunk_files& files) : files_(files) {
    auto note = [&](const held_record& chunk) { known_[files_.path_of(chunk.id, chunk.directory)] = chunk.id; };
    for (auto& held : catalog().all()) note(*held);
    for (auto& held : catalog().quarantined()) note(*held);
    for (auto& staged : catalog().staged()) note(staged.chunk);
  }

  leftovers run() {
    if (!catalog().damage().empty() || known_.empty()) return {};
    for (auto& volume : files_.volumes) walk(volume);
    return std::move(found_);
  }

private:
  const chunk_catalog& catalog() const { return *files_.catalog; }

  void walk(const std::string& path) {
    std::vector<std::string> directories, names;
    std::error_code failed;
    for (fs::directory_iterator at{path, failed}, end; !failed && at != end; at.increment(failed)) {
      auto name = at->path().filename().string();
      std::error_code ignored;
      if (at->is_symlink(ignored) || name.starts_with(".")) continue;
      (at->is_directory(ignored) ? directories : names).push_back(std::move(name));
    }
    if (failed) found_.failures.push_back(fmt::format("cannot list {}: {}", path, failed.message()));
    if (auto chunk = known_.find(path); chunk != known_.end()) return look_at(chunk->second, path, names);
    // A partition may be called like a chunk; only a chunk's directory has segments in it.
    auto id = parse_chunk_id(fs::path{unmoved(path)}.filename().string());
    bool segments = std::any_of(names.begin(), names.end(), [](auto& name) { return last_tid_of({name}) != 0; });
    if (id && directories.empty() && segments) {
      if (is_left_by_move(*id, path, names)) return remove_directory(path, names.size());
      found_.directories.emplace(*id, path);
    }
    // Of a chunk that lies elsewhere: a move that has just begun, or whose old files have just gone.
    if (id && directories.empty() && names.empty() && catalog().find(*id)) return remove_directory(path, 0);
    for (auto& name : directories) walk(path + "/" + name);
  }

  /// The catalog's directory has all files of the chunk, and this one on another volume has nothing younger.
  bool is_left_by_move(const chunk_id& id, const std::string& path, const std::vector<std::string>& names) const {
    auto held = catalog().find(id);
    if (!held || !held->newest()) return false;
    auto relative = unmoved(held->directory);
    if (!unmoved(path).ends_with("/" + relative)) return false;
    auto place = files_.path_of(id, held->directory);
    return std::all_of(held->versions.begin(), held->versions.end(), [&](auto& version) { return has_all_files(place, version); }) &&
           std::all_of(names.begin(), names.end(), [&](auto& name) {
             auto tid = last_tid_of({name});
             return tid != 0 && tid <= held->newest()->tid;
           });
  }

  void remove_directory(const std::string& path, size_t names) {
    if (auto done = remove_tree(path); done) found_.removed += names;
    else found_.failures.push_back(done.error().message);
  }

  void look_at(const chunk_id& id, const std::string& path, const std::vector<std::string>& names) {
    auto named = catalog().files_of(id);
    for (auto& name : names) {
      auto tid = last_tid_of({name});
      if (named.contains(name) || tid == 0) continue;  // ours, or not made by us
      leftovers::file file{id, path + "/" + name, name, tid};
      if (name.ends_with(unfinished) || is_overtaken(files_, file)) remove(file.path);
      else found_.files.push_back(std::move(file));
    }
  }

  void remove(const std::string& path) {
    auto done = remove_file(path);
    if (done) ++found_.removed;
    else found_.failures.push_back(done.error().message);
  }

  const chunk_files& files_;
  std::map<std::string, chunk_id> known_;  // by directory
  leftovers found_;
};

} // namespace

bool is_overtaken(const chunk_files& files, const leftovers::file& file) {
  auto held = files.catalog->find(file.chunk);
  auto* newest = held ? held->newest() : nullptr;
  return newest && file.tid <= newest->tid && !files.catalog->files_of(file.chunk).contains(file.name) &&
         has_all_files(files.path_of(file.chunk, held->directory), *newest);
}

leftovers sweep_volumes(const chunk_files& files) { return sweep{files}.run(); }

} // namespace pelorus
