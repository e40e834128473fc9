#include "storage/chunk_catalog.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

#include <fmt/format.h>

#include "storage/bytes.hpp"

namespace pelorus {

namespace {

constexpr size_t versions_kept = 5;      // old ones that readers with an older snapshot may still ask for
constexpr size_t outcomes_kept = 4096;   // against messages of decided transactions that arrive late

std::string held_key(const chunk_id& id) { return "chunk/" + to_string(id); }
std::string quarantine_key(const chunk_id& id) { return "quarantine/" + to_string(id); }
std::string outcome_prefix() { return "resolved/"; }
constexpr std::string_view position_key = "redo/position";
std::string outcome_key(tid_t tid) { return fmt::format("{}{:016x}", outcome_prefix(), tid); }
std::string staged_key(tid_t tid, const chunk_id& id) { return fmt::format("staged/{:016x}/{}", tid, to_string(id)); }

bool same_rows(const staged_record& a, const staged_record& b) {
  return a.base_version == b.base_version && a.segments == b.segments && a.replaces == b.replaces;
}

/// What LMDB keeps of a chunk: an older version whose rows are cached is for readers that have begun, not for after a start.
std::string durable_form(const held_record& held) {
  auto goes = [&](const chunk_version& v) { return &v != &held.versions.back() && v.is_cached(); };
  if (std::none_of(held.versions.begin(), held.versions.end(), goes)) return encode_held(held);
  auto kept = held;
  std::erase_if(kept.versions, [&](auto& v) { return v.version != held.versions.back().version && v.is_cached(); });
  return encode_held(kept);
}

} // namespace

// -- open -----------------------------------------------------------------------------------------------------

expected<std::unique_ptr<chunk_catalog>> chunk_catalog::open(const std::string& directory, bool sync) {
  PELORUS_ASSIGN(auto lock, directory_lock::acquire(directory));
  std::vector<std::string> damage;
  auto store = lmdb_store::open(directory, sync);
  if (!store && store.error().code == ec::corrupt)
    store = lmdb_store::rescue(directory, sync, [&](error err) { damage.push_back(std::move(err.message)); });
  if (!store) return store.error();
  std::unique_ptr<chunk_catalog> catalog{new chunk_catalog{std::move(lock), *std::move(store)}};
  catalog->damage_ = std::move(damage);
  PELORUS_TRY(catalog->load());
  return catalog;
}

expected<void> chunk_catalog::load() {
  auto note = [&](error err) { damage_.push_back(std::move(err.message)); };
  auto visit = [&](std::string_view key, std::string_view record) -> expected<void> {
    if (auto loaded = load_record(key, record); !loaded)
      note(std::move(loaded).error().with_context(fmt::format("record [{}] of {}", key, store_.path())));
    return {};
  };
  PELORUS_TRY(store_.for_each("", visit, note));
  return damage_.empty() ? expected<void>{} : store_.reseal();
}

expected<void> chunk_catalog::load_record(std::string_view key, std::string_view record) {
  if (key.starts_with("staged/")) {
    PELORUS_ASSIGN(auto staged, decode_staged(record));
    auto tid = staged.tid;
    seen_.tid = std::max(seen_.tid, tid);
    staged_[tid].push_back(std::move(staged));
    return {};
  }
  if (key.starts_with(outcome_prefix())) {
    auto digits = key.substr(outcome_prefix().size());
    tid_t tid = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), tid, 16);
    auto cid = byte_reader{record}.get<cid_t>();
    resolved_[tid] = cid;
    seen_ = {std::max(seen_.tid, tid), std::max(seen_.cid, cid)};
    return {};
  }
  if (key == position_key) {
    position_ = byte_reader{record}.get<uint64_t>();
    return {};
  }
  PELORUS_ASSIGN(auto held, decode_held(record));
  auto id = held.id;
  note(held);
  auto& chunks = key.starts_with("quarantine/") ? quarantined_ : held_;
  chunks[id] = std::make_shared<const held_record>(std::move(held));
  return {};
}

// -- readers --------------------------------------------------------------------------------------------------

