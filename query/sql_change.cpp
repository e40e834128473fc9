#include "query/sql_change.hpp"

#include <algorithm>
#include <numeric>

#include "query/column_conversion.hpp"
#include "query/interpreter.hpp"
#include "query/partitioned_table.hpp"
#include "query/select_from.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/sort.hpp"
#include "query/stored_change.hpp"

namespace pelorus {

namespace {

table_ptr table_of(const value& x, const node_ptr& n, std::string_view what) {
  auto t = x.as<table>();
  if (!t) throw script_error{ec::type_mismatch, std::string{what} + " needs a table.", n->at};
  return t;
}

/// Writes new values of some rows into a column, keeping its type; a whole new column may bring its own.
void set_rows(table& t, const std::string& name, const column_ptr& values, const std::vector<uint32_t>& rows) {
  auto at = t.find(name);
  if (at < 0) {
    auto fresh = values;
    if (rows.size() != t.rows()) {
      std::vector<int64_t> from(t.rows(), -1);
      for (size_t k = 0; k < rows.size(); ++k) from[rows[k]] = static_cast<int64_t>(k);
      fresh = values->gather(std::span<const int64_t>{from});
    } else if (!std::is_sorted(rows.begin(), rows.end())) {
      std::vector<uint32_t> from(rows.size());
      for (uint32_t k = 0; k < rows.size(); ++k) from[rows[k]] = k;
      fresh = values->gather(std::span<const uint32_t>{from});
    }
    t.add(name, fresh);
    return;
  }
  auto i = static_cast<size_t>(at);
  auto& old = *t.col(i);
  auto converted = convert_column(values, old.type(), old.scale());
  if (!converted)
    throw script_error{ec::type_mismatch, "update: column '" + name + "': " + converted.error().message};
  // Old and new values one behind the other, and each row picks its own.
  auto both = old.slice(0, old.size());
  both->append(**converted);
  std::vector<uint32_t> from(t.rows());
  std::iota(from.begin(), from.end(), 0u);
  for (size_t k = 0; k < rows.size(); ++k) from[rows[k]] = static_cast<uint32_t>(old.size() + k);
  t.set(i, both->gather(std::span<const uint32_t>{from}));
}

/// Numbers the rows that a frame's conditions leave over.
class row_numbers final : public row_source {
public:
  explicit row_numbers(table_ptr t) : table_(std::move(t)), schema_(table_->schema()) {
    schema_.push_back({"", type_id::int_, 0, "", ""});
  }
  size_t rows() const override { return table_->rows(); }
  const pelorus::schema& columns() const override { return schema_; }
  column_ptr load(size_t i) override {
    if (i < table_->width()) return table_->col(i);
    auto numbers = column::make(type_id::int_, rows());
    std::iota(numbers->mutable_data<int32_t>(), numbers->mutable_data<int32_t>() + rows(), 0);
    numbers->set_no_nulls();
    return numbers;
  }

private:
  table_ptr table_;
  schema schema_;
};

std::vector<uint32_t> numbers_of(row_frame& frame) {
  auto col = frame.column(frame.columns().size() - 1);
  auto* at = col->data<int32_t>();
  return {at, at + col->size()};
}

column_names names_of(const table& t, const node_ptr& n) {
  column_names names{t.schema()};
  if (auto* name = try_as<name_node>(unaliased(n))) names.add_qualifier(name->name);
  if (auto alias = alias_of(n); !alias.empty()) names.add_qualifier(alias);
  return names;
}

/// Values of one set expression for the rows left over, in the frame's order.
column_ptr updated_values(const update_node& u, const node_ptr& expr, const std::string& name, row_frame& frame,
                          expression_binder& binder, const grouped_order* order) {
  auto& eval = binder.eval();
  auto bound = binder.bind(expr, false);
  if (order == nullptr) {
    auto x = evaluate_rows(bound, frame, eval);
    if (x.is_void()) return column::make_null(type_id::int_, frame.rows());
    if (x.is_vector() && x.size() == 1 && frame.rows() != 1) x = element(x.vec(), 0);
    return as_column(x, frame.rows(), name);
  }
  (void)u;
  auto results = group_evaluator{frame, *order}(bound, eval);
  std::vector<uint32_t> lengths;
  for (size_t g = 0; g + 1 < order->offsets.size(); ++g) {
    lengths.push_back(order->offsets[g + 1] - order->offsets[g]);
    if (results[g].is_vector() && results[g].size() != lengths[g])
      throw script_error{ec::type_mismatch, "update: the value of '" + name + "' must have as many elements as "
                                            "its group has rows."};
  }
  auto in_groups = concatenate(results, lengths, true);
  std::vector<uint32_t> back(order->rows.size());
  for (uint32_t k = 0; k < back.size(); ++k) back[order->rows[k]] = k;
  return in_groups->gather(std::span<const uint32_t>{back});
}

} // namespace

void append_rows(table& to, const table& rows) {
  auto converted = convert_rows(to.schema(), rows);
  to.append(*converted);
}

/// Tables are shared by reference: changing one changes it for every variable that holds it.
void run_update(const update_node& u, evaluator& eval) {
  auto target = eval.evaluate(*unaliased(u.table));
  if (auto stored = target.as<partitioned_table>()) update_stored(u, *stored, eval);
  else update_rows(u, table_of(target, u.table, "update"), eval);
}

void update_rows(const update_node& u, const table_ptr& t, evaluator& eval) {
  if (u.from) {
    throw script_error{ec::not_supported, "update .. from is not supported; join the tables first.", u.at};
  }
  row_frame frame{std::make_shared<row_numbers>(t)};
  auto names = names_of(*t, u.table);
  expression_binder binder{names, eval};
  apply_where(u.where, frame, binder);
  std::optional<grouped_order> order;
  if (!u.context_by.empty()) {
    std::vector<column_ptr> keys;
    for (auto& k : u.context_by) {
      auto bound = binder.bind(k, false);
      keys.push_back(as_column(evaluate_rows(bound, frame, eval), frame.rows(), result_name(*k)));
    }
    auto found = group_rows(keys, frame.rows());
    order = order_by_group(found.ids, found.groups());
    if (!u.csort.empty()) {
      auto ids = column::make(type_id::int_, frame.rows());
      std::copy(found.ids.begin(), found.ids.end(), ids->mutable_data<int32_t>());
      std::vector<sort_key> sort{{ids}};
      for (auto& item : u.csort) {
        auto bound = binder.bind(item.expr, false);
        sort.push_back({as_column(evaluate_rows(bound, frame, eval), frame.rows(), "csort"), item.descending});
      }
      order->rows = sorted_rows(sort, frame.rows());
      order->is_identity = false;
    }
  }
  auto rows = numbers_of(frame);
  std::vector<column_ptr> values;  // all computed from the old rows
  for (auto& [name, expr] : u.sets)
    values.push_back(updated_values(u, expr, name, frame, binder, order ? &*order : nullptr));
  for (size_t k = 0; k < values.size(); ++k) set_rows(*t, u.sets[k].first, values[k], rows);
}

void run_delete(const delete_node& d, evaluator& eval) {
  auto target = eval.evaluate(*unaliased(d.table));
  if (auto stored = target.as<partitioned_table>()) delete_stored(d, *stored, eval);
  else delete_rows(d, table_of(target, d.table, "delete"), eval);
}

void delete_rows(const delete_node& d, const table_ptr& t, evaluator& eval) {
  row_frame frame{std::make_shared<row_numbers>(t)};
  auto names = names_of(*t, d.table);
  expression_binder binder{names, eval};
  apply_where(d.where, frame, binder);
  std::vector<bool> gone(t->rows(), false);
  for (auto row : numbers_of(frame)) gone[row] = true;
  std::vector<uint32_t> kept;
  for (uint32_t i = 0; i < t->rows(); ++i)
    if (!gone[i]) kept.push_back(i);
  for (size_t c = 0; c < t->width(); ++c) t->set(c, t->col(c)->gather(std::span<const uint32_t>{kept}));
}

namespace {

/// values(..): scalars are one row, vectors whole columns; a tuple of scalars counts as a vector.
table_ptr row_table(const node_list& items, const std::vector<std::string>& names, evaluator& eval) {
  if (items.size() != names.size())
    throw script_error{ec::bad_argument, "insert: " + std::to_string(items.size()) + " values for " +
                                             std::to_string(names.size()) + " columns."};
  result_columns columns;
  for (size_t i = 0; i < items.size(); ++i) {
    auto x = items[i] ? eval.evaluate(*items[i]) : value{};
    if (x.is_pair()) x = value{std::make_shared<column>(x.vec())};
    columns.add(names[i], std::move(x));
  }
  return make_table(std::move(columns));
}

/// The rows under all columns of the target; columns that were not named are null.
table_ptr spread(const schema& target, const table& rows) {
  auto result = std::make_shared<table>();
  for (auto& c : target) {
    auto at = rows.find(c.name);
    result->add(c.name, at < 0 ? column::make_null(c.type, rows.rows(), c.scale) : rows.col(static_cast<size_t>(at)));
  }
  return result;
}

} // namespace

void run_insert(const insert_node& i, evaluator& eval) {
  auto target = eval.evaluate(*unaliased(i.table));
  auto stored = target.as<partitioned_table>();
  auto t = target.as<table>();
  if (!stored && !t) throw script_error{ec::type_mismatch, "insert needs a table.", i.table->at};
  auto columns = stored ? stored->info.columns : t->schema();
  auto names = i.columns;
  for (auto& name : names)
    if (!column_names{columns}.find(name))
      throw script_error{ec::not_found, "insert: the table has no column '" + name + "'.", i.at};
  if (names.empty())
    for (auto& c : columns) names.push_back(c.name);
  std::vector<table_ptr> parts;
  if (i.query) {
    auto rows = materialize(eval.evaluate(*i.query), eval.who());
    if (rows->width() != names.size())
      throw script_error{ec::bad_argument, "insert: the query has " + std::to_string(rows->width()) +
                                               " columns, " + std::to_string(names.size()) + " are needed.", i.at};
    parts.push_back(std::make_shared<table>(names, rows->columns()));
  }
  for (auto& row : i.rows) parts.push_back(row_table(row, names, eval));
  for (auto& part : parts) {
    auto rows = i.columns.empty() ? part : spread(columns, *part);
    if (stored) append_to(eval.who(), *stored, *rows);
    else append_rows(*t, *rows);
  }
}

} // namespace pelorus
