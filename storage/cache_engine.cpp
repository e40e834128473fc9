#include "storage/cache_engine.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "storage/dfs_codec.hpp"
#include "storage/segment.hpp"

namespace pelorus {

namespace {

expected<std::shared_ptr<const cached_segment>> open_cached(const staged_record& rows, std::shared_ptr<const std::string> image,
                                                            uint64_t position, int64_t now_ms) {
  auto name = fmt::format("{}/{}", rows.chunk.directory, rows.segments.front().file);
  PELORUS_ASSIGN(auto opened, segment::open_image(name, std::move(image)));
  return std::make_shared<const cached_segment>(cached_segment{std::move(opened), position, now_ms});
}

/// What the catalog refused when it was live it refuses again; anything else ends the replay.
expected<void> unless_refused(expected<void> done) {
  if (done) return done;
  auto code = done.error().code;
  return code == ec::stale || code == ec::aborted || code == ec::already_exists ? expected<void>{} : done;
}

} // namespace

expected<std::unique_ptr<cache_engine>> cache_engine::open(options how, chunk_catalog& catalog, int64_t now_ms) {
  std::unique_ptr<cache_engine> engine{new cache_engine{std::move(how), catalog}};
  auto wanted = catalog.missing_cached();
  auto known = catalog.position();
  cached_segments found;
  bool attached = false;
  auto attach = [&] {
    if (!std::exchange(attached, true)) catalog.attach_cached(std::exchange(found, {}));
  };
  auto visit = [&](uint64_t position, std::string_view record) {
    if (position > known) attach();
    return engine->replay(position, record, wanted, found, now_ms);
  };
  PELORUS_ASSIGN(engine->log_, redo_log::open(engine->how_.log, visit));
  attach();
  // A log that lost its unsynced end: LMDB has what was in it.
  PELORUS_TRY(engine->log_.skip_to(catalog.position()));
  catalog.follow_log(std::max(catalog.position(), engine->log_.position()));
  (void)engine->chunks();
  return engine;
}

expected<void> cache_engine::replay(uint64_t position, std::string_view bytes, const cached_names& wanted, cached_segments& found,
                                    int64_t now_ms) {
  PELORUS_ASSIGN(auto record, decode_redo(bytes));
  bool is_new = position > catalog_.position();
  if (record.what == redo_record::kind::decided) {
    if (!is_new) return {};
    catalog_.follow_log(position);
    if (record.cid != 0) return unless_refused(catalog_.commit(record.tid, record.cid));
    auto dropped = catalog_.rollback(record.tid);
    return dropped ? expected<void>{} : unless_refused(dropped.error());
  }
  PELORUS_ASSIGN(auto table, decode_table(record.table));
  staging one{std::move(record.rows), std::string{record.table}, nullptr, kind_of(table), table.schema_version};
  if (!record.image.empty()) one.image = std::make_shared<const std::string>(record.image);
  logged_.push_back({position, one.rows.tid, one.rows.chunk.database + "/" + one.rows.chunk.table});
  if (is_new) return unless_refused(apply(position, std::move(one), now_ms));
  std::pair name{one.rows.chunk.id, one.rows.segments.empty() ? std::string{} : one.rows.segments.front().file};
  if (!one.image || !wanted.contains(name)) return {};
  PELORUS_ASSIGN(found[name], open_cached(one.rows, one.image, position, now_ms));
  note(one, now_ms);
  return {};
}

expected<void> cache_engine::apply(uint64_t position, staging one, int64_t now_ms) {
  catalog_.follow_log(position);
  if (one.image) {
    PELORUS_ASSIGN(one.rows.segments.front().cached, open_cached(one.rows, one.image, position, now_ms));
  }
  PELORUS_TRY(catalog_.stage(one.rows));
  note(one, now_ms);
  return {};
}

void cache_engine::note(const staging& one, int64_t now_ms) {
  // A write that began before a column was added must not hide it.
  auto& [version, table] = tables_[one.rows.chunk.table_id];
  if (version <= one.schema_version && table != one.table) table = one.table;
  version = std::max(version, one.schema_version);
  if (!one.image) return;
  auto& chunk = warm_[one.rows.chunk.id];
  chunk.kind = one.kind;
  chunk.table_id = one.rows.chunk.table_id;
  chunk.last_ms = now_ms;
  ++chunk.segments;
  used_[static_cast<size_t>(one.kind)] += one.image->size();
}

std::vector<expected<void>> cache_engine::stage(std::vector<staging> group, int64_t now_ms) {
  std::vector<std::string> records;
  for (auto& one : group) {
    redo_record record{.tid = one.rows.tid, .rows = one.rows, .table = one.table};
    if (one.image) record.image = *one.image;
    records.push_back(encode_redo(record));
  }
  std::vector<expected<void>> results;
  auto last = log_.append(records, how_.sync);
  if (!last) {
    for (size_t i = 0; i < group.size(); ++i) results.push_back(last.error());
    return results;
  }
  auto position = *last - group.size();
  for (auto& one : group) {
    logged_.push_back({++position, one.rows.tid, one.rows.chunk.database + "/" + one.rows.chunk.table});
    results.push_back(apply(position, std::move(one), now_ms));
  }
  return results;
}

expected<void> cache_engine::commit(tid_t tid, cid_t cid) {
  if (!catalog_.is_staged(tid)) return {};
  PELORUS_ASSIGN(auto position, log_.append({encode_redo({.what = redo_record::kind::decided, .tid = tid, .cid = cid})}, false));
  catalog_.follow_log(position);
  return catalog_.commit(tid, cid);
}

expected<std::vector<staged_record>> cache_engine::rollback(tid_t tid) {
  PELORUS_ASSIGN(auto position, log_.append({encode_redo({.what = redo_record::kind::decided, .tid = tid})}, false));
  catalog_.follow_log(position);
  return catalog_.rollback(tid);
}

expected<void> cache_engine::purge() {
  PELORUS_TRY(catalog_.checkpoint());
  auto in_use = needed();
  auto removed = log_.purge(in_use.empty() ? log_.position() + 1 : *in_use.begin());
  if (!removed) return removed.error();
  while (!logged_.empty() && logged_.front().position < log_.oldest()) logged_.pop_front();
  return {};
}

uint64_t cache_engine::segments_of(const chunk_id& id) const {
  auto found = warm_.find(id);
  return found == warm_.end() ? 0 : found->second.segments;
}

std::vector<cached_chunk> cache_engine::chunks() {
  std::map<chunk_id, std::vector<staged_record>> open;
  for (auto& record : catalog_.staged())
    if (warm_.contains(record.chunk.id)) open[record.chunk.id].push_back(record);
  std::vector<cached_chunk> result;
  used_[0] = used_[1] = 0;
  for (auto at = warm_.begin(); at != warm_.end();) {
    auto& [id, of] = *at;
    cached_chunk chunk{.id = id, .kind = of.kind, .table_id = of.table_id, .oldest_ms = of.last_ms, .newest_ms = of.last_ms};
    auto held = catalog_.find(id);
    if (held && held->newest()) {
      chunk.table = held->table;
      for (auto& s : held->newest()->segments) {
        if (!s.cached) continue;
        ++chunk.segments;
        chunk.rows += s.rows;
        chunk.bytes += s.bytes;
        chunk.oldest_ms = std::min(chunk.oldest_ms, s.cached->since_ms);
      }
    }
    bool waits = false;
    for (auto& record : open[id])
      for (auto& s : record.segments) {
        if (!s.cached) continue;
        waits = true;
        chunk.table = record.chunk.table;
        chunk.open_rows += s.rows;
        chunk.open_bytes += s.bytes;
        chunk.tids.push_back(record.tid);
      }
    of.segments = chunk.segments;
    used_[static_cast<size_t>(of.kind)] += chunk.bytes + chunk.open_bytes;
    if (chunk.segments == 0 && !waits) {
      at = warm_.erase(at);
      continue;
    }
    result.push_back(std::move(chunk));
    ++at;
  }
  return result;
}

const std::string& cache_engine::table(uint64_t id) const {
  static const std::string none;
  auto found = tables_.find(id);
  return found == tables_.end() ? none : found->second.second;
}

std::set<uint64_t> cache_engine::needed() const {
  std::set<uint64_t> positions;
  auto look = [&](const std::vector<segment_ref>& segments) {
    for (auto& s : segments)
      if (s.cached) positions.insert(s.cached->position);
  };
  for (auto& [id, of] : warm_)
    if (auto held = catalog_.find(id); held && held->newest()) look(held->newest()->segments);
  for (auto& record : catalog_.staged()) look(record.segments);
  return positions;
}

std::map<std::string, logged_transactions> cache_engine::transactions() {
  std::map<std::string, logged_transactions> result;
  std::map<std::string, std::set<tid_t>> written, in_memory;
  auto in_use = needed();
  for (auto& one : logged_) (in_use.contains(one.position) ? in_memory : written)[one.table].insert(one.tid);
  for (auto& [table, tids] : in_memory) {
    auto& count = result[table];
    count.all = count.in_memory = tids.size();
    count.oldest_in_memory = *tids.begin();
  }
  for (auto& [table, tids] : written) {
    auto& count = result[table];
    std::erase_if(tids, [&](tid_t tid) { return in_memory[table].contains(tid); });  // some of its chunks are written
    if (tids.empty()) continue;
    count.all += tids.size();
    count.oldest_written = *tids.begin();
  }
  return result;
}

} // namespace pelorus
