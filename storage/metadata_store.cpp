#include "storage/metadata_store.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "storage/bytes.hpp"
#include "storage/lmdb_sum.hpp"
#include "storage/metadata_checkpoint.hpp"

namespace pelorus {

namespace {

constexpr auto log_name = "DFSMetaLog.0", checkpoint_name = "DFSMasterMetaCheckpoint.0", lmdb_name = "lmdb";
constexpr auto loading_name = "lmdb.loading";  // a letter for each read of LMDB that has not ended
constexpr auto applied_key = "meta/applied";   // LMDB only: the log mark it has taken over
constexpr size_t report_every = 250'000;
constexpr size_t refill_batch = 50'000;

/// Whether `complete` fills something in.
bool is_completed(const dfs_entry& entry) {
  return std::holds_alternative<create_database>(entry) || std::holds_alternative<create_table>(entry) || std::holds_alternative<alter_table>(entry) ||
         std::holds_alternative<commit_transaction>(entry) || std::holds_alternative<drop_chunks_entry>(entry);
}

expected<void> put_applied(lmdb_store::writer& out, log_mark mark) {
  byte_writer applied;
  applied.put(mark.position);
  applied.put(mark.chain);
  return out.put(applied_key, applied.text());
}

} // namespace

// -- open -------------------------------------------------------------------------------------------------

expected<metadata_store> metadata_store::open(options opts) {
  metadata_store store{std::move(opts)};
  PELORUS_ASSIGN(store.lock_, directory_lock::acquire(store.options_.directory));
  auto keep = [&](log_mark at, std::string_view entry) -> expected<void> {
    store.replayed_.push_back({at, std::string{entry}});
    return {};
  };
  PELORUS_ASSIGN(store.log_, metadata_log::open(store.path(log_name), keep));
  PELORUS_TRY(store.recover());
  store.replayed_ = {};
  return store;
}

expected<log_mark> metadata_store::load_lmdb() {
  // LMDB has no page checksums: a damaged page can end the process that reads it. One unfinished read may as well be a
  // kill; two are enough.
  std::string tries;
  if (file_exists(path(loading_name))) {
    PELORUS_ASSIGN(tries, read_file(path(loading_name)));
  }
  if (tries.size() >= 2) return error{ec::corrupt, fmt::format("the last two attempts to read {} did not end", path(lmdb_name))};
  PELORUS_TRY(write_file_atomically(path(loading_name), tries + "x", false));
  auto applied = read_lmdb();
  PELORUS_TRY(remove_file(path(loading_name)));
  return applied;
}

expected<log_mark> metadata_store::read_lmdb() {
  PELORUS_ASSIGN(auto lmdb, lmdb_store::open(path(lmdb_name)));
  lmdb_ = std::make_unique<lmdb_store>(std::move(lmdb));
  log_mark applied;
  size_t records = 0;
  PELORUS_TRY(lmdb_->for_each("", [&](std::string_view key, std::string_view record) -> expected<void> {
    if (++records % report_every == 0) options_.report(fmt::format("metadata: {} records loaded", records));
    if (key != applied_key) return state_.load(key, record);
    byte_reader in{record};
    applied = {in.get<uint64_t>(), in.get<uint64_t>()};
    if (in.failed()) return error{ec::corrupt, fmt::format("record {} is malformed", key)};
    return {};
  }));
  if (applied.position == 0 && records != 0)
    return error{ec::corrupt, fmt::format("{} was filled in part only", path(lmdb_name))};
  return applied;
}

expected<void> metadata_store::recover() {
  findings found{read_checkpoint(path(checkpoint_name)), load_lmdb()};
  if (!found.saved && found.saved.error().code != ec::corrupt) return found.saved.error();
  if (!found.applied && found.applied.error().code != ec::corrupt) return found.applied.error();
  bool no_files = log_.mark().position == 0 && !log_.torn_at() && found.saved && !*found.saved;
  if (no_files) return go_on_with_lmdb_alone(found.applied);
  PELORUS_TRY(check_files(found));
  if (log_.torn_at()) {
    options_.report(fmt::format("{}: a crash tore its end at byte {}; what stood behind entry {} was not decided and is dropped",
                                path(log_name), *log_.torn_at(), log_.mark().position));
    PELORUS_TRY(log_.cut_torn_end());
  }
  if (!lmdb_fits(found)) return rebuild(found);
  PELORUS_ASSIGN(auto reached, replay(*found.applied));
  if (log_.mark().position < reached.position) PELORUS_TRY(log_.restart(reached));
  if (found.saved) return {};
  options_.report(fmt::format("{}; writing a new one from LMDB and log", found.saved.error().message));
  return checkpoint(true);
}

expected<void> metadata_store::go_on_with_lmdb_alone(const expected<log_mark>& applied) {
  if (!applied)
    return error{ec::corrupt, fmt::format("{} has neither log nor checkpoint, and {}. Restore both from a backup; only if there is none remove "
                                          "{}/data.mdb.sum, if it is there, and start with what can be read",
                                          options_.directory, applied.error().message, path(lmdb_name))};
  if (applied->position == 0) return {};  // a new store
  options_.report(fmt::format("{} has neither log nor checkpoint; going on with LMDB at entry {}", options_.directory,
                              applied->position));
  PELORUS_TRY(log_.restart(*applied));
  return checkpoint(true);
}

/// The sum that the log has for a position, if it reaches it.
std::optional<uint64_t> metadata_store::logged_chain(uint64_t position) const {
  auto begin = log_.begin();
  if (position == begin.position) return begin.chain;
  if (position < begin.position || position > log_.mark().position) return std::nullopt;
  return replayed_[position - begin.position - 1].at.chain;
}

/// Refuses to go on where that would lose acknowledged entries.
expected<void> metadata_store::check_files(const findings& found) const {
  auto checkpoint = found.checkpoint();
  auto applied = found.applied ? found.applied->position : 0;
  auto last = std::max(log_.mark().position, checkpoint.position);
  if (applied > last && (log_.torn_at() || log_.mark().position == 0))
    return error{ec::corrupt,
                 fmt::format("{} {}, log and checkpoint reach entry {}, LMDB entry {}. To go on with LMDB move {} and {} away; "
                             "to go on without its last entries move {} away",
                             path(log_name), log_.torn_at() ? fmt::format("is damaged at byte {}", *log_.torn_at()) : "holds nothing",
                             last, applied, log_name, checkpoint_name, lmdb_name)};
  auto logged = logged_chain(checkpoint.position);
  if (checkpoint.position != 0 && logged && *logged != checkpoint.chain)
    return error{ec::corrupt, fmt::format("{}: {} and {} have different histories up to entry {}; restore both from one backup",
                                          options_.directory, log_name, checkpoint_name, checkpoint.position)};
  return {};
}

/// Whether LMDB with the log behind it gives the newest state of the history that log and checkpoint tell.
bool metadata_store::lmdb_fits(const findings& found) const {
  if (!found.applied) return false;
  auto applied = *found.applied;
  auto checkpoint = found.checkpoint();
  bool continued = log_.begin().position <= applied.position;
  bool reaches = std::max(applied.position, log_.mark().position) >= checkpoint.position;
  bool known = applied == checkpoint || logged_chain(applied.position) == applied.chain;
  return continued && reaches && known;
}

expected<log_mark> metadata_store::replay(log_mark from) {
  for (auto& x : replayed_) {
    if (x.at.position <= from.position) continue;
    if (x.at.position != from.position + 1)
      return error{ec::corrupt, fmt::format("{}: the log begins behind entry {}, entries from {} on are missing", options_.directory,
                                            x.at.position - 1, from.position + 1)};
    auto entry = decode_entry(x.entry);
    if (!entry) return std::move(entry).error().with_context(fmt::format("{}: entry {}", path(log_name), x.at.position));
    state_.apply(*entry);
    from = x.at;
    if (from.position % report_every == 0) options_.report(fmt::format("metadata: log replayed up to entry {}", from.position));
  }
  return from;
}

expected<void> metadata_store::rebuild(const findings& found) {
  if (!found.saved && log_.begin().position != 0) return found.saved.error();
  options_.report(fmt::format("{}; rebuilding it from log and checkpoint",
                              found.applied ? fmt::format("{} is not of their history (entry {})", path(lmdb_name), found.applied->position)
                                            : found.applied.error().message));
  state_ = {};
  log_mark from;
  if (found.saved && *found.saved) {
    PELORUS_TRY(read_checkpoint(path(checkpoint_name), [&](auto key, auto record) { return state_.load(key, record); }));
    from = **found.saved;
  }
  if (log_.begin().position > from.position)
    return error{ec::corrupt, fmt::format("{}: the log begins behind entry {}, the checkpoint ends with {}; entries between are missing",
                                          options_.directory, log_.begin().position, from.position)};
  PELORUS_ASSIGN(from, replay(from));
  if (log_.mark().position < from.position) PELORUS_TRY(log_.restart(from));
  return refill_lmdb(from);
}

/// A new LMDB environment from the state; the old one is kept aside until the next time.
expected<void> metadata_store::refill_lmdb(log_mark applied) {
  lmdb_.reset();
  auto old = path(lmdb_name), aside = old + ".replaced";
  (void)remove_tree(aside);
  if (file_exists(old)) PELORUS_TRY(rename_file(old, aside));
  PELORUS_ASSIGN(auto lmdb, lmdb_store::open(old));
  lmdb_ = std::make_unique<lmdb_store>(std::move(lmdb));
  std::vector<std::pair<std::string, std::string>> batch;
  auto write_batch = [&]() {
    return lmdb_->write([&](lmdb_store::writer& out) -> expected<void> {
      for (auto& [key, record] : batch) PELORUS_TRY(out.put(key, record));
      return {};
    });
  };
  PELORUS_TRY(state_.for_each_record([&](auto& key, auto& record) -> expected<void> {
    batch.emplace_back(key, record);
    if (batch.size() < refill_batch) return {};
    PELORUS_TRY(write_batch());
    batch.clear();
    return {};
  }));
  PELORUS_TRY(write_batch());
  state_.take_dirty();
  // Only now it counts: records without the mark are a filling that a crash cut short.
  PELORUS_TRY(lmdb_->write([&](lmdb_store::writer& out) { return put_applied(out, applied); }));
  return remove_file(path(loading_name));
}

error metadata_store::unusable() const {
  return {ec::io_failed, fmt::format("{} failed before; restart the controller", path(log_name))};
}

// -- commit -------------------------------------------------------------------------------------------------

std::vector<expected<dfs_entry>> metadata_store::commit(std::vector<dfs_entry> entries, int64_t now_ms) {
  std::vector<expected<dfs_entry>> results;
  auto fail_all = [&](const error& err) {
    results.assign(entries.size(), expected<dfs_entry>{err});
    return results;
  };
  // Completing an entry does not change its size, so the room is known, and made, before anything happens.
  uint64_t room = 0;
  std::vector<std::string> encoded;
  for (auto& entry : entries) room += encoded.emplace_back(encode_entry(entry)).size();
  if (!usable()) return fail_all(unusable());
  if (auto reserved = log_.reserve(entries.size(), room); !reserved) return fail_all(reserved.error());

  // Later entries of a group are checked against earlier ones, so these are applied before the log has them; nobody
  // sees the state until commit returns, and should the log fail, the store is not `usable` any more.
  std::lock_guard guard{*deciding_};
  size_t decided = 0;  // whose bytes have moved to the front
  bool sync = options_.sync;
  results.reserve(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    auto& entry = entries[i];
    if (auto done = state_.complete(entry, now_ms); !done) {
      results.emplace_back(done.error());
      continue;
    }
    sync = sync || !std::holds_alternative<commit_transaction>(entry);
    if (is_completed(entry)) encoded[decided] = encode_entry(entry);
    else if (decided != i) encoded[decided] = std::move(encoded[i]);
    ++decided;
    state_.apply(entry);
    results.emplace_back(std::move(entry));
  }
  encoded.resize(decided);
  if (encoded.empty()) return results;
  if (auto logged = log_.append(encoded, sync); !logged)
    for (auto& result : results)
      if (result) result = error{ec::unavailable, logged.error().message + "; what reached the log is told by a restart"};
  return results;
}

expected<void> metadata_store::flush() {
  PELORUS_TRY(settle_flush());
  PELORUS_TRY(begin_flush());
  return settle_flush();
}

expected<bool> metadata_store::begin_flush() {
  if (batch_ || state_.dirty_count() == 0) return false;
  // LMDB must never hold what the log could still lose.
  if (!log_.synced()) {
    std::lock_guard guard{*deciding_};
    PELORUS_TRY(log_.sync());
  }
  if (!usable()) return unusable();
  batch fresh{state_.take_dirty(), {}, log_.mark(), {}};
  fresh.records.reserve(fresh.keys.size());
  for (auto& key : fresh.keys) fresh.records.push_back(state_.record(key));
  std::lock_guard guard{*following_};
  batch_ = std::move(fresh);
  return true;
}

void metadata_store::write_batch() {
  std::lock_guard guard{*following_};
  if (!batch_ || batch_->written) return;
  batch_->written = lmdb_->write([&](lmdb_store::writer& out) -> expected<void> {
    for (size_t i = 0; i < batch_->keys.size(); ++i) {
      auto& record = batch_->records[i];
      PELORUS_TRY(record ? out.put(batch_->keys[i], *record) : out.erase(batch_->keys[i]));
    }
    return put_applied(out, batch_->at);
  });
}

expected<void> metadata_store::settle_flush() {
  write_batch();
  std::lock_guard guard{*following_};
  auto done = std::exchange(batch_, {});
  if (!done) return {};
  if (!*done->written) state_.mark_dirty(std::move(done->keys));
  return *done->written;
}

expected<void> metadata_store::checkpoint(bool always) {
  if (!always && log_.bytes() < options_.checkpoint_bytes) return {};
  PELORUS_TRY(flush());
  PELORUS_TRY(write_checkpoint(path(checkpoint_name), state_, log_.mark()));
  std::lock_guard guard{*deciding_};
  return log_.restart(log_.mark());
}

expected<void> metadata_store::close() {
  PELORUS_TRY(flush());
  return sum_lmdb(path(lmdb_name));
}

} // namespace pelorus
