// What the codec needs to know of dictionaries, sets, matrices, functions and table handles.
#pragma once

#include <string>
#include <string_view>

#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {
struct session;
}

namespace pelorus::wire {

struct matrix_parts {
  size_t rows = 0, columns = 0;
  column_ptr cells;  ///< column-major
  column_ptr row_labels, column_labels;  ///< null: none
};
struct dictionary_parts {
  column_ptr keys, values;
};

matrix_parts parts_of_matrix(const value& x);
column_ptr keys_of_set(const value& x);
dictionary_parts parts_of_dictionary(const value& x);
/// The rows of a table; a handle of a partitioned table gives its columns without rows, as DolphinDB does.
table_ptr table_to_send(const value& x);

/// True for scalars that are objects: functions, metacode, handles.
bool is_object_scalar(const value& x);
void put_object_scalar(std::string& out, const value& x);
/// A short text for objects that have no place in the protocol.
std::string text_of_object(const value& x);

/// The type a vector is announced as; metacode and other odd element types as ANY.
type_id wire_type(const column& col);
bool can_compress(const column& col);
/// A SYMBOL column whose dictionary holds hardly more than the strings it uses.
column_ptr with_own_symbols(const column_ptr& col);

value make_matrix_value(matrix_parts parts);
value make_set_value(column_ptr keys);
value make_dictionary_value(dictionary_parts parts, form f);
/// A FUNCTIONDEF by its text: the name of a registered function or of a variable of `who`, or an expression that gives a
/// function; without `who` only one that can be made without running anything.
value make_function_value(std::string_view text, session* who);
/// A CODE scalar: metacode by its text.
value make_code_value(std::string_view text);

} // namespace pelorus::wire
