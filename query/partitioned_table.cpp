#include "query/partitioned_table.hpp"

#include "query/column_conversion.hpp"
#include "query/functions/shapes.hpp"
#include "query/interpreter.hpp"
#include "query/plan.hpp"
#include "query/script_error.hpp"
#include "query/select_from.hpp"

namespace pelorus {

std::string check_database_path(const std::string& path, std::string_view function) {
  constexpr std::string_view scheme = "dfs://";
  if (!path.starts_with(scheme) || path.size() == scheme.size())
    throw script_error{ec::bad_argument, std::string{function} + ": the path '" + path +
                                             "' must start with dfs:// and name a database."};
  return path;
}

std::string database_path(const value& x, std::string_view function) {
  if (auto db = x.as<database_handle>()) return db->info.path;
  return check_database_path(text_of_argument(x, function, "dbUrl"), function);
}

stored_name stored_table_name(const value& database, const value& table, std::string_view function) {
  return {database_path(database, function), text_of_argument(table, function, "tableName")};
}

std::shared_ptr<partitioned_table> load_partitioned(session& who, const std::string& database,
                                                    const std::string& table) {
  return std::make_shared<partitioned_table>(unwrap(who.node->find_table(database, table)));
}

table_ptr convert_rows(const schema& columns, const table& rows) {
  if (rows.width() != columns.size())
    throw script_error{ec::type_mismatch,
                       rows.width() < columns.size()
                           ? std::string{"The data to append contains fewer columns than the schema."}
                           : "The data to append has " + std::to_string(rows.width()) + " columns, the table has " +
                                 std::to_string(columns.size()) + "."};
  auto result = std::make_shared<table>();
  for (size_t c = 0; c < columns.size(); ++c) {
    auto converted = convert_column(rows.col(c), columns[c].type, columns[c].scale);
    if (!converted)
      throw script_error{ec::type_mismatch, "Column '" + columns[c].name + "': " + converted.error().message};
    result->add(columns[c].name, *std::move(converted));
  }
  return result;
}

uint64_t append_to(session& who, const partitioned_table& to, const table& rows) {
  auto info = unwrap(who.node->find_table(to.info.database, to.info.name));  // columns may have been added
  auto converted = convert_rows(info.columns, rows);
  if (converted->rows() == 0) return 0;
  return unwrap(who.node->append(info.database, info.name, converted));
}

table_ptr materialize(const value& x, session& who) {
  return materialize(x, who, [](std::string_view) { return true; });
}

table_ptr materialize(const value& x, session& who, const std::function<bool(std::string_view)>& is_wanted) {
  if (auto t = x.as<table>()) return t;
  auto stored = x.as<partitioned_table>();
  if (!stored) throw script_error{ec::type_mismatch, "A table is needed here."};
  select_node wanted{text_position{}};
  for (auto& c : stored->info.columns)
    if (is_wanted(c.name)) wanted.items.push_back(std::make_shared<name_node>(text_position{}, c.name));
  from_clause from;
  from.stored = stored;
  evaluator eval{who};
  if (wanted.items.empty() || wanted.items.size() == stored->info.columns.size()) return all_rows(from, eval);
  return execute_distributed(wanted, from, eval);
}

} // namespace pelorus