held_ptr chunk_catalog::find(const chunk_id& id) const {
  std::shared_lock guard{lock_};
  auto found = held_.find(id);
  return found == held_.end() ? nullptr : found->second;
}

std::vector<held_ptr> chunk_catalog::all() const {
  std::shared_lock guard{lock_};
  std::vector<held_ptr> result;
  result.reserve(held_.size());
  for (auto& [id, held] : held_) result.push_back(held);
  return result;
}

size_t chunk_catalog::size() const {
  std::shared_lock guard{lock_};
  return held_.size();
}

std::vector<held_ptr> chunk_catalog::quarantined() const {
  std::shared_lock guard{lock_};
  std::vector<held_ptr> result;
  for (auto& [id, held] : quarantined_) result.push_back(held);
  return result;
}

std::set<std::string> chunk_catalog::files_of(const chunk_id& id) const {
  std::shared_lock guard{lock_};
  std::set<std::string> files;
  auto add = [&](auto& segments) {
    for (auto& s : segments) files.insert(s.file);
  };
  for (auto* chunks : {&held_, &quarantined_})
    if (auto found = chunks->find(id); found != chunks->end())
      for (auto& v : found->second->versions) add(v.segments);
  for (auto& [tid, records] : staged_)
    for (auto& record : records)
      if (record.chunk.id == id) add(record.segments);
  return files;
}

bool chunk_catalog::is_named(const chunk_id& id, const std::string& file) const {
  std::shared_lock guard{lock_};
  auto among = [&](auto& segments) {
    return std::any_of(segments.begin(), segments.end(), [&](auto& s) { return s.file == file; });
  };
  for (auto* chunks : {&held_, &quarantined_})
    if (auto found = chunks->find(id); found != chunks->end())
      for (auto& v : found->second->versions)
        if (among(v.segments)) return true;
  for (auto& [tid, records] : staged_)
    for (auto& record : records)
      if (record.chunk.id == id && among(record.segments)) return true;
  return false;
}

std::optional<tid_t> chunk_catalog::staged_by(const chunk_id& id) const {
  std::shared_lock guard{lock_};
  for (auto& [tid, records] : staged_)
    for (auto& record : records)
      if (record.chunk.id == id) return tid;
  return std::nullopt;
}

std::optional<tid_t> chunk_catalog::newest_staged(const chunk_id& id) const {
  std::shared_lock guard{lock_};
  std::optional<tid_t> newest;
  for (auto& [tid, records] : staged_)
    for (auto& record : records)
      if (record.chunk.id == id) newest = std::max(newest.value_or(0), tid);
  return newest;
}

std::optional<uint64_t> chunk_catalog::staged_in(tid_t tid) const {
  std::shared_lock guard{lock_};
  auto found = staged_.find(tid);
  return found == staged_.end() ? std::nullopt : std::optional{found->second.front().incarnation};
}

seen_ids chunk_catalog::seen() const {
  std::shared_lock guard{lock_};
  return seen_;
}

bool chunk_catalog::is_staged(tid_t tid) const {
  std::shared_lock guard{lock_};
  return staged_.contains(tid);
}

bool chunk_catalog::is_staged(const chunk_id& id, tid_t tid) const {
  std::shared_lock guard{lock_};
  auto found = staged_.find(tid);
  return found != staged_.end() &&
         std::any_of(found->second.begin(), found->second.end(), [&](auto& record) { return record.chunk.id == id; });
}

std::vector<staged_record> chunk_catalog::staged() const {
  std::shared_lock guard{lock_};
  std::vector<staged_record> result;
  for (auto& [tid, records] : staged_) result.insert(result.end(), records.begin(), records.end());
  return result;
}

// -- the writer's helpers: the maps change only here -----------------------------------------------------------------

void chunk_catalog::collect(const held_record& chunk, const std::vector<segment_ref>& segments) {
  for (auto& s : segments)
    if (!is_named(chunk.id, s.file)) garbage_.push_back({chunk.id, chunk.directory, s.file});
}

void chunk_catalog::note(const held_record& x) {
  for (auto& v : x.versions) seen_ = {std::max(seen_.tid, v.tid), std::max(seen_.cid, v.cid)};
}

