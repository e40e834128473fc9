// Stored tables under change: upsert!, truncate, partitions that go and come, names and comments.
#include "query/functions/stored.hpp"

#include <algorithm>

#include "query/column_conversion.hpp"
#include "query/dictionary.hpp"
#include "query/functions/shapes.hpp"
#include "query/partitioned_table.hpp"
#include "query/services.hpp"
#include "query/stored_alter.hpp"
#include "query/stored_drop.hpp"
#include "query/upsert.hpp"
#include "storage/partition.hpp"

namespace pelorus {

namespace {

std::string path_of(const value& x, std::string_view function, std::string_view parameter) {
  if (auto db = x.as<database_handle>()) {
    if (!db->info.path.empty()) return db->info.path;
  } else if (x.is_text() && x.is_scalar() && x.text().starts_with("dfs://")) {
    return std::string{x.text()};
  }
  throw script_error{ec::bad_argument, std::string{function} + ": " + std::string{parameter} +
                                           " must be a path that starts with dfs:// or what database() gives."};
}

bool flag(const arguments& args, size_t i) { return is_given(args, i) && !args[i].is_void() && args[i].as_long() == 1; }

// -- rows -------------------------------------------------------------------------------------------------------

value upsert_function(call_context& context, arguments& args) {
  upsert_options options;
  options.ignore_null = flag(args, 2);
  if (is_given(args, 3) && !args[3].is_void()) options.keys = text_list(args[3], "upsert!", "keyColNames");
  if (is_given(args, 4) && !args[4].is_void()) options.sort_columns = text_list(args[4], "upsert!", "sortColumns");
  if (options.keys.empty()) throw script_error{ec::bad_argument, "upsert!: keyColNames must name at least one column."};
  if (!args[1].is_table()) throw script_error{ec::type_mismatch, "upsert!: newData must be a table."};
  auto rows = materialize(args[1], context.who);
  if (auto stored = args[0].as<partitioned_table>()) {
    upsert_into(context.who, *stored, *rows, options);
    return args[0];
  }
  auto t = table_argument(args[0], "upsert!", "obj");
  auto result = upsert_rows(*t, *convert_rows(t->schema(), *rows), options);
  for (size_t c = 0; c < t->width(); ++c) t->set(c, result->col(c));
  return args[0];
}

value truncate_function(call_context& context, arguments& args) {
  drop_stored_partitions(context.who, path_of(args[0], "truncate", "dbUrl"), text_of_argument(args[1], "truncate", "tableName"), {}, true);
  return value::nothing();
}

// -- partitions ---------------------------------------------------------------------------------------------------

/// Takes the keys of first-level VALUE partitions out of the scheme.
void forget_partitions(session& who, const database_info& db, const std::vector<std::string>& paths) {
  auto& level = db.levels.front();
  column_ptr keys;
  for (auto& path : paths) {
    if (level.kind != partition_type::value || path.find('/') != std::string::npos)
      throw script_error{ec::bad_argument, "dropPartition: deleteSchema needs partitionPaths of a VALUE scheme's first level."};
    auto range = unwrap(segment_keys(level, path));
    if (!keys) keys = column::make(level.key_type);
    unwrap(push_element(*keys, range.key));
  }
  if (keys) unwrap(who.node->change_scheme({db.path, 0, nullptr, unwrap(convert_column(keys, level.values->type()))}));
}

value drop_partition_function(call_context& context, arguments& args) {
  auto& who = context.who;
  auto db = unwrap(who.node->find_database(path_of(args[0], "dropPartition", "dbHandle")));
  auto paths = partition_paths(args[1], db);
  bool all_tables = !is_given(args, 2) || args[2].is_void() || (args[2].is_text() && args[2].text().empty());
  auto tables = all_tables ? unwrap(who.node->table_names(db.path))
                           : std::vector{text_of_argument(args[2], "dropPartition", "tableName")};
  if (flag(args, 4) && !all_tables)
    throw script_error{ec::bad_argument, "dropPartition: deleteSchema concerns all tables; leave tableName out."};
  size_t gone = 0;
  for (auto& table : tables) gone += drop_stored_partitions(who, db.path, table, paths, flag(args, 3));
  if (gone == 0 && !flag(args, 4))
    throw script_error{ec::not_found, "dropPartition: partitionPaths names no partition that has rows."};
  if (flag(args, 4)) forget_partitions(who, db, paths);
  return value::nothing();
}

size_t level_argument(const arguments& args, const database_info& db, std::string_view function) {
  auto level = is_given(args, 2) && !args[2].is_void() ? args[2].as_long() : 0;
  if (level < 0 || static_cast<size_t>(level) >= db.levels.size())
    throw script_error{ec::bad_argument, std::string{function} + ": level must be between 0 and " +
                                             std::to_string(db.levels.size() - 1) + "."};
  return static_cast<size_t>(level);
}

value add_partitions(call_context& context, arguments& args, std::string_view function, partition_type kind,
                     std::string_view parameter) {
  auto db = unwrap(context.who.node->find_database(path_of(args[0], function, "dbHandle")));
  auto level = level_argument(args, db, function);
  auto& scheme = db.levels[level];
  if (scheme.kind != kind)
    throw script_error{ec::bad_argument, std::string{function} + ": level " + std::to_string(level) + " of '" + db.path +
                                             "' is " + std::string{partition_type_name(scheme.kind)} + ", not " +
                                             std::string{partition_type_name(kind)} + "."};
  auto keys = args[1].is_vector() && args[1].type() != type_id::any ? args[1].vec_ptr()
              : args[1].is_pair()                                   ? std::make_shared<column>(args[1].vec())
              : args[1].is_scalar() && !args[1].is_void()           ? to_column(args[1])
                                                                    : nullptr;
  if (!keys || keys->empty())
    throw script_error{ec::type_mismatch, std::string{function} + ": " + std::string{parameter} + " must be a vector of keys."};
  auto converted = convert_column(keys, scheme.values->type());
  if (!converted)
    throw script_error{ec::type_mismatch, std::string{function} + ": " + std::string{parameter} + ": " + converted.error().message};
  unwrap(context.who.node->change_scheme({db.path, level, *converted, nullptr}));
  return value::nothing();
}

value add_values_function(call_context& context, arguments& args) {
  return add_partitions(context, args, "addValuePartitions", partition_type::value, "newValues");
}
value add_ranges_function(call_context& context, arguments& args) {
  return add_partitions(context, args, "addRangePartitions", partition_type::range, "newRanges");
}

// -- names ----------------------------------------------------------------------------------------------------------

value rename_table_function(call_context& context, arguments& args) {
  rename_stored_table(context.who, path_of(args[0], "renameTable", "dbHandle"),
                      text_of_argument(args[1], "renameTable", "tableName"),
                      text_of_argument(args[2], "renameTable", "newTableName"));
  return value::nothing();
}

value column_comment_function(call_context& context, arguments& args) {
  auto stored = args[0].as<partitioned_table>();
  auto comments = args[1].as<dictionary>();
  if (!stored) throw script_error{ec::type_mismatch, "setColumnComment: table must be what loadTable() gives."};
  if (!comments) throw script_error{ec::type_mismatch, "setColumnComment: columnComments must be a dictionary of column name to text."};
  std::vector<std::pair<std::string, std::string>> list;
  for (auto& name : text_list(value{comments->shown_keys()}, "setColumnComment", "columnComments")) {
    auto text = comments->get(name);
    if (!text.is_text()) throw script_error{ec::type_mismatch, "setColumnComment: columnComments: '" + name + "' must be text."};
    list.emplace_back(name, std::string{text.text()});
  }
  set_column_comments(context.who, *stored, list);
  return value::nothing();
}

value table_comment_function(call_context& context, arguments& args) {
  auto stored = args[0].as<partitioned_table>();
  if (!stored) throw script_error{ec::type_mismatch, "setTableComment: table must be what loadTable() gives."};
  set_table_comment(context.who, *stored, text_of_argument(args[1], "setTableComment", "comment"));
  return value::nothing();
}

const function_entry table_of_stored[] = {
    {"upsert!", "upsert!(obj, newData, [ignoreNull=false], [keyColNames], [sortColumns])",
     "Rows of `newData` replace those with the same key, the others are added; columns go by position. On a stored table keys "
     "hold within a partition and all is one transaction. With `ignoreNull` nulls leave old cells as they are; "
     "`sortColumns` orders the partitions that are written.",
     upsert_function, 2, 5, mutates_first | impure,
     {{"t = table(1 2 as k, 10 20 as v); upsert!(t, table(2 3 as k, 21 30 as v), , `k); exec v from t", "[10,21,30]"},
      {"upsert!(table(1 as k), table(1 as k))", "error: keyColNames must name"}}},
    {"truncate", "truncate(dbUrl, tableName)", "Removes all rows of a stored table in one transaction; the table stays.",
     truncate_function, 2, 2, impure, {{"truncate(\"x\", `t)", "error: dbUrl must be a path"}}},
    {"dropPartition", "dropPartition(dbHandle, partitionPaths, [tableName], [forceDelete=false], [deleteSchema=false])",
     "Removes partitions with their rows, one transaction a table; without `tableName` those of all tables. `partitionPaths`: "
     "\"/20230101/Key1\" or the beginning of such a path, or keys (a tuple of them for several levels). `forceDelete` also when "
     "no replica is alive; `deleteSchema` takes VALUE keys out of the scheme.",
     drop_partition_function, 2, 5, impure, {{"dropPartition(1, 2)", "error: dbHandle must be"}}},
    {"addValuePartitions", "addValuePartitions(dbHandle, newValues, [level=0], [locations])",
     "Keys join a VALUE level of the scheme; those that are there already are no error.", add_values_function, 2, 4, impure,
     {{"addValuePartitions(1, 2)", "error: dbHandle must be"}}},
    {"addRangePartitions", "addRangePartitions(dbHandle, newRanges, [level=0], [locations])",
     "Edges join the end of a RANGE level, ascending; the first may repeat the last one of the scheme.", add_ranges_function, 2,
     4, impure, {{"addRangePartitions(1, 2)", "error: dbHandle must be"}}},
    {"renameTable", "renameTable(dbHandle, tableName, newTableName)", "Gives a stored table another name.",
     rename_table_function, 3, 3, impure, {{"renameTable(1, `a, `b)", "error: dbHandle must be"}}},
    {"setColumnComment", "setColumnComment(table, columnComments)",
     "Comments of a stored table's columns: a dictionary of column name to text; schema() shows them.",
     column_comment_function, 2, 2, impure, {{"setColumnComment(1, 2)", "error: table must be"}}},
    {"setTableComment", "setTableComment(table, comment)", "The comment of a stored table; schema() shows it as tableComment.",
     table_comment_function, 2, 2, impure, {{"setTableComment(1, \"x\")", "error: table must be"}}},
};

} // namespace

function_family stored_functions() { return table_of_stored; }

} // namespace pelorus
