// Columns and names of stored tables: added, dropped, renamed. Data stays where it is.
//
// A column keeps the name that its segments store it by for ever (column_schema::stored); one that is added gets a name that
// no column of the table had before. So a dropped column never comes back, and a renamed one loses nothing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "query/partitioned_table.hpp"

namespace pelorus {

// All throw script_error naming function and column; conflict when the table was altered by somebody else meanwhile.
void add_stored_columns(session& who, const partitioned_table& t, const std::vector<std::string>& names,
                        const std::vector<type_id>& types);
void drop_stored_columns(session& who, const partitioned_table& t, const std::vector<std::string>& names);
/// Without old names the first columns are renamed.
void rename_stored_columns(session& who, const partitioned_table& t, const std::vector<std::string>& old_names,
                           const std::vector<std::string>& new_names);
void set_column_comments(session& who, const partitioned_table& t,
                         const std::vector<std::pair<std::string, std::string>>& comments);
void set_table_comment(session& who, const partitioned_table& t, std::string comment);
void rename_stored_table(session& who, const std::string& database, const std::string& old_name, const std::string& new_name);

} // namespace pelorus
