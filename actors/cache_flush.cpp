#include "actors/cache_flush.hpp"

#include <fmt/format.h>

#include "actors/guarded.hpp"
#include "query/merge_segments.hpp"
#include "storage/dfs_codec.hpp"

namespace pelorus {

namespace {

using run = std::vector<segment_ref>;

/// Neighbours whose rows are in memory.
std::vector<run> cached_runs(const chunk_version& version) {
  std::vector<run> runs;
  bool open = false;
  for (auto& s : version.segments) {
    if (s.cached && !open) runs.emplace_back();
    open = s.cached != nullptr;
    if (open) runs.back().push_back(s);
  }
  return runs;
}

/// Begins with the last transaction, as `last_tid_of` reads it; the first one tells it from other flushes.
std::string flushed_name(const run& segments) {
  auto stem = [](const segment_ref& s) { return s.file.substr(0, s.file.find('.')); };
  return fmt::format("{}.f{}.seg", stem(segments.back()), stem(segments.front()));
}

expected<segment_merge> write_run(const chunk_files& files, const held_record& held, const table_info& info, const run& segments,
                                  const segment_options& options) {
  auto directory = files.path_of(held.id, held.directory);
  segment_merge merge{held.id, {}, {}};
  for (auto& s : segments) merge.files.push_back(s.file);
  PELORUS_ASSIGN(merge.whole, merge_segments(directory, segments, info, flushed_name(segments), options.sync, options.threads));
  return merge;
}

expected<std::vector<segment_merge>> write_chunk(const chunk_files& files, const chunk_id& id, const segment_options& options) {
  std::vector<segment_merge> merges;
  auto held = files.catalog->find(id);
  if (!held || !held->newest() || !held->newest()->is_cached()) return merges;
  auto& table = files.cache->table(held->table_id);
  if (table.empty()) return error{ec::internal, fmt::format("the columns of cached rows of chunk {} are not known", to_string(id))};
  PELORUS_ASSIGN(auto info, decode_table(table));
  for (auto& segments : cached_runs(*held->newest())) {
    PELORUS_ASSIGN(auto merge, write_run(files, *held, info, segments, options));
    merges.push_back(std::move(merge));
  }
  return merges;
}

} // namespace

expected<void> flush_chunks(chunk_files& files, const std::vector<chunk_id>& chunks, const segment_options& options) {
  std::vector<segment_merge> merges;
  expected<void> result;
  for (auto& id : chunks) {
    auto written = guarded([&] { return write_chunk(files, id, options); });
    if (written) merges.insert(merges.end(), std::make_move_iterator(written->begin()), std::make_move_iterator(written->end()));
    else if (result) result = written.error();
  }
  if (merges.empty()) return result;
  auto done = files.catalog->merge(merges);
  return done ? result : expected<void>{done.error()};
}

} // namespace pelorus
