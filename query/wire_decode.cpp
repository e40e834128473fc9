// Bytes to values.
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "query/wire.hpp"
#include "query/wire_format.hpp"
#include "query/wire_objects.hpp"

namespace pelorus {

using namespace wire;

namespace {
class decoder {
public:
  decoder(std::string_view bytes, const decode_options& options)
      : in_(bytes, options.little_endian), options_(options) {}

  size_t consumed() const { return in_.consumed(); }

  value object() {
    depth guard{*this};
    auto type = in_.get<uint8_t>();
    auto f = in_.get<uint8_t>();
    switch (static_cast<form>(f)) {
      case form::scalar: return scalar(type);
      case form::vector: return value{vector(type)};
      case form::pair: return pair(type);
      case form::matrix: return matrix();
      case form::set: return make_set_value(vector_object("keys of a set"));
      case form::dictionary: case form::chart: return dictionary(static_cast<form>(f));
      case form::table: return table_object();
      default: throw script_error(ec::not_supported, "wire object of form " + std::to_string(f));
    }
  }

private:
  struct depth {
    explicit depth(decoder& d) : d(d) {
      if (++d.depth_ > d.options_.max_depth)
        throw script_error(ec::corrupt, "wire object is nested deeper than " + std::to_string(d.options_.max_depth));
    }
    ~depth() { --d.depth_; }
    decoder& d;
  };

  type_id checked(uint8_t type) const {
    if (!known_type(type)) throw script_error(ec::not_supported, "wire object of type " + std::to_string(type));
    return static_cast<type_id>(type);
  }

  int32_t scale_for(type_id type) {
    if (!is_decimal(element_of(type))) return 0;
    auto scale = in_.get<int32_t>();
    if (scale < 0 || scale > 38) throw script_error(ec::corrupt, "wire DECIMAL with a scale of " + std::to_string(scale));
    return scale;
  }

  // -- scalars --------------------------------------------------------------------------------------
  value scalar(uint8_t code) {
    auto type = checked(code);
    switch (type) {
      case type_id::void_: return void_value(in_.get<int8_t>());
      case type_id::functiondef: in_.get<uint8_t>(); return make_function_value(in_.text(), options_.who);
      case type_id::code: return make_code_value(in_.text());
      case type_id::handle: case type_id::datasource: case type_id::resource: return value::of_text(in_.text());
      case type_id::any: case type_id::dictionary:
        throw script_error(ec::not_supported, "wire scalar of type " + std::to_string(code));
      default: break;
    }
    if (is_array(type)) throw script_error(ec::not_supported, "wire scalar of type " + std::to_string(code));
    if (type == type_id::symbol) return value::of_text(in_.text(), type_id::symbol);
    auto scale = scale_for(type);
    return element(*read_items(in_, type, 1, scale), 0);
  }

  static value void_value(int8_t which) { return value::integral(type_id::void_, which == 0 || which == 2 ? which : 1); }

  value pair(uint8_t type) {
    auto two = vector(type);
    if (two->size() != 2) throw script_error(ec::corrupt, "wire pair of " + std::to_string(two->size()) + " elements");
    return value::pair(std::move(two));
  }

  // -- vectors --------------------------------------------------------------------------------------
  column_ptr vector(uint8_t code) {
    if (code == compressed_type) return read_compressed(in_);
    auto rows = checked_rows(in_.get<uint32_t>());
    in_.get<uint32_t>();
    if (code == symbol_base_type) return symbols(rows);
    return items(checked(code), rows);
  }

  column_ptr items(type_id type, uint32_t rows) {
    auto scale = scale_for(type);
    if (is_array(type) || physical_of(type) != physical::any) return read_items(in_, type, rows, scale);
    in_.need(3ull * rows);  // the smallest object
    auto result = column::make(type_id::any, rows);
    auto& to = result->own_items();
    for (uint32_t i = 0; i < rows; ++i) to[i] = object();
    return result;
  }

  struct base {
    std::shared_ptr<symbol_dictionary> dict;
    std::vector<int32_t> codes;  // of the peer's indices
    bool same_codes = true;      // each index is its own code
  };

  const base& symbol_base() {
    auto id = in_.get<int32_t>();
    auto size = in_.get<uint32_t>();
    if (size == 0) {
      auto known = bases_.find(id);
      if (known == bases_.end()) throw script_error(ec::corrupt, "wire SYMBOL vector refers to an unknown symbol base");
      return known->second;
    }
    if (size > symbol_base_max) throw script_error(ec::corrupt, "wire symbol base of " + std::to_string(size) + " strings");
    in_.need(size);
    base fresh{std::make_shared<symbol_dictionary>(), {}};
    fresh.codes.reserve(size);
    fresh.dict->reserve(size);
    for (uint32_t i = 0; i < size; ++i) {
      fresh.codes.push_back(fresh.dict->code(in_.text()));
      fresh.same_codes &= fresh.codes.back() == static_cast<int32_t>(i);
    }
    return bases_[id] = std::move(fresh);
  }

