#include "storage/lmdb.hpp"

#include <cstring>
#include <filesystem>
#include <mutex>
#include <shared_mutex>

#include <fmt/format.h>
#include <lmdb.h>

#include "storage/checksum.hpp"
#include "storage/disk_watch.hpp"
#include "storage/file.hpp"
#include "storage/lmdb_file.hpp"
#include "storage/lmdb_sum.hpp"

namespace pelorus {

namespace {

constexpr size_t initial_map_bytes = size_t{64} << 20;
constexpr uint8_t record_version = 1;
constexpr size_t wrapping_bytes = 1 + sizeof(uint64_t);

error failed(int reason, std::string_view doing, const std::string& path) {
  auto code = reason == ENOSPC ? ec::disk_full
              : reason == MDB_CORRUPTED || reason == MDB_PAGE_NOTFOUND || reason == MDB_INVALID || reason == MDB_PANIC ||
                      reason == MDB_VERSION_MISMATCH || reason == MDB_BAD_TXN
                  ? ec::corrupt
                  : ec::io_failed;
  return {code, fmt::format("cannot {} metadata store {}: {}", doing, path, mdb_strerror(reason))};
}

MDB_val val(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view view(const MDB_val& x) { return {static_cast<const char*>(x.mv_data), x.mv_size}; }

/// LMDB 0.9 has no page checksums, so each record carries its own over key and bytes.
std::string wrap(std::string_view key, std::string_view record) {
  std::string wrapped(wrapping_bytes, '\0');
  wrapped[0] = static_cast<char>(record_version);
  auto sum = checksum(record, checksum(key));
  std::memcpy(wrapped.data() + 1, &sum, sizeof sum);
  return wrapped.append(record);
}

expected<std::string_view> unwrap_record(std::string_view key, std::string_view wrapped, const std::string& path) {
  auto bad = [&](std::string_view why) {
    return error{ec::corrupt, fmt::format("record [{}] of metadata store {} {}", key, path, why)};
  };
  if (wrapped.size() < wrapping_bytes) return bad("is cut off");
  if (static_cast<uint8_t>(wrapped[0]) != record_version) return bad("has an unknown version");
  uint64_t sum = 0;
  std::memcpy(&sum, wrapped.data() + 1, sizeof sum);
  auto record = wrapped.substr(wrapping_bytes);
  if (sum != checksum(record, checksum(key))) return bad("does not match its checksum");
  return record;
}

uint64_t stored_sum(std::string_view wrapped) {
  uint64_t sum = 0;
  if (wrapped.size() >= wrapping_bytes) std::memcpy(&sum, wrapped.data() + 1, sizeof sum);
  return sum;
}

/// Number and sum of all records; kept in a record of its own, in the same transaction as every change.
struct seal {
  uint64_t records = 0, sum = 0;
  friend bool operator==(const seal&, const seal&) = default;
  void add(std::string_view wrapped) { ++records, sum += stored_sum(wrapped); }
  void remove(std::string_view wrapped) { --records, sum -= stored_sum(wrapped); }
};
constexpr std::string_view seal_key{"\1seal"};

expected<seal> read_seal(MDB_txn* txn, MDB_dbi dbi, const std::string& path) {
  seal x;
  auto k = val(seal_key);
  MDB_val v;
  auto reason = mdb_get(txn, dbi, &k, &v);
  if (reason == MDB_NOTFOUND) return x;
  if (reason != 0) return failed(reason, "read", path);
  PELORUS_ASSIGN(auto record, unwrap_record(seal_key, view(v), path));
  if (record.size() != sizeof x) return error{ec::corrupt, fmt::format("the seal of metadata store {} is malformed", path)};
  std::memcpy(&x, record.data(), sizeof x);
  return x;
}

class transaction_writer final : public lmdb_store::writer {
public:
  transaction_writer(MDB_txn* txn, MDB_dbi dbi, const std::string& path, seal sealed)
      : txn_(txn), dbi_(dbi), path_(path), seal_(sealed) {}

  expected<void> put(std::string_view key, std::string_view record) override {
    PELORUS_TRY(forget(key));
    auto wrapped = wrap(key, record);
    seal_.add(wrapped);
    return put_wrapped(key, wrapped);
  }
  expected<void> erase(std::string_view key) override {
    PELORUS_TRY(forget(key));
    auto k = val(key);
    auto reason = mdb_del(txn_, dbi_, &k, nullptr);
    return reason == MDB_NOTFOUND ? expected<void>{} : check(reason, "erase from");
  }
  expected<void> put_seal() {
    std::string_view bytes{reinterpret_cast<const char*>(&seal_), sizeof seal_};
    return put_wrapped(seal_key, wrap(seal_key, bytes));
  }
  bool map_is_full() const { return full_; }

private:
  /// Takes what the key holds now out of the seal.
  expected<void> forget(std::string_view key) {
    auto k = val(key);
    MDB_val v;
    auto reason = mdb_get(txn_, dbi_, &k, &v);
    if (reason == 0) seal_.remove(view(v));
    return reason == MDB_NOTFOUND ? expected<void>{} : check(reason, "read");
  }
  expected<void> put_wrapped(std::string_view key, std::string_view wrapped) {
    auto k = val(key), v = val(wrapped);
    return check(mdb_put(txn_, dbi_, &k, &v, 0), "write to");
  }
  expected<void> check(int reason, std::string_view doing) {
    if (reason == 0) return {};
    full_ = full_ || reason == MDB_MAP_FULL;
    return failed(reason, doing, path_);
  }

  MDB_txn* txn_;
  MDB_dbi dbi_;
  const std::string& path_;
  seal seal_;
  bool full_ = false;
};

using txn_ptr = std::unique_ptr<MDB_txn, void (*)(MDB_txn*)>;

expected<txn_ptr> begin(MDB_env* env, unsigned flags, const std::string& path) {
  MDB_txn* txn = nullptr;
  if (auto reason = mdb_txn_begin(env, nullptr, flags, &txn))
    return failed(reason, flags == MDB_RDONLY ? "read" : "write to", path);
  return txn_ptr{txn, mdb_txn_abort};
}

using record_visitor = std::function<expected<void>(std::string_view key, std::string_view wrapped)>;

/// Every record but the seal, as stored.
expected<void> walk(MDB_txn* txn, MDB_dbi dbi, const std::string& path, std::string_view prefix, const record_visitor& body) {
  MDB_cursor* cursor = nullptr;
  if (auto reason = mdb_cursor_open(txn, dbi, &cursor)) return failed(reason, "read", path);
  std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> close{cursor, mdb_cursor_close};
  auto k = val(prefix);
  MDB_val v;
  auto reason = mdb_cursor_get(cursor, &k, &v, prefix.empty() ? MDB_FIRST : MDB_SET_RANGE);
  for (; reason == 0; reason = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
    auto key = view(k);
    if (!key.starts_with(prefix)) return {};
    if (key != seal_key) PELORUS_TRY(body(key, view(v)));
  }
  return reason == MDB_NOTFOUND ? expected<void>{} : expected<void>{failed(reason, "read", path)};
}

} // namespace

struct lmdb_store::impl {
  MDB_env* env = nullptr;
  MDB_dbi dbi = 0;
  std::string path;
  bool sum_may_come_back = false;  // it was removed, and that failed to be made durable
  std::shared_mutex map_lock;  // readers share it; the map is moved only when nobody reads
  ~impl() {
    if (env) mdb_env_close(env);
  }
  /// Someone took this for the end.
  expected<void> forget_sum() {
    if (!sum_may_come_back && !has_lmdb_sum(path)) return {};
    sum_may_come_back = true;
    PELORUS_TRY(forget_lmdb_sum(path));
    sum_may_come_back = false;
    return {};
  }
  size_t map_bytes() const {
    MDB_envinfo info;
    mdb_env_info(env, &info);
    return info.me_mapsize;
  }
  /// A file shorter than its pages (cut off, or ending in pages never written) would end the process that reads there;
  /// zeros are just no page.
  expected<void> lengthen() {
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(env, &info);
    mdb_env_stat(env, &stat);
    PELORUS_ASSIGN(auto data, file::open_write(path + "/data.mdb"));
    PELORUS_ASSIGN(auto bytes, data.size());
    auto wanted = (info.me_last_pgno + 1) * stat.ms_psize;
    return bytes < wanted ? data.truncate(wanted) : expected<void>{};
  }
  expected<void> grow() {
    std::unique_lock alone{map_lock};
    auto reason = mdb_env_set_mapsize(env, map_bytes() * 2);
    return reason == 0 ? expected<void>{} : expected<void>{failed(reason, "grow", path)};
  }
  /// Doubles the map before it is full: a transaction that fails for room has done its work in vain.
  expected<void> grow_early() {
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(env, &info);
    mdb_env_stat(env, &stat);
    return (info.me_last_pgno + 1) * stat.ms_psize > info.me_mapsize / 5 * 4 ? grow() : expected<void>{};
  }
};

lmdb_store::lmdb_store(std::unique_ptr<impl> x) : impl_(std::move(x)) {}
lmdb_store::~lmdb_store() = default;
lmdb_store::lmdb_store(lmdb_store&&) noexcept = default;
lmdb_store& lmdb_store::operator=(lmdb_store&&) noexcept = default;
const std::string& lmdb_store::path() const { return impl_->path; }

expected<lmdb_store> lmdb_store::open(const std::string& directory, bool sync) {
  PELORUS_TRY(make_directories(directory));
  PELORUS_TRY(check_lmdb_sum(directory));
  PELORUS_ASSIGN(auto survey, survey_lmdb(directory));
  if (!survey.damage.empty())
    return error{ec::corrupt, fmt::format("metadata store {} is damaged: {}", directory, survey.damage.front())};
  PELORUS_TRY(forget_lmdb_sum(directory));
  auto x = std::make_unique<impl>();
  x->path = directory;
  if (auto reason = mdb_env_create(&x->env)) return failed(reason, "create", directory);
  mdb_env_set_mapsize(x->env, initial_map_bytes);
  // NOTLS: reads may move between threads. One process owns the directory, so only `grow` moves the map.
  unsigned flags = MDB_NOTLS | (sync ? 0u : static_cast<unsigned>(MDB_NOSYNC));
  if (auto reason = mdb_env_open(x->env, directory.c_str(), flags, 0644)) return failed(reason, "open", directory);
  MDB_txn* txn = nullptr;
  if (auto reason = mdb_txn_begin(x->env, nullptr, 0, &txn)) return failed(reason, "open", directory);
  if (auto reason = mdb_dbi_open(txn, nullptr, 0, &x->dbi)) {
    mdb_txn_abort(txn);
    return failed(reason, "open", directory);
  }
  if (auto reason = mdb_txn_commit(txn)) return failed(reason, "open", directory);
  PELORUS_TRY(x->lengthen());
  return lmdb_store{std::move(x)};
}

expected<lmdb_store> lmdb_store::rescue(const std::string& directory, bool sync, const std::function<void(error)>& on_damage) {
  seal found, sealed;
  std::vector<std::pair<std::string, std::string>> whole;
  if (auto same = check_lmdb_sum(directory); !same) on_damage(same.error());
  PELORUS_ASSIGN(auto survey, survey_lmdb(directory, [&](std::string_view key, std::string_view wrapped) {
    if (key != seal_key) found.add(wrapped);
    auto record = unwrap_record(key, wrapped, directory);
    if (!record) on_damage(record.error());
    else if (key != seal_key) whole.emplace_back(key, *record);
    else if (record->size() == sizeof sealed) std::memcpy(&sealed, record->data(), sizeof sealed);
  }));
  for (auto& what : survey.damage) on_damage({ec::corrupt, fmt::format("metadata store {}: {}", directory, what)});
  if (found != sealed)
    on_damage({ec::corrupt, fmt::format("metadata store {}: {} records can be read, {} were sealed", directory, whole.size(), sealed.records)});
  auto data = directory + "/data.mdb", fresh = directory + "/rescued";
  std::error_code ignored;
  std::filesystem::remove_all(fresh, ignored);
  {
    PELORUS_ASSIGN(auto store, open(fresh, true));
    PELORUS_TRY(store.write([&](writer& out) -> expected<void> {
      for (auto& [key, record] : whole) PELORUS_TRY(out.put(key, record));
      return {};
    }));
  }
  std::filesystem::remove(data + ".damaged", ignored);
  std::filesystem::create_hard_link(data, data + ".damaged", ignored);
  PELORUS_TRY(rename_file(fresh + "/data.mdb", data));
  PELORUS_TRY(sync_directory(directory));
  PELORUS_TRY(forget_lmdb_sum(directory));
  std::filesystem::remove_all(fresh, ignored);
  return open(directory, sync);
}

expected<void> lmdb_store::write(const std::function<expected<void>(writer&)>& body) {
  auto& x = *impl_;
  PELORUS_TRY(x.forget_sum());
  PELORUS_TRY(x.grow_early());
  for (;;) {
    PELORUS_ASSIGN(auto txn, begin(x.env, 0, x.path));
    PELORUS_ASSIGN(auto sealed, read_seal(txn.get(), x.dbi, x.path));
    transaction_writer out{txn.get(), x.dbi, x.path, sealed};
    auto done = body(out);
    if (done) done = out.put_seal();
    if (done) done = ask_disk({.step = disk_step::commit_lmdb, .path = x.path});
    bool full = out.map_is_full();
    if (done && !full) {
      auto reason = mdb_txn_commit(txn.release());
      if (reason == 0) return {};
      if (reason != MDB_MAP_FULL) return failed(reason, "commit to", x.path);
      full = true;
    }
    if (!full) return done;
    txn.reset();
    PELORUS_TRY(x.grow());
  }
}

expected<std::optional<std::string>> lmdb_store::get(std::string_view key) const {
  using result = std::optional<std::string>;
  std::shared_lock reading{impl_->map_lock};
  PELORUS_ASSIGN(auto txn, begin(impl_->env, MDB_RDONLY, impl_->path));
  auto k = val(key);
  MDB_val v;
  auto reason = mdb_get(txn.get(), impl_->dbi, &k, &v);
  if (reason == MDB_NOTFOUND) return result{};
  if (reason != 0) return failed(reason, "read", impl_->path);
  PELORUS_ASSIGN(auto record, unwrap_record(key, view(v), impl_->path));
  return result{std::string{record}};
}

expected<void> lmdb_store::for_each(std::string_view prefix, const visitor& body,
                                    const std::function<void(error)>& on_damage) const {
  auto& path = impl_->path;
  std::shared_lock reading{impl_->map_lock};
  PELORUS_ASSIGN(auto txn, begin(impl_->env, MDB_RDONLY, path));
  auto damaged = [&](error err) -> expected<void> {
    if (!on_damage) return err;
    on_damage(std::move(err));
    return {};
  };
  seal found;
  PELORUS_TRY(walk(txn.get(), impl_->dbi, path, prefix, [&](std::string_view key, std::string_view wrapped) -> expected<void> {
    found.add(wrapped);
    auto record = unwrap_record(key, wrapped, path);
    return record ? body(key, *record) : damaged(record.error());
  }));
  if (!prefix.empty()) return {};
  auto sealed = read_seal(txn.get(), impl_->dbi, path);
  if (!sealed) return damaged(sealed.error());
  if (*sealed == found) return {};
  return damaged({ec::corrupt, fmt::format("metadata store {} holds {} records that do not match its seal over {}", path,
                                           found.records, sealed->records)});
}

expected<void> lmdb_store::reseal() {
  PELORUS_ASSIGN(auto txn, begin(impl_->env, 0, impl_->path));
  seal found;
  PELORUS_TRY(walk(txn.get(), impl_->dbi, impl_->path, "", [&](auto, std::string_view wrapped) -> expected<void> {
    found.add(wrapped);
    return {};
  }));
  PELORUS_TRY(transaction_writer(txn.get(), impl_->dbi, impl_->path, found).put_seal());
  auto reason = mdb_txn_commit(txn.release());
  return reason == 0 ? expected<void>{} : expected<void>{failed(reason, "commit to", impl_->path)};
}

uint64_t lmdb_store::map_bytes() const { return impl_->map_bytes(); }

} // namespace pelorus
