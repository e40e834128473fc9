// Canonical text of statements: one a line, blocks indented by two spaces.
#include <fmt/format.h>

#include "query/literal_text.hpp"
#include "query/operators.hpp"
#include "query/unparse_writer.hpp"

namespace pelorus {

/// Writes the node if it is a statement and no expression.
bool script_writer::statement(const node& n) {
  switch (n.kind) {
  case node_kind::block: {
    const auto& statements = as<block_node>(n).statements;
    for (size_t i = 0; i < statements.size(); ++i) {
      if (i > 0) line();
      // A block inside a script keeps its braces.
      body(*statements[i]);
    }
    return true;
  }
  case node_kind::assign: assign(as<assign_node>(n)); return true;
  case node_kind::if_: if_else(as<if_node>(n)); return true;
  case node_kind::for_: for_loop(as<for_node>(n)); return true;
  case node_kind::while_:
  case node_kind::do_while: while_loop(as<while_node>(n)); return true;
  case node_kind::return_:
  case node_kind::throw_: leave(as<leave_node>(n)); return true;
  case node_kind::try_: try_catch(as<try_node>(n)); return true;
  case node_kind::class_: class_body(as<class_node>(n)); return true;
  case node_kind::break_:
  case node_kind::continue_:
  case node_kind::go:
  case node_kind::assert_:
  case node_kind::timer:
  case node_kind::undef:
  case node_kind::share:
  case node_kind::use:
  case node_kind::module:
  case node_kind::include:
  case node_kind::transaction: small(n); return true;
  default: return false;
  }
}

void script_writer::block(const node_list& statements) {
  text_ += "{";
  ++indent_;
  for (const auto& s : statements) {
    line();
    body(*s);
  }
  --indent_;
  line();
  text_ += "}";
}

/// A statement that stands alone: the body of a loop, or one of a block.
void script_writer::body(const node& n) {
  if (const auto* inner = try_as<block_node>(&n)) return block(inner->statements);
  if (!statement(n)) lone(n);
}

/// An expression as a statement; a dictionary at its start would be read as a block.
void script_writer::lone(const node& n) {
  auto begin = text_.size();
  expression(n, loosest);
  if (text_[begin] != '{') return;
  text_.insert(begin, "(");
  text_ += ")";
}

void script_writer::assign(const assign_node& n) {
  if (n.is_const) text_ += "const ";
  if (n.by_reference) text_ += "&";
  for (size_t i = 0; i < n.targets.size(); ++i) {
    if (i > 0) text_ += ", ";
    expression(*n.targets[i]);
  }
  text_ += n.is_compound ? fmt::format(" {}= ", info(n.op).text) : " = ";
  expression(*n.expr, n.targets.size() > 1 ? weakest : loosest);
}

void script_writer::if_else(const if_node& n) {
  text_ += "if (";
  expression(*n.condition);
  text_ += ") ";
  // An if without else somewhere inside would take the else of this one.
  auto kind = n.yes->kind;
  bool wrap =
      n.no && (kind == node_kind::if_ || kind == node_kind::for_ || kind == node_kind::while_ ||
               kind == node_kind::timer || kind == node_kind::try_);
  if (wrap)
    block({n.yes});
  else
    body(*n.yes);
  if (!n.no) return;
  text_ += " else ";
  body(*n.no);
}

void script_writer::for_loop(const for_node& n) {
  text_ += "for (";
  for (size_t i = 0; i < n.variables.size(); ++i) {
    if (i > 0) text_ += ", ";
    write_name(n.variables[i]->name);
  }
  text_ += " in ";
  expression(*n.source);
  text_ += ") ";
  body(*n.body);
}

void script_writer::while_loop(const while_node& n) {
  if (n.kind == node_kind::while_) {
    text_ += "while (";
    expression(*n.condition);
    text_ += ") ";
    return body(*n.body);
  }
  text_ += "do ";
  body(*n.body);
  text_ += " while (";
  expression(*n.condition);
  text_ += ")";
}

void script_writer::leave(const leave_node& n) {
  text_ += n.kind == node_kind::return_ ? "return" : "throw";
  if (!n.expr) return;
  text_ += " ";
  expression(*n.expr);
}

void script_writer::try_catch(const try_node& n) {
  text_ += "try ";
  body(*n.body);
  text_ += " catch (";
  write_name(n.error->name);
  text_ += ") ";
  body(*n.handler);
}

void script_writer::small(const node& n) {
  switch (n.kind) {
  case node_kind::break_: text_ += "break"; return;
  case node_kind::continue_: text_ += "continue"; return;
  case node_kind::go: text_ += "go"; return;
  case node_kind::use: text_ += "use " + as<module_node>(n).name; return;
  case node_kind::module: text_ += "module " + as<module_node>(n).name; return;
  case node_kind::include: text_ += "#include \"" + as<module_node>(n).name + "\""; return;
  case node_kind::assert_: {
    const auto& a = as<assert_node>(n);
    text_ += "assert ";
    if (a.label) {
      expression(*a.label);
      text_ += ", ";
    }
    return expression(*a.condition);
  }
  case node_kind::timer: {
    const auto& t = as<timer_node>(n);
    text_ += "timer ";
    if (t.repeat) {
      text_ += "(";
      expression(*t.repeat);
      text_ += ") ";
    }
    return body(*t.body);
  }
  case node_kind::undef: {
    const auto& names = as<undef_node>(n).names;
    text_ += names.empty() ? "undef all" : "undef ";
    for (size_t i = 0; i < names.size(); ++i)
      text_ += (i > 0 ? ", " : "") + names[i];
    return;
  }
  case node_kind::share:
    text_ += "share ";
    expression(*as<share_node>(n).expr, precedence::or_);
    return names_as({as<share_node>(n).name});
  default: text_ += "transaction "; body(*as<transaction_node>(n).body);
  }
}

void script_writer::class_body(const class_node& n) {
  text_ += "class " + n.name + (n.base.empty() ? " {" : " : " + n.base + " {");
  ++indent_;
  for (const auto& [name, type] : n.attributes) {
    line();
    text_ += name + " :: " + type;
  }
  for (const auto& method : n.methods) {
    line();
    function(*method);
  }
  --indent_;
  line();
  text_ += "}";
}

} // namespace pelorus
