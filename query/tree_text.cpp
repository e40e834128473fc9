// Trees as nested brackets: every part that means something, and nothing else.
#include <fmt/format.h>

#include "query/literal_text.hpp"
#include "query/operators.hpp"
#include "query/unparse.hpp"

namespace pelorus {

namespace {

class tree_writer {
public:
  std::string run(const node& n) {
    put(n);
    return std::move(text_);
  }

private:
  void put(const node_ptr& n) {
    if (n)
      put(*n);
    else
      word("_");
  }
  void word(std::string_view w) { text_ += fmt::format(" {}", w); }
  void text(std::string_view t) { word(quoted(t)); }
  template <class F>
  void group(std::string_view name, F&& inside) {
    text_ += fmt::format(" ({}", name);
    inside();
    text_ += ")";
  }
  void put_all(std::string_view name, const node_list& list) {
    if (list.empty()) return;
    group(name, [&] {
      for (const auto& x : list)
        put(x);
    });
  }
  void put_named(std::string_view name, const node_ptr& n) {
    if (n) group(name, [&] { put(n); });
  }
  void put_order(std::string_view name, const std::vector<order_item>& list) {
    if (list.empty()) return;
    group(name, [&] {
      for (const auto& x : list) {
        put(x.expr);
        word(fmt::format("{}{}", x.descending ? "desc" : "asc", static_cast<int>(x.place)));
      }
    });
  }
  void put_arguments(const std::vector<argument>& list) {
    for (const auto& a : list) {
      if (!a.name.empty()) word(a.name + "=");
      put(a.expr);
      if (!a.alias.empty()) text(a.alias);
    }
  }
  void put_options(const std::vector<named_option>& list) {
    for (const auto& o : list)
      group(o.name, [&] { put(o.expr); });
  }
  void put_columns(const std::vector<column_definition>& columns) {
    for (const auto& c : columns) {
      group("column", [&] {
        text(c.name);
        put(c.type);
        put_options(c.options);
      });
    }
  }
  /// A block of one statement means the same as the statement.
  void put_body(const node_ptr& n) {
    const auto* block = try_as<block_node>(n);
    if (block && block->statements.size() == 1) return put_body(block->statements[0]);
    put(n);
  }

  void put(const node& n) {
    if (!expression(n) && !query(n) && !change(n)) statement(n);
  }

  bool expression(const node& n) {
    switch (n.kind) {
    case node_kind::literal:
      group(type_name(as<literal_node>(n).constant.type()),
            [&] { word(literal_text(as<literal_node>(n).constant)); });
      return true;
    case node_kind::name: word(as<name_node>(n).name); return true;
    case node_kind::macro:
      word((as<macro_node>(n).many ? "$$" : "$") + as<macro_node>(n).name);
      return true;
    case node_kind::star: word("*"); return true;
    case node_kind::unary:
      group(info(as<unary_node>(n).op).function, [&] { put(as<unary_node>(n).operand); });
      return true;
    case node_kind::binary:
      group(info(as<binary_node>(n).op).text, [&] {
        put(as<binary_node>(n).left);
        put(as<binary_node>(n).right);
      });
      return true;
    case node_kind::vector:
    case node_kind::tuple:
      group(n.kind == node_kind::vector ? "vector" : "tuple", [&] {
        for (const auto& x : as<list_node>(n).items)
          put(x);
      });
      return true;
    default: return compound(n) || rare_expression(n);
    }
  }

  bool compound(const node& n) {
    switch (n.kind) {
    case node_kind::call:
      group(as<call_node>(n).method ? "method" : "call", [&] {
        put(as<call_node>(n).function);
        put_arguments(as<call_node>(n).arguments);
      });
      return true;
    case node_kind::partial:
      group("partial", [&] {
        put(as<partial_node>(n).function);
        put_arguments(as<partial_node>(n).arguments);
      });
      return true;
    case node_kind::index:
      group("index", [&] {
        put(as<index_node>(n).object);
        for (const auto& i : as<index_node>(n).indices)
          put(i);
      });
      return true;
    case node_kind::member:
      group("member", [&] {
        put(as<member_node>(n).object);
        text(as<member_node>(n).name);
      });
      return true;
    case node_kind::chain:
      group("chain", [&] {
        const auto& c = as<chain_node>(n);
        for (size_t i = 0; i < c.operands.size(); ++i) {
          if (i > 0) word(info(c.ops[i - 1]).text);
          put(c.operands[i]);
        }
      });
      return true;
    case node_kind::ternary:
      group("?", [&] {
        put(as<ternary_node>(n).condition);
        put(as<ternary_node>(n).yes);
        put(as<ternary_node>(n).no);
      });
      return true;
    default: return false;
    }
  }

