#include "actors/gateway/json_value.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cfg/strings.hpp"
#include "query/dictionary.hpp"
#include "query/interpreter.hpp"
#include "query/matrix.hpp"
#include "query/set.hpp"
#include "storage/table.hpp"

namespace pelorus {

// -- out ----------------------------------------------------------------------------------------------

void append_json_text(std::string& out, std::string_view text) {
  // Replaces bytes that are no UTF-8: JSON cannot hold them.
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

namespace {
class json_writer {
public:
  json_writer(std::string& out, session& who) : out_(out), who_(who) {}

  void object(const value& x) {
    head(x.form(), x.type());
    if (!x.is_scalar()) out_ += fmt::format(",\"size\":{}", x.size());
    out_ += ",\"value\":";
    content(x);
    out_ += '}';
  }

private:
  void head(form f, type_id type) {
    out_ += fmt::format("{{\"form\":\"{}\",\"type\":\"{}\"", strings::lower(form_name(f)), strings::lower(type_name(type)));
  }

  void content(const value& x) {
    switch (x.form()) {
      case form::scalar: return items(*to_column(x), true);
      case form::vector: case form::pair: return items(x.vec(), false);
      case form::table:
        if (auto t = x.as<table>()) return columns(*t);
        break;
      case form::set: return items(*x.as<set_object>()->shown(), false);
      case form::matrix: return cells(*x.as<matrix>());
      case form::dictionary: case form::chart: return entries(*x.as<dictionary>());
      default: break;
    }
    out_ += "null";
  }

  void columns(const table& t) {
    out_ += '[';
    for (size_t i = 0; i < t.width(); ++i) {
      out_ += i == 0 ? "{\"name\":" : ",{\"name\":";
      append_json_text(out_, t.name(i));
      out_ += fmt::format(",\"form\":\"vector\",\"type\":\"{}\",\"size\":{},\"value\":", strings::lower(type_name(t.col(i)->type())), t.rows());
      items(*t.col(i), false);
      out_ += '}';
    }
    out_ += ']';
  }

  void cells(const matrix& m) {
    out_ += '[';
    for (size_t i = 0; i < m.columns(); ++i) {
      if (i != 0) out_ += ',';
      items(*m.col(i), false);
    }
    out_ += ']';
  }

  void entries(const dictionary& d) {
    auto keys = d.shown_keys(), values = d.shown_values();
    out_ += "{\"keys\":";
    items(*keys, false);
    out_ += ",\"values\":";
    items(*values, false);
    out_ += '}';
  }

  /// An array, or with `one` its only element.
  void items(const column& col, bool one) {
    if (!one) out_ += '[';
    auto printed = texts_of(col);
    for (size_t i = 0; i < col.size(); ++i) {
      if (i != 0) out_ += ',';
      item(col, i, printed.get());
    }
    if (!one) out_ += ']';
  }

  /// What scripts print of types that JSON has no numbers for; null for the others.
  column_ptr texts_of(const column& col) {
    auto type = col.type();
    bool plain = is_integral(type) || is_floating(type) || is_text(type) || type == type_id::void_ || is_array(type) ||
                 physical_of(type) == physical::any || col.empty();
    if (plain) return nullptr;
    auto printed = evaluator{who_}.call_registered("string", {value{std::make_shared<column>(col)}});
    return printed.is_vector() ? printed.vec_ptr() : to_column(printed);
  }

  void item(const column& col, size_t i, const column* printed) {
    if (col.physical() == physical::any) {
      auto x = col.items()[i];
      if (x.is_null()) out_ += "null";
      else if (x.is_scalar() && !x.ptr()) content(x);
      else if (x.is_text()) append_json_text(out_, x.text());
      else if (x.is_scalar()) append_json_text(out_, evaluator{who_}.text_of(x));
      else object(x);
      return;
    }
    if (is_array(col.type())) {
      auto begin = static_cast<size_t>(col.list_begin(i)), end = static_cast<size_t>(col.list_end(i));
      return items(*col.child()->slice(begin, end - begin), false);
    }
    if (col.is_null(i)) {
      out_ += "null";
      return;
    }
    if (printed != nullptr) return append_json_text(out_, printed->text(i));
    number_or_text(col, i);
  }

  void number_or_text(const column& col, size_t i) {
    if (is_text(col.type())) return append_json_text(out_, col.text(i));
    auto x = element(col, i);
    if (col.type() == type_id::bool_) out_ += x.raw_int() != 0 ? "true" : "false";
    else if (is_floating(col.type())) out_ += std::isfinite(x.raw_real()) ? fmt::format("{}", x.raw_real()) : "null";
    else out_ += fmt::format("{}", x.raw_int());
  }

  std::string& out_;
  session& who_;
};
} // namespace

void append_json(std::string& out, const value& x, session& who) { json_writer{out, who}.object(x); }

// -- in -----------------------------------------------------------------------------------------------

namespace {
using json = nlohmann::json;

expected<value> typed(const json& j, std::string_view type_text) {
  PELORUS_ASSIGN(auto type, type_from_name(type_text));
  if (!is_number(type) && !is_text(type))
    return error{ec::not_supported, "parameter of type " + std::string{type_text} + ": pass numbers or texts and convert them in the script"};
  auto col = column::make(type);
  auto add = [&](const json& item) -> expected<void> {
    PELORUS_ASSIGN(auto x, value_of_json(item));
    return push_element(*col, x.is_void() ? value::null(type) : x);
  };
  if (!j.is_array()) {
    PELORUS_TRY(add(j));
    return element(*col, 0);
  }
  for (auto& item : j) PELORUS_TRY(add(item));
  return value{col};
}

expected<value> array_of_json(const json& j) {
  std::vector<value> items;
  bool integers = true, numbers = true, texts = true, bools = true, big = false;
  for (auto& item : j) {
    PELORUS_ASSIGN(auto x, value_of_json(item));
    if (!x.is_void()) {
      integers &= item.is_number_integer();
      numbers &= item.is_number();
      texts &= item.is_string();
      bools &= item.is_boolean();
      big |= x.type() == type_id::long_;
    }
    items.push_back(std::move(x));
  }
  auto type = items.empty() ? type_id::any
              : bools       ? type_id::bool_
              : integers    ? (big ? type_id::long_ : type_id::int_)
              : numbers     ? type_id::double_
              : texts       ? type_id::string
                            : type_id::any;
  auto col = column::make(type);
  for (auto& x : items) PELORUS_TRY(push_element(*col, x.is_void() && type != type_id::any ? value::null(type) : x));
  return value{col};
}

expected<value> dictionary_of_json(const json& j) {
  auto keys = column::make(type_id::string), values = column::make(type_id::any);
  for (auto& [name, item] : j.items()) {
    PELORUS_ASSIGN(auto x, value_of_json(item));
    keys->push_text(name);
    PELORUS_TRY(push_element(*values, x));
  }
  return value{std::make_shared<dictionary>(keys, values, true)};
}
} // namespace

expected<value> value_of_json(const json& j) {
  if (j.is_null()) return value{};
  if (j.is_boolean()) return value::of_bool(j.get<bool>());
  if (j.is_string()) return value::of_text(j.get<std::string>());
  if (j.is_number_integer()) {
    auto x = j.get<int64_t>();
    return x > null_of<int32_t> && x <= std::numeric_limits<int32_t>::max() ? value::of_int(static_cast<int32_t>(x)) : value::of_long(x);
  }
  if (j.is_number()) return value::of_double(j.get<double>());
  if (j.is_array()) return array_of_json(j);
  if (j.contains("value") && j.contains("type") && j["type"].is_string()) return typed(j["value"], j["type"].get<std::string>());
  return dictionary_of_json(j);
}

} // namespace pelorus
