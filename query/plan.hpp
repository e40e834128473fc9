// A select over a stored table, split in two: what each chunk runs for itself, and what merges the answers.
//
// Both halves are selects again. The map side travels as text over a table `_chunk`, its constants and functions
// beside it as values; the merge side runs here over the rows that come back, in the order of the partitions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/plan_prune.hpp"
#include "query/select_expression.hpp"
#include "query/select_from.hpp"
#include "query/services.hpp"
#include "query/syntax.hpp"

namespace pelorus {

class evaluator;

/// How the chunks' answers become one.
enum class merge_kind : uint8_t {
  concatenate,  ///< rows of different chunks do not meet: one after the other
  regroup,      ///< partial aggregates, merged per group
  gather,       ///< needed columns are collected, the query runs on all of them
};

struct split_query {
  merge_kind how = merge_kind::gather;
  std::shared_ptr<select_node> map;    ///< from and with are ignored
  std::shared_ptr<select_node> merge;  ///< over the map side's columns
};

/// Decides how a query is split. `names` are the stored table's columns.
split_query split(const select_node& query, const table_snapshot& snapshot, expression_binder& binder);

/// The split into partial aggregates and what merges them; nothing when one of them cannot be split. Conditions go row by row.
std::optional<split_query> split_aggregates(const select_node& query, expression_binder& binder);

/// The split into partial counts and their sums, when the query asks for nothing but count(*) per group.
std::optional<split_query> split_counts(const select_node& query, expression_binder& binder);

/// True when each row's value depends on that row alone.
bool row_by_row(const node_ptr& expr, expression_binder& binder);

/// Conditions of the where clause that may be decided by partition keys, and whether these are all.
struct pruning_predicates {
  std::vector<predicate> predicates;
  bool complete = true;
};
pruning_predicates pruning_of(const select_node& query, expression_binder& binder);

/// The map side as bytes: constants are evaluated here and named in the text.
chunk_plan encode_plan(const select_node& map, const table_snapshot& snapshot, expression_binder& binder);
/// Names and values of a plan's parameters.
std::vector<std::pair<std::string, value>> decode_parameters(const chunk_plan& plan);

/// The rows of a stored table as its chunks have them, in their order; the wanted columns only (at least one).
std::vector<table_ptr> read_parts(const table_info& stored, session& who, const std::function<bool(std::string_view)>& is_wanted);
/// The answers as tables, in the order of the chunks. Throws script_error.
std::vector<table_ptr> tables_of(std::vector<chunk_result> answers);
/// One table of parts that have the same columns; none: null.
table_ptr join_parts(std::vector<table_ptr> parts);

/// Runs a select over a stored table.
table_ptr execute_distributed(const select_node& query, const from_clause& from, evaluator& eval);

} // namespace pelorus
