#include "query/unparse.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "query/lexer.hpp"
#include "query/literal_text.hpp"
#include "query/operators.hpp"
#include "query/script_error.hpp"
#include "query/unparse_writer.hpp"

namespace pelorus {

namespace {

/// Names that would be read as keywords at some place are written in quotes.
bool is_keyword(std::string_view name) {
  static constexpr std::array<std::string_view, 46> words = {
      "and",     "as",    "asc",   "between",   "by",     "case",     "catch",  "cgroup",
      "context", "csort", "def",   "defg",      "desc",   "distinct", "else",   "end",
      "exec",    "from",  "full",  "group",     "having", "in",       "inner",  "is",
      "join",    "left",  "like",  "limit",     "map",    "not",      "nulls",  "on",
      "or",      "order", "over",  "partition", "pivot",  "right",    "select", "set",
      "then",    "top",   "union", "values",    "when",   "where"};
  std::string lower{name};
  for (char& c : lower)
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return std::binary_search(words.begin(), words.end(), std::string_view{lower});
}

/// Keywords that are also functions may be called by their plain name.
bool callable_keyword(std::string_view name) {
  return name == "and" || name == "or" || name == "not" || name == "in" || name == "like" ||
         name == "between" || name == "join" || name == "set" || name == "distinct" ||
         name == "values" || name == "left" || name == "right";
}

bool is_qualified(std::string_view name) { return name.find("::") != std::string_view::npos; }

} // namespace

std::string script_writer::run(const node& n) {
  if (!statement(n)) lone(n);
  return std::move(text_);
}

int script_writer::binding(const node& n) {
  switch (n.kind) {
  case node_kind::binary: return info(as<binary_node>(n).op).precedence;
  case node_kind::chain: return precedence::comparison;
  case node_kind::unary: return precedence::unary;
  case node_kind::select:
  case node_kind::set_operation: return loosest;
  case node_kind::ternary:
  case node_kind::function:
  case node_kind::aliased:
  case node_kind::metacode: return weakest;
  default: return atom;
  }
}

void script_writer::expression(const node& n, int least) {
  const auto* literal_part = try_as<literal_node>(&n);
  const auto* name_part = try_as<name_node>(&n);
  if (literal_part) return literal(literal_part->constant, least);
  if (name_part) return name(*name_part, least);
  bool bracket = binding(n) < least;
  if (bracket) text_ += "(";
  bare(n);
  if (bracket) text_ += ")";
}

void script_writer::bare(const node& n) {
  switch (n.kind) {
  case node_kind::macro:
    text_ += (as<macro_node>(n).many ? "_$$" : "_$") + as<macro_node>(n).name;
    return;
  case node_kind::star: text_ += "*"; return;
  case node_kind::call: return call(as<call_node>(n));
  case node_kind::index: return index(as<index_node>(n));
  case node_kind::member:
    expression(*as<member_node>(n).object, postfix_binding);
    text_ += ".";
    return as<member_node>(n).name == "*" ? void(text_ += "*")
                                          : write_name(as<member_node>(n).name);
  case node_kind::unary: return unary(as<unary_node>(n));
  case node_kind::binary: return binary(as<binary_node>(n));
  case node_kind::chain: return chain(as<chain_node>(n));
  case node_kind::ternary: {
    const auto& t = as<ternary_node>(n);
    expression(*t.condition, precedence::or_);
    text_ += " ? ";
    expression(*t.yes, precedence::pair + 1);
    text_ += " : ";
    return expression(*t.no, precedence::or_);
  }
  case node_kind::vector:
  case node_kind::tuple: return list(as<list_node>(n));
  case node_kind::dict: return dict(as<dict_node>(n));
  case node_kind::function: return function(as<function_node>(n));
  case node_kind::partial:
    expression(*as<partial_node>(n).function, postfix_binding);
    text_ += "{";
    arguments(as<partial_node>(n).arguments, 0);
    text_ += "}";
    return;
  case node_kind::higher_order:
    expression(*as<higher_order_node>(n).function, postfix_binding);
    text_ += ":" + as<higher_order_node>(n).pattern;
    return;
  case node_kind::metacode:
    text_ += "<";
    expression(*as<metacode_node>(n).expr, loosest);
    text_ += ">";
    return;
  case node_kind::aliased:
    expression(*as<aliased_node>(n).expr, precedence::or_);
    return names_as(as<aliased_node>(n).names);
  case node_kind::case_when: return case_when(as<case_node>(n));
  default:
    if (!query(n) && !statement(n))
      throw script_error(ec::internal, "A syntax tree has an unknown node");
  }
}

void script_writer::literal(const value& x, int least) {
  std::string text;
  try {
    text = literal_text(x);
  } catch (const script_error&) {
    if (!for_people_) throw;
    text_ += "[" + std::string{form_name(x.form())} + "]";
    return;
  }
  bool cast = text.find(")$") != std::string::npos || text.find("]$") != std::string::npos ||
              text.find("P$") != std::string::npos;
  bool bracket =
      cast || (least >= precedence::unary && text[0] != '[' && text[0] != '"' && text[0] != '(');
  text_ += bracket ? "(" + text + ")" : text;
}

void script_writer::name(const name_node& n, int least) {
  if (substitute_) {
    if (const auto* x = substitute_(n)) return literal(*x, least);
  }
  write_name(n.name);
}

void script_writer::write_name(std::string_view text) {
  bool plain =
      is_qualified(text) || (is_identifier(text) && (!is_keyword(text) || callable_keyword(text)));
  text_ += plain ? std::string{text} : "_" + quoted(text);
}

void script_writer::call(const call_node& n) {
  const auto* callee = try_as<name_node>(n.function);
  if (n.method && callee && !n.arguments.empty() && n.arguments[0].expr) {
    expression(*n.arguments[0].expr, postfix_binding);
    text_ += ".";
    write_name(callee->name);
    text_ += "(";
    arguments(n.arguments, 1);
    text_ += ")";
    return;
  }
  expression(*n.function, postfix_binding);
  text_ += "(";
  arguments(n.arguments, 0);
  text_ += ")";
}

void script_writer::arguments(const std::vector<argument>& list, size_t from) {
  for (size_t i = from; i < list.size(); ++i) {
    if (i > from) text_ += ", ";
    if (!list[i].name.empty()) text_ += list[i].name + "=";
    if (list[i].expr) expression(*list[i].expr);
    if (!list[i].alias.empty()) names_as({list[i].alias});
  }
}

void script_writer::index(const index_node& n) {
  expression(*n.object, postfix_binding);
  text_ += "[";
  for (size_t i = 0; i < n.indices.size(); ++i) {
    if (i > 0) text_ += ", ";
    if (n.indices[i]) expression(*n.indices[i]);
  }
  text_ += "]";
}

void script_writer::binary(const binary_node& n) {
  const auto& o = info(n.op);
  // A comparison on the left would make a chain.
  expression(*n.left, o.precedence + (is_comparison(n.op) ? 1 : 0));
  text_ += n.op == op::seq ? std::string{o.text} : fmt::format(" {} ", o.text);
  expression(*n.right, o.precedence + 1);
}

void script_writer::unary(const unary_node& n) {
  text_ += info(n.op).text;
  expression(*n.operand, precedence::unary + 1);
}

void script_writer::chain(const chain_node& n) {
  for (size_t i = 0; i < n.operands.size(); ++i) {
    if (i > 0) text_ += fmt::format(" {} ", info(n.ops[i - 1]).text);
    expression(*n.operands[i], precedence::comparison + 1);
  }
}

void script_writer::list(const list_node& n) {
  bool tuple = n.kind == node_kind::tuple;
  text_ += tuple ? "(" : "[";
  items(n.items);
  if (tuple && n.items.size() == 1) text_ += ",";
  text_ += tuple ? ")" : "]";
}

void script_writer::items(const node_list& list) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) text_ += ", ";
    if (list[i]) expression(*list[i]);
  }
}

