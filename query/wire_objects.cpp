#include "query/wire_objects.hpp"

#include "query/functions/registry.hpp"
#include "query/wire_format.hpp"

namespace pelorus::wire {

// -- out ----------------------------------------------------------------------------------------------

table_ptr table_to_send(const value& x) {
  if (auto t = x.as<table>()) return t;
  return std::make_shared<table>();
}

bool is_object_scalar(const value& x) {
  return physical_of(x.type()) == physical::any;
}

void put_object_scalar(std::string& out, const value& x) {
  put_flag(out, static_cast<uint8_t>(type_id::string), form::scalar);
  put_text(out, text_of_object(x));
}

std::string text_of_object(const value& x) {
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

namespace {
[[noreturn]] void refuse(form f) {
  throw script_error(ec::not_supported, "wire object of form " + std::string{form_name(f)});
}
} // namespace

matrix_parts parts_of_matrix(const value&) { refuse(form::matrix); }
column_ptr keys_of_set(const value&) { refuse(form::set); }
dictionary_parts parts_of_dictionary(const value&) { refuse(form::dictionary); }
value make_matrix_value(matrix_parts) { refuse(form::matrix); }
value make_set_value(column_ptr) { refuse(form::set); }
value make_dictionary_value(dictionary_parts, form f) { refuse(f); }
value make_function_value(uint8_t, std::string_view) {
  throw script_error(ec::not_supported, "wire object of type FUNCTIONDEF");
}
value make_code_value(std::string_view) { throw script_error(ec::not_supported, "wire object of type CODE"); }

} // namespace pelorus::wire
