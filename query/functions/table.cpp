// In-memory tables: making them, and changing their columns and rows.
#include <algorithm>

#include "query/stored_alter.hpp"
#include "query/column_conversion.hpp"
#include "query/dictionary.hpp"
#include "query/functions/append.hpp"
#include "query/functions/registry.hpp"
#include "query/functions/shapes.hpp"
#include "query/matrix.hpp"
#include "query/partitioned_table.hpp"
#include "query/select_pipeline.hpp"
#include "query/sort.hpp"
#include "query/sql_change.hpp"

namespace pelorus {

namespace {

// -- table(..) --------------------------------------------------------------------------------------------

/// Types as constants (`INT`), numbers or names.
std::vector<type_id> type_list(const value& x, std::string_view function) {
  std::vector<type_id> result;
  auto add = [&](const value& t) {
    if (t.is_text()) result.push_back(unwrap(type_from_name(t.text())));
    else result.push_back(static_cast<type_id>(t.as_long()));
  };
  if (x.is_vector())
    for (size_t i = 0; i < x.size(); ++i) add(element(x.vec(), i));
  else if (x.is_scalar()) add(x);
  else throw script_error{ec::type_mismatch, std::string{function} + ": colTypes must be types."};
  return result;
}

/// table(capacity:size, names, types).
value empty_table(arguments& args) {
  if (args.size() != 3)
    throw script_error{ec::bad_argument, "table(capacity:size, colNames, colTypes) takes three arguments."};
  auto capacity = element(args[0].vec(), 0).as_long(), size = element(args[0].vec(), 1).as_long();
  auto names = text_list(args[1], "table", "colNames");
  auto types = type_list(args[2], "table");
  if (names.size() != types.size())
    throw script_error{ec::bad_argument, "table: colNames and colTypes must have the same length."};
  auto result = std::make_shared<table>();
  for (size_t i = 0; i < names.size(); ++i) {
    auto scale = 0;
    auto col = size > 0 ? column::make_null(types[i], static_cast<size_t>(size), scale)
                        : column::make(types[i], 0, scale);
    if (capacity > 0 && capacity <= 10'000'000) col->reserve(static_cast<size_t>(capacity));
    result->add(names[i], col);
  }
  return value{result};
}

value table_of_dictionary(const dictionary& d) {
  result_columns columns;
  auto keys = d.shown_keys(), values = d.shown_values();
  for (size_t i = 0; i < keys->size(); ++i) columns.add(std::string{keys->text(i)}, element(*values, i));
  return value{make_table(std::move(columns))};
}

value make_table_function(call_context& context, arguments& args) {
  if (args.size() == 3 && args[0].is_pair() && args[1].is_vector() && is_text(args[1].type())) return empty_table(args);
  if (args.size() == 3 && args[0].is_pair() && args[1].is_text()) return empty_table(args);
  if (args.size() == 1)
    if (auto d = args[0].as<dictionary>()) return table_of_dictionary(*d);
  result_columns columns;
  for (size_t i = 0; i < args.size(); ++i) {
    auto name = i < context.argument_names.size() && !context.argument_names[i].empty()
                    ? context.argument_names[i]
                    : "C" + std::to_string(columns.names.size());
    if (auto t = args[i].as<table>()) {
      for (size_t c = 0; c < t->width(); ++c) columns.add(t->name(c), value{t->col(c)});
    } else if (auto m = args[i].as<matrix>()) {
      for (size_t c = 0; c < m->columns(); ++c)
        columns.add(m->column_labels() && is_text(m->column_labels()->type())
                        ? std::string{m->column_labels()->text(c)}
                        : "C" + std::to_string(columns.names.size()),
                    value{m->col(c)});
    } else if (args[i].is_pair()) {
      columns.add(name, value{std::make_shared<column>(args[i].vec())});
    } else {
      columns.add(name, args[i]);
    }
  }
  auto vector = std::find_if(columns.values.begin(), columns.values.end(),
                             [](const value& x) { return x.is_vector(); });
  if (vector != columns.values.end())
    for (auto& x : columns.values)
      if (x.is_vector() && x.size() != vector->size())
        throw script_error{ec::type_mismatch, "All columns of a table must have the same length."};
  return value{make_table(std::move(columns))};
}

// -- schemas ------------------------------------------------------------------------------------------------

value column_names_function(call_context&, arguments& args) {
  if (auto stored = args[0].as<partitioned_table>()) {
    std::vector<std::string> names;
    for (auto& c : stored->info.columns) names.push_back(c.name);
    return value{column::of_strings(names)};
  }
  if (auto m = args[0].as<matrix>(); m && m->column_labels()) return value{m->column_labels()};
  return value{column::of_strings(table_argument(args[0], "columnNames", "X")->names())};
}

/// rename!(t, names) names the first columns anew, rename!(t, old, names) the given ones.
value rename_function(call_context& context, arguments& args) {
  if (auto m = args[0].as<matrix>()) {
    auto label = [](const value& x) { return x.is_scalar() ? to_column(x) : x.vec_ptr(); };
    if (is_given(args, 2)) m->set_labels(label(args[1]), label(args[2]));
    else m->set_labels(m->row_labels(), label(args[1]));
    return args[0];
  }
  if (args[0].is_vector()) return args[0];
  if (auto stored = args[0].as<partitioned_table>()) {
    auto names = text_list(args[1], "rename!", "columnNames");
    if (is_given(args, 2)) rename_stored_columns(context.who, *stored, names, text_list(args[2], "rename!", "newNames"));
    else rename_stored_columns(context.who, *stored, {}, names);
    return value{load_partitioned(context.who, stored->info.database, stored->info.name)};
  }
  auto t = table_argument(args[0], "rename!", "X");
  auto rename_at = [&](int i, const std::string& name) {
    if (i < 0) throw script_error{ec::not_found, "rename!: there is no such column."};
    t->rename(static_cast<size_t>(i), name);
  };
  if (!is_given(args, 2)) {
    auto names = text_list(args[1], "rename!", "columnNames");
    if (names.size() > t->width()) throw script_error{ec::bad_argument, "rename!: more names than columns."};
    for (size_t i = 0; i < names.size(); ++i) rename_at(static_cast<int>(i), names[i]);
    return args[0];
  }
  auto old = text_list(args[1], "rename!", "columnNames"), names = text_list(args[2], "rename!", "newNames");
  if (old.size() != names.size())
    throw script_error{ec::bad_argument, "rename!: as many new names as old ones are needed."};
  for (size_t i = 0; i < old.size(); ++i) rename_at(t->find(old[i]), names[i]);
  return args[0];
}

value add_column_function(call_context& context, arguments& args) {
  auto names = text_list(args[1], "addColumn", "colNames");
  auto types = type_list(args[2], "addColumn");
  if (names.size() != types.size())
    throw script_error{ec::bad_argument, "addColumn: colNames and colTypes must have the same length."};
  if (auto stored = args[0].as<partitioned_table>()) {
    add_stored_columns(context.who, *stored, names, types);
    return value::nothing();
  }
  auto t = table_argument(args[0], "addColumn", "table");
  for (size_t i = 0; i < names.size(); ++i) {
    if (t->find(names[i]) >= 0)
      throw script_error{ec::already_exists, "addColumn: there is a column '" + names[i] + "' already."};
    t->add(names[i], column::make_null(types[i], t->rows()));
  }
  return value::nothing();
}

value drop_columns_function(call_context& context, arguments& args) {
  if (auto stored = args[0].as<partitioned_table>()) {
    drop_stored_columns(context.who, *stored, text_list(args[1], "dropColumns!", "colNames"));
    return value::nothing();
  }
  auto t = table_argument(args[0], "dropColumns!", "table");
  for (auto& name : text_list(args[1], "dropColumns!", "colNames")) {
    auto i = t->find(name);
    if (i < 0) throw script_error{ec::not_found, "dropColumns!: there is no column '" + name + "'."};
    t->erase(static_cast<size_t>(i));
  }
  return args[0];
}

value reorder_columns_function(call_context&, arguments& args) {
  auto t = table_argument(args[0], "reorderColumns!", "table");
  std::vector<size_t> order;
  for (auto& name : text_list(args[1], "reorderColumns!", "reorderedColNames")) {
    auto i = t->find(name);
    if (i < 0) throw script_error{ec::not_found, "reorderColumns!: there is no column '" + name + "'."};
    order.push_back(static_cast<size_t>(i));
  }
  for (size_t i = 0; i < t->width(); ++i)
    if (std::find(order.begin(), order.end(), i) == order.end()) order.push_back(i);
  auto names = t->names();
  auto columns = t->columns();
  for (size_t i = 0; i < order.size(); ++i) {
    t->rename(i, names[order[i]]);
    t->set(i, columns[order[i]]);
  }
  return args[0];
}

value replace_column_function(call_context&, arguments& args) {
  auto t = table_argument(args[0], "replaceColumn!", "table");
  auto name = text_of_argument(args[1], "replaceColumn!", "colName");
  auto i = t->find(name);
  if (i < 0) throw script_error{ec::not_found, "replaceColumn!: there is no column '" + name + "'."};
  t->set(static_cast<size_t>(i), as_column(args[2], t->rows(), name));
  return args[0];
}

// -- rows -----------------------------------------------------------------------------------------------------

/// What tableInsert takes behind its first argument, as a table by position.
table_ptr rows_to_insert(call_context& context, const std::vector<std::string>& names, arguments& args) {
  if (args.size() == 2) {
    if (args[1].is_table()) return materialize(args[1], context.who);
    if (auto d = args[1].as<dictionary>()) {
      result_columns columns;
      for (auto& name : names) columns.add(name, d->get(name));
      return make_table(std::move(columns));
    }
    if (args[1].is_vector() && args[1].type() == type_id::any) {
      auto& items = args[1].vec().items();
      if (items.size() != names.size())
        throw script_error{ec::bad_argument, "tableInsert: " + std::to_string(items.size()) + " values for " +
                                                 std::to_string(names.size()) + " columns."};
      result_columns columns;
      for (size_t i = 0; i < names.size(); ++i) columns.add(names[i], items[i]);
      return make_table(std::move(columns));
    }
  }
  if (args.size() - 1 != names.size())
    throw script_error{ec::bad_argument, "tableInsert: " + std::to_string(args.size() - 1) + " values for " +
                                             std::to_string(names.size()) + " columns."};
  result_columns columns;
  for (size_t i = 0; i < names.size(); ++i) columns.add(names[i], args[i + 1]);
  return make_table(std::move(columns));
}

value table_insert_function(call_context& context, arguments& args) {
  if (auto stored = args[0].as<partitioned_table>()) {
    std::vector<std::string> names;
    for (auto& c : stored->info.columns) names.push_back(c.name);
    return value::of_int(static_cast<int32_t>(append_to(context.who, *stored, *rows_to_insert(context, names, args))));
  }
  auto t = table_argument(args[0], "tableInsert", "table");
  auto rows = rows_to_insert(context, t->names(), args);
  append_rows(*t, *rows);
  return value::of_int(static_cast<int32_t>(rows->rows()));
}

value sort_by_function(call_context& context, arguments& args) {
  auto t = table_argument(args[0], "sortBy!", "table");
  auto names = text_list(args[1], "sortBy!", "sortColumns");
  std::vector<sort_key> keys;
  for (size_t i = 0; i < names.size(); ++i) {
    auto at = t->find(names[i]);
    if (at < 0) throw script_error{ec::not_found, "sortBy!: there is no column '" + names[i] + "'."};
    auto ascending = !is_given(args, 2) ||
                     (args[2].is_vector() ? element(args[2].vec(), std::min(i, args[2].size() - 1)) : args[2]).as_long() != 0;
    keys.push_back({t->col(static_cast<size_t>(at)), !ascending});
  }
  context.check_cancelled();
  auto rows = sorted_rows(keys, t->rows());
  for (size_t c = 0; c < t->width(); ++c) t->set(c, t->col(c)->gather(std::span<const uint32_t>{rows}));
  return args[0];
}

/// unionAll(A, B, [byColName]) or unionAll(tables, ..).
value union_all_function(call_context& context, arguments& args) {
  std::vector<table_ptr> parts;
  auto by_name_at = size_t{1};
  if (args[0].is_vector() && args[0].type() == type_id::any) {
    for (auto& item : args[0].vec().items()) parts.push_back(materialize(item, context.who));
    by_name_at = 2;
  } else {
    if (args.size() < 2) throw script_error{ec::bad_argument, "unionAll needs two tables or a tuple of tables."};
    parts = {materialize(args[0], context.who), materialize(args[1], context.who)};
    by_name_at = 2;
  }
  if (parts.empty()) throw script_error{ec::bad_argument, "unionAll needs at least one table."};
  auto by_name = is_given(args, by_name_at) && args[by_name_at].as_long() != 0;
  auto result = std::make_shared<table>(*parts.front());
  for (size_t k = 1; k < parts.size(); ++k) {
    auto& next = *parts[k];
    if (!by_name && next.width() != result->width())
      throw script_error{ec::type_mismatch, "unionAll: the tables must have the same number of columns."};
    auto columns = std::make_shared<table>();
    for (size_t c = 0; c < result->width(); ++c) {
      auto from = by_name ? next.find(result->name(c)) : static_cast<int>(c);
      auto part = from < 0 ? column::make_null(result->col(c)->type(), next.rows()) : next.col(static_cast<size_t>(from));
      columns->add(result->name(c), concatenate({value{result->col(c)}, value{part}}, {}, false));
    }
    result = columns;
  }
  return value{result};
}

const function_entry table_of_tables[] = {
    {"table", "table(X, [args..])",
     "An in-memory table: table(capacity:size, colNames, colTypes), or of vectors named by their variables or aliases; "
     "scalars fill their column.",
     make_table_function, 1, 255, plain,
     {{"exec sum(x) from table(1 2 3 as x, 5 as y)", "6"},
      {"columnNames(table(1:0, `a`b, [INT, SYMBOL]))", "[\"a\",\"b\"]"}}},
    {"columnNames", "columnNames(X)", "Names of the columns of a table or matrix.", column_names_function, 1, 1, plain,
     {{"columnNames(table(1 as a, 2 as b))", "[\"a\",\"b\"]"}}},
    {"rename!", "rename!(X, columnNames, [newNames])",
     "Names the first columns of a table anew, or the named ones; labels of a matrix.", rename_function, 2, 3,
     mutates_first, {{"t=table(1 2 3 as id, 4 5 6 as x); t.rename!(`x, `y); columnNames(t)", "[\"id\",\"y\"]"}}},
    {"addColumn", "addColumn(table, colNames, colTypes)", "Adds columns of nulls to a table.", add_column_function, 3, 3,
     mutates_first, {{"t=table(1 2 as id); addColumn(t, `z, INT); columnNames(t)", "[\"id\",\"z\"]"}}},
    {"dropColumns!", "dropColumns!(table, colNames)", "Removes columns from a table.", drop_columns_function, 2, 2,
     mutates_first, {{"t=table(1 2 as id, 3 4 as x); t.dropColumns!(`id); columnNames(t)", "[\"x\"]"}}},
    {"reorderColumns!", "reorderColumns!(table, reorderedColNames)",
     "Puts the named columns first, in that order.", reorder_columns_function, 2, 2, mutates_first,
     {{"t=table(1 as a, 2 as b, 3 as c); t.reorderColumns!(`c`a); columnNames(t)", "[\"c\",\"a\",\"b\"]"}}},
    {"replaceColumn!", "replaceColumn!(table, colName, newCol)",
     "Replaces a column, type included.", replace_column_function, 3, 3, mutates_first,
     {{"t=table(1 2 as a); t.replaceColumn!(`a, `x`y); exec a from t", "[\"x\",\"y\"]"}}},
    {"tableInsert", "tableInsert(table, args..)",
     "Inserts a table, a tuple of columns, a dictionary or one argument a column; answers the number of rows.",
     table_insert_function, 2, 255, mutates_first | impure,
     {{"t=table(`a`b as s, 1 2 as x); tableInsert(t, `c`d, 3 4)", "2"}}},
    {"append!", "append!(obj, newData)",
     "Appends elements to a vector, columns to a matrix, rows to a table; columns of a table go by position and are "
     "converted to its types.",
     append_function, 2, 2, mutates_first | impure,
     {{"x = 1 2; x.append!(3); x", "[1,2,3]"}, {"t = table(1 2 as x); t.append!(table(3 as y)); exec x from t", "[1,2,3]"}}},
    {"sortBy!", "sortBy!(table, sortColumns, [sortDirections=1])", "Sorts a table in place.", sort_by_function, 2, 3,
     mutates_first, {{"t=table(3 1 2 as x); t.sortBy!(`x, false); exec x from t", "[3,2,1]"}}},
    {"unionAll", "unionAll(tableA, [tableB], [byColName=false])",
     "One table below the other, by position or by name; also of a tuple of tables.", union_all_function, 1, 3, plain,
     {{"exec x from unionAll(table(1 2 as x), table(3 as x))", "[1,2,3]"}}},
};

} // namespace

function_family table_functions() { return table_of_tables; }

} // namespace pelorus
