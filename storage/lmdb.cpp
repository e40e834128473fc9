#include "storage/lmdb.hpp"

#include <cstring>

#include <fmt/format.h>
#include <lmdb.h>

#include "storage/checksum.hpp"
#include "storage/file.hpp"

namespace pelorus {

namespace {

constexpr size_t initial_map_bytes = size_t{64} << 20;
constexpr uint8_t record_version = 1;
constexpr size_t wrapping_bytes = 1 + sizeof(uint64_t);

error failed(int reason, std::string_view doing, const std::string& path) {
  auto code = reason == ENOSPC ? ec::disk_full
              : reason == MDB_CORRUPTED || reason == MDB_PAGE_NOTFOUND || reason == MDB_INVALID || reason == MDB_PANIC
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

class transaction_writer final : public lmdb_store::writer {
public:
  transaction_writer(MDB_txn* txn, MDB_dbi dbi, const std::string& path) : txn_(txn), dbi_(dbi), path_(path) {}

  expected<void> put(std::string_view key, std::string_view record) override {
    auto wrapped = wrap(key, record);
    auto k = val(key), v = val(wrapped);
    return check(mdb_put(txn_, dbi_, &k, &v, 0), "write to");
  }
  expected<void> erase(std::string_view key) override {
    auto k = val(key);
    auto reason = mdb_del(txn_, dbi_, &k, nullptr);
    return reason == MDB_NOTFOUND ? expected<void>{} : check(reason, "erase from");
  }
  bool map_is_full() const { return full_; }

private:
  expected<void> check(int reason, std::string_view doing) {
    if (reason == 0) return {};
    full_ = full_ || reason == MDB_MAP_FULL;
    return failed(reason, doing, path_);
  }

  MDB_txn* txn_;
  MDB_dbi dbi_;
  const std::string& path_;
  bool full_ = false;
};

} // namespace

struct lmdb_store::impl {
  MDB_env* env = nullptr;
  MDB_dbi dbi = 0;
  std::string path;
  ~impl() {
    if (env) mdb_env_close(env);
  }
};

lmdb_store::lmdb_store(std::unique_ptr<impl> x) : impl_(std::move(x)) {}
lmdb_store::~lmdb_store() = default;
lmdb_store::lmdb_store(lmdb_store&&) noexcept = default;
lmdb_store& lmdb_store::operator=(lmdb_store&&) noexcept = default;
const std::string& lmdb_store::path() const { return impl_->path; }

expected<lmdb_store> lmdb_store::open(const std::string& directory, bool sync) {
  PELORUS_TRY(make_directories(directory));
  auto x = std::make_unique<impl>();
  x->path = directory;
  if (auto reason = mdb_env_create(&x->env)) return failed(reason, "create", directory);
  mdb_env_set_mapsize(x->env, initial_map_bytes);
  // NOTLS: reads may move between threads. Readers see a stable map, since one process owns the directory.
  unsigned flags = MDB_NOTLS | (sync ? 0u : static_cast<unsigned>(MDB_NOSYNC));
  if (auto reason = mdb_env_open(x->env, directory.c_str(), flags, 0644)) return failed(reason, "open", directory);
  MDB_txn* txn = nullptr;
  if (auto reason = mdb_txn_begin(x->env, nullptr, 0, &txn)) return failed(reason, "open", directory);
  if (auto reason = mdb_dbi_open(txn, nullptr, 0, &x->dbi)) {
    mdb_txn_abort(txn);
    return failed(reason, "open", directory);
  }
  if (auto reason = mdb_txn_commit(txn)) return failed(reason, "open", directory);
  return lmdb_store{std::move(x)};
}

expected<void> lmdb_store::write(const std::function<expected<void>(writer&)>& body) {
  for (;;) {
    MDB_txn* txn = nullptr;
    if (auto reason = mdb_txn_begin(impl_->env, nullptr, 0, &txn)) return failed(reason, "write to", impl_->path);
    transaction_writer out{txn, impl_->dbi, impl_->path};
    auto done = body(out);
    bool full = out.map_is_full();
    if (done && !full) {
      auto reason = mdb_txn_commit(txn);
      if (reason == 0) return {};
      if (reason != MDB_MAP_FULL) return failed(reason, "commit to", impl_->path);
      full = true;
    } else {
      mdb_txn_abort(txn);
    }
    if (!full) return done;
    MDB_envinfo info;
    mdb_env_info(impl_->env, &info);
    if (auto reason = mdb_env_set_mapsize(impl_->env, info.me_mapsize * 2)) return failed(reason, "grow", impl_->path);
  }
}

expected<std::optional<std::string>> lmdb_store::get(std::string_view key) const {
  using result = std::optional<std::string>;
  MDB_txn* txn = nullptr;
  if (auto reason = mdb_txn_begin(impl_->env, nullptr, MDB_RDONLY, &txn)) return failed(reason, "read", impl_->path);
  std::unique_ptr<MDB_txn, void (*)(MDB_txn*)> guard{txn, mdb_txn_abort};
  auto k = val(key);
  MDB_val v;
  auto reason = mdb_get(txn, impl_->dbi, &k, &v);
  if (reason == MDB_NOTFOUND) return result{};
  if (reason != 0) return failed(reason, "read", impl_->path);
  PELORUS_ASSIGN(auto record, unwrap_record(key, view(v), impl_->path));
  return result{std::string{record}};
}

expected<void> lmdb_store::for_each(
    std::string_view prefix,
    const std::function<expected<void>(std::string_view key, std::string_view record)>& body) const {
  MDB_txn* txn = nullptr;
  if (auto reason = mdb_txn_begin(impl_->env, nullptr, MDB_RDONLY, &txn)) return failed(reason, "read", impl_->path);
  std::unique_ptr<MDB_txn, void (*)(MDB_txn*)> guard{txn, mdb_txn_abort};
  MDB_cursor* cursor = nullptr;
  if (auto reason = mdb_cursor_open(txn, impl_->dbi, &cursor)) return failed(reason, "read", impl_->path);
  std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> close{cursor, mdb_cursor_close};
  auto k = val(prefix);
  MDB_val v;
  auto reason = mdb_cursor_get(cursor, &k, &v, prefix.empty() ? MDB_FIRST : MDB_SET_RANGE);
  for (; reason == 0; reason = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
    auto key = view(k);
    if (!key.starts_with(prefix)) return {};
    PELORUS_ASSIGN(auto record, unwrap_record(key, view(v), impl_->path));
    PELORUS_TRY(body(key, record));
  }
  return reason == MDB_NOTFOUND ? expected<void>{} : expected<void>{failed(reason, "read", impl_->path)};
}

} // namespace pelorus
