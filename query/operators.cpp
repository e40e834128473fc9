#include "query/operators.hpp"

#include <array>

#include <fmt/format.h>

#include "query/functions/registry.hpp"
#include "query/scope.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

// In the order of `op`.
constexpr std::array<operator_info, op_count> operators = {{
    {"||", "or", 1},     {"&&", "and", 2},   {"<", "lt", 3},      {"<=", "le", 3},
    {"==", "eq", 3},     {">=", "ge", 3},    {">", "gt", 3},      {"!=", "ne", 3},
    {"|", "bitOr", 4},   {"^", "bitXor", 5}, {"&", "bitAnd", 6},  {"<<", "lshift", 7},
    {">>", "rshift", 7}, {"+", "add", 8},    {"-", "sub", 8},     {"*", "mul", 10},
    {"**", "dot", 10},   {"/", "div", 10},   {"\\", "ratio", 10}, {"%", "mod", 10},
    {"$", "cast", 10},   {"<-", "join", 10}, {":", "pair", 15},   {"..", "seq", 15},
    {"-", "neg", 18},    {"!", "not", 18},
}};

} // namespace

const operator_info& info(op o) { return operators[static_cast<size_t>(o)]; }

const operator_info* find_operator(std::string_view text, op& found) {
  if (text == "<>") text = "!=";
  for (size_t i = 0; i < static_cast<size_t>(op::neg); ++i) {
    if (operators[i].text == text) {
      found = static_cast<op>(i);
      return &operators[i];
    }
  }
  return nullptr;
}

const function_entry& function_of(op o) {
  static const auto functions = [] {
    std::array<const function_entry*, op_count> table{};
    for (size_t i = 0; i < op_count; ++i)
      table[i] = find_function(operators[i].function);
    return table;
  }();
  if (const auto* entry = functions[static_cast<size_t>(o)]) return *entry;
  throw script_error(ec::not_supported, fmt::format("The operator '{}' has no function '{}'",
                                                    info(o).text, info(o).function));
}

name_node::name_node(text_position at, std::string name)
    : node(node_kind::name, at), name(std::move(name)), hash(name_hash(this->name)),
      builtin(find_function(this->name)) {}

std::string_view called_name(const node& n) {
  const auto* call = try_as<call_node>(&n);
  const auto* name = call ? try_as<name_node>(call->function) : nullptr;
  return name ? std::string_view{name->name} : std::string_view{};
}

} // namespace pelorus
