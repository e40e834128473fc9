// The way of a distributed select: prune, ask the chunks, merge.
#include <algorithm>

#include "query/chunk_parameters.hpp"
#include "query/interpreter.hpp"
#include "query/join_runs.hpp"
#include "query/plan.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/sorted_chunk.hpp"
#include "query/unparse.hpp"
#include "query/wire.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

/// Definitions of all functions of the session, in the order in which they were made.
std::string definitions(session& who) {
  std::string text;
  for (auto& name : who.variables.names()) {
    auto* x = who.variables.find(name);
    auto f = x != nullptr ? x->as<user_function>() : nullptr;
    if (f && !f->name().empty()) text += f->source() + "\n";
  }
  return text;
}

/// Gives every constant of the map side a name, and columns their plain names.
class parameterizer {
public:
  explicit parameterizer(expression_binder& binder) : binder_(binder) {}

  void apply(select_node& map) {
    for (auto* list : {&map.items, &map.group_by})
      for (auto& n : *list) results_.push_back(result_name(*n));
    for (auto* list : {&map.items, &map.where, &map.group_by, &map.having})
      for (auto& n : *list) n = in(n);
    for (auto* list : {&map.csort, &map.order_by})
      for (auto& o : *list) o.expr = in(o.expr);
    for (auto* n : {&map.top, &map.limit, &map.offset})
      if (*n) *n = in(*n);
  }
  /// Functions go as script text: the session's definitions, since they may call each other, then the parameters.
  std::string functions(session& who) const {
    std::string text;
    for (auto& [name, x] : named_) {
      auto f = x.as<callable>();
      if (!f) continue;
      auto defined = x.as<user_function>() && !f->name().empty();
      text += name + " = " + (defined ? f->name() : f->source()) + "\n";
    }
    return text.empty() ? text : definitions(who) + text;
  }
  value parameters() const {
    auto plain = named_;
    std::erase_if(plain, [](auto& entry) { return entry.second.template as<callable>() != nullptr; });
    return parameter_lists(plain);
  }

private:
  node_ptr in(const node_ptr& n) {
    return rewrite(n, [&](const node_ptr& m) { return replace(m); });
  }

  node_ptr replace(const node_ptr& n) {
    if (auto column = binder_.find(*n)) return std::make_shared<name_node>(n->at, binder_.names()[*column]);
    if (auto* literal = try_as<literal_node>(n))
      return is_small_integer(literal->constant) ? n : parameter(literal->constant, n->at);
    if (n->kind == node_kind::aliased || n->kind == node_kind::star) return nullptr;
    if (auto* name = try_as<name_node>(n); name != nullptr && is_result(name->name)) return n;
    if (is_constant(n, [&](const node& m) { return binder_.is_column(m); })) {
      auto bound = binder_.bind(n, false);
      auto* known = try_as<literal_node>(bound.tree);
      return parameter(known ? known->constant : binder_.eval().evaluate(*bound.tree), n->at);
    }
    if (auto* call = try_as<call_node>(n)) return replace_function(*call);
    return nullptr;
  }

  /// Functions that are not ours travel as values.
  node_ptr replace_function(const call_node& call) {
    auto* name = try_as<name_node>(call.function);
    if (name != nullptr && name->slot < 0 &&
        (name->builtin != nullptr || find_aggregate(name->name) != nullptr))
      return nullptr;
    auto result = std::make_shared<call_node>(call);
    result->function = parameter(binder_.eval().evaluate(*call.function), call.at);
    for (auto& a : result->arguments)
      if (a.expr) a.expr = in(a.expr);
    return result;
  }

  /// order by and having may speak of results by their names.
  bool is_result(const std::string& name) const {
    return std::find(results_.begin(), results_.end(), name) != results_.end();
  }

  static bool is_small_integer(const value& x) {
    return x.is_scalar() && (x.type() == type_id::int_ || x.type() == type_id::long_) && !x.is_null() &&
           x.raw_int() >= 0 && x.raw_int() < INT32_MAX;
  }

  node_ptr parameter(const value& x, text_position at) {
    named_.emplace_back("plan_p" + std::to_string(named_.size()), x);
    return std::make_shared<name_node>(at, named_.back().first);
  }

  expression_binder& binder_;
  std::vector<std::string> results_;
  std::vector<std::pair<std::string, value>> named_;
};

table_ptr empty_table(const schema& columns) { return std::make_shared<table>(columns); }