  bool rare_expression(const node& n) {
    switch (n.kind) {
    case node_kind::dict:
      group("dict", [&] {
        for (const auto& [key, x] : as<dict_node>(n).entries) {
          put(key);
          put(x);
        }
      });
      return true;
    case node_kind::function: function(as<function_node>(n)); return true;
    case node_kind::higher_order:
      group(":" + as<higher_order_node>(n).pattern,
            [&] { put(as<higher_order_node>(n).function); });
      return true;
    case node_kind::metacode: group("code", [&] { put(as<metacode_node>(n).expr); }); return true;
    case node_kind::aliased:
      group("as", [&] {
        put(as<aliased_node>(n).expr);
        for (const auto& name : as<aliased_node>(n).names)
          text(name);
      });
      return true;
    case node_kind::case_when:
      group("case", [&] {
        const auto& c = as<case_node>(n);
        put(c.operand);
        for (const auto& [when, then] : c.whens) {
          put(when);
          put(then);
        }
        put(c.otherwise);
      });
      return true;
    default: return false;
    }
  }

  void function(const function_node& f) {
    group(f.is_aggregate ? "defg"
          : f.is_lambda  ? "lambda"
                         : "def",
          [&] {
            word(f.name.empty() ? "_" : f.name);
            for (const auto& p : f.parameters) {
              word((p.is_mutable ? "mutable:" : "") + p.name);
              if (p.default_value) put(p.default_value);
            }
            put(f.body);
          });
  }

  void bound(const window_node::bound& b) {
    word(std::to_string(static_cast<int>(b.where)));
    put(b.offset);
  }

  void select(const select_node& s) {
    group(s.is_exec ? "exec" : "select", [&] {
      for (const auto& h : s.hints)
        word(h);
      for (const auto& w : s.with)
        group(w.name, [&] { put(w.query); });
      if (s.distinct) word("distinct");
      put_named("top", s.top);
      put_all("items", s.items);
      put_named("from", s.from);
      put_all("where", s.where);
      put_all(fmt::format("by{}", static_cast<int>(s.grouping)), s.group_by);
      put_all("cgroup", s.cgroup_by);
      put_order("csort", s.csort);
      put_all("having", s.having);
      put_order("order", s.order_by);
      put_named("limit", s.limit);
      put_named("offset", s.offset);
      if (s.map) word("map");
    });
  }

  bool query(const node& n) {
    switch (n.kind) {
    case node_kind::select: select(as<select_node>(n)); return true;
    case node_kind::join:
      group(fmt::format("join{}", static_cast<int>(as<join_node>(n).how)), [&] {
        put(as<join_node>(n).left);
        put(as<join_node>(n).right);
        put(as<join_node>(n).on);
      });
      return true;
    case node_kind::set_operation:
      group(fmt::format("set{}", static_cast<int>(as<set_operation_node>(n).how)), [&] {
        const auto& s = as<set_operation_node>(n);
        put(s.left);
        put(s.right);
        put_order("order", s.order_by);
        put(s.limit);
        put(s.offset);
      });
      return true;
    case node_kind::window:
      group("window", [&] {
        const auto& w = as<window_node>(n);
        put(w.call);
        put_all("partition", w.partition_by);
        put_order("order", w.order_by);
        if (!w.has_frame) return;
        word(w.by_range ? "range" : "rows");
        bound(w.from);
        bound(w.to);
      });
      return true;
    default: return false;
    }
  }

