#include "storage/replica_files.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "storage/segment.hpp"

namespace pelorus {

tid_t last_tid_of(const segment_ref& segment) {
  constexpr size_t digits = 16;
  auto& name = segment.file;
  if (name.size() <= digits || name[digits] != '.') return 0;
  tid_t tid = 0;
  auto end = name.data() + digits;
  return std::from_chars(name.data(), end, tid, 16).ptr == end ? tid : 0;
}

namespace {

/// The last segment that ends with this transaction, as an index behind it; 0 when there is none.
size_t end_of(const std::vector<segment_ref>& segments, tid_t tid) {
  for (auto i = segments.size(); tid != 0 && i > 0; --i)
    if (last_tid_of(segments[i - 1]) == tid) return i;
  return 0;
}

std::vector<segment_ref> joined(const std::vector<segment_ref>& front, size_t count, const std::vector<segment_ref>& back, size_t from) {
  std::vector<segment_ref> all(front.begin(), front.begin() + static_cast<ptrdiff_t>(count));
  all.insert(all.end(), back.begin() + static_cast<ptrdiff_t>(from), back.end());
  return all;
}

} // namespace

std::vector<segment_ref> with_own_files(const std::vector<segment_ref>& own, const std::vector<segment_ref>& theirs) {
  // Both end with the same transaction, so both hold all rows up to it: a version's rows are the same in every replica.
  for (auto i = theirs.size(); i > 0; --i)
    if (auto end = end_of(own, last_tid_of(theirs[i - 1]))) return joined(own, end, theirs, i);
  return theirs;
}

std::optional<std::vector<segment_ref>> with_own_tail(const std::vector<segment_ref>& mended, const std::vector<segment_ref>& own) {
  if (mended.empty()) return std::nullopt;
  auto end = end_of(own, last_tid_of(mended.back()));
  if (end == 0) return std::nullopt;
  return joined(mended, mended.size(), own, end);
}

expected<void> verify_segment(const std::string& directory, const segment_ref& ref) {
  return ref.cached ? expected<void>{} : verify_segment(fmt::format("{}/{}", directory, ref.file), ref.rows);
}

expected<void> verify_segment(const std::string& path, uint64_t rows) {
  auto opened = segment::open(path);
  if (!opened) {
    auto err = std::move(opened).error();
    if (err.code == ec::not_found) err.code = ec::corrupt;
    return err;
  }
  if ((*opened)->rows() != rows)
    return error{ec::corrupt, fmt::format("segment {} holds {} rows, {} were committed", path, (*opened)->rows(), rows)};
  return (*opened)->verify();
}

} // namespace pelorus