/// What the chunks would answer to counts, from the metadata: rows per chunk and partition keys.
table_ptr counts_from_metadata(const select_node& map, const table_snapshot& snapshot,
                               const std::vector<chunk_keys>& keys, const pruned_chunks& pruned,
                               expression_binder& binder) {
  for (auto& item : map.items) {
    auto* call = try_as<call_node>(unaliased(item));
    if (call == nullptr || called_name(*call) != "count" || call->arguments.size() != 1 ||
        call->arguments[0].expr->kind != node_kind::star)
      return nullptr;
  }
  std::vector<size_t> level_of_key;
  for (auto& key : map.group_by) {
    auto expr = unaliased(key);
    auto* call = try_as<call_node>(expr);
    auto inner = call && call->arguments.size() == 1 ? call->arguments[0].expr : expr;
    auto column = inner ? binder.find(*inner) : std::nullopt;
    if (!column) return nullptr;
    auto function = inner == expr ? "" : std::string{called_name(*expr)};
    auto levels = snapshot.table.partition_columns.size(), level = size_t{0};
    while (level < levels && !equals_level(snapshot, level, *column, function)) ++level;
    if (level == levels) return nullptr;
    level_of_key.push_back(level);
  }
  auto result = std::make_shared<table>();
  for (size_t k = 0; k < map.group_by.size(); ++k) {
    auto level = level_of_key[k];
    std::vector<value> parts;
    for (auto i : pruned.chunks)
      if (snapshot.chunks[i].rows != 0) parts.push_back(keys[i][level].key);
    auto type = snapshot.database.levels[level].key_type;
    result->add(alias_of(map.group_by[k]),
                parts.empty() ? column::make(type, 0) : concatenate(parts, {}, false));
  }
  std::vector<int64_t> rows;
  for (auto i : pruned.chunks)
    if (snapshot.chunks[i].rows != 0) rows.push_back(static_cast<int64_t>(snapshot.chunks[i].rows));
  auto counts = column::of<int64_t>(type_id::long_, rows);
  for (auto& item : map.items) result->add(alias_of(item), counts);
  return result;
}

table_ptr merge_answers(const select_node& merge, const table_ptr& rows, const from_clause& from,
                        evaluator& eval) {
  column_names names{rows->schema()};
  for (auto& q : from.qualifiers) names.add_qualifier(q);
  return select_pipeline{merge, std::make_shared<table_source>(rows), names, eval}.run();
}

/// The column whose groups the merge side sees one by one, when that is all that it sees of the order of rows.
std::optional<size_t> group_of_rows(const split_query& halves, const table& rows, expression_binder& binder) {
  auto& merge = *halves.merge;
  if (halves.how != merge_kind::gather || merge.grouping != group_kind::context_by) return std::nullopt;
  if (!merge.where.empty() || merge.group_by.size() != 1) return std::nullopt;
  auto key = binder.find(*unaliased(merge.group_by.front()));
  auto at = key ? rows.find(binder.names()[*key]) : -1;
  return at < 0 ? std::nullopt : std::optional{static_cast<size_t>(at)};
}

table_ptr join_for_merge(const split_query& halves, std::vector<table_ptr> parts, expression_binder& binder) {
  if (parts.size() > 1)
    if (auto key = group_of_rows(halves, *parts.front(), binder))
      if (auto joined = join_in_runs(parts, *key)) return joined;
  return join_parts(std::move(parts));
}

} // namespace

chunk_plan encode_plan(const select_node& map, const table_snapshot& snapshot, expression_binder& binder) {
  auto named = std::make_shared<select_node>(map);
  parameterizer constants{binder};
  constants.apply(*named);
  named->from = std::make_shared<name_node>(map.at, "chunk");
  chunk_plan plan;
  plan.database = snapshot.database.path;
  plan.table = snapshot.table.name;
  plan.sql = unparse(*named);
  plan.parameters = encode(constants.parameters());
  plan.functions = constants.functions(binder.eval().who());
  return plan;
}

