#include "storage/chunk_catalog.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "storage/bytes.hpp"

namespace pelorus {

namespace {

constexpr size_t versions_kept = 5;  // old ones that readers with an older snapshot may still ask for

std::string held_key(const chunk_id& id) { return "chunk/" + to_string(id); }
std::string staged_key(tid_t tid, const chunk_id& id) { return fmt::format("staged/{:016x}/{}", tid, to_string(id)); }

void put_segments(byte_writer& out, const std::vector<segment_ref>& segments) {
  out.put(static_cast<uint32_t>(segments.size()));
  for (auto& s : segments) {
    out.put_text(s.file);
    out.put(s.rows);
    out.put(s.bytes);
  }
}

std::vector<segment_ref> get_segments(byte_reader& in) {
  std::vector<segment_ref> segments(in.get_count(20));
  for (auto& s : segments) {
    s.file = in.get_text();
    s.rows = in.get<uint64_t>();
    s.bytes = in.get<uint64_t>();
  }
  return segments;
}

void put_held(byte_writer& out, const held_record& x) {
  out.put(x.id.high);
  out.put(x.id.low);
  out.put(x.table_id);
  for (auto* text : {&x.database, &x.table, &x.partition, &x.directory}) out.put_text(*text);
  // Versions of a growing chunk share their first segments: only the newest list is written, the others as its lengths
  // when they are prefixes of it.
  out.put(static_cast<uint32_t>(x.versions.size()));
  for (auto& v : x.versions) {
    auto& newest = x.versions.back().segments;
    bool prefix = &v != &x.versions.back() && v.segments.size() <= newest.size() &&
                  std::equal(v.segments.begin(), v.segments.end(), newest.begin());
    out.put(v.version);
    out.put(v.cid);
    out.put(v.tid);
    out.put(static_cast<uint8_t>(prefix));
    if (prefix) out.put(static_cast<uint32_t>(v.segments.size()));
    else put_segments(out, v.segments);
  }
}

held_record get_held(byte_reader& in) {
  held_record x;
  x.id.high = in.get<uint64_t>();
  x.id.low = in.get<uint64_t>();
  x.table_id = in.get<uint64_t>();
  for (auto* text : {&x.database, &x.table, &x.partition, &x.directory}) *text = in.get_text();
  x.versions.resize(in.get_count(21));
  std::vector<std::pair<size_t, uint32_t>> prefixes;
  for (size_t i = 0; i < x.versions.size(); ++i) {
    auto& v = x.versions[i];
    v.version = in.get<uint32_t>();
    v.cid = in.get<cid_t>();
    v.tid = in.get<tid_t>();
    if (in.get<uint8_t>() != 0) prefixes.emplace_back(i, in.get<uint32_t>());
    else v.segments = get_segments(in);
  }
  for (auto& [i, length] : prefixes) {
    auto& newest = x.versions.back().segments;
    if (length > newest.size()) in.fail();
    else x.versions[i].segments.assign(newest.begin(), newest.begin() + length);
  }
  return x;
}

std::string encode_staged(const staged_record& x) {
  byte_writer out;
  out.put(x.tid);
  put_held(out, x.chunk);
  out.put(x.base_version);
  put_segments(out, x.segments);
  out.put(static_cast<uint8_t>(x.replaces));
  return std::move(out).text();
}

expected<staged_record> decode_staged(std::string_view bytes) {
  byte_reader in{bytes};
  staged_record x;
  x.tid = in.get<tid_t>();
  x.chunk = get_held(in);
  x.base_version = in.get<uint32_t>();
  x.segments = get_segments(in);
  x.replaces = in.get<uint8_t>() != 0;
  if (in.failed() || !in.at_end()) return error{ec::corrupt, "malformed staged record"};
  return x;
}

/// The chunk with the staged rows as its next version.
held_record with_staged(const held_record* before, const staged_record& staged, cid_t cid) {
  auto next = before ? *before : staged.chunk;
  chunk_version fresh{staged.base_version + 1, cid, staged.tid, {}};
  if (!staged.replaces && next.newest()) fresh.segments = next.newest()->segments;
  fresh.segments.insert(fresh.segments.end(), staged.segments.begin(), staged.segments.end());
  next.versions.push_back(std::move(fresh));
  if (next.versions.size() > versions_kept)
    next.versions.erase(next.versions.begin(), next.versions.end() - versions_kept);
  return next;
}

} // namespace

uint64_t chunk_version::rows() const {
  uint64_t total = 0;
  for (auto& s : segments) total += s.rows;
  return total;
}

const chunk_version* held_record::at(uint32_t version) const {
  for (auto& v : versions)
    if (v.version == version) return &v;
  return nullptr;
}

std::string encode_held(const held_record& x) {
  byte_writer out;
  put_held(out, x);
  return std::move(out).text();
}

expected<held_record> decode_held(std::string_view bytes) {
  byte_reader in{bytes};
  auto x = get_held(in);
  if (in.failed() || !in.at_end()) return error{ec::corrupt, "malformed chunk record"};
  return x;
}

expected<std::unique_ptr<chunk_catalog>> chunk_catalog::open(const std::string& directory, bool sync) {
  PELORUS_ASSIGN(auto store, lmdb_store::open(directory, sync));
  std::unique_ptr<chunk_catalog> catalog{new chunk_catalog{std::move(store)}};
  PELORUS_TRY(catalog->store_.for_each("chunk/", [&](auto, std::string_view record) -> expected<void> {
    PELORUS_ASSIGN(auto held, decode_held(record));
    auto id = held.id;
    catalog->held_[id] = std::make_shared<held_record>(std::move(held));
    return {};
  }));
  PELORUS_TRY(catalog->store_.for_each("staged/", [&](auto, std::string_view record) -> expected<void> {
    PELORUS_ASSIGN(auto staged, decode_staged(record));
    catalog->staged_[staged.tid].push_back(std::move(staged));
    return {};
  }));
  return catalog;
}

held_ptr chunk_catalog::find(const chunk_id& id) const {
  std::shared_lock guard{lock_};
  auto found = held_.find(id);
  return found == held_.end() ? nullptr : found->second;
}

std::vector<held_ptr> chunk_catalog::all() const {
  std::shared_lock guard{lock_};
  std::vector<held_ptr> result;
  for (auto& [id, held] : held_) result.push_back(held);
  return result;
}

std::optional<tid_t> chunk_catalog::staged_by(const chunk_id& id) const {
  std::shared_lock guard{lock_};
  for (auto& [tid, records] : staged_)
    for (auto& record : records)
      if (record.chunk.id == id) return tid;
  return std::nullopt;
}

void chunk_catalog::publish(held_record x) {
  auto id = x.id;
  auto fresh = std::make_shared<const held_record>(std::move(x));
  std::unique_lock guard{lock_};
  held_[id] = std::move(fresh);
}

expected<void> chunk_catalog::stage(staged_record x) {
  auto before = find(x.chunk.id);
  auto here = before && before->newest() ? before->newest()->version : 0;
  if (here != x.base_version)
    return error{ec::stale, fmt::format("chunk {} is at version {} here, the write builds on {}", to_string(x.chunk.id),
                                        here, x.base_version)};
  PELORUS_TRY(store_.write([&](lmdb_store::writer& out) { return out.put(staged_key(x.tid, x.chunk.id), encode_staged(x)); }));
  std::unique_lock guard{lock_};
  staged_[x.tid].push_back(std::move(x));
  return {};
}

expected<void> chunk_catalog::commit(tid_t tid, cid_t cid) {
  auto found = staged_.find(tid);
  if (found == staged_.end()) return {};
  std::vector<held_record> fresh;
  for (auto& staged : found->second) {
    auto before = find(staged.chunk.id);
    fresh.push_back(with_staged(before.get(), staged, cid));
  }
  PELORUS_TRY(store_.write([&](lmdb_store::writer& out) -> expected<void> {
    for (auto& held : fresh) {
      PELORUS_TRY(out.put(held_key(held.id), encode_held(held)));
      PELORUS_TRY(out.erase(staged_key(tid, held.id)));
    }
    return {};
  }));
  for (auto& held : fresh) publish(std::move(held));
  std::unique_lock guard{lock_};
  staged_.erase(tid);
  return {};
}

expected<std::vector<staged_record>> chunk_catalog::rollback(tid_t tid) {
  auto found = staged_.find(tid);
  if (found == staged_.end()) return std::vector<staged_record>{};
  PELORUS_TRY(store_.write([&](lmdb_store::writer& out) -> expected<void> {
    for (auto& staged : found->second) PELORUS_TRY(out.erase(staged_key(tid, staged.chunk.id)));
    return {};
  }));
  auto dropped = std::move(found->second);
  std::unique_lock guard{lock_};
  staged_.erase(found);
  return dropped;
}

std::vector<staged_record> chunk_catalog::staged() const {
  std::shared_lock guard{lock_};
  std::vector<staged_record> result;
  for (auto& [tid, records] : staged_) result.insert(result.end(), records.begin(), records.end());
  return result;
}

expected<void> chunk_catalog::install(held_record x) {
  PELORUS_TRY(store_.write([&](lmdb_store::writer& out) { return out.put(held_key(x.id), encode_held(x)); }));
  publish(std::move(x));
  return {};
}

expected<std::optional<held_record>> chunk_catalog::drop(const chunk_id& id) {
  auto before = find(id);
  if (!before) return std::optional<held_record>{};
  PELORUS_TRY(store_.write([&](lmdb_store::writer& out) { return out.erase(held_key(id)); }));
  std::unique_lock guard{lock_};
  held_.erase(id);
  return std::optional{*before};
}

} // namespace pelorus
