// pivot by: the last key becomes the columns, the other keys the rows; each cell is one group's value.
#include "query/interpreter.hpp"
#include "query/matrix.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"

namespace pelorus {

namespace {

/// Column names from keys: texts as they are, the null as NULL, everything else as it prints.
std::string key_name(const column& keys, size_t row, evaluator& eval) {
  if (keys.is_null(row)) return "NULL";
  if (is_text(keys.type())) return std::string{keys.text(row)};
  return eval.text_of(element(keys, row));
}

} // namespace

table_ptr select_pipeline::pivoted() {
  if (query_.group_by.size() < 2)
    throw script_error{ec::bad_argument, "pivot by needs at least two columns."};
  auto keys = evaluate_keys(query_.group_by);
  auto row_keys = std::span{keys}.first(keys.size() - 1);
  auto cells = group_rows(keys, frame_.rows());
  auto rows = group_rows(row_keys, frame_.rows());
  auto columns = group_rows(std::span{keys}.last(1), frame_.rows());

  auto result = std::make_shared<table>();
  for (size_t k = 0; k < row_keys.size(); ++k)
    result->add(unique_name(result->names(), result_name(*query_.group_by[k])),
                row_keys[k]->gather(std::span<const uint32_t>{rows.first_rows}));
  std::vector<std::vector<int64_t>> cell_of(columns.groups(), std::vector<int64_t>(rows.groups(), -1));
  for (uint32_t g = 0; g < cells.groups(); ++g) {
    auto row = cells.first_rows[g];
    cell_of[columns.ids[row]][rows.ids[row]] = g;
  }
  grouped_frame groups{frame_, {frame_.rows(), cells.groups(), cells.ids.data()}, {}};
  for (auto& item : query_.items) {
    auto bound = binder_.bind(item, true);
    column_ptr values;
    if (bound.aggregates.empty() && bound.elementwise) {  // a plain expression: the last row of each cell
      auto per_row = as_column(evaluate_in_groups(bound, groups, eval_), frame_.rows(), result_name(*item));
      values = find_aggregate("last")->kernel({{&per_row, 1}, {}, groups.by});
    } else {
      values = grouped_item(item, groups, cells);
    }
    for (uint32_t c = 0; c < columns.groups(); ++c) {
      auto name = key_name(*keys.back(), columns.first_rows[c], eval_);
      if (query_.items.size() > 1) name = result_name(*item) + "_" + name;
      result->add(unique_name(result->names(), name), values->gather(std::span<const int64_t>{cell_of[c]}));
    }
  }
  return finish(result);
}

value matrix_of_pivot(const table_ptr& t, size_t key_columns) {
  std::vector<value> cells;
  std::vector<std::string> names;
  for (size_t c = key_columns; c < t->width(); ++c) {
    cells.emplace_back(t->col(c));
    names.push_back(t->name(c));
  }
  auto all = cells.empty() ? column::make(type_id::double_, 0) : concatenate(cells, {}, false);
  return value{std::make_shared<matrix>(all, t->rows(), cells.size(), t->col(0), column::of_strings(names))};
}

} // namespace pelorus
