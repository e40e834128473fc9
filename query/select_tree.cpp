#include "query/select_tree.hpp"

#include <algorithm>
#include <unordered_set>

#include "query/functions/registry.hpp"
#include "query/operators.hpp"

namespace pelorus {

namespace {

/// Rewrites the children of one node kind each; answers null when nothing changed.
class child_rewriter {
public:
  explicit child_rewriter(const replace_node& replace) : replace_(replace) {}

  node_ptr operator()(const node_ptr& n) {
    switch (n->kind) {
      case node_kind::call: return call(as<call_node>(*n));
      case node_kind::index: return index(as<index_node>(*n));
      case node_kind::member: return member(as<member_node>(*n));
      case node_kind::unary: {
        auto& u = as<unary_node>(*n);
        return finish(std::make_shared<unary_node>(u.at, u.op, child(u.operand)));
      }
      case node_kind::binary: {
        auto& b = as<binary_node>(*n);
        auto left = child(b.left);
        return finish(std::make_shared<binary_node>(b.at, b.op, left, child(b.right)));
      }
      case node_kind::chain: return chain(as<chain_node>(*n));
      case node_kind::ternary: return ternary(as<ternary_node>(*n));
      case node_kind::vector: case node_kind::tuple: return list(as<list_node>(*n));
      case node_kind::dict: return dict(as<dict_node>(*n));
      case node_kind::partial: return partial(as<partial_node>(*n));
      case node_kind::case_when: return conditionals(as<case_node>(*n));
      case node_kind::aliased: return aliased(as<aliased_node>(*n));
      default: return nullptr;
    }
  }

private:
  node_ptr child(const node_ptr& n) {
    if (!n) return n;
    auto result = rewrite(n, replace_);
    changed_ = changed_ || result != n;
    return result;
  }
  node_ptr finish(node_ptr n) { return changed_ ? n : nullptr; }
  std::vector<argument> children(const std::vector<argument>& from) {
    auto result = from;
    for (auto& a : result) a.expr = child(a.expr);
    return result;
  }
  node_list children(const node_list& from) {
    auto result = from;
    for (auto& n : result) n = child(n);
    return result;
  }

  node_ptr call(const call_node& c) {
    auto result = std::make_shared<call_node>(c);
    if (c.function->kind != node_kind::name) result->function = child(c.function);
    result->arguments = children(c.arguments);
    return finish(result);
  }
  node_ptr index(const index_node& i) {
    auto result = std::make_shared<index_node>(i);
    result->object = child(i.object);
    result->indices = children(i.indices);
    return finish(result);
  }
  node_ptr member(const member_node& m) {
    auto result = std::make_shared<member_node>(m);
    result->object = child(m.object);
    return finish(result);
  }
  node_ptr chain(const chain_node& c) {
    auto result = std::make_shared<chain_node>(c);
    result->operands = children(c.operands);
    return finish(result);
  }
  node_ptr ternary(const ternary_node& t) {
    auto result = std::make_shared<ternary_node>(t);
    result->condition = child(t.condition);
    result->yes = child(t.yes);
    result->no = child(t.no);
    return finish(result);
  }
  node_ptr list(const list_node& l) {
    auto result = std::make_shared<list_node>(l);
    result->items = children(l.items);
    return finish(result);
  }
  node_ptr dict(const dict_node& d) {
    auto result = std::make_shared<dict_node>(d);
    for (auto& [key, item] : result->entries) item = child(item);
    return finish(result);
  }
  node_ptr partial(const partial_node& p) {
    auto result = std::make_shared<partial_node>(p);
    result->arguments = children(p.arguments);
    return finish(result);
  }
  node_ptr aliased(const aliased_node& a) {
    auto result = std::make_shared<aliased_node>(a);
    result->expr = child(a.expr);
    return finish(result);
  }
  /// case when a then b else c end is a ? b : c.
  node_ptr conditionals(const case_node& c) {
    auto result = c.otherwise ? child(c.otherwise)
                              : std::make_shared<literal_node>(c.at, value{});
    auto operand = child(c.operand);
    for (size_t k = c.whens.size(); k-- > 0;) {
      auto condition = child(c.whens[k].first);
      if (operand) condition = std::make_shared<binary_node>(c.at, op::eq, operand, condition);
      auto choice = std::make_shared<ternary_node>(c.at);
      choice->condition = condition;
      choice->yes = child(c.whens[k].second);
      choice->no = result;
      result = choice;
    }
    return result;
  }

