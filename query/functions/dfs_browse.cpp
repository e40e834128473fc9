// The distributed file system as directories, and the chunks of this node: what consoles browse.
#include <algorithm>
#include <map>
#include <optional>

#include "query/functions/registry.hpp"
#include "query/functions/shapes.hpp"
#include "query/row_table.hpp"
#include "query/session.hpp"
#include "query/wire.hpp"
#include "storage/chunk_words.hpp"

namespace pelorus {

namespace {

/// What an entry of a directory is; the numbers that consoles know.
enum class entry_kind : int32_t { directory = 0, chunk = 4 };

/// A chunk, or a directory with the sums of what lies below it.
struct entry {
  std::optional<chunk_info> chunk;
  uint64_t chunks = 0, rows = 0;
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

/// "alias:version" of each replica, with `health` also ":" and whether it is damaged.
std::string sites_of(const chunk_info& chunk, bool health) {
  std::string text;
  for (auto& replica : chunk.replicas) {
    text += (text.empty() ? "" : ",") + replica.node + ":" + std::to_string(replica.version);
    if (health) text += replica.corrupted ? ":true" : ":false";
  }
  return text;
}

/// Chunks of one table in `directory`; a chunk is a file named after its table in the directory of its partition.
void add_chunks(const table_snapshot& of, const std::string& directory, listing& out) {
  auto database = normalized(of.database.path);
  for (auto& chunk : of.chunks) {
    auto place = chunk.partition.empty() ? database : database + "/" + chunk.partition;
    if (place == directory) {
      out.insert_or_assign(of.table.name, entry{chunk, 1, chunk.rows});
    } else if (auto name = child_of(directory, place); !name.empty()) {
      auto& below = out[name];
      ++below.chunks;
      below.rows += chunk.rows;
    }
  }
}

/// Calls `body` with the snapshot of each table of the database; one that is dropped meanwhile is left out.
template <class F>
void for_each_table(call_context& context, const std::string& database, F&& body) {
  auto& node = *context.who.node;
  for (auto& table : unwrap(node.table_names(database))) {
    context.check_cancelled();
    if (auto snapshot = node.snapshot(database, table)) body(*snapshot);
    else if (snapshot.error().code != ec::not_found) throw script_error{snapshot.error()};
  }
}

table_ptr table_of_listing(const listing& found, bool of_root) {
  row_table rows{{"filename", type_id::string}, {"filetype", type_id::int_}, {"size", type_id::long_},
                 {"chunks", type_id::string}, {"sites", type_id::string}, {"chunkCount", type_id::long_},
                 {"rows", type_id::long_}, {"version", type_id::int_}, {"state", type_id::string},
                 {"replicas", type_id::string}, {"lastUpdated", type_id::timestamp}};
  auto count = [&](uint64_t n) { return of_root ? value{} : value::of_long(static_cast<int64_t>(n)); };
  auto text = [](std::string_view x) { return value::of_text(std::string{x}); };
  for (auto& [name, one] : found) {
    auto kind = value::of_int(static_cast<int32_t>(one.chunk ? entry_kind::chunk : entry_kind::directory));
    if (auto& chunk = one.chunk)
      rows.add({text(name), kind, value::of_long(0), text(to_string(chunk->id)), text(sites_of(*chunk, false)), count(1),
                count(chunk->rows), value::of_int(static_cast<int32_t>(chunk->version)), text(state_name(chunk->state)),
                text(sites_of(*chunk, true)), value::integral(type_id::timestamp, chunk->updated_ms)});
    else
      rows.add({text(name), kind, value::of_long(0), text(""), text(""), count(one.chunks), count(one.rows), value{}, text(""),
                text(""), value{}});
  }
  return rows.take();
}

value directory_function(call_context& context, arguments& args) {
  auto& node = *context.who.node;
  auto directory = normalized(text_of_argument(args[0], "getDFSDirectoryContent", "path"));
  auto only = is_given(args, 1) ? text_of_argument(args[1], "getDFSDirectoryContent", "tableName") : std::string{};
  listing found;
  bool exists = directory.empty();
  for (auto& path : unwrap(node.database_paths())) {
    auto database = normalized(path);
    if (auto name = child_of(directory, database); !name.empty()) found.try_emplace(name);
    if (directory != database && !directory.starts_with(database + "/")) continue;
    exists |= directory == database;
    if (only.empty()) for_each_table(context, path, [&](const table_snapshot& of) { add_chunks(of, directory, found); });
    else add_chunks(unwrap(node.snapshot(path, only)), directory, found);
  }
  if (found.empty() && !exists)
    throw script_error{ec::not_found, "getDFSDirectoryContent: there is no directory " + directory + "."};
  return value{table_of_listing(found, directory.empty())};
}

/// The nodes that hold a chunk, and those of them that are behind: both in order, separated by commas.
struct placement {
  std::string database, replicas, behind;
  auto operator<=>(const placement&) const = default;
};

placement placement_of(const std::string& database, const chunk_info& chunk) {
  std::vector<std::pair<std::string_view, bool>> nodes;
  for (auto& replica : chunk.replicas) nodes.emplace_back(replica.node, is_behind(chunk, replica));
  std::sort(nodes.begin(), nodes.end());
  placement place{database, {}, {}};
  auto join = [](std::string& to, std::string_view name) { to.append(to.empty() ? "" : ",").append(name); };
  for (auto& [name, behind] : nodes) {
    join(place.replicas, name);
    if (behind) join(place.behind, name);
  }
  return place;
}

value placement_function(call_context& context, arguments& args) {
  auto wanted = is_given(args, 0) ? std::vector{text_of_argument(args[0], "getReplicaPlacement", "dbUrl")}
                                  : unwrap(context.who.node->database_paths());
  std::map<placement, entry> sums;
  for (auto& path : wanted)
    for_each_table(context, path, [&](const table_snapshot& of) {
      for (auto& chunk : of.chunks) {
        auto& sum = sums[placement_of(path, chunk)];
        ++sum.chunks;
        sum.rows += chunk.rows;
      }
    });
  row_table rows{{"database", type_id::string}, {"replicas", type_id::string}, {"behind", type_id::string},
                 {"chunks", type_id::long_}, {"rows", type_id::long_}};
  for (auto& [place, sum] : sums)
    rows.add({value::of_text(place.database), value::of_text(place.replicas), value::of_text(place.behind),
              value::of_long(static_cast<int64_t>(sum.chunks)), value::of_long(static_cast<int64_t>(sum.rows))});
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
    {"getDFSDirectoryContent", "getDFSDirectoryContent(path, [tableName])",
     "What lies in a directory of the distributed file system, \"/\" being its root: a table of filename, filetype (0 directory, "
     "4 chunk), size (0: it is known to the data nodes only), chunks (the id of the chunk) and sites (\"node:version\" of each "
     "replica); then chunkCount and rows (of a directory what lies below it, null in the root), and of a chunk version, state, "
     "replicas (\"node:version:damaged\") and lastUpdated (UTC). A chunk stands under its table's name in the directory of its "
     "partition; with `tableName` only those of that table are looked at.",
     directory_function, 1, 2, impure,
     {{"typestr(getDFSDirectoryContent(\"/\"))", "IN-MEMORY TABLE"},
      {"getDFSDirectoryContent(\"/not there\")", "error: there is no directory /not there"}}},
    {"getReplicaPlacement", "getReplicaPlacement([dbUrl])",
     "How the chunks of all databases, or of one, lie on the data nodes. A row for each set of nodes that hold chunks: database, "
     "replicas (aliases separated by commas), behind (those of them that are damaged or lack the newest commits), chunks, rows.",
     placement_function, 0, 1, impure, {{"cols(getReplicaPlacement())", "5"}}},
    {"getTablesByTabletChunk", "getTablesByTabletChunk(chunkId)", "Names of the tables that a chunk of this node holds rows of.",
     tables_of_chunk_function, 1, 1, impure, {{"getTablesByTabletChunk(\"x\")", "error: "}}},
    {"readTabletChunk", "readTabletChunk(chunkId, dbUrl, path, table, offset, length)",
     "Rows of one chunk, from the row `offset` on.", read_chunk_function, 6, 6, impure,
     {{"readTabletChunk(\"x\", \"dfs://d\", \"/d\", \"t\", 0, 1)", "error: "}}},
};

} // namespace

function_family dfs_browse_functions() { return table_of_browsing; }

} // namespace pelorus