/// The new record replaces the old one; files that only the old one named become garbage.
void chunk_catalog::publish(held_record x) {
  auto before = find(x.id);
  auto fresh = std::make_shared<const held_record>(std::move(x));
  {
    std::unique_lock guard{lock_};
    note(*fresh);
    held_[fresh->id] = fresh;
  }
  if (!before) return;
  // The versions of a chunk that grows share their first segments: only one that is no such beginning is looked at closely.
  auto* newest = fresh->newest();
  auto begins_newest = [&](const std::vector<segment_ref>& segments) {
    return newest && segments.size() <= newest->segments.size() && std::equal(segments.begin(), segments.end(), newest->segments.begin());
  };
  std::set<std::string> kept;
  std::vector<segment_ref> gone;
  for (auto& v : before->versions) {
    if (begins_newest(v.segments)) continue;
    if (kept.empty())
      for (auto& w : fresh->versions)
        for (auto& s : w.segments) kept.insert(s.file);
    for (auto& s : v.segments)
      if (kept.insert(s.file).second) gone.push_back(s);
  }
  if (!gone.empty()) collect(*before, gone);
}

void chunk_catalog::unstage(tid_t tid) {
  std::unique_lock guard{lock_};
  staged_.erase(tid);
}

/// Drops the oldest versions beyond `keep`. A snapshot sees the newest version up to its cid, so a version may go when
/// the next one is seen by the oldest pinned snapshot too.
void chunk_catalog::trim(held_record& x, size_t keep) const {
  size_t first = 0;
  while (x.versions.size() - first > keep && x.versions[first + 1].cid <= oldest_pinned_) ++first;
  x.versions.erase(x.versions.begin(), x.versions.begin() + static_cast<ptrdiff_t>(first));
}

/// The chunk with the staged rows as its next version.
expected<held_record> chunk_catalog::with_staged(const staged_record& staged, cid_t cid) const {
  auto before = find(staged.chunk.id);
  auto next = before ? *before : staged.chunk;
  auto here = next.newest() ? next.newest()->version : 0;
  if (here > staged.base_version) return next;  // replication was here first, and brought these rows too
  if (here < staged.base_version)
    return error{ec::stale, fmt::format("chunk {} is at version {} here, transaction {} builds on {}", to_string(next.id), here,
                                        staged.tid, staged.base_version)};
  chunk_version fresh{staged.base_version + 1, cid, staged.tid, {}};
  if (!staged.replaces && next.newest()) fresh.segments = next.newest()->segments;
  fresh.segments.insert(fresh.segments.end(), staged.segments.begin(), staged.segments.end());
  next.versions.push_back(std::move(fresh));
  trim(next, versions_kept);
  return next;
}

expected<void> chunk_catalog::put_held(lmdb_store::writer& out, const held_record& held) { return out.put(held_key(held.id), durable_form(held)); }

expected<void> chunk_catalog::put_behind(lmdb_store::writer& out) const {
  for (auto& id : behind_.chunks)
    if (auto held = held_.find(id); held != held_.end()) PELORUS_TRY(put_held(out, *held->second));
  for (auto& [tid, id] : behind_.staged) {
    auto records = staged_.find(tid);
    auto is_it = [&](auto& x) { return x.chunk.id == id; };
    auto* staged = records == staged_.end() ? nullptr : &records->second;
    auto found = staged ? std::find_if(staged->begin(), staged->end(), is_it) : std::vector<staged_record>::const_iterator{};
    if (staged && found != staged->end()) PELORUS_TRY(out.put(staged_key(tid, id), encode_staged(*found)));
    else PELORUS_TRY(out.erase(staged_key(tid, id)));
  }
  for (auto tid : behind_.outcomes) {
    byte_writer record;
    auto found = resolved_.find(tid);
    if (found != resolved_.end()) record.put(found->second);
    PELORUS_TRY(found != resolved_.end() ? out.put(outcome_key(tid), record.text()) : out.erase(outcome_key(tid)));
  }
  byte_writer position;
  position.put(position_);
  return out.put(position_key, position.text());
}

