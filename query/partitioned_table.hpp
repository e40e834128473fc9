// Handles of stored databases and tables: what database() and loadTable() give a script. They hold metadata only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "query/session.hpp"
#include "storage/dfs.hpp"
#include "storage/object.hpp"
#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// A database on the cluster (path "dfs://..") or, with an empty path, one level of a COMPO scheme.
class database_handle final : public object {
public:
  explicit database_handle(database_info info) : info(std::move(info)) {}
  pelorus::form form() const override { return pelorus::form::sysobj; }
  type_id type() const override { return type_id::handle; }
  size_t size() const override { return 1; }
  const database_info info;
};

/// A table on the cluster. Selects on it are planned per chunk; its schema is that of the moment it was loaded.
class partitioned_table final : public object {
public:
  partitioned_table(table_info info) : info(std::move(info)) {}
  pelorus::form form() const override { return pelorus::form::table; }
  type_id type() const override { return type_id::dictionary; }
  size_t size() const override { return 0; }
  const table_info info;
};

/// "dfs://db" as it is; throws a script_error for what names no database.
std::string check_database_path(const std::string& path, std::string_view function);
/// "dfs://db" of a text or a handle.
std::string database_path(const value& x, std::string_view function);

struct stored_name {
  std::string database, table;
};
/// Of the arguments of loadTable and its like.
stored_name stored_table_name(const value& database, const value& table, std::string_view function);

/// The handle of a stored table; ec::not_found names database and table.
std::shared_ptr<partitioned_table> load_partitioned(session& who, const std::string& database,
                                                    const std::string& table);
/// Converts the columns to the table's types by position and appends them as one transaction. Answers the rows
/// written. Throws script_error naming the column that does not fit.
uint64_t append_to(session& who, const partitioned_table& to, const table& rows);
/// Columns under the names and types of `columns`, by position. Throws script_error.
table_ptr convert_rows(const schema& columns, const table& rows);

/// The rows of any table value: an in-memory table as it is, a stored one read completely.
table_ptr materialize(const value& x, session& who);
/// The same with only the wanted columns of a stored table (at least one).
table_ptr materialize(const value& x, session& who, const std::function<bool(std::string_view)>& is_wanted);

} // namespace pelorus
