#include "query/stored_change.hpp"

#include <algorithm>
#include <functional>

#include "query/function.hpp"
#include "query/interpreter.hpp"
#include "query/plan.hpp"
#include "query/plan_prune.hpp"
#include "query/script_error.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/session.hpp"
#include "query/sql_change.hpp"

namespace pelorus {

namespace {

table_ptr one_answer(session& who, const chunk_plan& plan, const table_snapshot& locked, size_t chunk) {
  auto answers = unwrap(who.node->run_on_chunks(plan, locked, {chunk}, who));
  auto rows = answers.size() == 1 ? answers.front().rows.as<table>() : nullptr;
  if (!rows) throw script_error{ec::internal, "A chunk answered something that is not a table."};
  return rows;
}

/// The expression that a function of the session answers, or null when it does more than that.
node_ptr answer_of(const function_node& f) {
  auto* body = try_as<block_node>(f.body);
  if (!body) return f.body;
  auto* only = body->statements.size() == 1 ? try_as<leave_node>(body->statements.front()) : nullptr;
  return only && only->kind == node_kind::return_ ? only->expr : nullptr;
}

/// `expr` with calls of the session's own functions written out, as far as they are single expressions.
node_ptr written_out(const node_ptr& expr, const session& who, int depth = 16) {
  if (depth == 0) return expr;
  return rewrite(expr, [&](const node_ptr& n) -> node_ptr {
    auto* call = try_as<call_node>(n);
    auto* name = call ? try_as<name_node>(call->function) : nullptr;
    auto* known = name ? who.variables.find(name->name) : nullptr;
    auto f = known ? known->as<user_function>() : nullptr;
    auto answer = f ? answer_of(f->definition()) : nullptr;
    if (!answer || !f->definition().captures.empty() || call->arguments.size() != f->definition().parameters.size()) return nullptr;
    for (auto& given : call->arguments)
      if (!given.expr || !given.name.empty()) return nullptr;
    auto inside = rewrite(answer, [&](const node_ptr& part) -> node_ptr {
      auto* local = try_as<name_node>(part);
      auto slot = local ? local->slot : -1;
      return slot >= 0 && static_cast<size_t>(slot) < call->arguments.size() ? call->arguments[static_cast<size_t>(slot)].expr : nullptr;
    });
    return written_out(inside, who, depth - 1);
  });
}

using chunk_rewriter = std::function<table_ptr(const table_ptr& rows)>;

/// One update or delete: what it names, which chunks it can touch, and its transaction.
class stored_statement {
public:
  stored_statement(std::string what, const partitioned_table& stored, const node_ptr& named, evaluator& eval)
      : what_(std::move(what)), eval_(eval), who_(eval.who()),
        snapshot_(unwrap(who_.node->snapshot(stored.info.database, stored.info.name))), names_(snapshot_.table.columns) {
    if (auto* name = try_as<name_node>(unaliased(named))) names_.add_qualifier(name->name);
    if (auto alias = alias_of(named); !alias.empty()) names_.add_qualifier(alias);
  }

  const table_info& info() const { return snapshot_.table; }

  /// Refuses expressions whose value depends on rows of other chunks.
  void need_row_by_row(const node_ptr& expr, std::string_view part) {
    expression_binder binder{names_, eval_};
    if (!row_by_row(expr, binder) && !row_by_row(written_out(expr, who_), binder))
      throw script_error{ec::not_supported, what_ + ": " + std::string{part} + " on a stored table must be decided row by row, "
                                                "without aggregates, neighbours and functions of several statements.", expr->at};
  }

