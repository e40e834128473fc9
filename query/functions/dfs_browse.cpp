// The distributed file system as directories, and the chunks of this node: what consoles browse.
#include <algorithm>
#include <map>

#include "query/functions/registry.hpp"
#include "query/functions/shapes.hpp"
#include "query/row_table.hpp"
#include "query/session.hpp"
#include "query/wire.hpp"

namespace pelorus {

namespace {

/// What an entry of a directory is; the numbers that consoles know.
enum class entry_kind : int32_t { directory = 0, chunk = 4 };

struct entry {
  entry_kind kind = entry_kind::directory;
  std::string id, sites;
};
/// By name; two chunks never share one, since a partition holds one chunk a table.
using listing = std::map<std::string, entry>;

/// "/a/b" of "dfs://a/b", "/a/b/" and "a/b"; "/" is "".
std::string normalized(std::string path) {
  if (path.starts_with("dfs://")) path = path.substr(6);
  while (path.ends_with('/')) path.pop_back();
  if (!path.empty() && !path.starts_with('/')) path.insert(0, 1, '/');
  return path;
}

/// The part of `path` below `directory` up to the next slash; "" when it is not below it.
std::string child_of(std::string_view directory, std::string_view path) {
  if (!path.starts_with(directory) || path.size() <= directory.size() + 1 || path[directory.size()] != '/') return {};
  auto rest = path.substr(directory.size() + 1);
  return std::string{rest.substr(0, rest.find('/'))};
}

std::string sites_of(const chunk_info& chunk) {
  std::string text;
  for (auto& replica : chunk.replicas)
    text += (text.empty() ? "" : ",") + replica.node + ":" + std::to_string(replica.version);
  return text;
}

/// Chunks of one table in `directory`; a chunk is a file named after its table in the directory of its partition.
void add_chunks(const table_snapshot& of, const std::string& directory, listing& out) {
  for (auto& chunk : of.chunks) {
    auto place = normalized(of.database.path);
    if (!chunk.partition.empty()) place += "/" + chunk.partition;
    if (place == directory) out.insert_or_assign(of.table.name, entry{entry_kind::chunk, to_string(chunk.id), sites_of(chunk)});
    else if (auto name = child_of(directory, place); !name.empty()) out.try_emplace(name);
  }
}

value directory_function(call_context& context, arguments& args) {
  auto& node = *context.who.node;
  auto directory = normalized(text_of_argument(args[0], "getDFSDirectoryContent", "path"));
  listing found;
  bool exists = directory.empty();
  for (auto& path : unwrap(node.database_paths())) {
    context.check_cancelled();
    auto database = normalized(path);
    if (auto name = child_of(directory, database); !name.empty()) found.try_emplace(name);
    if (directory != database && !directory.starts_with(database + "/")) continue;
    exists |= directory == database;
    for (auto& table : unwrap(node.table_names(path)))
      if (auto snapshot = node.snapshot(path, table)) add_chunks(*snapshot, directory, found);
      else if (snapshot.error().code != ec::not_found) throw script_error{snapshot.error()};
  }
  if (found.empty() && !exists)
    throw script_error{ec::not_found, "getDFSDirectoryContent: there is no directory " + directory + "."};
  row_table rows{{"filename", type_id::string}, {"filetype", type_id::int_}, {"size", type_id::long_},
                 {"chunks", type_id::string}, {"sites", type_id::string}};
  for (auto& [name, one] : found)
    rows.add({value::of_text(name), value::of_int(static_cast<int32_t>(one.kind)), value::of_long(0), value::of_text(one.id),
              value::of_text(one.sites)});
  return value{rows.take()};
}

/// A column of the chunks of this node.
const column& chunk_column(const table& chunks, std::string_view name) {
  return *chunks.col(static_cast<size_t>(chunks.find(name)));
}

value tables_of_chunk_function(call_context& context, arguments& args) {
  auto id = unwrap(parse_chunk_id(text_of_argument(args[0], "getTablesByTabletChunk", "chunkId")));
  auto chunks = unwrap(context.who.node->local_chunks());
  auto& ids = chunk_column(*chunks, "chunkId");
  auto& names = chunk_column(*chunks, "tableName");
  std::vector<std::string> tables;
  for (size_t i = 0; i < chunks->rows(); ++i)
    if (ids.text(i) == to_string(id)) tables.emplace_back(names.text(i));
  return value{column::of_strings(tables)};
}

/// What chunk_plan::parameters holds when the select has none: no names, no values.
std::string no_parameters() {
  auto both = column::make(type_id::any, 2);
  both->own_items()[0] = value{column::make(type_id::string)};
  both->own_items()[1] = value{column::make(type_id::any)};
  return encode(value{both});
}

/// Rows [offset, offset + length) of one chunk. `path` is taken for the sake of callers: the id says enough.
value read_chunk_function(call_context& context, arguments& args) {
  constexpr std::string_view name = "readTabletChunk";
  auto& node = *context.who.node;
  auto id = unwrap(parse_chunk_id(text_of_argument(args[0], name, "chunkId")));
  auto database = text_of_argument(args[1], name, "dbUrl"), table_name = text_of_argument(args[3], name, "table");
  auto offset = args[4].as_long(), length = args[5].as_long();
  if (offset < 0 || length < 0) throw script_error{ec::bad_argument, "readTabletChunk: offset and length must not be negative."};
  auto snapshot = unwrap(node.snapshot(database, table_name));
  for (size_t i = 0; i < snapshot.chunks.size(); ++i) {
    if (snapshot.chunks[i].id != id) continue;
    chunk_plan plan{database, table_name, "select * from _chunk", no_parameters(), {}};
    auto parts = unwrap(node.run_on_chunks(plan, snapshot, {i}, context.who));
    auto rows = parts.at(0).rows.as<table>();
    auto from = std::min(static_cast<size_t>(offset), rows->rows());
    return value{rows->slice(from, std::min(static_cast<size_t>(length), rows->rows() - from))};
  }
  throw script_error{ec::not_found, "readTabletChunk: " + database + "/" + table_name + " has no chunk " + to_string(id) + "."};
}

const function_entry table_of_browsing[] = {
    {"getDFSDirectoryContent", "getDFSDirectoryContent(path)",
     "What lies in a directory of the distributed file system, \"/\" being its root: a table of filename, filetype (0 directory, "
     "4 chunk), size (0: it is known to the data nodes only), chunks (the id of the chunk) and sites (\"node:version\" of each "
     "replica). A chunk stands under its table's name in the directory of its partition.",
     directory_function, 1, 1, impure,
     {{"typestr(getDFSDirectoryContent(\"/\"))", "IN-MEMORY TABLE"},
      {"getDFSDirectoryContent(\"/not there\")", "error: there is no directory /not there"}}},
    {"getTablesByTabletChunk", "getTablesByTabletChunk(chunkId)", "Names of the tables that a chunk of this node holds rows of.",
     tables_of_chunk_function, 1, 1, impure, {{"getTablesByTabletChunk(\"x\")", "error: "}}},
    {"readTabletChunk", "readTabletChunk(chunkId, dbUrl, path, table, offset, length)",
     "Rows of one chunk, from the row `offset` on.", read_chunk_function, 6, 6, impure,
     {{"readTabletChunk(\"x\", \"dfs://d\", \"/d\", \"t\", 0, 1)", "error: "}}},
};

} // namespace

function_family dfs_browse_functions() { return table_of_browsing; }

} // namespace pelorus
