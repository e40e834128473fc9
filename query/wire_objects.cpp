#include "query/wire_objects.hpp"

#include <algorithm>

#include "query/chart.hpp"
#include "query/code.hpp"
#include "query/dictionary.hpp"
#include "query/interpreter.hpp"
#include "query/matrix.hpp"
#include "query/parser.hpp"
#include "query/partitioned_table.hpp"
#include "query/session.hpp"
#include "query/set.hpp"
#include "query/wire_format.hpp"

namespace pelorus::wire {

namespace {
/// Kind bytes of FUNCTIONDEF (protocol reference, 3.2).
enum class function_kind : uint8_t { system = 0, user = 3, partial = 4, dynamic = 5 };

function_kind kind_of(const callable& f) {
  if (dynamic_cast<const builtin_function*>(&f) != nullptr) return function_kind::system;
  if (dynamic_cast<const user_function*>(&f) != nullptr) return function_kind::user;
  if (dynamic_cast<const partial_application*>(&f) != nullptr) return function_kind::partial;
  return function_kind::dynamic;
}
} // namespace

// -- out ----------------------------------------------------------------------------------------------

matrix_parts parts_of_matrix(const value& x) {
  auto m = x.as<matrix>();
  return {m->rows(), m->columns(), m->cells(), m->row_labels(), m->column_labels()};
}

column_ptr keys_of_set(const value& x) { return x.as<set_object>()->keys(); }

dictionary_parts parts_of_dictionary(const value& x) {
  auto c = x.as<chart>();
  auto d = c ? c->settings() : x.as<dictionary>();
  return {d->shown_keys(), d->shown_values()};
}

table_ptr table_to_send(const value& x) {
  if (auto t = x.as<table>()) return t;
  if (auto stored = x.as<partitioned_table>()) return std::make_shared<table>(stored->info.columns);
  return std::make_shared<table>();
}

bool is_object_scalar(const value& x) {
  return x.type() == type_id::any || (x.ptr() && !x.is_text());
}

void put_object_scalar(std::string& out, const value& x) {
  if (auto f = x.as<callable>()) {
    put_flag(out, static_cast<uint8_t>(type_id::functiondef), form::scalar);
    put(out, kind_of(*f));
    return put_text(out, f->source());
  }
  auto code = x.as<code_object>();
  put_flag(out, static_cast<uint8_t>(code ? type_id::code : type_id::string), form::scalar);
  put_text(out, code ? code->text() : text_of_object(x));
}

std::string text_of_object(const value& x) {
  if (auto db = x.as<database_handle>()) return "DB[" + db->info.path + "]";
  return std::string{type_name(x.type())} + " " + std::string{form_name(x.form())};
}

type_id wire_type(const column& col) {
  return !is_array(col.type()) && col.physical() == physical::any ? type_id::any : col.type();
}

bool can_compress(const column& col) {
  auto p = col.physical();
  if (col.empty() || p == physical::any || p == physical::code || col.type() == type_id::void_) return false;
  return p != physical::list || (is_fixed(col.child()->physical()) && col.child()->physical() != physical::code);
}

column_ptr with_own_symbols(const column_ptr& col) {
  if (col->dict()->size() <= 2 * col->size() + 16) return col;
  auto texts = column::make(type_id::string);
  texts->append(*col);
  auto result = column::make(type_id::symbol);
  result->append(*texts);
  return result;
}

// -- in -----------------------------------------------------------------------------------------------

value make_matrix_value(matrix_parts m) {
  return value{std::make_shared<matrix>(std::move(m.cells), m.rows, m.columns, std::move(m.row_labels),
                                        std::move(m.column_labels))};
}

value make_set_value(column_ptr keys) { return value{std::make_shared<set_object>(*keys)}; }

value make_dictionary_value(dictionary_parts parts, form f) {
  // Ordered, so that it is shown as it was sent.
  auto d = std::make_shared<dictionary>(parts.keys, parts.values, true);
  return f == form::chart ? value{std::make_shared<chart>(std::move(d))} : value{std::move(d)};
}

namespace {
bool is_constant(const node_ptr& n);

bool all_constant(const node_list& list) { return std::all_of(list.begin(), list.end(), is_constant); }

/// True for trees whose evaluation calls nothing: constants, definitions, and partial applications of those.
bool is_constant(const node_ptr& n) {
  if (!n) return true;
  switch (n->kind) {
    case node_kind::literal: case node_kind::function: return true;
    case node_kind::name: return as<name_node>(*n).builtin != nullptr;
    case node_kind::vector: case node_kind::tuple: return all_constant(as<list_node>(*n).items);
    case node_kind::unary: return is_constant(as<unary_node>(*n).operand);
    case node_kind::higher_order: return is_constant(as<higher_order_node>(*n).function);
    case node_kind::partial: {
      auto& partial = as<partial_node>(*n);
      return is_constant(partial.function) && std::all_of(partial.arguments.begin(), partial.arguments.end(),
                                                          [](auto& a) { return is_constant(a.expr); });
    }
    default: return false;
  }
}
} // namespace

value make_function_value(std::string_view text, session* who) {
  if (who != nullptr)
    if (auto known = who->variables.find(text); known != nullptr && known->type() == type_id::functiondef) return *known;
  if (auto entry = find_function(text)) return function_value(*entry);
  auto tree = parse_expression(text);
  if (who == nullptr && !is_constant(tree))
    throw script_error(ec::not_supported, "wire FUNCTIONDEF is not a constant: " + std::string{text.substr(0, 200)});
  session nobody;
  auto f = evaluator{who != nullptr ? *who : nobody}.evaluate(*tree);
  if (!f.as<callable>())
    throw script_error(ec::parse_failed, "wire FUNCTIONDEF holds no function: " + std::string{text.substr(0, 200)});
  return f;
}

value make_code_value(std::string_view text) {
  auto tree = parse_expression(text);
  if (auto quoted = try_as<metacode_node>(tree)) tree = quoted->expr;
  return value{std::make_shared<code_object>(tree)};
}

} // namespace pelorus::wire
