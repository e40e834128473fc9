#include "query/join_columns.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "cfg/strings.hpp"
#include "query/asof_parts.hpp"
#include "query/interpreter.hpp"
#include "query/partitioned_table.hpp"
#include "query/plan.hpp"
#include "query/select_tree.hpp"

namespace pelorus {

namespace {

constexpr std::string_view joins[] = {"ej", "lj", "lsj", "fj", "aj"};

/// Names of columns in the query; nothing when it may speak of any.
class spoken_names {
public:
  explicit spoken_names(const select_node& query) {
    for (auto* list : {&query.items, &query.where, &query.group_by, &query.cgroup_by, &query.having})
      for (auto& n : *list) look(n);
    for (auto* list : {&query.csort, &query.order_by})
      for (auto& o : *list) look(o.expr);
    for (auto* n : {&query.top, &query.limit, &query.offset})
      if (*n) look(*n);
    any_ = any_ || query.map;
  }
  void add(std::string name) { names_.push_back(std::move(name)); }

  /// Columns that two tables share come out as right_name.
  bool may_mean(std::string_view column) const {
    return any_ || std::any_of(names_.begin(), names_.end(), [&](std::string_view spoken) {
      if (spoken.size() < column.size()) return false;
      if (!strings::equals_ignore_case(spoken.substr(spoken.size() - column.size()), column)) return false;
      return spoken.size() == column.size() || spoken[spoken.size() - column.size() - 1] == '_';
    });
  }

private:
  void look(const node_ptr& tree) {
    visit_nodes(tree, [&](const node_ptr& n) {
      switch (n->kind) {
        case node_kind::star: case node_kind::macro: case node_kind::function: case node_kind::window:
        case node_kind::select: case node_kind::set_operation: case node_kind::metacode:
          any_ = true;
          break;
        case node_kind::name: names_.push_back(as<name_node>(*n).name); break;
        case node_kind::member: {
          auto& name = as<member_node>(*n).name;
          any_ = any_ || name == "*";
          names_.push_back(name);
          break;
        }
        default: break;
      }
    });
  }

  bool any_ = false;
  std::vector<std::string> names_;
};

node_ptr literal(const node& at, value x) { return std::make_shared<literal_node>(at.at, std::move(x)); }

/// Tables are named or loaded, so that evaluating them first changes nothing.
bool is_plain(const argument& a) {
  return a.expr && a.name.empty() &&
         (a.expr->kind == node_kind::name || (a.expr->kind == node_kind::call && called_name(*a.expr) == "loadTable"));
}

/// The texts of an argument that is known by now; none when it has others.
std::vector<std::string> texts_of(const argument& a) {
  std::vector<std::string> texts;
  auto* known = try_as<literal_node>(a.expr);
  if (known == nullptr || !a.name.empty()) return texts;
  auto& x = known->constant;
  if (x.is_text()) texts.emplace_back(x.text());
  if (x.is_vector() && is_text(x.type()))
    for (size_t i = 0; i < x.size(); ++i) texts.emplace_back(x.vec().text(i));
  return texts;
}

/// aj with a table in parts; null when it takes all of its rows together, or is not well-formed.
table_ptr join_with_parts(const call_node& call, const table& left, const std::vector<table_ptr>& parts) {
  if (called_name(call) != "aj" || call.arguments.size() > 4 || parts.size() < 2) return nullptr;
  auto names = texts_of(call.arguments[2]);
  auto right_names = call.arguments.size() == 4 ? texts_of(call.arguments[3]) : names;
  column_list keys;
  for (auto& name : names)
    if (auto at = left.find(name); at >= 0) keys.push_back(left.col(static_cast<size_t>(at)));
  if (keys.empty() || keys.size() != names.size() || right_names.size() != names.size()) return nullptr;
  auto matched = asof_join_parts(keys, parts, right_names);
  if (!matched) return nullptr;
  std::vector<std::string> repeated;
  for (size_t k = 0; k + 1 < names.size(); ++k)
    if (right_names[k] == names[k]) repeated.push_back(names[k]);
  join_rows rows{row_list(left.rows()), std::move(matched->place)};
  std::iota(rows.left.begin(), rows.left.end(), 0u);
  auto named = call.argument_names.size() > 1 && !call.argument_names[1].empty();
  return joined_table(left, *matched->right, rows, repeated, named ? call.argument_names[1] : "right");
}

} // namespace

node_ptr read_joined_columns(const node_ptr& from, const select_node& query, evaluator& eval) {
  auto* call = try_as<call_node>(from);
  if (call == nullptr || std::find(std::begin(joins), std::end(joins), called_name(*from)) == std::end(joins)) return nullptr;
  auto* function = try_as<name_node>(call->function);
  if (function == nullptr || function->slot >= 0 || function->builtin == nullptr || call->arguments.size() < 3) return nullptr;
  if (!is_plain(call->arguments[0]) || !is_plain(call->arguments[1])) return nullptr;
  auto result = std::make_shared<call_node>(*call);
  spoken_names names{query};
  for (size_t i = 0; i < result->arguments.size(); ++i) {
    auto& a = result->arguments[i];
    if (!a.expr) continue;
    auto x = eval.evaluate(*a.expr);
    if (i >= 2 && x.is_text()) names.add(std::string{x.text()});
    if (i >= 2 && x.is_vector() && is_text(x.type()))
      for (size_t k = 0; k < x.size(); ++k) names.add(std::string{x.vec().text(k)});
    a.expr = literal(*a.expr, std::move(x));
  }
  for (size_t i = 0; i < 2; ++i) {
    auto& x = as<literal_node>(*result->arguments[i].expr).constant;
    auto stored = x.as<partitioned_table>();
    if (!stored) continue;
    auto parts = read_parts(stored->info, eval.who(), [&](std::string_view column) { return names.may_mean(column); });
    if (i == 1)
      if (auto left = as<literal_node>(*result->arguments[0].expr).constant.as<table>())
        if (auto joined = join_with_parts(*result, *left, parts)) return literal(*from, value{joined});
    auto rows = join_parts(std::move(parts));
    result->arguments[i].expr = literal(*from, value{rows ? rows : std::make_shared<table>(stored->info.columns)});
  }
  return result;
}

} // namespace pelorus
