#include "storage/metadata_store.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "storage/bytes.hpp"
#include "storage/checksum.hpp"

namespace pelorus {

namespace {
constexpr auto log_name = "DFSMetaLog.0", checkpoint_name = "DFSMasterMetaCheckpoint.0", lmdb_name = "lmdb";
constexpr auto applied_key = "meta/applied";  // LMDB only: the log position it has taken over
constexpr uint64_t checkpoint_magic = 0x31305043454c4550;  // "PELECP01"
constexpr size_t report_every = 250'000;
} // namespace

// -- open -------------------------------------------------------------------------------------------------

expected<uint64_t> metadata_store::load_lmdb() {
  uint64_t applied = 0;
  size_t loaded = 0;
  PELORUS_TRY(lmdb_->for_each("", [&](std::string_view key, std::string_view record) -> expected<void> {
    if (key == applied_key) {
      byte_reader in{record};
      applied = in.get<uint64_t>();
      return {};
    }
    if (++loaded % report_every == 0) options_.report(fmt::format("metadata: {} records loaded", loaded));
    return state_.load(key, record);
  }));
  return applied;
}

expected<uint64_t> metadata_store::load_checkpoint() {
  auto file_path = path(checkpoint_name);
  if (!file_exists(file_path)) return uint64_t{0};
  PELORUS_ASSIGN(auto bytes, read_file(file_path));
  auto bad = [&](std::string_view why) { return error{ec::corrupt, fmt::format("checkpoint {} {}", file_path, why)}; };
  if (bytes.size() < 3 * sizeof(uint64_t)) return bad("is cut off");
  auto body = std::string_view{bytes}.substr(0, bytes.size() - sizeof(uint64_t));
  uint64_t sum = 0;
  std::memcpy(&sum, bytes.data() + body.size(), sizeof sum);
  if (sum != checksum(body)) return bad("does not match its checksum");
  byte_reader in{body};
  if (in.get<uint64_t>() != checkpoint_magic) return bad("has an unknown format");
  auto position = in.get<uint64_t>();
  while (!in.at_end() && !in.failed()) {
    auto key = in.get_text(), record = in.get_text();
    if (!in.failed()) PELORUS_TRY(state_.load(key, record));
  }
  if (in.failed()) return bad("is malformed");
  return position;
}

expected<metadata_store> metadata_store::open(options opts) {
  metadata_store store{std::move(opts)};
  auto& dir = store.options_.directory;
  PELORUS_TRY(make_directories(dir));
  bool had_files = file_exists(store.path(log_name)) || file_exists(store.path(checkpoint_name));
  std::string warning;
  auto keep = [&](uint64_t position, std::string_view entry) -> expected<void> {
    store.replayed_.emplace_back(position, std::string{entry});
    return {};
  };
  PELORUS_ASSIGN(store.log_, metadata_log::open(store.path(log_name), keep, warning));
  if (!warning.empty()) store.options_.report(warning);

  // The newest position that log and checkpoint know; LMDB may lag behind it but never be ahead.
  auto known = store.log_.position();
  if (store.replayed_.empty()) {
    PELORUS_ASSIGN(known, store.load_checkpoint());
    store.state_ = {};
  }
  auto applied = expected<uint64_t>{0};
  if (auto lmdb = lmdb_store::open(store.path(lmdb_name))) {
    store.lmdb_ = std::make_unique<lmdb_store>(*std::move(lmdb));
    applied = store.load_lmdb();
  } else {
    applied = lmdb.error();
  }
  bool lmdb_alone = applied && *applied > 0 && !had_files;
  bool gap = applied && !store.replayed_.empty() && store.replayed_.front().first > *applied + 1;
  if (lmdb_alone) {
    store.options_.report(fmt::format("{} has neither log nor checkpoint; going on with LMDB at position {}", dir, *applied));
    store.log_.set_position(*applied);
    PELORUS_TRY(store.checkpoint(true));
    return store;
  }
  if (!applied || *applied > known || (*applied < known && store.replayed_.empty()) || gap) {
    store.options_.report(applied ? fmt::format("LMDB is at position {}, log and checkpoint at {}; rebuilding it from them", *applied, known)
                                  : fmt::format("{}; rebuilding it from log and checkpoint", applied.error().message));
    PELORUS_TRY(store.rebuild());
    return store;
  }
  for (auto& [position, bytes] : store.replayed_) {
    if (position <= *applied) continue;
    PELORUS_ASSIGN(auto entry, decode_entry(bytes));
    store.state_.apply(entry);
  }
  store.replayed_.clear();
  store.log_.set_position(known);
  return store;
}

expected<void> metadata_store::rebuild() {
  lmdb_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(path(lmdb_name), ignored);
  state_ = {};
  PELORUS_ASSIGN(auto position, load_checkpoint());
  if (!replayed_.empty() && replayed_.front().first > position + 1)
    return error{ec::corrupt, fmt::format("{}: the log begins at position {}, the checkpoint ends at {}; entries between them are missing",
                                          options_.directory, replayed_.front().first, position)};
  for (auto& [at, bytes] : replayed_) {
    if (at <= position) continue;
    PELORUS_ASSIGN(auto entry, decode_entry(bytes));
    state_.apply(entry);
    position = at;
  }
  replayed_.clear();
  log_.set_position(position);
  PELORUS_ASSIGN(auto lmdb, lmdb_store::open(path(lmdb_name)));
  lmdb_ = std::make_unique<lmdb_store>(std::move(lmdb));
  state_.take_dirty();
  return lmdb_->write([&](lmdb_store::writer& out) -> expected<void> {
    for (auto& key : state_.all_keys())
      if (auto record = state_.record(key)) PELORUS_TRY(out.put(key, *record));
    byte_writer applied;
    applied.put(log_.position());
    return out.put(applied_key, applied.text());
  });
}

// -- commit -------------------------------------------------------------------------------------------------

std::vector<expected<dfs_entry>> metadata_store::commit(std::vector<dfs_entry> entries, int64_t now_ms) {
  std::vector<expected<dfs_entry>> results;
  std::vector<std::string> encoded;
  bool sync = options_.sync;
  // Later entries of a group are checked against earlier ones, so these are applied before the log has them; nobody
  // sees the state until commit returns. Should the log fail, the process must not go on with it.
  for (auto& entry : entries) {
    if (auto done = state_.complete(entry, now_ms); !done) {
      results.emplace_back(done.error());
      continue;
    }
    sync = sync || !std::holds_alternative<commit_transaction>(entry);
    encoded.push_back(encode_entry(entry));
    state_.apply(entry);
    results.emplace_back(std::move(entry));
  }
  if (encoded.empty()) return results;
  auto logged = log_.append(encoded, sync);
  if (logged) return results;
  for (auto& result : results)
    if (result) result = logged.error();
  return results;
}

expected<void> metadata_store::flush() {
  if (state_.dirty_count() == 0) return {};
  auto keys = state_.take_dirty();
  return lmdb_->write([&](lmdb_store::writer& out) -> expected<void> {
    for (auto& key : keys) {
      auto record = state_.record(key);
      PELORUS_TRY(record ? out.put(key, *record) : out.erase(key));
    }
    byte_writer applied;
    applied.put(log_.position());
    return out.put(applied_key, applied.text());
  });
}

expected<void> metadata_store::checkpoint(bool always) {
  if (!always && log_.bytes() < options_.checkpoint_bytes) return {};
  PELORUS_TRY(flush());
  byte_writer out;
  out.put(checkpoint_magic);
  out.put(log_.position());
  for (auto& key : state_.all_keys())
    if (auto record = state_.record(key)) {
      out.put_text(key);
      out.put_text(*record);
    }
  out.put(checksum(out.text()));
  PELORUS_TRY(write_file_atomically(path(checkpoint_name), out.text(), true));
  return log_.restart(log_.position());
}

} // namespace pelorus
