#include "storage/types.hpp"

#include <array>
#include <cctype>
#include <string>

#include <fmt/format.h>

namespace pelorus {

namespace {
struct named_type { type_id type; std::string_view name; };

constexpr std::array names{
    named_type{type_id::void_, "VOID"}, named_type{type_id::bool_, "BOOL"},
    named_type{type_id::char_, "CHAR"}, named_type{type_id::short_, "SHORT"},
    named_type{type_id::int_, "INT"}, named_type{type_id::long_, "LONG"},
    named_type{type_id::date, "DATE"}, named_type{type_id::month, "MONTH"},
    named_type{type_id::time, "TIME"}, named_type{type_id::minute, "MINUTE"},
    named_type{type_id::second, "SECOND"}, named_type{type_id::datetime, "DATETIME"},
    named_type{type_id::timestamp, "TIMESTAMP"}, named_type{type_id::nanotime, "NANOTIME"},
    named_type{type_id::nanotimestamp, "NANOTIMESTAMP"}, named_type{type_id::float_, "FLOAT"},
    named_type{type_id::double_, "DOUBLE"}, named_type{type_id::symbol, "SYMBOL"},
    named_type{type_id::string, "STRING"}, named_type{type_id::uuid, "UUID"},
    named_type{type_id::functiondef, "FUNCTIONDEF"}, named_type{type_id::handle, "HANDLE"},
    named_type{type_id::code, "CODE"}, named_type{type_id::datasource, "DATASOURCE"},
    named_type{type_id::resource, "RESOURCE"}, named_type{type_id::any, "ANY"},
    named_type{type_id::compress, "COMPRESS"}, named_type{type_id::dictionary, "DICTIONARY"},
    named_type{type_id::datehour, "DATEHOUR"}, named_type{type_id::ipaddr, "IPADDR"},
    named_type{type_id::int128_, "INT128"}, named_type{type_id::blob, "BLOB"},
    named_type{type_id::complex, "COMPLEX"}, named_type{type_id::point, "POINT"},
    named_type{type_id::duration, "DURATION"}, named_type{type_id::decimal32, "DECIMAL32"},
    named_type{type_id::decimal64, "DECIMAL64"}, named_type{type_id::decimal128, "DECIMAL128"},
};

const std::array<std::string, 256>& spelled_names() {
  static const auto table = [] {
    std::array<std::string, 256> all;
    all.fill("UNKNOWN");
    for (auto& [type, name] : names) {
      all[static_cast<uint8_t>(type)] = name;
      all[static_cast<uint8_t>(array_of(type))] = std::string{name} + "[]";
    }
    return all;
  }();
  return table;
}
} // namespace

std::string_view type_name(type_id t) { return spelled_names()[static_cast<uint8_t>(t)]; }

expected<type_id> type_from_name(std::string_view name) {
  std::string upper;
  for (char c : name) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  bool array = upper.ends_with("[]");
  if (array) upper.resize(upper.size() - 2);
  for (auto& [type, known] : names)
    if (known == upper) return array ? array_of(type) : type;
  return error{ec::not_found, fmt::format("unknown type name [{}]", name)};
}

std::string_view form_name(form f) {
  switch (f) {
    case form::scalar: return "SCALAR";
    case form::vector: return "VECTOR";
    case form::pair: return "PAIR";
    case form::matrix: return "MATRIX";
    case form::set: return "SET";
    case form::dictionary: return "DICTIONARY";
    case form::table: return "TABLE";
    case form::chart: return "CHART";
    case form::chunk: return "CHUNK";
    case form::sysobj: return "SYSOBJ";
  }
  return "UNKNOWN";
}

} // namespace pelorus