/// One durable change; what is only in the log so far goes with it, so that LMDB is always as the log was at one position.
expected<void> chunk_catalog::write(const writing& body) {
  PELORUS_TRY(store_.write([&](lmdb_store::writer& out) -> expected<void> {
    if (follows_log_) PELORUS_TRY(put_behind(out));
    return body(out);
  }));
  behind_ = {};
  return {};
}

expected<void> chunk_catalog::resolve(lmdb_store::writer& out, tid_t tid, cid_t cid) const {
  byte_writer record;
  record.put(cid);
  PELORUS_TRY(out.put(outcome_key(tid), record.text()));
  if (resolved_.size() >= outcomes_kept) PELORUS_TRY(out.erase(outcome_key(resolved_.begin()->first)));
  return {};
}

void chunk_catalog::resolved(tid_t tid, cid_t cid) {
  if (resolved_.size() >= outcomes_kept) {
    if (follows_log_) behind_.outcomes.insert(resolved_.begin()->first);
    resolved_.erase(resolved_.begin());
  }
  resolved_[tid] = cid;
  {
    std::unique_lock guard{lock_};
    seen_ = {std::max(seen_.tid, tid), std::max(seen_.cid, cid)};
  }
  if (follows_log_) behind_.outcomes.insert(tid);
}

// -- the writer -----------------------------------------------------------------------------------------------

expected<void> chunk_catalog::check_open(tid_t tid) const {
  auto done = resolved_.find(tid);
  if (done == resolved_.end()) return {};
  return error{ec::aborted, fmt::format("transaction {} was {} here already", tid, done->second ? "committed" : "rolled back")};
}

expected<void> chunk_catalog::check_base(const chunk_id& id, uint32_t base_version) const {
  auto before = find(id);
  auto here = before && before->newest() ? before->newest()->version : 0;
  if (here == base_version) return {};
  return error{ec::stale, fmt::format("chunk {} is at version {} here, the write builds on {}", to_string(id), here, base_version)};
}

expected<void> chunk_catalog::stage(staged_record x) {
  auto& id = x.chunk.id;
  PELORUS_TRY(check_open(x.tid));
  if (auto same = staged_.find(x.tid); same != staged_.end())
    for (auto& other : same->second) {
      if (other.chunk.id != id) continue;
      if (same_rows(other, x)) return {};
      return error{ec::already_exists, fmt::format("transaction {} has staged other rows for chunk {}", x.tid, to_string(id))};
    }
  PELORUS_TRY(check_base(id, x.base_version));
  if (follows_log_) behind_.staged.emplace(x.tid, id);
  else PELORUS_TRY(write([&](lmdb_store::writer& out) { return out.put(staged_key(x.tid, id), encode_staged(x)); }));
  std::unique_lock guard{lock_};
  seen_.tid = std::max(seen_.tid, x.tid);
  staged_[x.tid].push_back(std::move(x));
  return {};
}

expected<void> chunk_catalog::commit(tid_t tid, cid_t cid) {
  auto found = staged_.find(tid);
  if (found == staged_.end()) return {};
  auto records = found->second;
  std::vector<held_record> fresh;
  for (auto& staged : records) {
    PELORUS_ASSIGN(auto next, with_staged(staged, cid));
    fresh.push_back(std::move(next));
  }
  if (!follows_log_)
    PELORUS_TRY(write([&](lmdb_store::writer& out) -> expected<void> {
      for (auto& held : fresh) {
        PELORUS_TRY(put_held(out, held));
        PELORUS_TRY(out.erase(staged_key(tid, held.id)));
      }
      return resolve(out, tid, cid);
    }));
  for (size_t i = 0; follows_log_ && i < fresh.size(); ++i) {
    behind_.chunks.insert(fresh[i].id);
    behind_.staged.emplace(tid, fresh[i].id);
  }
  // Versions appear before their staged records go, so a reader never finds neither.
  for (auto& held : fresh) publish(std::move(held));
  unstage(tid);
  resolved(tid, cid);
  for (auto& staged : records) collect(staged.chunk, staged.segments);
  return {};
}

