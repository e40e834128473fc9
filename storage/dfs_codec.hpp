// DFS records as bytes: the same for the log, LMDB and messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/bytes.hpp"
#include "storage/dfs.hpp"

namespace pelorus {

void put(byte_writer& out, const database_info& x);
void put(byte_writer& out, const table_info& x);
void put(byte_writer& out, const chunk_info& x);
database_info read_database(byte_reader& in);
table_info read_table(byte_reader& in);
chunk_info read_chunk(byte_reader& in);

// Whole records; decoding malformed bytes answers ec::corrupt.
std::string encode_database(const database_info& x);
std::string encode_table(const table_info& x);
std::string encode_chunk(const chunk_info& x);
std::string encode_chunks(const std::vector<chunk_info>& x);
std::string encode_snapshot(const table_snapshot& x);
std::string encode_columns(const std::vector<column_ptr>& x);
expected<database_info> decode_database(std::string_view bytes);
expected<table_info> decode_table(std::string_view bytes);
expected<chunk_info> decode_chunk(std::string_view bytes);
expected<std::vector<chunk_info>> decode_chunks(std::string_view bytes);
expected<table_snapshot> decode_snapshot(std::string_view bytes);
expected<std::vector<column_ptr>> decode_columns(std::string_view bytes);

} // namespace pelorus
