// t[..] for in-memory tables.
#pragma once

#include <span>
#include <string_view>

#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

struct session;

/// t[`c] is a column, t[`a`b] a table of columns, t[i] a row as dictionary, t[rows] and t[rows, columns] tables.
value table_at(const table_ptr& t, std::span<const value> indices, session& who);
/// t[`c]=x, t[`a`b]=[x, y], t[`c, rows]=x, t[rows, `c]=x; rows may be metacode of a condition. Scalars fill the column.
void assign_table(table& t, std::span<const value> indices, const value& x, session& who);
/// t.c = x: replaces or adds a column.
void assign_column(table& t, std::string_view name, const value& x);

} // namespace pelorus
