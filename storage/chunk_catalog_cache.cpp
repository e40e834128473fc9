// The part of the catalog that deals with rows in memory: versions whose segments the redo log has, until files do.
#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "storage/chunk_catalog.hpp"

namespace pelorus {

namespace {

bool lacks_rows(const segment_ref& s) { return !s.cached && s.file.ends_with(cached_suffix); }

} // namespace

std::optional<staged_record> chunk_catalog::find_staged(const chunk_id& id, tid_t tid) const {
  std::shared_lock guard{lock_};
  auto found = staged_.find(tid);
  if (found != staged_.end())
    for (auto& record : found->second)
      if (record.chunk.id == id) return record;
  return std::nullopt;
}

expected<void> chunk_catalog::checkpoint() {
  if (behind_.chunks.empty() && behind_.staged.empty() && behind_.outcomes.empty()) return {};
  return write([](lmdb_store::writer&) -> expected<void> { return {}; });
}

cached_names chunk_catalog::missing_cached() const {
  cached_names names;
  auto look = [&](const chunk_id& id, const std::vector<segment_ref>& segments) {
    for (auto& s : segments)
      if (lacks_rows(s)) names.emplace(id, s.file);
  };
  for (auto& [id, held] : held_)
    if (held->newest()) look(id, held->newest()->segments);
  for (auto& [tid, records] : staged_)
    for (auto& record : records) look(record.chunk.id, record.segments);
  return names;
}

void chunk_catalog::attach_cached(const cached_segments& found) {
  auto attach = [&](const chunk_id& id, std::vector<segment_ref>& segments) {
    for (auto& s : segments)
      if (lacks_rows(s))
        if (auto at = found.find({id, s.file}); at != found.end()) s.cached = at->second;
  };
  std::unique_lock guard{lock_};
  std::set<chunk_id> chunks;
  for (auto& [name, segment] : found) chunks.insert(name.first);
  for (auto& id : chunks) {
    auto held = held_.find(id);
    if (held == held_.end()) continue;
    auto whole = *held->second;
    for (auto& v : whole.versions) attach(id, v.segments);
    held->second = std::make_shared<const held_record>(std::move(whole));
  }
  for (auto& [tid, records] : staged_)
    for (auto& record : records) attach(record.chunk.id, record.segments);
}

void chunk_catalog::give_up(const cached_names& lost) {
  auto lacks = [&](const chunk_id& id, const std::vector<segment_ref>& segments) {
    return std::any_of(segments.begin(), segments.end(), [&](auto& s) { return lacks_rows(s) && lost.contains({id, s.file}); });
  };
  std::unique_lock guard{lock_};
  std::erase_if(held_, [&](auto& entry) {
    bool gone = entry.second->newest() && lacks(entry.first, entry.second->newest()->segments);
    if (gone) damage_.push_back(fmt::format("rows of chunk {} were in the redo log and are lost", to_string(entry.first)));
    return gone;
  });
  for (auto& [tid, records] : staged_)
    std::erase_if(records, [&](auto& record) {
      bool gone = lacks(record.chunk.id, record.segments);
      if (gone) damage_.push_back(fmt::format("rows of transaction {} for chunk {} were in the redo log and are lost", tid, to_string(record.chunk.id)));
      return gone;
    });
  std::erase_if(staged_, [](auto& entry) { return entry.second.empty(); });
}

void chunk_catalog::forget_cached(const chunk_id& id) {
  auto before = find(id);
  if (!before || !before->newest()) return;
  auto next = *before;
  auto newest = next.newest()->version;
  std::erase_if(next.versions, [&](auto& v) { return v.version != newest && v.is_cached(); });
  if (next.versions.size() != before->versions.size()) publish(std::move(next));
}

} // namespace pelorus
