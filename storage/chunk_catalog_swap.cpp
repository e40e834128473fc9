// chunk_catalog: one file in the place of several.
#include <algorithm>

#include <fmt/format.h>

#include "storage/chunk_catalog.hpp"

namespace pelorus {

namespace {

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

} // namespace pelorus
