// chunk_catalog: one file in the place of several.
#include <algorithm>

#include <fmt/format.h>

#include "storage/chunk_catalog.hpp"

namespace pelorus {

namespace {

/// False when the segments do not lie side by side.
bool swap_in(std::vector<segment_ref>& segments, const std::vector<std::string>& replaced, const segment_ref& merged) {
  auto found = std::search(segments.begin(), segments.end(), replaced.begin(), replaced.end(),
                           [](auto& segment, auto& file) { return segment.file == file; });
  if (found == segments.end()) return false;
  auto at = segments.erase(found, found + static_cast<ptrdiff_t>(replaced.size()));
  segments.insert(at, merged);
  return true;
}

} // namespace

expected<void> chunk_catalog::swap(const chunk_id& id, const std::vector<std::string>& replaced, const segment_ref& merged) {
  auto before = find(id);
  auto stale = [&] { return error{ec::stale, fmt::format("chunk {} has changed since its segments were merged", to_string(id))}; };
  if (!before || !before->newest() || replaced.empty()) return stale();
  auto next = *before;
  for (auto& version : next.versions) {
    bool swapped = swap_in(version.segments, replaced, merged);
    if (&version == &next.versions.back() && !swapped) return stale();
  }
  return install(std::move(next));
}

expected<size_t> chunk_catalog::merge(const std::vector<segment_merge>& merges) {
  std::map<chunk_id, held_record> fresh;
  size_t done = 0;
  for (auto& one : merges) {
    auto before = find(one.chunk);
    if (!before || !before->newest() || one.files.empty()) continue;
    auto& next = fresh.try_emplace(one.chunk, *before).first->second;
    if (swap_in(next.versions.back().segments, one.files, one.whole)) ++done;
  }
  // Records that are behind are written with it; these are newer.
  PELORUS_TRY(write([&](lmdb_store::writer& out) -> expected<void> {
    for (auto& [id, held] : fresh) PELORUS_TRY(put_held(out, held));
    return {};
  }));
  for (auto& [id, held] : fresh) publish(std::move(held));
  return done;
}

} // namespace pelorus
