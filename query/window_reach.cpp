#include "query/window_reach.hpp"

#include <algorithm>
#include <array>

#include "query/plan.hpp"
#include "query/select_tree.hpp"

namespace pelorus {

namespace {

/// Functions of (x, rows, ..) whose value depends on the last `rows` rows, and of (x, n = 1) that look at the n-th before.
constexpr std::array windows{"mavg", "msum", "msum2", "mcount", "mmax", "mmin", "mstd", "mstdp", "mvar", "mvarp",
                             "mmed", "mfirst", "mlast", "mimax", "mimin"};
constexpr std::array steps{"prev", "move", "deltas", "ratios", "percentChange"};
constexpr int64_t furthest = 4096;  // beyond, the rows looked back at are no small part any more

template <size_t N>
bool is_among(std::string_view name, const std::array<const char*, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<int64_t> whole_number(const argument& a) {
  auto* literal = try_as<literal_node>(a.expr);
  if (literal == nullptr || !a.name.empty() || !literal->constant.is_scalar()) return std::nullopt;
  auto& x = literal->constant;
  if ((x.type() != type_id::int_ && x.type() != type_id::long_) || x.is_null()) return std::nullopt;
  return x.raw_int();
}

class walk {
public:
  explicit walk(expression_binder& binder) : binder_(binder) {}

  std::optional<size_t> of(const node_ptr& expr) {
    size_t most = 0;
    bool fixed = true;
    auto bare = rewrite(expr, [&](const node_ptr& n) -> node_ptr {
      auto* call = try_as<call_node>(n);
      if (call == nullptr || !is_window(*call)) return nullptr;
      auto back = of_call(*call);
      fixed = fixed && back;
      most = std::max(most, back.value_or(0));
      return std::make_shared<name_node>(n->at, binder_.names()[0]);  // an element a row, like any column
    });
    if (!fixed || !row_by_row(bare, binder_)) return std::nullopt;
    return most;
  }

private:
  static bool is_window(const call_node& call) {
    auto* function = try_as<name_node>(call.function);
    return function != nullptr && function->slot < 0 && function->builtin != nullptr &&
           (is_among(function->name, windows) || is_among(function->name, steps));
  }

  std::optional<size_t> of_call(const call_node& call) {
    auto& list = call.arguments;
    if (list.empty() || !list[0].expr || !list[0].name.empty()) return std::nullopt;
    auto is_step = is_among(as<name_node>(*call.function).name, steps);
    std::optional<int64_t> rows;
    if (list.size() > 1) rows = whole_number(list[1]);
    else if (is_step) rows = 1;
    if (!rows || *rows < (is_step ? 0 : 1) || *rows > furthest) return std::nullopt;
    for (size_t i = 2; i < list.size(); ++i)
      if (!whole_number(list[i])) return std::nullopt;
    auto inner = of(list[0].expr);
    if (!inner) return std::nullopt;
    return *inner + static_cast<size_t>(is_step ? *rows : *rows - 1);
  }

  expression_binder& binder_;
};

} // namespace

std::optional<size_t> rows_looked_back(const node_ptr& item, expression_binder& binder) {
  auto expr = unaliased(item);
  if (expr->kind == node_kind::star || binder.names().size() == 0) return std::nullopt;
  return walk{binder}.of(expr);
}

} // namespace pelorus
