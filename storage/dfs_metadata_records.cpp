// The DFS metadata as records, a key and bytes each: what LMDB and checkpoints hold.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "storage/dfs_codec.hpp"
#include "storage/dfs_metadata.hpp"
#include "storage/dfs_metadata_keys.hpp"

namespace pelorus {

namespace keys = metadata_keys;

namespace {

/// "chunk/4f.." as "chunk" and "4f..".
std::pair<std::string_view, std::string_view> split_key(std::string_view key) {
  auto slash = key.find('/');
  if (slash == std::string_view::npos) return {key, {}};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

uint64_t parse_hex(std::string_view text) {
  uint64_t x = 0;
  std::from_chars(text.data(), text.data() + text.size(), x, 16);
  return x;
}

std::string user_record(const user_info& x) { return encode_entry(set_user{x.name, x.password_hash, x.is_admin}); }

} // namespace

expected<void> dfs_metadata::for_each_record(
    const std::function<expected<void>(const std::string& key, const std::string& record)>& body) const {
  PELORUS_TRY(body(keys::counters, *record(keys::counters)));
  for (auto& [path, x] : databases_) PELORUS_TRY(body(keys::of(x), encode_database(x)));
  for (auto& [id, x] : tables_) PELORUS_TRY(body(keys::of_table(id), encode_table(x)));
  for (auto& [id, x] : chunks_) PELORUS_TRY(body(keys::of(id), encode_chunk(x)));
  for (auto& [name, x] : users_) PELORUS_TRY(body(keys::of_user(name), user_record(x)));
  for (auto& [name, x] : blobs_) PELORUS_TRY(body(keys::of_blob(name), encode_entry(set_blob{name, x})));
  return {};
}

std::vector<std::string> dfs_metadata::take_dirty() {
  std::vector<std::string> keys;
  keys.reserve(dirty_.size());
  while (!dirty_.empty()) keys.push_back(std::move(dirty_.extract(dirty_.begin()).value()));
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<std::string> dfs_metadata::all_keys() const {
  std::vector<std::string> keys;
  (void)for_each_record([&](auto& key, auto&) -> expected<void> {
    keys.push_back(key);
    return {};
  });
  return keys;
}

std::optional<std::string> dfs_metadata::record(std::string_view key) const {
  auto [kind, name] = split_key(key);
  if (key == keys::counters) {
    byte_writer out;
    out.put(last_id_);
    out.put(last_cid_);
    out.put(reserved_tid_);
    return std::move(out).text();
  }
  if (kind == "db") {
    auto* x = find_database(name);
    return x ? std::optional{encode_database(*x)} : std::nullopt;
  }
  if (kind == "table") {
    auto* x = find_table(parse_hex(name));
    return x ? std::optional{encode_table(*x)} : std::nullopt;
  }
  if (kind == "chunk") {
    auto id = parse_chunk_id(name);
    auto* x = id ? find_chunk(*id) : nullptr;
    return x ? std::optional{encode_chunk(*x)} : std::nullopt;
  }
  if (kind == "user") {
    auto* x = find_user(name);
    return x ? std::optional{user_record(*x)} : std::nullopt;
  }
  auto found = blobs_.find(name);
  return found == blobs_.end() ? std::nullopt : std::optional{encode_entry(set_blob{found->first, found->second})};
}

expected<void> dfs_metadata::load_counters(std::string_view bytes) {
  byte_reader in{bytes};
  last_id_ = in.get<uint64_t>();
  last_cid_ = in.get<cid_t>();
  reserved_tid_ = in.get<tid_t>();
  if (in.failed() || !in.at_end()) return error{ec::corrupt, "malformed counters"};
  return {};
}

expected<void> dfs_metadata::load_named(std::string_view bytes) {
  PELORUS_ASSIGN(auto entry, decode_entry(bytes));
  if (auto* user = std::get_if<set_user>(&entry)) users_[user->name] = {user->name, user->password_hash, user->is_admin};
  else if (auto* blob = std::get_if<set_blob>(&entry)) blobs_[blob->key] = blob->bytes;
  else return error{ec::corrupt, "neither a user nor a blob"};
  return {};
}

expected<void> dfs_metadata::load(std::string_view key, std::string_view bytes) {
  auto kind = split_key(key).first;
  auto keep = [&](auto decoded, auto&& put) -> expected<void> {
    if (!decoded) return std::move(decoded).error();
    put(*std::move(decoded));
    return {};
  };
  auto loaded = [&]() -> expected<void> {
    if (key == keys::counters) return load_counters(bytes);
    if (kind == "db") return keep(decode_database(bytes), [&](database_info x) { databases_[x.path] = std::move(x); });
    if (kind == "table") return keep(decode_table(bytes), [&](table_info x) { put_table(std::move(x)); });
    if (kind == "chunk") return keep(decode_chunk(bytes), [&](chunk_info x) { put_chunk(std::move(x)); });
    if (kind == "user" || kind == "blob") return load_named(bytes);
    return error{ec::corrupt, "unknown kind of record"};
  }();
  if (loaded) return {};
  return std::move(loaded).error().with_context(fmt::format("record {}", key));
}

} // namespace pelorus
