#include "query/functions/registry.hpp"

#include "query/functions/chart.hpp"
#include "query/functions/client_calls.hpp"
#include "query/functions/stored.hpp"

#include <algorithm>
#include <unordered_map>

namespace pelorus {

namespace {

const std::vector<function_family>& families() {
  static const std::vector<function_family> all = {
      operator_functions(), math_functions(),       comparison_functions(),
      logic_functions(),    conversion_functions(), temporal_functions(),
      text_functions(),     sequence_functions(),   random_functions(),
      vector_functions(),   cumulative_functions(), moving_functions(),
      matrix_functions(),   dictionary_functions(), higher_order_functions(),
      system_functions(),   table_functions(),      aggregate_functions(),
      join_functions(),     sql_functions(),        database_functions(),
      cluster_functions(),  session_functions(),    encoding_functions(),
      array_vector_functions(), dfs_browse_functions(), stored_functions(), replica_functions(), volume_functions(),
      chart_functions(),    client_call_functions(), compaction_functions(), cache_functions(),
  };
  return all;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view around = " []'\"";
  while (!text.empty() && around.find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && around.find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

} // namespace

std::vector<std::string> function_entry::parameters() const {
  std::vector<std::string> names;
  auto open = usage.find('(');
  if (open == std::string_view::npos) return names;
  auto rest = usage.substr(open + 1, usage.rfind(')') - open - 1);
  while (!rest.empty()) {
    auto comma = rest.find(',');
    auto one = trimmed(rest.substr(0, comma));
    if (auto equals = one.find('='); equals != std::string_view::npos)
      one = trimmed(one.substr(0, equals));
    if (!one.empty() && !one.ends_with("..")) names.emplace_back(one);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return names;
}

const function_entry* find_function(std::string_view name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const function_entry*> index;
    for (auto family : families()) {
      for (auto& entry : family) {
        index.emplace(entry.name, &entry);
        for (auto alias : entry.aliases)
          index.emplace(alias, &entry);
      }
    }
    return index;
  }();
  auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const std::vector<const function_entry*>& all_functions() {
  static const auto sorted = [] {
    std::vector<const function_entry*> all;
    for (auto family : families())
      for (auto& entry : family)
        all.push_back(&entry);
    std::sort(all.begin(), all.end(), [](auto* a, auto* b) { return a->name < b->name; });
    return all;
  }();
  return sorted;
}

value default_argument() { return value::integral(type_id::void_, 2); }

} // namespace pelorus
