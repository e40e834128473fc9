#include "query/functions/append.hpp"

#include <algorithm>

#include "query/column_conversion.hpp"
#include "query/functions/shapes.hpp"
#include "query/matrix.hpp"
#include "query/partitioned_table.hpp"
#include "query/select_pipeline.hpp"
#include "query/sql_change.hpp"

namespace pelorus {

namespace {

/// Elements to append to a vector of the given type.
column_ptr elements_for(const column& to, const value& x, std::string_view function) {
  auto fail = [&] {
    throw script_error{ec::type_mismatch, std::string{function} + ": a " + std::string{type_name(x.type())} +
                                              " does not fit a " + std::string{type_name(to.type())} + " vector."};
  };
  if (is_array(to.type())) {
    if (x.is_vector() && is_array(x.type())) return unwrap(convert_column(x.vec_ptr(), to.type(), to.scale()));
    auto rows = column::make(to.type(), 0, to.scale());
    auto add_row = [&](const value& row) {  // a scalar or vector is one row
      auto items = row.is_scalar() ? to_column(row) : row.is_vector() ? row.vec_ptr() : nullptr;
      if (!items) fail();
      auto one = column::make(to.type(), 1, to.scale());
      one->mutable_data<int64_t>()[0] = static_cast<int64_t>(items->size());
      one->set_child(unwrap(convert_column(items, element_of(to.type()), to.scale())));
      rows->append(*one);
    };
    if (x.is_vector() && x.type() == type_id::any)
      for (auto& row : x.vec().items()) add_row(row);
    else add_row(x);
    return rows;
  }
  if (x.is_scalar()) {
    if (x.is_void()) return column::make_null(to.type(), 1, to.scale());
    return unwrap(convert_column(to_column(x), to.type(), to.scale()));
  }
  if (!x.is_vector() && !x.is_pair()) fail();
  return unwrap(convert_column(std::make_shared<column>(x.vec()), to.type(), to.scale()));
}

void append_to_vector(value& x, const value& y, std::string_view function) {
  if (x.type() == type_id::any) {
    unwrap(push_element(x.own_vec(), y));
    return;
  }
  auto more = elements_for(x.vec(), y, function);
  auto no_nulls = !x.vec().may_have_nulls() && !more->may_have_nulls();
  auto& to = x.own_vec();
  to.append(*more);
  if (no_nulls) to.set_no_nulls();
}

void append_to_matrix(matrix& m, const value& y, std::string_view function) {
  for (auto& c : y.as<matrix>() ? columns_of(y) : std::vector<column_ptr>{y.is_vector() ? y.vec_ptr() : nullptr}) {
    if (!c || c->size() != m.rows())
      throw script_error{ec::type_mismatch, std::string{function} + ": the columns must have as many elements as the matrix has rows."};
    m.append_columns(*unwrap(convert_column(c, m.type())));
  }
}

} // namespace

value append_function(call_context& context, arguments& args) {
  auto& x = args[0];
  if (auto stored = x.as<partitioned_table>()) {
    append_to(context.who, *stored, *materialize(args[1], context.who));
  } else if (auto t = x.as<table>()) {
    if (args[1].is_table()) {
      append_rows(*t, *materialize(args[1], context.who));
    } else {
      if (!args[1].is_vector() || args[1].type() != type_id::any || args[1].size() != t->width())
        throw script_error{ec::type_mismatch, "append!: a table takes a table or a tuple of its columns."};
      result_columns columns;
      for (size_t c = 0; c < t->width(); ++c) columns.add(t->name(c), args[1].vec().items()[c]);
      append_rows(*t, *make_table(std::move(columns)));
    }
  } else if (auto m = x.as<matrix>()) {
    append_to_matrix(*m, args[1], "append!");
  } else if (x.is_vector()) {
    append_to_vector(x, args[1], "append!");
  } else {
    throw script_error{ec::type_mismatch, "append!(obj, newData): obj must be a vector, matrix or table."};
  }
  return x;
}

} // namespace pelorus