  static void check_index(uint32_t index, const base& known) {
    if (index >= known.codes.size()) throw script_error(ec::corrupt, "wire SYMBOL vector with an index outside its base");
  }

  column_ptr symbols(uint32_t rows) {
    auto& known = symbol_base();
    in_.need(4ull * rows);
    auto result = column::make_symbol(known.dict, rows);
    if (rows == 0) return result;
    auto to = result->mutable_data<int32_t>();
    if (known.same_codes && !in_.swaps()) {
      std::memcpy(to, in_.take(4ull * rows), 4ull * rows);
      uint32_t largest = 0;
      for (uint32_t i = 0; i < rows; ++i) largest = std::max(largest, static_cast<uint32_t>(to[i]));
      check_index(largest, known);
      return result;
    }
    for (uint32_t i = 0; i < rows; ++i) {
      auto index = in_.get<uint32_t>();
      check_index(index, known);
      to[i] = known.codes[index];
    }
    return result;
  }

  column_ptr vector_object(const char* what) {
    depth guard{*this};
    auto type = in_.get<uint8_t>();
    auto f = in_.get<uint8_t>();
    if (static_cast<form>(f) != form::vector)
      throw script_error(ec::corrupt, std::string{"wire object: a vector was expected as "} + what);
    return vector(type);
  }

  // -- objects --------------------------------------------------------------------------------------
  value dictionary(form f) {
    dictionary_parts parts;
    parts.keys = vector_object("keys of a dictionary");
    parts.values = vector_object("values of a dictionary");
    if (parts.keys->size() != parts.values->size())
      throw script_error(ec::corrupt, "wire dictionary with as many keys as values was expected");
    return make_dictionary_value(std::move(parts), f);
  }

  value matrix() {
    matrix_parts m;
    auto labels = in_.get<uint8_t>();
    if ((labels & 1) != 0) m.row_labels = vector_object("row labels of a matrix");
    if ((labels & 2) != 0) m.column_labels = vector_object("column labels of a matrix");
    auto type = checked(in_.get<uint8_t>());
    if (static_cast<form>(in_.get<uint8_t>()) != form::matrix) throw script_error(ec::corrupt, "wire matrix without its second flag");
    m.rows = in_.get<uint32_t>();
    m.columns = in_.get<uint32_t>();
    auto cells = checked_rows(static_cast<uint64_t>(m.rows) * m.columns);
    if (m.rows > limits::vector_elements || m.columns > limits::vector_elements)
      throw script_error(ec::corrupt, "wire matrix with too many rows or columns");
    m.cells = items(type, cells);
    bool labels_fit = (!m.row_labels || m.row_labels->size() == m.rows) &&
                      (!m.column_labels || m.column_labels->size() == m.columns);
    if (!labels_fit) throw script_error(ec::corrupt, "wire matrix whose labels do not fit its size");
    return make_matrix_value(std::move(m));
  }

  value table_object() {
    auto rows = checked_rows(in_.get<uint32_t>());
    auto width = in_.get<uint32_t>();
    if (width > limits::table_columns) throw script_error(ec::corrupt, "wire table of " + std::to_string(width) + " columns");
    in_.text();
    std::vector<std::string> names;
    for (uint32_t i = 0; i < width; ++i) names.emplace_back(in_.text());
    std::vector<column_ptr> columns;
    for (uint32_t i = 0; i < width; ++i) {
      columns.push_back(vector_object("column of a table"));
      if (columns.back()->size() != rows)
        throw script_error(ec::corrupt, "wire table whose column " + names[i] + " has another length than the table");
    }
    return value{std::make_shared<table>(std::move(names), std::move(columns))};
  }

  reader in_;
  const decode_options& options_;
  uint32_t depth_ = 0;
  std::unordered_map<int32_t, base> bases_;
};
} // namespace

expected<value> decode(std::string_view bytes, size_t* consumed, const decode_options& options) {
  decoder d{bytes, options};
  try {
    auto result = d.object();
    if (consumed != nullptr) *consumed = d.consumed();
    return result;
  } catch (...) {
    auto e = current_script_error();
    return error{e.code(), e.message()};
  }
}

} // namespace pelorus