  const replace_node& replace_;
  bool changed_ = false;
};

/// Functions whose result has, row by row, to do with the same row of their arguments only.
const std::unordered_set<std::string_view>& elementwise_functions() {
  static const std::unordered_set<std::string_view> names{
      "abs", "sqrt", "exp", "log", "log2", "log10", "log1p", "pow", "power", "floor", "ceil", "round",
      "sign", "signum", "square", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan", "reciprocal", "iif",
      "isNull", "isValid", "isNothing", "ifNull", "add", "sub", "mul", "div", "ratio", "mod", "eq", "ne",
      "lt", "le", "gt", "ge", "and", "or", "not", "neg", "bitAnd", "bitOr", "bitXor", "between", "notBetween",
      "in", "notIn", "like", "notLike", "ilike", "date", "month", "year", "minute", "hour", "second", "time", "datetime",
      "timestamp", "nanotime", "nanotimestamp", "datehour", "weekday", "dayOfWeek", "dayOfMonth",
      "dayOfYear", "monthOfYear", "quarterOfYear", "hourOfDay", "minuteOfHour", "secondOfMinute",
      "millisecond", "microsecond", "nanosecond", "bar", "temporalAdd", "concatDateTime", "int", "long",
      "short", "char", "bool", "float", "double", "string", "symbol", "strlen", "lower", "upper", "lpad",
      "rpad", "substr", "left", "right", "startsWith", "endsWith", "strReplace", "trim", "strip",
      "regexFind", "regexReplace", "monthBegin", "monthEnd", "yearBegin", "yearEnd", "weekBegin", "weekEnd",
      "coalesce", "asis"};
  return names;
}

std::string join_names(std::string_view function, const std::string& first) {
  return first.empty() ? std::string{function} : std::string{function} + "_" + first;
}

/// Name of an argument for the name of its function; constants have none.
std::string part_name(const node_ptr& n) {
  if (!n || n->kind == node_kind::literal || n->kind == node_kind::star) return "";
  return result_name(*n);
}

} // namespace

node_ptr rewrite(const node_ptr& tree, const replace_node& replace) {
  if (auto other = replace(tree)) return other;
  auto changed = child_rewriter{replace}(tree);
  return changed ? changed : tree;
}

void visit_nodes(const node_ptr& tree, const std::function<void(const node_ptr&)>& visit) {
  rewrite(tree, [&](const node_ptr& n) -> node_ptr {
    visit(n);
    return nullptr;
  });
}

std::string result_name(const node& n) {
  switch (n.kind) {
    case node_kind::name: return as<name_node>(n).name;
    case node_kind::member: return as<member_node>(n).name;
    case node_kind::aliased: return as<aliased_node>(n).names.empty()
                                        ? result_name(*as<aliased_node>(n).expr)
                                        : as<aliased_node>(n).names.front();
    case node_kind::literal: {
      auto& constant = as<literal_node>(n).constant;
      if (constant.is_text()) return std::string{constant.text()};
      if (constant.is_scalar() && is_integral(constant.type())) return std::to_string(constant.as_long());
      return "const";
    }
    case node_kind::call: {
      auto& c = as<call_node>(n);
      auto function = called_name(n);
      std::string first;
      for (auto& a : c.arguments)
        if (first.empty()) first = part_name(a.expr);
      if (function.empty()) return first.empty() ? "col" : first;
      return join_names(function, first);
    }
    case node_kind::unary: {
      auto& u = as<unary_node>(n);
      return join_names(info(u.op).function, part_name(u.operand));
    }
    case node_kind::binary: {
      auto& b = as<binary_node>(n);
      auto left = part_name(b.left), right = part_name(b.right);
      auto name = left.empty() ? std::string{info(b.op).function}
                               : left + "_" + std::string{info(b.op).function};
      return right.empty() ? name : name + "_" + right;
    }
    case node_kind::index: return part_name(as<index_node>(n).object);
    case node_kind::window: return std::string{called_name(*as<window_node>(n).call)};
    case node_kind::case_when: return "case";
    case node_kind::ternary: return "iif";
    default: return "col";
  }
}

bool is_elementwise(const node_ptr& tree) {
  bool result = true;
  visit_nodes(tree, [&](const node_ptr& n) {
    switch (n->kind) {
      case node_kind::call:
        result = result && elementwise_functions().contains(called_name(*n));
        break;
      case node_kind::binary: {
        auto o = as<binary_node>(*n).op;
        result = result && o != op::dot && o != op::join && o != op::seq;
        break;
      }
      case node_kind::index: case node_kind::window: case node_kind::partial: case node_kind::function:
      case node_kind::higher_order: case node_kind::tuple: case node_kind::dict:
        result = false;
        break;
      default: break;
    }
  });
  return result;
}

node_ptr unaliased(const node_ptr& n) {
  auto* a = try_as<aliased_node>(n);
  return a ? a->expr : n;
}

std::string alias_of(const node_ptr& n) {
  auto* a = try_as<aliased_node>(n);
  return a && !a->names.empty() ? a->names.front() : "";
}

bool is_constant(const node_ptr& tree, const std::function<bool(const node&)>& is_column) {
  bool result = true;
  visit_nodes(tree, [&](const node_ptr& n) {
    if (n->kind == node_kind::star || n->kind == node_kind::macro || is_column(*n)) result = false;
  });
  return result;
}

} // namespace pelorus