std::vector<std::pair<std::string, value>> decode_parameters(const chunk_plan& plan) {
  std::vector<std::pair<std::string, value>> result;
  std::string_view rest{plan.parameters};
  do {  // those of the plan, then those of the chunk
    size_t length = 0;
    auto both = unwrap(decode(rest, &length));
    rest.remove_prefix(length);
    if (!both.is_vector() || both.type() != type_id::any || both.size() != 2)
      throw script_error{ec::corrupt, "The parameters of a chunk task are malformed."};
    auto names = element(both.vec(), 0), values = element(both.vec(), 1);
    if (!names.is_vector() || !values.is_vector() || names.size() != values.size())
      throw script_error{ec::corrupt, "The parameters of a chunk task are malformed."};
    for (size_t i = 0; i < names.size(); ++i)
      result.emplace_back(std::string{names.vec().text(i)}, element(values.vec(), i));
  } while (!rest.empty());
  return result;
}

table_ptr execute_distributed(const select_node& query, const from_clause& from, evaluator& eval) {
  auto& who = eval.who();
  auto taken = chunks_of(from, who);
  auto& snapshot = *taken;
  column_names names{snapshot.table.columns};
  for (auto& q : from.qualifiers) names.add_qualifier(q);
  expression_binder binder{names, eval};

  auto conditions = pruning_of(query, binder);
  auto keys = keys_of_chunks(snapshot);
  auto pruned = prune(snapshot, keys, conditions.predicates);
  if (conditions.complete && pruned.exact && !drops_duplicates(snapshot.table))
    if (auto counted = split_counts(query, binder))
      if (auto rows = counts_from_metadata(*counted->map, snapshot, keys, pruned, binder))
        return merge_answers(*counted->merge, rows, from, eval);
  if (pruned.chunks.empty()) {
    auto nothing = empty_table(snapshot.table.columns);
    return select_pipeline{query, std::make_shared<table_source>(nothing), names, eval}.run();
  }
  auto halves = split(query, snapshot, binder);
  auto plan = encode_plan(*halves.map, snapshot, binder);
  auto answers = unwrap(who.node->run_on_chunks(plan, snapshot, pruned.chunks, who));
  return merge_answers(*halves.merge, join_for_merge(halves, tables_of(std::move(answers)), binder), from, eval);
}

std::vector<table_ptr> tables_of(std::vector<chunk_result> results) {
  std::sort(results.begin(), results.end(),
            [](const chunk_result& a, const chunk_result& b) { return a.chunk < b.chunk; });
  std::vector<table_ptr> parts;
  for (auto& r : results) {
    auto t = r.rows.as<table>();
    if (!t) throw script_error{ec::internal, "A chunk answered something that is not a table."};
    parts.push_back(std::move(t));
  }
  return parts;
}

table_ptr join_parts(std::vector<table_ptr> parts) {
  auto some = std::find_if(parts.begin(), parts.end(), [](auto& t) { return t->rows() != 0; });
  if (some == parts.end()) return parts.empty() ? nullptr : parts.front();
  std::erase_if(parts, [](auto& t) { return t->rows() == 0; });
  if (parts.size() == 1) return parts.front();
  std::vector<column_ptr> joined(parts.front()->width());
  size_t rows = 0;
  for (auto& p : parts) rows += p->rows();
  auto join = [&](size_t c) {
    std::vector<value> columns;
    for (auto& p : parts) columns.emplace_back(p->col(c));
    joined[c] = concatenate(columns, {}, false);
  };
  constexpr size_t many_rows = 1 << 16;
  if (rows >= many_rows) for_each_task(joined.size(), join);
  else
    for (size_t c = 0; c < joined.size(); ++c) join(c);
  return std::make_shared<table>(parts.front()->names(), std::move(joined));
}

std::vector<table_ptr> read_parts(const table_info& stored, session& who, const std::function<bool(std::string_view)>& is_wanted) {
  auto snapshot = unwrap(who.node->snapshot(stored.database, stored.name));
  select_node wanted{text_position{}};
  for (auto& c : snapshot.table.columns)
    if (is_wanted(c.name)) wanted.items.push_back(std::make_shared<name_node>(text_position{}, c.name));
  if (wanted.items.empty())
    wanted.items.push_back(std::make_shared<name_node>(text_position{}, snapshot.table.columns.front().name));
  column_names names{snapshot.table.columns};
  evaluator eval{who};
  expression_binder binder{names, eval};
  auto plan = encode_plan(wanted, snapshot, binder);
  auto chunks = prune(snapshot, keys_of_chunks(snapshot), {}).chunks;
  return tables_of(unwrap(who.node->run_on_chunks(plan, snapshot, chunks, who)));
}

} // namespace pelorus
