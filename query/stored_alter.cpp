#include "query/stored_alter.hpp"

#include <algorithm>

#include "query/script_error.hpp"
#include "query/services.hpp"

namespace pelorus {

namespace {

table_info newest(session& who, const partitioned_table& t) {
  return unwrap(who.node->find_table(t.info.database, t.info.name));
}

void alter(session& who, table_info info) {
  ++info.schema_version;
  unwrap(who.node->alter_table(info));
}

size_t position(const table_info& info, const std::string& name, const std::string& function) {
  auto found = std::find_if(info.columns.begin(), info.columns.end(), [&](auto& c) { return c.name == name; });
  if (found == info.columns.end())
    throw script_error{ec::not_found, function + ": table '" + info.name + "' has no column '" + name + "'."};
  return static_cast<size_t>(found - info.columns.begin());
}

void check_new_name(const table_info& info, const std::string& name, const std::string& function) {
  if (name.empty() || name.size() > 255 || std::any_of(name.begin(), name.end(), [](unsigned char b) { return b < 0x20; }))
    throw script_error{ec::bad_argument, function + ": '" + name + "' is not a column name; it must have 1 to 255 bytes "
                                             "and no control characters."};
  if (std::any_of(info.columns.begin(), info.columns.end(), [&](auto& c) { return c.name == name; }))
    throw script_error{ec::already_exists, function + ": there is a column '" + name + "' already."};
}

} // namespace

void add_stored_columns(session& who, const partitioned_table& t, const std::vector<std::string>& names,
                        const std::vector<type_id>& types) {
  auto info = newest(who, t);
  for (size_t i = 0; i < names.size(); ++i) {
    check_new_name(info, names[i], "addColumn");
    if (types[i] == type_id::any || types[i] == type_id::void_ || is_array(types[i]))
      throw script_error{ec::type_mismatch, "addColumn: colTypes: a column of type " + std::string{type_name(types[i])} +
                                                " cannot be stored."};
    column_schema added;
    added.name = names[i];
    added.type = types[i];
    // Versions of a schema never repeat, and names from scripts hold no control characters.
    added.stored = names[i] + '\x1f' + std::to_string(info.schema_version + 1);
    info.columns.push_back(std::move(added));
  }
  alter(who, std::move(info));
}

void drop_stored_columns(session& who, const partitioned_table& t, const std::vector<std::string>& names) {
  auto info = newest(who, t);
  for (auto& name : names) {
    auto at = static_cast<int32_t>(position(info, name, "dropColumns!"));
    auto& keys = info.partition_columns;
    if (std::find(keys.begin(), keys.end(), at) != keys.end())
      throw script_error{ec::not_supported, "dropColumns!: '" + name + "' is a partition column and must stay."};
    if (std::find(info.sort_columns.begin(), info.sort_columns.end(), name) != info.sort_columns.end())
      throw script_error{ec::not_supported, "dropColumns!: '" + name + "' is a sort column and must stay."};
    if (info.columns.size() == 1) throw script_error{ec::bad_argument, "dropColumns!: a table needs at least one column."};
    info.columns.erase(info.columns.begin() + at);
    for (auto& key : keys)
      if (key > at) --key;
  }
  alter(who, std::move(info));
}

void rename_stored_columns(session& who, const partitioned_table& t, const std::vector<std::string>& old_names,
                           const std::vector<std::string>& new_names) {
  auto info = newest(who, t);
  if (old_names.empty() ? new_names.size() > info.columns.size() : old_names.size() != new_names.size())
    throw script_error{ec::bad_argument, "rename!: as many new names as old ones are needed."};
  for (size_t i = 0; i < new_names.size(); ++i) {
    auto at = old_names.empty() ? i : position(info, old_names[i], "rename!");
    auto& column = info.columns[at];
    if (column.name == new_names[i]) continue;
    check_new_name(info, new_names[i], "rename!");
    column.stored = column.stored_name();
    for (auto& sorted : info.sort_columns)
      if (sorted == column.name) sorted = new_names[i];
    column.name = new_names[i];
  }
  alter(who, std::move(info));
}

void set_column_comments(session& who, const partitioned_table& t,
                         const std::vector<std::pair<std::string, std::string>>& comments) {
  auto info = newest(who, t);
  for (auto& [name, comment] : comments) info.columns[position(info, name, "setColumnComment")].comment = comment;
  alter(who, std::move(info));
}

void set_table_comment(session& who, const partitioned_table& t, std::string comment) {
  auto info = newest(who, t);
  info.comment = std::move(comment);
  alter(who, std::move(info));
}

void rename_stored_table(session& who, const std::string& database, const std::string& old_name, const std::string& new_name) {
  auto info = unwrap(who.node->find_table(database, old_name));
  if (new_name.empty()) throw script_error{ec::bad_argument, "renameTable: newTableName must not be empty."};
  info.name = new_name;
  alter(who, std::move(info));
}

} // namespace pelorus