  bool change(const node& n) {
    if (const auto* u = try_as<update_node>(&n)) {
      group("update", [&] {
        put(u->table);
        for (const auto& [name, x] : u->sets)
          group(name, [&] { put(x); });
        put_named("from", u->from);
        put_all("where", u->where);
        put_all("context", u->context_by);
        put_order("csort", u->csort);
        put_all("having", u->having);
      });
    } else if (const auto* d = try_as<delete_node>(&n)) {
      group("delete", [&] {
        put(d->table);
        put_all("where", d->where);
      });
    } else if (const auto* i = try_as<insert_node>(&n)) {
      group("insert", [&] {
        put(i->table);
        for (const auto& c : i->columns)
          text(c);
        for (const auto& row : i->rows)
          group("row", [&] {
            for (const auto& x : row)
              put(x);
          });
        put(i->query);
      });
    } else {
      return schema_change(n);
    }
    return true;
  }

  bool schema_change(const node& n) {
    if (const auto* c = try_as<create_database_node>(&n)) {
      group(c->if_not_exists ? "create_database_if" : "create_database", [&] {
        put(c->path);
        put_all("by", c->schemes);
        put_options(c->options);
      });
    } else if (const auto* t = try_as<create_table_node>(&n)) {
      group(t->if_not_exists ? "create_table_if" : "create_table", [&] {
        put(t->database);
        text(t->name);
        put_columns(t->columns);
        put_all("by", t->partitioned_by);
        put_options(t->options);
      });
    } else if (const auto* a = try_as<alter_table_node>(&n)) {
      group(fmt::format("alter{}", static_cast<int>(a->what)), [&] {
        put(a->database);
        text(a->name);
        put_columns(a->columns);
        text(a->old_name);
        text(a->new_name);
      });
    } else if (const auto* d = try_as<drop_node>(&n)) {
      group(d->if_exists ? "drop_if" : "drop", [&] {
        word(d->is_database ? "database" : "table");
        put(d->database);
        text(d->name);
      });
    } else {
      return false;
    }
    return true;
  }

  void statement(const node& n) {
    switch (n.kind) {
    case node_kind::block:
      return group("block", [&] {
        for (const auto& s : as<block_node>(n).statements)
          put(s);
      });
    case node_kind::assign: return assign(as<assign_node>(n));
    case node_kind::if_:
      return group("if", [&] {
        put(as<if_node>(n).condition);
        put_body(as<if_node>(n).yes);
        put_body(as<if_node>(n).no);
      });
    case node_kind::for_:
      return group("for", [&] {
        for (const auto& v : as<for_node>(n).variables)
          word(v->name);
        put(as<for_node>(n).source);
        put_body(as<for_node>(n).body);
      });
    case node_kind::while_:
    case node_kind::do_while:
      return group(n.kind == node_kind::while_ ? "while" : "do", [&] {
        put(as<while_node>(n).condition);
        put_body(as<while_node>(n).body);
      });
    case node_kind::try_:
      return group("try", [&] {
        put_body(as<try_node>(n).body);
        word(as<try_node>(n).error->name);
        put_body(as<try_node>(n).handler);
      });
    default: return small_statement(n);
    }
  }

  void assign(const assign_node& a) {
    group(a.is_compound ? info(a.op).function : "=", [&] {
      if (a.by_reference) word("&");
      if (a.is_const) word("const");
      for (const auto& t : a.targets)
        put(t);
      put(a.expr);
    });
  }

  void small_statement(const node& n) {
    auto name = std::to_string(static_cast<int>(n.kind));
    group(name, [&] {
      if (const auto* x = try_as<leave_node>(&n)) put(x->expr);
      if (const auto* x = try_as<module_node>(&n)) text(x->name);
      if (const auto* x = try_as<transaction_node>(&n)) put_body(x->body);
      if (const auto* x = try_as<undef_node>(&n))
        for (const auto& u : x->names)
          word(u);
      if (const auto* x = try_as<share_node>(&n)) {
        put(x->expr);
        text(x->name);
      }
      if (const auto* x = try_as<assert_node>(&n)) {
        put(x->label);
        put(x->condition);
      }
      if (const auto* x = try_as<timer_node>(&n)) {
        put(x->repeat);
        put_body(x->body);
      }
      if (const auto* x = try_as<class_node>(&n)) {
        word(x->name);
        text(x->base);
        for (const auto& [attribute, type] : x->attributes)
          word(attribute + "::" + type);
        for (const auto& method : x->methods)
          function(*method);
      }
    });
  }

  std::string text_;
};

} // namespace

std::string tree_text(const node& n) { return tree_writer().run(n); }

} // namespace pelorus