expected<std::vector<staged_record>> chunk_catalog::rollback(tid_t tid) {
  auto found = staged_.find(tid);
  auto dropped = found == staged_.end() ? std::vector<staged_record>{} : found->second;
  if (resolved_.contains(tid)) return dropped;
  if (!follows_log_)
    PELORUS_TRY(write([&](lmdb_store::writer& out) -> expected<void> {
      for (auto& staged : dropped) PELORUS_TRY(out.erase(staged_key(tid, staged.chunk.id)));
      return resolve(out, tid, 0);
    }));
  for (size_t i = 0; follows_log_ && i < dropped.size(); ++i) behind_.staged.emplace(tid, dropped[i].chunk.id);
  unstage(tid);
  resolved(tid, 0);
  return dropped;
}

/// Rows staged for a version that is here now go: their transaction is over, and has its rows in that version if it was
/// committed. To roll it back later would take its files from that version.
expected<void> chunk_catalog::install(held_record x) {
  std::vector<staged_record> over;
  for (auto& staged : staged())
    if (staged.chunk.id == x.id && x.newest() && staged.base_version < x.newest()->version) over.push_back(staged);
  PELORUS_TRY(write([&](lmdb_store::writer& out) -> expected<void> {
    for (auto& staged : over) PELORUS_TRY(out.erase(staged_key(staged.tid, x.id)));
    return put_held(out, x);
  }));
  auto id = x.id;
  publish(std::move(x));
  {
    std::unique_lock guard{lock_};
    for (auto& staged : over) std::erase_if(staged_[staged.tid], [&](auto& record) { return record.chunk.id == id; });
    std::erase_if(staged_, [](auto& entry) { return entry.second.empty(); });
  }
  for (auto& staged : over) collect(staged.chunk, staged.segments);
  return {};
}

expected<void> chunk_catalog::prune(const chunk_id& id, size_t keep) {
  auto before = find(id);
  if (!before) return {};
  auto next = *before;
  trim(next, std::max<size_t>(keep, 1));
  return next.versions.size() == before->versions.size() ? expected<void>{} : install(std::move(next));
}

expected<void> chunk_catalog::move_record(const chunk_id& id, bool aside) {
  auto& from = aside ? held_ : quarantined_;
  auto& to = aside ? quarantined_ : held_;
  auto found = from.find(id);
  if (found == from.end())
    return error{ec::not_found, fmt::format("chunk {} is not {}", to_string(id), aside ? "held here" : "in quarantine")};
  auto record = found->second;
  if (to.contains(id)) return error{ec::conflict, fmt::format("chunk {} is held here and in quarantine", to_string(id))};
  PELORUS_TRY(write([&](lmdb_store::writer& out) -> expected<void> {
    PELORUS_TRY(out.put(aside ? quarantine_key(id) : held_key(id), durable_form(*record)));
    return out.erase(aside ? held_key(id) : quarantine_key(id));
  }));
  std::unique_lock guard{lock_};
  from.erase(id);
  to[id] = record;
  return {};
}

expected<void> chunk_catalog::quarantine(const chunk_id& id) { return move_record(id, true); }
expected<void> chunk_catalog::release(const chunk_id& id) { return move_record(id, false); }

expected<std::optional<held_record>> chunk_catalog::drop(const chunk_id& id) {
  auto before = find(id);
  if (auto aside = quarantined_.find(id); !before && aside != quarantined_.end()) before = aside->second;
  PELORUS_TRY(write([&](lmdb_store::writer& out) -> expected<void> {
    PELORUS_TRY(out.erase(held_key(id)));
    PELORUS_TRY(out.erase(quarantine_key(id)));
    for (auto& [tid, records] : staged_) PELORUS_TRY(out.erase(staged_key(tid, id)));
    return {};
  }));
  std::unique_lock guard{lock_};
  held_.erase(id);
  quarantined_.erase(id);
  for (auto& [tid, records] : staged_) std::erase_if(records, [&](auto& r) { return r.chunk.id == id; });
  std::erase_if(staged_, [](auto& entry) { return entry.second.empty(); });
  return before ? std::optional{*before} : std::optional<held_record>{};
}

} // namespace pelorus
