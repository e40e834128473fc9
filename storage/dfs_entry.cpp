#include "storage/dfs_entry.hpp"

#include <fmt/format.h>

#include "storage/dfs_codec.hpp"

namespace pelorus {

namespace {

// -- one writer per entry -----------------------------------------------------------------------------

void write(byte_writer& out, const create_database& x) { put(out, x.database); }
void write(byte_writer& out, const drop_database& x) { out.put_text(x.path); }
void write(byte_writer& out, const create_table& x) { put(out, x.table); }
void write(byte_writer& out, const drop_table& x) {
  out.put_text(x.database);
  out.put_text(x.table);
}
void write(byte_writer& out, const alter_table& x) { put(out, x.table); }
void write(byte_writer& out, const std::vector<chunk_id>& ids) {
  out.put(static_cast<uint32_t>(ids.size()));
  for (auto& id : ids) {
    out.put(id.high);
    out.put(id.low);
  }
}
void write(byte_writer& out, const commit_transaction& x) {
  out.put(x.tid);
  out.put(x.cid);
  out.put(x.time_ms);
  out.put_text(encode_chunks(x.chunks));
  out.put_text(x.new_values);
  write(out, x.dropped);
}
void write(byte_writer& out, const drop_chunks_entry& x) {
  out.put(x.cid);
  write(out, x.chunks);
}
void write(byte_writer& out, const set_replicas& x) {
  chunk_info chunk;
  chunk.id = x.chunk;
  chunk.replicas = x.replicas;
  put(out, chunk);
  out.put(static_cast<uint32_t>(x.removed.size()));
  for (auto& node : x.removed) out.put_text(node);
}
void write(byte_writer& out, const extend_scheme& x) {
  out.put_text(x.database);
  out.put(x.level);
  out.put_text(x.added);
  out.put_text(x.removed);
}
void write(byte_writer& out, const set_user& x) {
  out.put_text(x.name);
  out.put_text(x.password_hash);
  out.put(static_cast<uint8_t>(x.is_admin));
}
void write(byte_writer& out, const drop_user& x) { out.put_text(x.name); }
void write(byte_writer& out, const set_blob& x) {
  out.put_text(x.key);
  out.put_text(x.bytes);
}
void write(byte_writer& out, const reserve_tids& x) { out.put(x.up_to); }
void write(byte_writer& out, const raise_ids& x) {
  out.put(x.tid);
  out.put(x.cid);
}

// -- and one reader -----------------------------------------------------------------------------------

void read(byte_reader& in, create_database& x) { x.database = read_database(in); }
void read(byte_reader& in, drop_database& x) { x.path = in.get_text(); }
void read(byte_reader& in, create_table& x) { x.table = read_table(in); }
void read(byte_reader& in, drop_table& x) {
  x.database = in.get_text();
  x.table = in.get_text();
}
void read(byte_reader& in, alter_table& x) { x.table = read_table(in); }
void read(byte_reader& in, std::vector<chunk_id>& ids) {
  ids.resize(in.get_count(16));
  for (auto& id : ids) {
    id.high = in.get<uint64_t>();
    id.low = in.get<uint64_t>();
  }
}
void read(byte_reader& in, commit_transaction& x) {
  x.tid = in.get<tid_t>();
  x.cid = in.get<cid_t>();
  x.time_ms = in.get<int64_t>();
  if (auto chunks = decode_chunks(in.get_text())) x.chunks = *std::move(chunks);
  else in.fail();
  x.new_values = in.get_text();
  read(in, x.dropped);
}
void read(byte_reader& in, drop_chunks_entry& x) {
  x.cid = in.get<cid_t>();
  read(in, x.chunks);
}
void read(byte_reader& in, set_replicas& x) {
  auto chunk = read_chunk(in);
  x.chunk = chunk.id;
  x.replicas = std::move(chunk.replicas);
  x.removed.resize(in.get_count(4));
  for (auto& node : x.removed) node = in.get_text();
}
void read(byte_reader& in, extend_scheme& x) {
  x.database = in.get_text();
  x.level = in.get<uint32_t>();
  x.added = in.get_text();
  x.removed = in.get_text();
}
void read(byte_reader& in, set_user& x) {
  x.name = in.get_text();
  x.password_hash = in.get_text();
  x.is_admin = in.get<uint8_t>() != 0;
}
void read(byte_reader& in, drop_user& x) { x.name = in.get_text(); }
void read(byte_reader& in, set_blob& x) {
  x.key = in.get_text();
  x.bytes = in.get_text();
}
void read(byte_reader& in, reserve_tids& x) { x.up_to = in.get<tid_t>(); }
void read(byte_reader& in, raise_ids& x) {
  x.tid = in.get<tid_t>();
  x.cid = in.get<cid_t>();
}

template <size_t... I>
bool read_kind(byte_reader& in, uint8_t kind, dfs_entry& entry, std::index_sequence<I...>) {
  return ((kind == I && (read(in, entry.emplace<I>()), true)) || ...);
}

} // namespace

std::string encode_entry(const dfs_entry& entry) {
  byte_writer out;
  out.put(static_cast<uint8_t>(entry.index()));
  std::visit([&](auto& x) { write(out, x); }, entry);
  return std::move(out).text();
}

expected<dfs_entry> decode_entry(std::string_view bytes) {
  byte_reader in{bytes};
  auto kind = in.get<uint8_t>();
  dfs_entry entry;
  bool known = read_kind(in, kind, entry, std::make_index_sequence<std::variant_size_v<dfs_entry>>{});
  if (!known || in.failed() || !in.at_end())
    return error{ec::corrupt, fmt::format("malformed metadata entry of kind {} and {} bytes", kind, bytes.size())};
  return entry;
}

} // namespace pelorus
