#include "storage/dfs_codec.hpp"

#include <fmt/format.h>

namespace pelorus {

namespace {

void put_texts(byte_writer& out, const std::vector<std::string>& texts) {
  out.put(static_cast<uint32_t>(texts.size()));
  for (auto& text : texts) out.put_text(text);
}

std::vector<std::string> get_texts(byte_reader& in) {
  std::vector<std::string> texts(in.get_count(4));
  for (auto& text : texts) text = in.get_text();
  return texts;
}

void put_columns(byte_writer& out, const std::vector<column_ptr>& columns) {
  out.put(static_cast<uint32_t>(columns.size()));
  for (auto& col : columns) out.put_column(col);
}

std::vector<column_ptr> get_columns(byte_reader& in) {
  std::vector<column_ptr> columns(in.get_count());
  for (auto& col : columns) col = in.get_column();
  return columns;
}

void put_level(byte_writer& out, const partition_level& level) {
  out.put(level.kind);
  out.put(level.key_type);
  out.put_column(level.values);
  put_columns(out, level.lists);
  out.put(level.buckets);
}

partition_level get_level(byte_reader& in) {
  partition_level level;
  level.kind = in.get<partition_type>();
  level.key_type = in.get<type_id>();
  level.values = in.get_column();
  level.lists = get_columns(in);
  level.buckets = in.get<int32_t>();
  return level;
}

template <class T, class Put>
std::string encoded(const T& x, Put put_it) {
  byte_writer out;
  put_it(out, x);
  return std::move(out).text();
}

template <class Get>
auto decoded(std::string_view bytes, const char* what, Get get_it) -> expected<decltype(get_it(std::declval<byte_reader&>()))> {
  byte_reader in{bytes};
  auto x = get_it(in);
  if (in.failed() || !in.at_end()) return error{ec::corrupt, fmt::format("malformed {} record of {} bytes", what, bytes.size())};
  return x;
}

} // namespace

void put(byte_writer& out, const database_info& x) {
  out.put_text(x.path);
  out.put(static_cast<uint32_t>(x.levels.size()));
  for (auto& level : x.levels) put_level(out, level);
  for (auto* text : {&x.engine, &x.atomic, &x.granularity, &x.owner}) out.put_text(*text);
  out.put(x.id);
  out.put(x.created_ms);
}

database_info read_database(byte_reader& in) {
  database_info x;
  x.path = in.get_text();
  x.levels.resize(in.get_count(8));
  for (auto& level : x.levels) level = get_level(in);
  for (auto* text : {&x.engine, &x.atomic, &x.granularity, &x.owner}) *text = in.get_text();
  x.id = in.get<uint64_t>();
  x.created_ms = in.get<int64_t>();
  return x;
}

void put(byte_writer& out, const table_info& x) {
  out.put_text(x.database);
  out.put_text(x.name);
  out.put(static_cast<uint32_t>(x.columns.size()));
  for (auto& c : x.columns) {
    out.put_text(c.name);
    out.put(c.type);
    out.put(c.scale);
    out.put_text(c.comment);
    out.put_text(c.codec);
    out.put_text(c.stored);
  }
  out.put(static_cast<uint32_t>(x.partition_columns.size()));
  for (auto i : x.partition_columns) out.put(i);
  put_texts(out, x.sort_columns);
  out.put_text(x.keep_duplicates);
  out.put_text(x.comment);
  out.put(x.id);
  out.put(x.schema_version);
  out.put(x.created_ms);
}

table_info read_table(byte_reader& in) {
  table_info x;
  x.database = in.get_text();
  x.name = in.get_text();
  x.columns.resize(in.get_count(21));
  for (auto& c : x.columns) {
    c.name = in.get_text();
    c.type = in.get<type_id>();
    c.scale = in.get<int32_t>();
    c.comment = in.get_text();
    c.codec = in.get_text();
    c.stored = in.get_text();
  }
  x.partition_columns.resize(in.get_count(4));
  for (auto& i : x.partition_columns) i = in.get<int32_t>();
  x.sort_columns = get_texts(in);
  x.keep_duplicates = in.get_text();
  x.comment = in.get_text();
  x.id = in.get<uint64_t>();
  x.schema_version = in.get<uint32_t>();
  x.created_ms = in.get<int64_t>();
  return x;
}

void put(byte_writer& out, const chunk_info& x) {
  out.put(x.id.high);
  out.put(x.id.low);
  out.put(x.table_id);
  out.put_text(x.partition);
  out.put(x.version);
  out.put(x.cid);
  out.put(x.tid);
  out.put(x.rows);
  out.put(x.state);
  out.put(x.updated_ms);
  out.put(static_cast<uint32_t>(x.replicas.size()));
  for (auto& r : x.replicas) {
    out.put_text(r.node);
    out.put(r.version);
    out.put(static_cast<uint8_t>(r.corrupted));
  }
}

chunk_info read_chunk(byte_reader& in) {
  chunk_info x;
  x.id.high = in.get<uint64_t>();
  x.id.low = in.get<uint64_t>();
  x.table_id = in.get<uint64_t>();
  x.partition = in.get_text();
  x.version = in.get<uint32_t>();
  x.cid = in.get<cid_t>();
  x.tid = in.get<tid_t>();
  x.rows = in.get<uint64_t>();
  x.state = in.get<chunk_state>();
  x.updated_ms = in.get<int64_t>();
  x.replicas.resize(in.get_count(9));
  for (auto& r : x.replicas) {
    r.node = in.get_text();
    r.version = in.get<uint32_t>();
    r.corrupted = in.get<uint8_t>() != 0;
  }
  return x;
}

namespace {
void put_chunks(byte_writer& out, const std::vector<chunk_info>& chunks) {
  out.put(static_cast<uint32_t>(chunks.size()));
  for (auto& chunk : chunks) put(out, chunk);
}

std::vector<chunk_info> get_chunks(byte_reader& in) {
  std::vector<chunk_info> chunks(in.get_count(60));
  for (auto& chunk : chunks) chunk = read_chunk(in);
  return chunks;
}
} // namespace

std::string encode_database(const database_info& x) {
  return encoded(x, [](auto& out, auto& y) { put(out, y); });
}
std::string encode_table(const table_info& x) {
  return encoded(x, [](auto& out, auto& y) { put(out, y); });
}
std::string encode_chunk(const chunk_info& x) {
  return encoded(x, [](auto& out, auto& y) { put(out, y); });
}
std::string encode_chunks(const std::vector<chunk_info>& x) { return encoded(x, put_chunks); }
std::string encode_columns(const std::vector<column_ptr>& x) { return encoded(x, put_columns); }
std::string encode_snapshot(const table_snapshot& x) {
  byte_writer out;
  put(out, x.database);
  put(out, x.table);
  out.put(x.cid);
  put_chunks(out, x.chunks);
  return std::move(out).text();
}

expected<database_info> decode_database(std::string_view bytes) { return decoded(bytes, "database", read_database); }
expected<table_info> decode_table(std::string_view bytes) { return decoded(bytes, "table", read_table); }
expected<chunk_info> decode_chunk(std::string_view bytes) { return decoded(bytes, "chunk", read_chunk); }
expected<std::vector<chunk_info>> decode_chunks(std::string_view bytes) { return decoded(bytes, "chunk list", get_chunks); }
expected<std::vector<column_ptr>> decode_columns(std::string_view bytes) { return decoded(bytes, "column list", get_columns); }
expected<table_snapshot> decode_snapshot(std::string_view bytes) {
  return decoded(bytes, "snapshot", [](byte_reader& in) {
    table_snapshot x;
    x.database = read_database(in);
    x.table = read_table(in);
    x.cid = in.get<cid_t>();
    x.chunks = get_chunks(in);
    return x;
  });
}

} // namespace pelorus
