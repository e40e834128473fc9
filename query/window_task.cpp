#include "query/window_task.hpp"

#include <algorithm>
#include <cstring>

#include "query/group_runs.hpp"
#include "query/interpreter.hpp"
#include "query/join_runs.hpp"
#include "query/plan.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/window_reach.hpp"

namespace pelorus {

namespace {

constexpr auto own_mark = "plan_own";

bool has_fixed_width(const column& c) {
  return c.physical() != physical::str && c.physical() != physical::list && c.physical() != physical::any;
}

std::vector<column_ptr> key_columns(const table& t, const node_list& keys) {
  std::vector<column_ptr> columns;
  for (auto& key : keys) {
    auto at = t.find(as<name_node>(*unaliased(key)).name);
    if (at < 0) throw script_error{ec::corrupt, "The rows before a chunk lack a key of its groups."};
    columns.push_back(t.col(static_cast<size_t>(at)));
  }
  return columns;
}

grouped_order groups_of(const table& t, const node_list& keys) {
  auto columns = key_columns(t, keys);
  if (auto runs = order_of_runs(columns, t.rows())) return *std::move(runs);
  auto found = group_rows(columns, t.rows());
  return order_by_group(found.ids, found.groups());
}

/// Both behind each other, in the order of groups where that can be had cheaply.
table_ptr join_by_groups(const std::vector<table_ptr>& parts, const node_list& keys) {
  if (keys.size() == 1)
    if (auto key = parts.front()->find(as<name_node>(*unaliased(keys.front())).name); key >= 0)
      if (auto joined = join_in_runs(parts, static_cast<size_t>(key))) return joined;
  return join_parts(parts);
}

table_ptr run_on_table(const select_node& query, const table_ptr& t, evaluator& eval) {
  column_names names{t->schema()};
  return select_pipeline{query, std::make_shared<table_source>(t), names, eval}.run();
}

/// The wanted columns of the rows that pass the conditions.
table_ptr own_rows(const select_node& query, row_source_ptr rows, const table& wanted, evaluator& eval) {
  select_node plain{query.at};
  for (auto& name : wanted.names()) plain.items.push_back(std::make_shared<name_node>(query.at, name));
  plain.where = query.where;
  column_names names{rows->columns()};
  return select_pipeline{plain, std::move(rows), names, eval}.run();
}

table_ptr with_mark(const table& t, bool own) {
  auto mark = column::make(type_id::bool_, t.rows());
  std::fill_n(mark->mutable_data<int8_t>(), t.rows(), static_cast<int8_t>(own));
  mark->set_no_nulls();
  auto result = std::make_shared<table>(t.names(), t.columns());
  result->add(own_mark, mark);
  return result;
}

/// Results of the first rows of each group with what lies before them in sight, in the order of groups.
table_ptr seam_results(const select_node& query, const table_ptr& halo, const table_ptr& first_rows, evaluator& eval) {
  auto marked = query;
  marked.items.push_back(std::make_shared<name_node>(query.at, own_mark));
  auto seam = join_by_groups({with_mark(*halo, false), with_mark(*first_rows, true)}, query.group_by);
  auto results = run_on_table(marked, seam, eval);
  auto own = results->col(results->width() - 1);
  row_list kept;
  for (uint32_t i = 0; i < own->size(); ++i)
    if (own->data<int8_t>()[i] != 0) kept.push_back(i);
  return results->gather(kept);
}

/// Elements of `to` at `rows` become those of `from`, one after the other. In place when nobody else has the column.
column_ptr patched(column_ptr to, const column& from, const row_list& rows) {
  auto width = has_fixed_width(*to) ? width_of(to->physical()) : 0;
  auto result = to.use_count() == 1 ? to : std::make_shared<column>(*to);
  auto copy = [&](auto zero) {
    using element = decltype(zero);
    auto* out = result->mutable_data<element>();
    auto* in = from.data<element>();
    for (size_t i = 0; i < rows.size(); ++i) out[rows[i]] = in[i];
  };
  auto plain = to->type() == from.type() && to->scale() == from.scale() && to->physical() != physical::code;
  if (plain && to->physical() == physical::f64) copy(double{});
  else if (plain && to->physical() == physical::f32) copy(float{});
  else if (plain && width == 8) copy(int64_t{});
  else if (plain && width == 4) copy(int32_t{});
  else
    for (size_t i = 0; i < rows.size(); ++i) unwrap(set_element(*result, rows[i], element(from, i)));
  return result;
}

bool same_key(const std::vector<column_ptr>& a, size_t i, const std::vector<column_ptr>& b, size_t j) {
  for (size_t k = 0; k < a.size(); ++k) {
    auto &x = *a[k], &y = *b[k];
    auto by_text = is_text(x.type()) && (x.physical() != physical::code || x.dict() != y.dict());
    auto same = by_text ? x.text(i) == y.text(j)
                        : x.physical() == y.physical() && std::memcmp(x.raw(i), y.raw(j), width_of(x.physical())) == 0;
    if (!same) return false;
  }
  return true;
}

/// Both hold the same groups with `rows` rows each: what lies before the newer ones is out of reach.
bool all_are_replaced(const table& older, const table& newer, const node_list& keys, size_t rows) {
  if (older.rows() != newer.rows() || newer.rows() % rows != 0) return false;
  auto before = key_columns(older, keys), after = key_columns(newer, keys);
  for (auto& key : after)
    if (!is_text(key->type()) && !has_fixed_width(*key)) return false;
  for (size_t i = 0; i < newer.rows(); i += rows)  // no group has more, so one that fills its place is all there
    if (!same_key(after, i, after, i + rows - 1) || !same_key(before, i, before, i + rows - 1) || !same_key(before, i, after, i))
      return false;
  return true;
}

} // namespace

table_ptr last_rows_with(const table_ptr& older, const table_ptr& newer, const node_list& keys, size_t rows) {
  if (older->rows() == 0 || all_are_replaced(*older, *newer, keys, rows)) return newer;
  return last_of_groups(join_parts({older, newer}), keys, rows);
}

table_ptr last_of_groups(const table_ptr& t, const node_list& keys, size_t rows) {
  auto order = groups_of(*t, keys);
  row_list kept;
  for (size_t g = 0; g + 1 < order.offsets.size(); ++g) {
    auto end = order.offsets[g + 1];
    auto from = end - std::min<size_t>(rows, end - order.offsets[g]);
    kept.insert(kept.end(), order.rows.begin() + static_cast<ptrdiff_t>(from), order.rows.begin() + end);
  }
  return t->gather(kept);
}

table_ptr run_windows(const select_node& query, row_source_ptr rows, const table_ptr& halo, size_t reach, evaluator& eval) {
  auto own = own_rows(query, std::move(rows), *halo, eval);
  auto filtered = query;
  filtered.where.clear();
  auto result = run_on_table(filtered, own, eval);
  if (halo->rows() == 0 || own->rows() == 0) return result;
  auto order = groups_of(*own, query.group_by);
  row_list first_rows, places;  // rows of the chunk, and where their results are
  for (size_t g = 0; g + 1 < order.offsets.size(); ++g)
    for (auto k = order.offsets[g]; k < std::min<size_t>(order.offsets[g] + reach, order.offsets[g + 1]); ++k) {
      first_rows.push_back(order.rows[k]);
      places.push_back(k);
    }
  auto seam = seam_results(filtered, halo, own->gather(first_rows), eval);
  if (seam->rows() != places.size() || result->rows() != own->rows())
    throw script_error{ec::internal, "Moving windows over a chunk gave another number of rows than it has."};
  auto whole = std::make_shared<table>();
  column_names names{own->schema()};
  expression_binder binder{names, eval};
  auto items = result->names();
  auto columns = result->columns();
  result = nullptr;
  for (size_t c = 0; c < columns.size(); ++c) {
    auto looks_back = rows_looked_back(query.items[c], binder) != size_t{0};
    whole->add(items[c], looks_back ? patched(std::move(columns[c]), *seam->col(c), places) : columns[c]);
  }
  return whole;
}

} // namespace pelorus
