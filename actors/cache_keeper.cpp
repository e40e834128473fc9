#include "actors/cache_keeper.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/cache_flush.hpp"
#include "cfg/log.hpp"
#include "query/row_table.hpp"

namespace pelorus {

namespace {

constexpr int64_t olap_age_ms = 30'000, tsdb_age_ms = 60'000;  // rows that are older become files
constexpr double olap_share = 0.3, tsdb_share = 0.5;           // of a cache that may be full before files are written
constexpr uint64_t most_segments = 256;                        // of a chunk: a reader opens all of them
constexpr size_t chunks_a_look = 32;                           // writers wait meanwhile
constexpr int64_t superseded_ms = 60'000;                      // for readers that began before a flush
constexpr int64_t pause_ms = 10'000;                           // after a failure
constexpr size_t batch = 8;                                    // chunks of one change of the catalog

int64_t age_of(cache_kind kind) { return kind == cache_kind::olap ? olap_age_ms : tsdb_age_ms; }
uint64_t share_of(cache_kind kind, uint64_t limit) {
  return static_cast<uint64_t>(static_cast<double>(limit) * (kind == cache_kind::olap ? olap_share : tsdb_share));
}

std::vector<chunk_id> ids_of(const std::vector<cached_chunk>& chunks, size_t from, size_t count) {
  std::vector<chunk_id> ids;
  for (size_t i = from; i < std::min(chunks.size(), from + count); ++i) ids.push_back(chunks[i].id);
  return ids;
}

} // namespace

std::vector<cached_chunk> cache_keeper::of(cache_kind kind) {
  auto chunks = cache().chunks();
  std::erase_if(chunks, [&](auto& c) { return c.kind != kind || c.segments == 0; });
  return chunks;
}

expected<void> cache_keeper::write(const std::vector<chunk_id>& chunks, int64_t now_ms) {
  auto done = flush_chunks(*files_, chunks, config_.segments);
  for (auto& id : chunks) superseded_.push_back({id, now_ms});
  (void)cache().chunks();  // counts anew
  return done;
}

void cache_keeper::report(const expected<void>& done) {
  if (!done) log_error("rows stay in memory and in the redo log: {}", done.error().message);
}

void cache_keeper::make_room(const chunk_id& chunk, cache_kind kind, int64_t now_ms) {
  if (cache().segments_of(chunk) >= most_segments && now_ms >= patience_ms_) {
    auto done = write({chunk}, now_ms);
    if (!done) patience_ms_ = now_ms + pause_ms;
    report(done);
  }
  auto limit = cache().limit(kind);
  if (cache().used(kind) > limit) shrink(kind, share_of(kind, limit), SIZE_MAX, now_ms);
}

/// The biggest chunks first, until `most_bytes` are left.
void cache_keeper::shrink(cache_kind kind, uint64_t most_bytes, size_t most_chunks, int64_t now_ms) {
  if (now_ms < patience_ms_) return;
  auto chunks = of(kind);
  std::sort(chunks.begin(), chunks.end(), [](auto& a, auto& b) { return a.bytes > b.bytes; });
  for (size_t i = 0; i < std::min(chunks.size(), most_chunks) && cache().used(kind) > most_bytes; i += batch) {
    auto done = write(ids_of(chunks, i, batch), now_ms);
    if (done) continue;
    patience_ms_ = now_ms + pause_ms;
    return report(done);
  }
}

void cache_keeper::look(int64_t now_ms) {
  while (!superseded_.empty() && now_ms - superseded_.front().since_ms >= superseded_ms) {
    files_->catalog->forget_cached(superseded_.front().chunk);
    superseded_.pop_front();
  }
  if (now_ms < patience_ms_) return;
  // A log that is too long is cut by writing what keeps its oldest part.
  bool too_long = cache().log().bytes() > config_.purge_bytes;
  for (auto kind : {cache_kind::olap, cache_kind::tsdb}) {
    auto chunks = of(kind);
    std::erase_if(chunks, [&](auto& c) { return !too_long && now_ms - c.oldest_ms < age_of(kind); });
    std::sort(chunks.begin(), chunks.end(), [](auto& a, auto& b) { return a.oldest_ms < b.oldest_ms; });
    for (size_t i = 0; i < std::min(chunks.size(), chunks_a_look); i += batch)
      if (auto done = write(ids_of(chunks, i, batch), now_ms); !done) {
        patience_ms_ = now_ms + pause_ms;
        return report(done);
      }
    auto share = share_of(kind, cache().limit(kind));
    if (cache().used(kind) > share) shrink(kind, share / 2, chunks_a_look, now_ms);
  }
  if (!too_long && now_ms - purged_ms_ < config_.purge_interval_ms) return;
  purged_ms_ = now_ms;
  if (auto done = cache().purge(); !done) {
    patience_ms_ = now_ms + pause_ms;
    log_error("the redo log cannot be cut: {}", done.error().message);
  }
}

expected<void> cache_keeper::flush(cache_kind kind, int64_t now_ms) {
  auto chunks = of(kind);
  expected<void> result;
  for (size_t i = 0; i < chunks.size(); i += batch)
    if (auto done = write(ids_of(chunks, i, batch), now_ms); !done && result) result = done;
  return result;
}

expected<void> cache_keeper::flush(const chunk_id& chunk, int64_t now_ms) {
  if (cache().segments_of(chunk) == 0) return {};
  return write({chunk}, now_ms);
}

expected<void> cache_keeper::close(int64_t now_ms) {
  PELORUS_TRY(flush(cache_kind::olap, now_ms));
  PELORUS_TRY(flush(cache_kind::tsdb, now_ms));
  return cache().purge();
}

table_ptr cache_keeper::chunk_table(cache_kind kind, int64_t now_ms) {
  using t = type_id;
  row_table rows{{"chunkId", t::string}, {"physicalName", t::string}, {"timeSinceLastWrite", t::long_},
                 {"cachedRowsOfCompletedTxn", t::long_}, {"cachedRowsOfUncompletedTxn", t::long_},
                 {"cachedMemOfCompletedTxn", t::long_}, {"cachedMemOfUncompletedTxn", t::long_}, {"cachedTids", t::string}};
  auto big = [](uint64_t x) { return value::of_long(static_cast<int64_t>(x)); };
  for (auto& c : cache().chunks()) {
    if (c.kind != kind) continue;
    std::string tids;
    for (auto tid : c.tids) tids += fmt::format("{}{}", tids.empty() ? "" : ",", tid);
    rows.add({value::of_text(to_string(c.id)), value::of_text(c.table), value::of_long(now_ms - c.newest_ms), big(c.rows),
              big(c.open_rows), big(c.bytes), big(c.open_bytes), value::of_text(tids)});
  }
  return rows.take();
}

table_ptr cache_keeper::log_table() {
  using t = type_id;
  row_table rows{{"physicalName", t::string}, {"txnCount", t::long_}, {"numOfTxnPendingGC", t::long_}, {"minTidPendingGC", t::long_},
                 {"numOfTxnPendingFlush", t::long_}, {"minTidPendingFlush", t::long_}};
  for (auto& [table, count] : cache().transactions()) {
    auto tid = [](tid_t x) { return x == 0 ? value::null(t::long_) : value::of_long(static_cast<int64_t>(x)); };
    auto number = [](uint64_t x) { return value::of_long(static_cast<int64_t>(x)); };
    rows.add({value::of_text(table), number(count.all), number(count.all - count.in_memory), tid(count.oldest_written),
              number(count.in_memory), tid(count.oldest_in_memory)});
  }
  return rows.take();
}

value cache_keeper::sizes(cache_kind kind) {
  uint64_t rows = 0, pointers = 0;
  for (auto& c : cache().chunks()) {
    if (c.kind != kind) continue;
    rows += c.bytes + c.open_bytes;
    pointers += c.segments * sizeof(cached_segment);
  }
  auto items = column::make(type_id::any);
  for (auto x : {rows + pointers, rows, pointers, cache().limit(kind)}) items->own_items().push_back(value::of_long(static_cast<int64_t>(x)));
  return value{items};
}

expected<void> cache_keeper::resize(cache_kind kind, uint64_t bytes) {
  if (bytes == 0) return error{ec::bad_argument, "The size of a cache engine must be greater than 0."};
  cache().set_limit(kind, bytes);
  return {};
}

} // namespace pelorus
