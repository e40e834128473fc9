#include "query/json.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "query/cast.hpp"
#include "query/dictionary.hpp"
#include "query/format.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/script_error.hpp"
#include "query/set.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

using json = nlohmann::ordered_json;

void put(std::string& out, const value& x);

std::string quoted_json(std::string_view text) {
  return json(std::string{text}).dump(-1, ' ', false, json::error_handler_t::replace);
}

void put_scalar(std::string& out, const value& x) {
  if (x.is_null()) {
    out += "null";
  } else if (x.type() == type_id::bool_) {
    out += x.raw_int() != 0 ? "true" : "false";
  } else if (is_floating(x.type())) {
    auto d = x.raw_real();
    out += std::isfinite(d) ? fmt::format("{}", d) : "null";
  } else if (is_integral(x.type()) && x.type() != type_id::char_) {
    out += std::to_string(x.raw_int());
  } else if (is_decimal(x.type())) {
    out += format_scalar(x);
  } else {
    auto text = format_scalar(x);
    if (is_temporal(x.type()))
      if (auto t = text.find('T'); t != std::string::npos) text[t] = ' ';
    out += quoted_json(text);
  }
}

void put_column(std::string& out, const column& col) {
  out += '[';
  for (size_t i = 0; i < col.size(); ++i) {
    if (i != 0) out += ", ";
    put(out, element(col, i));
  }
  out += ']';
}

void put_table(std::string& out, const table& t) {
  out += '[';
  for (size_t r = 0; r < t.rows(); ++r) {
    out += r == 0 ? "{" : ",{";
    for (size_t c = 0; c < t.width(); ++c) {
      if (c != 0) out += ',';
      out += quoted_json(t.name(c)) + ": ";
      put(out, element(*t.col(c), r));
    }
    out += '}';
  }
  out += ']';
}

void put_dictionary(std::string& out, const dictionary& d) {
  out += '{';
  bool first = true;
  for (auto i : d.shown()) {
    if (!first) out += ',';
    first = false;
    out += quoted_json(format_scalar(*d.key_column(), i)) + ": ";
    put(out, element(*d.value_column(), i));
  }
  out += '}';
}

void put(std::string& out, const value& x) {
  if (x.is_scalar()) return put_scalar(out, x);
  if (x.is_vector() || x.is_pair()) return put_column(out, x.vec());
  if (auto s = x.as<set_object>()) return put_column(out, *s->shown());
  if (auto t = x.as<table>()) return put_table(out, *t);
  if (auto d = x.as<dictionary>()) return put_dictionary(out, *d);
  if (auto m = x.as<matrix>()) {
    out += '[';
    for (size_t c = 0; c < m->columns(); ++c) {
      if (c != 0) out += ',';
      put_column(out, *m->col(c));
    }
    out += ']';
    return;
  }
  throw script_error(ec::type_mismatch, fmt::format("A {} {} has no JSON form.",
                                                    type_name(x.type()), form_name(x.form())));
}

value take(const json& j) {
  if (j.is_null()) return {};
  if (j.is_boolean()) return value::of_bool(j.get<bool>());
  if (j.is_number_integer() || j.is_number_unsigned()) {
    auto n = j.get<int64_t>();
    return n > INT32_MIN && n <= INT32_MAX ? value::of_int(static_cast<int32_t>(n))
                                           : value::of_long(n);
  }
  if (j.is_number()) return value::of_double(j.get<double>());
  if (j.is_string()) return value::of_text(j.get<std::string>());
  if (j.is_array()) {
    std::vector<value> items;
    for (auto& item : j)
      items.push_back(take(item));
    return combine(items);
  }
  auto result = std::make_shared<dictionary>(type_id::string, type_id::any, true);
  for (auto& [key, item] : j.items())
    result->set(key, take(item));
  return value{result};
}

json parse(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& e) {
    throw script_error(ec::parse_failed, fmt::format("The JSON text is wrong at byte {}.", e.byte));
  }
}

std::string_view form_word(const value& x) {
  switch (x.form()) {
  case form::scalar: return "scalar";
  case form::vector: return "vector";
  case form::pair: return "pair";
  case form::matrix: return "matrix";
  case form::set: return "set";
  case form::dictionary: return "dictionary";
  default: return "table";
  }
}

} // namespace

std::string to_standard_json(const value& x) {
  std::string out;
  put(out, x);
  return out;
}

value from_standard_json(std::string_view text) { return take(parse(text)); }

std::string to_typed_json(const value& x) {
  std::string out = fmt::format(R"({{"name":"","form":"{}","type":"{}","size":"{}",)", form_word(x),
                                type_name(x.type()), x.size());
  if (x.type() == type_id::any && x.is_vector()) {
    out += "\"value\":[";
    for (size_t i = 0; i < x.size(); ++i)
      out += (i == 0 ? "" : ",") + to_typed_json(element(x.vec(), i));
    return out + "]}";
  }
  if (auto d = x.as<dictionary>())
    return out + "\"value\":[" + to_typed_json(value{d->shown_keys()}) + "," +
           to_typed_json(value{d->shown_values()}) + "]}";
  if (auto t = x.as<table>()) {
    out += "\"value\":[";
    for (size_t c = 0; c < t->width(); ++c) {
      auto col = to_typed_json(value{t->col(c)});
      out += (c == 0 ? "" : ",") + std::string{R"({"name":)"} + quoted_json(t->name(c)) +
             col.substr(std::string_view{R"({"name":"")"}.size());
    }
    return out + "]}";
  }
  out += "\"value\":";
  if (x.form() == form::matrix)
    put_column(out, *x.as<matrix>()->cells());
  else
    put(out, x);
  return out + "}";
}

namespace {

value typed(const json& j) {
  auto word = j.at("form").get<std::string>();
  auto& content = j.at("value");
  if (word == "table") {
    auto result = std::make_shared<table>();
    for (auto& col : content)
      result->add(col.at("name").get<std::string>(), typed(col).vec_ptr());
    return value{result};
  }
  if (word == "dictionary")
    return value{std::make_shared<dictionary>(typed(content.at(0)).vec_ptr(),
                                              typed(content.at(1)).vec_ptr(), true)};
  auto type = unwrap(type_from_name(j.at("type").get<std::string>()));
  if (type == type_id::any) {
    std::vector<value> items;
    for (auto& item : content)
      items.push_back(typed(item));
    return make_tuple_value(std::move(items));
  }
  auto plain = take(content);
  if (word == "scalar") return cast(plain, type);
  auto items = plain.size() == 0 ? value{column::make(type)} : cast(plain, type);
  if (word == "pair") return value::pair(items.vec_ptr());
  return word == "set" ? value{std::make_shared<set_object>(items.vec())} : items;
}

} // namespace

value from_typed_json(std::string_view text) {
  auto j = parse(text);
  try {
    return typed(j);
  } catch (const json::exception&) {
    throw script_error(ec::parse_failed,
                       "The JSON text is not what toJson gives: it needs form, type and value.");
  }
}

} // namespace pelorus
