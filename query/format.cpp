#include "query/format.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "query/calendar.hpp"
#include "query/cast.hpp"
#include "query/chart.hpp"
#include "query/code.hpp"
#include "query/dictionary.hpp"
#include "query/format_grid.hpp"
#include "query/function.hpp"
#include "query/matrix.hpp"
#include "query/script_error.hpp"
#include "query/set.hpp"
#include "query/literal_text.hpp"

namespace pelorus {

namespace {

constexpr size_t shown_elements = 1000;

std::string trim_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0')
    text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string complex_text(const value& x) {
  double part[2];
  auto raw = x.raw_wide();
  std::memcpy(part, &raw, sizeof part);
  if (x.type() == type_id::point)
    return fmt::format("({}, {})", format_real(part[0]), format_real(part[1]));
  return fmt::format("{}{}{}i", format_real(part[0]), part[1] < 0 ? "" : "+", format_real(part[1]));
}

bool is_printable(int64_t c) { return c >= 32 && c < 127; }

/// A scalar that is not null, without quotes.
std::string plain_text(const value& x) {
  auto n = x.raw_int();
  auto type = x.type();
  switch (type) {
  case type_id::bool_: return n != 0 ? "true" : "false";
  case type_id::char_:
    return is_printable(n) ? std::string{static_cast<char>(n)} : std::to_string(n);
  case type_id::short_:
  case type_id::int_:
  case type_id::long_: return std::to_string(n);
  case type_id::float_:
  case type_id::double_: return format_real(x.raw_real());
  case type_id::string:
  case type_id::symbol:
  case type_id::blob: return std::string{x.text()};
  case type_id::uuid:
  case type_id::int128_:
  case type_id::ipaddr: return wide_text(type, x.raw_wide());
  case type_id::complex:
  case type_id::point: return complex_text(x);
  case type_id::duration:
    return fmt::format("{}{}", static_cast<int32_t>(n), unit_name(static_cast<int32_t>(n >> 32)));
  case type_id::decimal32:
  case type_id::decimal64: return decimal_text(n, x.scale());
  case type_id::decimal128: return decimal_text(x.raw_wide(), x.scale());
  default: return is_temporal(type) ? temporal_text(type, n) : std::string{type_name(type)};
  }
}

std::string object_text(const value& x) {
  if (auto f = x.as<callable>()) return f->source();
  if (auto c = x.as<code_object>()) return c->text();
  return std::string{type_name(x.type())};
}

std::string vector_text(const column& col) {
  bool tuple = col.type() == type_id::any;
  std::string text = tuple ? "(" : "[";
  auto n = std::min(col.size(), shown_elements);
  for (size_t i = 0; i < n; ++i) {
    if (i != 0) text += ',';
    if (col.is_null(i) && !is_array(col.type())) continue;
    auto x = element(col, i);
    text += x.is_scalar() ? format_literal(x) : format(x);
  }
  if (col.size() > n) text += "...";
  return text + (tuple ? ")" : "]");
}

std::string dictionary_text(const dictionary& d) {
  std::string text;
  for (auto i : d.shown()) {
    auto x = element(*d.value_column(), i);
    text += format_scalar(*d.key_column(), i) + "->";
    bool block =
        x.form() == form::table || x.form() == form::matrix || x.form() == form::dictionary;
    if (block) text += '\n';
    text += x.is_null() ? std::string{} : format(x);
    if (text.back() != '\n') text += '\n';
  }
  if (!text.empty()) text.pop_back();
  return text;
}

} // namespace

std::string format_real(double x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x < 0 ? "-inf" : "inf";
  auto size = std::abs(x);
  if (size != 0 && (size < 1e-6 || size >= 1e15)) {
    auto text = fmt::format("{:.6E}", x);
    auto e = text.find('E');
    auto exponent = std::stoi(text.substr(e + 1));
    return trim_zeros(text.substr(0, e)) + "E" + std::to_string(exponent);
  }
  auto text = trim_zeros(fmt::format("{:.6f}", x));
  return text == "-0" ? "0" : text;
}

std::string format_scalar(const value& x) {
  if (x.is_null()) return {};
  if (physical_of(x.type()) == physical::any && !x.is_void()) return object_text(x);
  return plain_text(x);
}

std::string format_scalar(const column& col, size_t i) {
  if (!is_array(col.type()) && col.is_null(i)) return {};
  auto x = element(col, i);
  return x.is_scalar() ? format_scalar(x) : format(x);
}

std::string format_literal(const value& x) {
  if (x.is_null()) return std::string{null_literal(x.type())};
  if (x.type() == type_id::string || x.type() == type_id::symbol || x.type() == type_id::blob)
    return "\"" + std::string{x.text()} + "\"";
  if (x.type() == type_id::char_ && is_printable(x.raw_int())) return "'" + plain_text(x) + "'";
  return format_scalar(x);
}

std::string format(const value& x) {
  if (x.is_nothing()) return {};
  switch (x.form()) {
  case form::scalar: return x.is_text() ? std::string{x.text()} : format_literal(x);
  case form::vector: return vector_text(x.vec());
  case form::pair: {
    auto part = [&](size_t i) {
      return x.vec().is_null(i) ? std::string{} : format_literal(element(x.vec(), i));
    };
    return part(0) + " : " + part(1);
  }
  case form::matrix:
    if (auto m = x.as<matrix>()) return matrix_grid(*m);
    break;
  case form::set:
    if (auto s = x.as<set_object>()) {
      auto inner = vector_text(*s->shown());
      return "set(" + inner.substr(1, inner.size() - 2) + ")";
    }
    break;
  case form::dictionary:
    if (auto d = x.as<dictionary>()) return dictionary_text(*d);
    break;
  case form::chart:
    if (auto c = x.as<chart>()) return dictionary_text(*c->settings());
    break;
  case form::table:
    if (auto t = x.as<table>()) return table_grid(*t);
    break;
  default: break;
  }
  return object_text(x);
}

} // namespace pelorus