void script_writer::dict(const dict_node& n) {
  text_ += "{";
  for (size_t i = 0; i < n.entries.size(); ++i) {
    if (i > 0) text_ += ", ";
    expression(*n.entries[i].first, precedence::pair + 1);
    text_ += ": ";
    expression(*n.entries[i].second);
  }
  text_ += "}";
}

void script_writer::function(const function_node& n) {
  if (n.is_lambda) {
    text_ += "(";
    for (size_t i = 0; i < n.parameters.size(); ++i)
      text_ += (i > 0 ? ", " : "") + n.parameters[i].name;
    text_ += ") -> ";
    return expression(*n.body);
  }
  text_ += n.is_aggregate ? "defg" : "def";
  if (!n.name.empty()) text_ += " " + n.name;
  text_ += "(";
  for (size_t i = 0; i < n.parameters.size(); ++i) {
    const auto& p = n.parameters[i];
    text_ += fmt::format("{}{}{}", i > 0 ? ", " : "", p.is_mutable ? "mutable " : "", p.name);
    if (p.default_value) {
      text_ += "=";
      expression(*p.default_value);
    }
  }
  text_ += ")";
  if (n.body->kind == node_kind::block) {
    text_ += " ";
    return block(as<block_node>(*n.body).statements);
  }
  text_ += ": ";
  expression(*n.body);
}

void script_writer::case_when(const case_node& n) {
  text_ += "case";
  if (n.operand) {
    text_ += " ";
    expression(*n.operand, precedence::or_);
  }
  for (const auto& [when, then] : n.whens) {
    text_ += " when ";
    expression(*when, precedence::or_);
    text_ += " then ";
    expression(*then, precedence::or_);
  }
  if (n.otherwise) {
    text_ += " else ";
    expression(*n.otherwise, precedence::or_);
  }
  text_ += " end";
}

void script_writer::names_as(const std::vector<std::string>& names) {
  text_ += " as ";
  if (names.size() == 1) {
    bool plain = is_identifier(names[0]) && !is_keyword(names[0]);
    text_ += plain ? names[0] : quoted(names[0]);
    return;
  }
  for (const auto& name : names)
    text_ += "`" + name;
}

std::string unparse(const node& n, const substitution& substitute) {
  return script_writer(substitute).run(n);
}

std::string readable(const node& n, const substitution& substitute) {
  return script_writer(substitute, true).run(n);
}

bool same_tree(const node& a, const node& b) { return tree_text(a) == tree_text(b); }

} // namespace pelorus
