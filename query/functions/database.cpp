// Databases and tables of the cluster: making, finding, describing and dropping them.
#include <algorithm>

#include "cfg/strings.hpp"
#include "query/dictionary.hpp"
#include "query/functions/registry.hpp"
#include "query/functions/shapes.hpp"
#include "query/partitioned_table.hpp"
#include "query/session.hpp"
#include "storage/codec.hpp"
#include "storage/partition.hpp"

namespace pelorus {

namespace {

// -- schemes ----------------------------------------------------------------------------------------------

partition_type kind_of(const value& x) {
  static constexpr std::pair<std::string_view, partition_type> names[] = {
      {"SEQ", partition_type::seq},   {"VALUE", partition_type::value}, {"RANGE", partition_type::range},
      {"LIST", partition_type::list}, {"COMPO", partition_type::compo}, {"HASH", partition_type::hash}};
  if (x.is_text()) {
    for (auto& [name, kind] : names)
      if (x.text() == name) return kind;
  } else if (x.is_scalar()) {
    auto code = x.as_long();
    if (code >= 0 && code <= 5) return static_cast<partition_type>(code);
  }
  throw script_error{ec::bad_argument, "database: partitionType must be SEQ, VALUE, RANGE, LIST, HASH or COMPO."};
}

/// Strings of a scheme are SYMBOL keys.
column_ptr scheme_keys(const value& x, std::string_view kind) {
  if (x.is_scalar() && !x.is_void()) return to_column(x);
  if (x.is_pair()) return std::make_shared<column>(x.vec());
  if (x.is_vector() && x.type() != type_id::any) return x.vec_ptr();
  throw script_error{ec::type_mismatch, "database: the scheme of " + std::string{kind} + " must be a vector."};
}

void list_scheme(partition_level& level, const value& scheme) {
  if (!scheme.is_vector())
    throw script_error{ec::type_mismatch, "database: the scheme of LIST must be a vector of scalars and vectors."};
  for (size_t i = 0; i < scheme.size(); ++i) level.lists.push_back(scheme_keys(element(scheme.vec(), i), "LIST"));
  if (!level.lists.empty()) level.key_type = level.lists.front()->type();
}

void hash_scheme(partition_level& level, const value& scheme) {
  if (!scheme.is_vector() || scheme.size() != 2)
    throw script_error{ec::type_mismatch, "database: the scheme of HASH is [type, number of partitions]."};
  level.key_type = static_cast<type_id>(element(scheme.vec(), 0).as_long());
  level.buckets = static_cast<int32_t>(element(scheme.vec(), 1).as_long());
}

partition_level level_of(partition_type kind, const value& scheme) {
  partition_level level;
  level.kind = kind;
  switch (kind) {
    case partition_type::value: case partition_type::range:
      level.values = scheme_keys(scheme, kind == partition_type::value ? "VALUE" : "RANGE");
      level.key_type = level.values->type();
      break;
    case partition_type::list: list_scheme(level, scheme); break;
    case partition_type::hash: hash_scheme(level, scheme); break;
    case partition_type::seq:
      level.buckets = static_cast<int32_t>(scheme.as_long());
      level.key_type = type_id::int_;
      break;
    case partition_type::compo: break;
  }
  return level;
}

std::vector<partition_level> levels_of(partition_type kind, const value& scheme) {
  std::vector<partition_level> levels;
  if (kind == partition_type::compo) {
    if (!scheme.is_vector() || scheme.type() != type_id::any)
      throw script_error{ec::type_mismatch, "database: the scheme of COMPO must be a vector of databases."};
    for (auto& part : scheme.vec().items()) {
      auto db = part.as<database_handle>();
      if (!db || db->info.levels.size() != 1)
        throw script_error{ec::type_mismatch, "database: the parts of COMPO must be databases of one level."};
      levels.push_back(db->info.levels.front());
    }
  } else {
    levels.push_back(level_of(kind, scheme));
  }
  if (auto wrong = check_levels(levels); !wrong.empty()) throw script_error{ec::bad_argument, "database: " + wrong};
  return levels;
}

// -- database ---------------------------------------------------------------------------------------------

std::string option(const arguments& args, size_t i, std::string_view name, std::string otherwise,
                   std::initializer_list<std::string_view> allowed) {
  if (!is_given(args, i) || args[i].is_void()) return otherwise;
  auto text = text_of_argument(args[i], "database", name);
  if (std::find(allowed.begin(), allowed.end(), text) == allowed.end())
    throw script_error{ec::bad_argument, "database: " + std::string{name} + " cannot be '" + text + "'."};
  return text;
}

value database_function(call_context& context, arguments& args) {
  auto path = is_given(args, 0) && !args[0].is_void() ? text_of_argument(args[0], "database", "directory") : "";
  auto has_scheme = is_given(args, 1);
  if (has_scheme && !is_given(args, 2))
    throw script_error{ec::bad_argument, "database: partitionType needs partitionScheme."};
  database_info info;
  info.path = path;
  if (has_scheme) info.levels = levels_of(kind_of(args[1]), args[2]);
  if (path.empty()) {
    if (!has_scheme) throw script_error{ec::bad_argument, "database: a path or a partition scheme is needed."};
    return value{std::make_shared<database_handle>(std::move(info))};
  }
  check_database_path(path, "database");
  auto known = context.who.node->find_database(path);
  if (known) {
    if (has_scheme && known->levels.size() != info.levels.size())
      throw script_error{ec::already_exists, "The database '" + path + "' exists with another partition scheme."};
    return value{std::make_shared<database_handle>(*std::move(known))};
  }
  if (known.error().code != ec::not_found) throw script_error{std::move(known).error()};
  if (!has_scheme) throw script_error{ec::not_found, "The database '" + path + "' does not exist."};
  info.engine = option(args, 4, "engine", "OLAP", {"OLAP", "TSDB"});
  info.atomic = option(args, 5, "atomic", "TRANS", {"TRANS", "CHUNK"});
  info.granularity = option(args, 6, "chunkGranularity", "TABLE", {"TABLE", "DATABASE"});
  info.owner = context.who.user;
  unwrap(context.who.node->create_database(info));
  return value{std::make_shared<database_handle>(unwrap(context.who.node->find_database(path)))};
}

value exists_database_function(call_context& context, arguments& args) {
  auto path = text_of_argument(args[0], "existsDatabase", "dbUrl");
  auto found = context.who.node->find_database(path);
  if (!found && found.error().code != ec::not_found) throw script_error{std::move(found).error()};
  return value::of_bool(found.has_value());
}

value drop_database_function(call_context& context, arguments& args) {
  unwrap(context.who.node->drop_database(database_path(args[0], "dropDatabase")));
  return value::nothing();
}

// -- tables -----------------------------------------------------------------------------------------------

value exists_table_function(call_context& context, arguments& args) {
  auto path = database_path(args[0], "existsTable");
  auto name = text_of_argument(args[1], "existsTable", "tableName");
  auto slash = path.find('/', 6);
  for (auto& candidate : {path, path.substr(0, slash)}) {
    auto found = context.who.node->find_table(candidate, name);
    if (found) return value::of_bool(true);
    if (found.error().code != ec::not_found) throw script_error{std::move(found).error()};
  }
  return value::of_bool(false);
}

value drop_table_function(call_context& context, arguments& args) {
  unwrap(context.who.node->drop_table(database_path(args[0], "dropTable"),
                                      text_of_argument(args[1], "dropTable", "tableName")));
  return value::nothing();
}

value load_table_function(call_context& context, arguments& args) {
  auto from = stored_table_name(args[0], args[1], "loadTable");
  return value{load_partitioned(context.who, from.database, from.table)};
}

const database_handle& handle_of(const value& x, std::string_view function) {
  auto db = x.as<database_handle>();
  if (!db) throw script_error{ec::type_mismatch, std::string{function} + ": dbHandle must be what database() gives."};
  if (db->info.path.empty())
    throw script_error{ec::not_supported, std::string{function} + ": in-memory databases are not supported."};
  return *db;
}

/// Compression as a dictionary of column to method.
void set_codecs(schema& columns, const value& methods, const std::string& function) {
  static constexpr std::string_view known[] = {"lz4", "zstd", "delta", "chimp"};
  auto d = methods.as<dictionary>();
  if (!d || !is_text(d->key_type()))
    throw script_error{ec::type_mismatch, function + ": compressMethods must be a dictionary of column name to method."};
  for (size_t i = 0; i < d->size(); ++i) {
    auto name = std::string{d->key_column()->text(i)};
    auto column = std::find_if(columns.begin(), columns.end(), [&](auto& c) { return c.name == name; });
    if (column == columns.end())
      throw script_error{ec::not_found, function + ": compressMethods names '" + name + "', which is not a column."};
    auto method = d->get(name);
    if (!method.is_text() || std::find(std::begin(known), std::end(known), method.text()) == std::end(known))
      throw script_error{ec::bad_argument, function + ": compressMethods: the method of column '" + name + "' is " +
                                               (method.is_text() ? "'" + std::string{method.text()} + "'" : "not a string") +
                                               "; it must be lz4, zstd, delta or chimp."};
    if (!fits(wish_of(method.text()), column->type))
      throw script_error{ec::type_mismatch, function + ": compressMethods: " + std::string{method.text()} +
                                                (method.text() == "chimp" ? " is for DOUBLE and FLOAT" : " is for integers and times") +
                                                ", but column '" + name + "' is " + std::string{type_name(column->type)} + "."};
    column->codec = std::string{method.text()};
  }
}

schema stored_schema(const table& t) {
  auto columns = t.schema();
  for (auto& c : columns) {
    if (c.type == type_id::any || c.type == type_id::void_)
      throw script_error{ec::type_mismatch, "Column '" + c.name + "' has type ANY, which cannot be stored."};
    if (c.name.empty() || c.name.size() > 255)
      throw script_error{ec::bad_argument, "A column name must have 1 to 255 bytes."};
  }
  return columns;
}

bool is_integer_or_time(type_id t) { return (is_integral(t) && t != type_id::bool_) || is_temporal(t); }
bool can_sort_by(type_id t) { return is_integer_or_time(t) || is_decimal(t) || t == type_id::string || t == type_id::symbol; }

void check_sort_columns(const table_info& info, const std::string& function) {
  auto& names = info.sort_columns;
  for (auto name = names.begin(); name != names.end(); ++name) {
    auto column = std::find_if(info.columns.begin(), info.columns.end(), [&](auto& c) { return c.name == *name; });
    if (column == info.columns.end())
      throw script_error{ec::not_found, function + ": sortColumns: there is no column '" + *name + "'."};
    if (std::find(names.begin(), name, *name) != name)
      throw script_error{ec::bad_argument, function + ": sortColumns names '" + *name + "' twice."};
    if (!can_sort_by(column->type))
      throw script_error{ec::type_mismatch, function + ": sortColumns: column '" + *name + "' is " +
                                                std::string{type_name(column->type)} +
                                                "; integers, times, decimals, STRING and SYMBOL can be sort columns."};
    if (names.size() > 1 && name + 1 == names.end() && !is_integer_or_time(column->type))
      throw script_error{ec::type_mismatch, function + ": sortColumns: the last of several columns must be an integer or a "
                                                "time, but '" + *name + "' is " + std::string{type_name(column->type)} + "."};
  }
}

std::string duplicates_mode(const value& x, const std::string& function) {
  static constexpr std::string_view modes[] = {"ALL", "FIRST", "LAST"};
  if (x.is_text()) {
    for (auto mode : modes)
      if (x.text() == mode) return std::string{mode};
  } else if (x.is_scalar() && is_integral(x.type()) && !x.is_null() && x.as_long() >= 0 && x.as_long() <= 2) {
    return std::string{modes[x.as_long()]};
  }
  throw script_error{ec::bad_argument, function + ": keepDuplicates must be ALL, FIRST or LAST."};
}

/// sortColumns and keepDuplicates, the arguments from `at` on.
void set_sorting(table_info& info, const database_info& db, const arguments& args, size_t at, const std::string& function) {
  bool is_tsdb = db.engine == "TSDB";
  if (is_given(args, at) && !args[at].is_void()) info.sort_columns = text_list(args[at], function, "sortColumns");
  if (is_tsdb && info.sort_columns.empty())
    throw script_error{ec::bad_argument, function + ": a table of the TSDB engine needs sortColumns."};
  if (!is_tsdb && !info.sort_columns.empty())
    throw script_error{ec::bad_argument, function + ": sortColumns needs a database of engine TSDB; '" + db.path + "' is " +
                                             db.engine + "."};
  check_sort_columns(info, function);
  if (!is_given(args, at + 1) || args[at + 1].is_void()) return;
  info.keep_duplicates = duplicates_mode(args[at + 1], function);
  if (!is_tsdb && info.keep_duplicates != "ALL")
    throw script_error{ec::bad_argument, function + ": keepDuplicates=" + info.keep_duplicates +
                                             " needs a database of engine TSDB; '" + db.path + "' is " + db.engine + "."};
}

/// Parameters that are documented and not there yet: what was asked for must not be lost without a word.
void refuse_given(const arguments& args, size_t at, const std::string& name, const std::string& function) {
  if (!is_given(args, at) || args[at].is_void()) return;
  if (args[at].type() == type_id::bool_ && args[at].is_scalar() && args[at].as_long() == 0) return;
  throw script_error{ec::not_supported, function + ": " + name + " is not supported yet; leave it out."};
}

value create_stored(call_context& context, const database_info& db, table_info info) {
  unwrap(context.who.node->create_table(info));
  return value{load_partitioned(context.who, db.path, info.name)};
}

value create_partitioned_function(call_context& context, arguments& args) {
  constexpr auto function = "createPartitionedTable";
  auto& db = handle_of(args[0], function).info;
  auto t = table_argument(args[1], function, "table");
  table_info info;
  info.database = db.path;
  info.name = text_of_argument(args[2], function, "tableName");
  info.columns = stored_schema(*t);
  auto by = is_given(args, 3) ? text_list(args[3], function, "partitionColumns") : std::vector<std::string>{};
  if (by.size() != db.levels.size() && db.levels.front().kind != partition_type::seq)
    throw script_error{ec::bad_argument, std::string{function} + ": the database has " +
                                             std::to_string(db.levels.size()) + " partition levels, but " +
                                             std::to_string(by.size()) + " partitionColumns were given."};
  for (size_t level = 0; level < by.size(); ++level) {
    auto at = t->find(by[level]);
    if (at < 0) throw script_error{ec::not_found, std::string{function} + ": there is no column '" + by[level] + "'."};
    auto empty = column::make(t->col(static_cast<size_t>(at))->type(), 0);
    if (auto cast = cast_keys(empty, db.levels[level].key_type); !cast)
      throw script_error{ec::type_mismatch, std::string{function} + ": column '" + by[level] +
                                                "' does not fit the partition scheme: " + cast.error().message};
    info.partition_columns.push_back(at);
  }
  if (is_given(args, 4) && !args[4].is_void()) set_codecs(info.columns, args[4], function);
  set_sorting(info, db, args, 5, function);
  refuse_given(args, 7, "sortKeyMappingFunction", function);
  refuse_given(args, 8, "softDelete", function);
  refuse_given(args, 9, "indexes", function);
  return create_stored(context, db, std::move(info));
}

value create_table_function(call_context& context, arguments& args) {
  auto& db = handle_of(args[0], "createTable").info;
  table_info info;
  info.database = db.path;
  info.columns = stored_schema(*table_argument(args[1], "createTable", "table"));
  info.name = text_of_argument(args[2], "createTable", "tableName");
  if (is_given(args, 3) && !args[3].is_void()) set_codecs(info.columns, args[3], "createTable");
  set_sorting(info, db, args, 4, "createTable");
  return create_stored(context, db, std::move(info));
}

// -- schema -----------------------------------------------------------------------------------------------

table_ptr column_definitions(const schema& columns, bool stored) {
  auto names = column::make(type_id::string, 0), types = column::make(type_id::string, 0);
  auto ids = column::make(type_id::int_, 0), comments = column::make(type_id::string, 0);
  auto extras = column::make_null(type_id::int_, columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    auto& c = columns[i];
    names->push_text(c.name);
    auto text = std::string{type_name(c.type)};
    if (is_decimal(c.type)) {
      text += "(" + std::to_string(c.scale) + ")";
      unwrap(set_element(*extras, i, value::of_int(c.scale)));
    }
    types->push_text(text);
    ids->push<int32_t>(static_cast<int32_t>(c.type));
    comments->push_text(c.comment);
  }
  auto result = std::make_shared<table>(std::vector<std::string>{"name", "typeString", "typeInt", "extra"},
                                        std::vector<column_ptr>{names, types, ids, extras});
  if (stored) result->add("comment", comments);
  else result->add("comment", comments);
  return result;
}

/// One value for one level, a vector (or tuple) for several.
value per_level(const std::vector<value>& levels) {
  if (levels.size() == 1) return levels.front();
  auto scalars = std::all_of(levels.begin(), levels.end(), [](const value& x) { return x.is_scalar(); });
  if (scalars) return value{concatenate(levels, {}, false)};
  auto tuple = column::make(type_id::any, 0);
  for (auto& x : levels) unwrap(push_element(*tuple, x));
  return value{tuple};
}

value scheme_value(const partition_level& level) {
  switch (level.kind) {
    case partition_type::hash: case partition_type::seq: return value::of_int(level.buckets);
    case partition_type::list: {
      auto tuple = column::make(type_id::any, 0);
      for (auto& keys : level.lists) unwrap(push_element(*tuple, value{keys}));
      return value{tuple};
    }
    default: return value{level.values};
  }
}

void describe_levels(dictionary& d, const database_info& db) {
  std::vector<value> kinds, names, schemes, types;
  for (auto& level : db.levels) {
    kinds.push_back(value::of_int(static_cast<int32_t>(level.kind)));
    names.push_back(value::of_text(partition_type_name(level.kind)));
    schemes.push_back(scheme_value(level));
    types.push_back(value::of_int(static_cast<int32_t>(level.key_type)));
  }
  d.set("partitionType", per_level(kinds));
  d.set("partitionTypeName", per_level(names));
  d.set("partitionSchema", per_level(schemes));
  d.set("partitionColumnType", per_level(types));
  d.set("partitionSites", value{});
}

value schema_of_database(const database_info& db) {
  auto d = std::make_shared<dictionary>(type_id::string, type_id::any, true);
  d->set("databaseDir", value::of_text(db.path));
  d->set("databaseOwner", value::of_text(db.owner));
  d->set("engineType", value::of_text(db.engine));
  d->set("atomic", value::of_text(db.atomic));
  d->set("chunkGranularity", value::of_text(db.granularity));
  describe_levels(*d, db);
  return value{d};
}

/// "/path" -> "TABLE" or "DATABASE", by path.
value granularity_function(call_context& context, arguments&) {
  auto& node = *context.who.node;
  auto d = std::make_shared<dictionary>(type_id::string, type_id::string, true);
  for (auto& path : unwrap(node.database_paths()))
    d->set(path.substr(std::string_view{"dfs:/"}.size()), value::of_text(unwrap(node.find_database(path)).granularity));
  return value{d};
}

value schema_of_stored(call_context& context, const partitioned_table& handle) {
  auto info = unwrap(context.who.node->find_table(handle.info.database, handle.info.name));
  auto db = unwrap(context.who.node->find_database(handle.info.database));
  auto d = std::make_shared<dictionary>(type_id::string, type_id::any, true);
  d->set("engineType", value::of_text(db.engine));
  d->set("keepDuplicates", value::of_text(info.keep_duplicates));
  d->set("chunkGranularity", value::of_text(db.granularity));
  d->set("tableOwner", value::of_text(db.owner));
  d->set("tableComment", value::of_text(info.comment));
  d->set("colDefs", value{column_definitions(info.columns, true)});
  if (!info.sort_columns.empty()) d->set("sortColumns", value{column::of_strings(info.sort_columns)});
  if (info.partition_columns.empty()) {
    d->set("partitionColumnIndex", value::of_int(-1));
    return value{d};
  }
  std::vector<value> indexes, names;
  for (auto i : info.partition_columns) {
    indexes.push_back(value::of_int(i));
    names.push_back(value::of_text(info.columns[static_cast<size_t>(i)].name));
  }
  d->set("partitionColumnIndex", per_level(indexes));
  d->set("partitionColumnName", per_level(names));
  describe_levels(*d, db);
  std::vector<value> types;  // of the columns, which clients convert to
  for (auto i : info.partition_columns)
    types.push_back(value::of_int(static_cast<int32_t>(info.columns[static_cast<size_t>(i)].type)));
  d->set("partitionColumnType", per_level(types));
  return value{d};
}

value schema_function(call_context& context, arguments& args) {
  if (auto db = args[0].as<database_handle>()) return schema_of_database(db->info);
  if (auto stored = args[0].as<partitioned_table>()) return schema_of_stored(context, *stored);
  auto t = table_argument(args[0], "schema", "X");
  auto d = std::make_shared<dictionary>(type_id::string, type_id::any, true);
  d->set("chunkPath", value{});
  d->set("partitionColumnIndex", value::of_int(-1));
  d->set("colDefs", value{column_definitions(t->schema(), false)});
  return value{d};
}

// -- lists ------------------------------------------------------------------------------------------------

value cluster_databases_function(call_context& context, arguments&) {
  return value{column::of_strings(unwrap(context.who.node->database_paths()))};
}

value cluster_tables_function(call_context& context, arguments&) {
  std::vector<std::string> result;
  for (auto& path : unwrap(context.who.node->database_paths()))
    for (auto& name : unwrap(context.who.node->table_names(path))) result.push_back(path + "/" + name);
  return value{column::of_strings(result)};
}

value tables_function(call_context& context, arguments& args) {
  return value{column::of_strings(unwrap(context.who.node->table_names(database_path(args[0], "getTables"))))};
}

const function_entry table_of_databases[] = {
    {"database",
     "database(directory, [partitionType], [partitionScheme], [locations], [engine='OLAP'], [atomic='TRANS'], "
     "[chunkGranularity='TABLE'])",
     "Creates a database on the cluster, or gives the handle of an existing one. With an empty path it is one level of a "
     "COMPO scheme.",
     database_function, 0, 7, impure, {{"typestr(database(, VALUE, 1..3)) != \"\"", "true"}}},
    {"existsDatabase", "existsDatabase(dbUrl)", "Whether there is such a database on the cluster.",
     exists_database_function, 1, 1, impure, {{"existsDatabase(\"dfs://noSuchDatabase\")", "false"}}},
    {"dropDatabase", "dropDatabase(dbUrl)", "Removes a database with all its tables.", drop_database_function, 1, 1,
     impure, {{"dropDatabase(\"relative\")", "error: must start with dfs://"}}},
    {"existsTable", "existsTable(dbUrl, tableName)", "Whether the database has such a table.", exists_table_function, 2,
     2, impure, {{"existsTable(\"dfs://noSuchDatabase\", `t)", "false"}}},
    {"dropTable", "dropTable(dbHandle, tableName)", "Removes a table of the cluster.", drop_table_function, 2, 2, impure,
     {{"dropTable(\"relative\", `t)", "error: must start with dfs://"}}},
    {"loadTable", "loadTable(database, tableName, [partitions], [memoryMode=false])",
     "The handle of a table of the cluster; reads metadata only.", load_table_function, 2, 4, impure,
     {{"loadTable(\"dfs://noSuchDatabase\", `t)", "error: "}}},
    {"createPartitionedTable",
     "createPartitionedTable(dbHandle, table, tableName, [partitionColumns], [compressMethods], [sortColumns], "
     "[keepDuplicates='ALL'], [sortKeyMappingFunction], [softDelete], [indexes])",
     "Creates a partitioned table with the columns of `table`.", create_partitioned_function, 3, 10, impure,
     {{"createPartitionedTable(1, table(1 as x), `t, `x)", "error: dbHandle must be what database"}}},
    {"createTable",
     "createTable(dbHandle, table, tableName, [compressMethods], [sortColumns], [keepDuplicates='ALL'])",
     "Creates a table without partitions on the cluster.", create_table_function, 3, 6, impure,
     {{"createTable(1, table(1 as x), `t)", "error: dbHandle must be what database"}}, {"createDimensionTable"}},
    {"schema", "schema(X)", "A dictionary that describes a table or database: colDefs, partition scheme, engine.",
     schema_function, 1, 1, impure, {{"exec name from schema(table(1 as a, 2 as b)).colDefs", "[\"a\",\"b\"]"}}},
    {"getClusterDFSDatabases", "getClusterDFSDatabases([includeSysDb=false])", "Paths of the cluster's databases.",
     cluster_databases_function, 0, 1, impure, {{"size(getClusterDFSDatabases()) >= 0", "true"}}, {"getDFSDatabases"}},
    {"getAllDBGranularity", "getAllDBGranularity()",
     "A dictionary from each database's path without dfs:/ to the granularity of its chunks, TABLE or DATABASE.", granularity_function, 0, 0,
     impure, {{"getAllDBGranularity(1)", "error: "}}},
    {"getClusterDFSTables", "getClusterDFSTables([includeSysTable=true])",
     "The cluster's tables as \"dfs://database/table\".", cluster_tables_function, 0, 1, impure,
     {{"size(getClusterDFSTables()) >= 0", "true"}}},
    {"getTables", "getTables(dbHandle)", "Names of the tables of a database.", tables_function, 1, 1, impure,
     {{"getTables(\"relative\")", "error: must start with dfs://"}}, {"getDFSTablesByDatabase"}},
};

} // namespace

function_family database_functions() { return table_of_databases; }

} // namespace pelorus