  /// Rewrites every chunk with rows that satisfy the conditions.
  void run(write_kind kind, const node_list& where, const chunk_rewriter& rewriter) {
    for (auto& condition : where) need_row_by_row(condition, "a condition");
    expression_binder binder{names_, eval_};
    select_node probe{text_position{}};
    probe.where = where;
    auto pruned = prune(snapshot_, keys_of_chunks(snapshot_), pruning_of(probe, binder).predicates);
    if (pruned.chunks.empty()) return;
    write_request request{snapshot_.database.path, info().name, {}, kind};
    for (auto i : pruned.chunks) request.partitions.push_back(snapshot_.chunks[i].partition);
    auto write = unwrap(who_.node->begin_write(request));
    auto& locked = write->locked();
    auto hits = count_hits(where, locked, binder);
    stored_rows rows{locked, who_};
    for (size_t i = 0; i < locked.chunks.size(); ++i) {
      if (hits[i] == 0) continue;
      if (who_.cancel->load()) throw script_error{ec::cancelled, "The job was cancelled."};
      bool all_go = kind == write_kind::erase && hits[i] == locked.chunks[i].rows;
      auto after = all_go ? std::make_shared<table>(locked.table.columns) : rewriter(rows.read(i));
      unwrap(write->stage(i, after, true));
    }
    unwrap(write->commit());
  }

private:
  /// Rows of each locked chunk that satisfy the conditions, counted where the chunks lie.
  std::vector<uint64_t> count_hits(const node_list& where, const table_snapshot& locked, expression_binder& binder) {
    std::vector<uint64_t> hits;
    std::vector<size_t> asked;
    for (size_t i = 0; i < locked.chunks.size(); ++i) {
      hits.push_back(locked.chunks[i].rows);
      if (hits.back() != 0 && locked.chunks[i].version != 0) asked.push_back(i);
    }
    if (where.empty() || asked.empty()) return hits;
    select_node map{text_position{}};
    auto count = std::make_shared<call_node>(map.at);
    count->function = std::make_shared<name_node>(map.at, "count");
    count->arguments.push_back({"", std::make_shared<star_node>(map.at), ""});
    count->argument_names = {""};
    auto item = std::make_shared<aliased_node>(map.at);
    item->expr = count;
    item->names = {"hits"};
    map.items = {item};
    map.where = where;
    auto plan = encode_plan(map, locked, binder);
    for (auto& answer : unwrap(who_.node->run_on_chunks(plan, locked, asked, who_))) {
      auto rows = answer.rows.as<table>();
      if (!rows || rows->rows() > 1) throw script_error{ec::internal, "A chunk answered a count with something else."};
      hits[answer.chunk] = rows->rows() == 0 ? 0 : static_cast<uint64_t>(element(*rows->col(0), 0).as_long());
    }
    return hits;
  }

  std::string what_;
  evaluator& eval_;
  session& who_;
  table_snapshot snapshot_;
  column_names names_;
};

/// Context by on all partition columns keeps every group within one chunk.
bool groups_within_chunks(const update_node& u, const table_info& info) {
  return std::all_of(info.partition_columns.begin(), info.partition_columns.end(), [&](auto c) {
    auto& name = info.columns[static_cast<size_t>(c)].name;
    return std::any_of(u.context_by.begin(), u.context_by.end(), [&](auto& n) {
      auto* column = try_as<name_node>(unaliased(n));
      return column && column->name == name;
    });
  });
}

void check_sets(const update_node& u, stored_statement& statement) {
  auto& info = statement.info();
  column_names names{info.columns};
  for (auto& [name, expr] : u.sets) {
    auto at = names.find(name);
    if (!at) throw script_error{ec::not_found, "update: the table has no column '" + name + "'.", u.at};
    for (auto c : info.partition_columns)
      if (static_cast<size_t>(c) == *at)
        throw script_error{ec::not_supported, "update: '" + name + "' is a partition column; its rows would have to move. "
                                                  "Delete them and append them again.", u.at};
    if (u.context_by.empty()) statement.need_row_by_row(expr, "a value");
  }
  if (!u.context_by.empty() && !groups_within_chunks(u, info))
    throw script_error{ec::not_supported, "update: context by on a stored table must name all partition columns.", u.at};
}

} // namespace

table_ptr stored_rows::read(size_t chunk, const std::vector<std::string>& columns) const {
  if (locked_.chunks[chunk].version == 0) return std::make_shared<table>(locked_.table.columns);
  select_node all{text_position{}};
  if (columns.empty()) all.items = {std::make_shared<star_node>(all.at)};
  for (auto& name : columns) all.items.push_back(std::make_shared<name_node>(all.at, name));
  column_names names{locked_.table.columns};
  evaluator eval{who_};
  expression_binder binder{names, eval};
  return one_answer(who_, encode_plan(all, locked_, binder), locked_, chunk);
}

void update_stored(const update_node& u, const partitioned_table& stored, evaluator& eval) {
  if (u.from) throw script_error{ec::not_supported, "update .. from is not supported; join the tables first.", u.at};
  stored_statement statement{"update", stored, u.table, eval};
  check_sets(u, statement);
  statement.run(write_kind::update, u.where, [&](const table_ptr& rows) {
    update_rows(u, rows, eval);
    return rows;
  });
}

void delete_stored(const delete_node& d, const partitioned_table& stored, evaluator& eval) {
  stored_statement statement{"delete", stored, d.table, eval};
  statement.run(write_kind::erase, d.where, [&](const table_ptr& rows) {
    delete_rows(d, rows, eval);
    return rows;
  });
}

} // namespace pelorus
