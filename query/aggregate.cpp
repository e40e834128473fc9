#include "query/aggregate.hpp"

#include <unordered_map>

#include "query/aggregate_loops.hpp"

namespace pelorus {

const std::vector<aggregate_kind>& all_aggregates() {
  static const auto all = [] {
    std::vector<aggregate_kind> kinds;
    for (auto family : {basic_aggregates(), statistical_aggregates(), ordinal_aggregates()})
      kinds.insert(kinds.end(), family.begin(), family.end());
    return kinds;
  }();
  return all;
}

const aggregate_kind* find_aggregate(std::string_view name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const aggregate_kind*> index;
    for (auto& kind : all_aggregates()) index.emplace(kind.name, &kind);
    return index;
  }();
  auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

column_ptr as_doubles(const column_ptr& numbers) {
  if (numbers->type() == type_id::double_) return numbers;
  auto result = column::make(type_id::double_, numbers->size());
  auto* to = result->mutable_data<double>();
  auto scale = is_decimal(numbers->type()) ? std::pow(10.0, -numbers->scale()) : 1.0;
  with_number(*numbers, "aggregate", [&](auto zero) {
    using T = decltype(zero);
    auto* from = numbers->data<T>();
    for (size_t i = 0; i < numbers->size(); ++i)
      to[i] = is_null(from[i]) ? null_of<double> : static_cast<double>(from[i]) * scale;
  });
  if (!numbers->may_have_nulls()) result->set_no_nulls();
  return result;
}

} // namespace pelorus
