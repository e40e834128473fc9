#include "query/constants.hpp"

#include <charconv>
#include <numbers>
#include <unordered_map>

#include <fmt/format.h>

namespace pelorus {

namespace {

constexpr int32_t scale_unit = 65536;

const std::unordered_map<std::string_view, int32_t>& numbers() {
  static const std::unordered_map<std::string_view, int32_t> table = {
      // partition schemes
      {"SEQ", 0},
      {"VALUE", 1},
      {"RANGE", 2},
      {"LIST", 3},
      {"COMPO", 4},
      {"HASH", 5},
      // forms
      {"SCALAR", 0},
      {"VECTOR", 1},
      {"PAIR", 2},
      {"MATRIX", 3},
      {"SET", 4},
      {"DICT", 5},
      {"TABLE", 6},
      {"CHART", 7},
      // charts
      {"AREA", 0},
      {"BAR", 1},
      {"COLUMN", 2},
      {"HISTOGRAM", 3},
      {"LINE", 4},
      {"PIE", 5},
      {"SCATTER", 6},
      {"TREND", 7},
      {"KLINE", 8},
      {"SURFACE", 9},
      // keepDuplicates
      {"ALL", 0},
      {"FIRST", 1},
      {"LAST", 2},
      // kinds of objects for undef and objs
      {"VAR", 0},
      {"SHARED", 1},
      {"DEF", 2},
      // hints of sql()
      {"HINT_LOCAL", 1},
      {"HINT_HASH", 32},
      {"HINT_SNAPSHOT", 64},
      {"HINT_KEEPORDER", 128},
      {"HINT_SEQ", 512},
      {"HINT_NOMERGE", 1024},
      {"HINT_PRELOAD", 4096},
      {"HINT_EXPLAIN", 32768},
      {"HINT_SORT", 524288},
      {"HINT_VECTORIZED", 4194304},
  };
  return table;
}

} // namespace

std::optional<value> find_constant(std::string_view name) {
  if (name == "pi") return value::of_double(std::numbers::pi);
  if (name == "e") return value::of_double(std::numbers::e);
  if (auto found = numbers().find(name); found != numbers().end())
    return value::of_int(found->second);
  if (name.empty() || name[0] < 'A' || name[0] > 'Z') return std::nullopt;
  auto type = type_from_name(name);
  if (!type || type_name(*type) != name) return std::nullopt;
  return type_value({*type, 0});
}

value type_value(type_spec t) {
  return value::of_int(static_cast<int32_t>(t.type) + scale_unit * t.scale);
}

expected<type_spec> type_of_value(const value& x) {
  if (!x.is_text()) {
    auto raw = x.is_scalar() && is_integral(x.type()) ? x.as_long() : -1;
    if (raw < 0 || raw % scale_unit > 255)
      return error{ec::bad_argument, "A data type must be given, such as INT or DOUBLE"};
    return type_spec{static_cast<type_id>(raw % scale_unit),
                     static_cast<int32_t>(raw / scale_unit)};
  }
  auto text = x.text();
  int32_t scale = 0;
  auto open = text.find('(');
  if (open != std::string_view::npos && text.back() == ')') {
    auto digits = text.substr(open + 1, text.size() - open - 2);
    auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), scale);
    if (failed != std::errc{} || end != digits.data() + digits.size())
      return error{ec::bad_argument, fmt::format("'{}' is no data type", text)};
    text = text.substr(0, open);
  }
  PELORUS_ASSIGN(auto type, type_from_name(text));
  return type_spec{type, scale};
}

} // namespace pelorus
