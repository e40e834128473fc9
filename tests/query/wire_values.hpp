// Random values of every type and form, for the tests of the codec.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "query/chart.hpp"
#include "query/dictionary.hpp"
#include "query/matrix.hpp"
#include "query/set.hpp"
#include "query/wire.hpp"
#include "storage/table.hpp"

namespace pelorus::testing {

class random_values {
public:
  explicit random_values(uint32_t seed) : dice_(seed) {}

  value any_value(int depth) {
    switch (below(depth > 0 ? 10 : 2)) {
      case 0: return scalar();
      case 1: case 2: return value{vector(below(40), depth)};
      case 3: return value::pair(plain_column(2));
      case 4: return value{std::make_shared<set_object>(*column_of(key_type(), below(20)))};
      case 5: return any_matrix(below(5), below(5));
      case 6: return any_dictionary(below(10), depth);
      case 9: return value{std::make_shared<chart>(any_dictionary(below(10), depth).as<dictionary>())};
      default: return value{any_table(below(30), 1 + below(6), depth)};
    }
  }

  table_ptr big_table(size_t rows) { return any_table(rows, 8, 0); }

  value scalar() {
    if (below(12) == 0) return below(2) == 0 ? value{} : value::nothing();
    return element(*plain_column(1), 0);
  }

private:
  uint32_t below(uint32_t n) { return dice_() % n; }
  uint64_t bits() { return (static_cast<uint64_t>(dice_()) << 32) | dice_(); }

  type_id plain_type() {
    static constexpr uint8_t types[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
                                        17, 18, 19, 28, 30, 31, 32, 34, 35, 36, 37, 38, 39};
    return static_cast<type_id>(types[below(std::size(types))]);
  }

  std::string text() {
    std::string out;
    for (auto n = below(30); n > 0; --n) out.push_back(static_cast<char>('a' + below(26)));
    return out;
  }

  column_ptr plain_column(size_t rows) { return column_of(plain_type(), rows); }

  column_ptr column_of(type_id type, size_t rows) {
    auto col = column::make(type, rows, is_decimal(type) ? static_cast<int32_t>(below(9)) : 0);
    bool series = below(2) == 0;
    for (size_t i = 0; i < rows; ++i) {
      if (below(8) == 0) {
        col->set_null(i);
        continue;
      }
      auto p = col->physical();
      if (p == physical::str || p == physical::code) {
        col->set_text(i, text());
        continue;
      }
      if (p == physical::f32) {
        col->mutable_data<float>()[i] = static_cast<float>(below(1000)) / 7;
      } else if (p == physical::f64) {
        col->mutable_data<double>()[i] = static_cast<double>(below(100000)) / 7;
      } else if (p == physical::b16) {
        auto both = col->mutable_data<int128>() + i;
        *both = static_cast<int128>(bits()) << 60 | static_cast<int128>(bits());
        if (type == type_id::complex || type == type_id::point) {
          double two[2] = {below(100) / 3.0, below(100) / 3.0};
          std::memcpy(both, two, 16);
        }
      } else {
        auto raw = series ? 1000 + i * 5 : bits();
        if (type == type_id::duration) raw = below(11) * (uint64_t{1} << 32) + below(1000);
        if (type == type_id::bool_) raw = below(2);
        with_physical(p, [&]<class T>(T) {
          if constexpr (std::is_integral_v<T>) col->mutable_data<T>()[i] = static_cast<T>(raw);
        });
      }
    }
    return col;
  }

  column_ptr array(size_t rows) {
    auto type = plain_type();
    while (physical_of(type) == physical::str || physical_of(type) == physical::code) type = plain_type();
    auto scale = is_decimal(type) ? 3 : 0;
    auto col = column::make(array_of(type), rows, scale);
    int64_t end = 0;
    for (size_t i = 0; i < rows; ++i) col->mutable_data<int64_t>()[i] = end += below(rows > 100 ? 3 : 300);
    auto child = column_of(type, static_cast<size_t>(end));
    if (scale != 0) {
      auto fixed = column::make(type, static_cast<size_t>(end), scale);
      if (end != 0) fixed->append(*child->slice(0, 0));
      for (size_t i = 0; i < static_cast<size_t>(end); ++i) fixed->set_null(i);
      child = fixed;
    }
    col->set_child(child);
    return col;
  }

  column_ptr vector(size_t rows, int depth) {
    auto which = below(6);
    if (which == 0) return array(rows);
    if (which == 1 && depth > 0) {
      auto col = column::make(type_id::any, rows);
      for (auto& item : col->own_items()) item = any_value(depth - 1);
      return col;
    }
    return plain_column(rows);
  }

  type_id key_type() {
    static constexpr type_id types[] = {type_id::int_, type_id::long_, type_id::string, type_id::symbol, type_id::date};
    return types[below(std::size(types))];
  }

  value any_matrix(size_t rows, size_t columns) {
    static constexpr type_id types[] = {type_id::int_, type_id::double_, type_id::bool_, type_id::timestamp};
    auto row_labels = below(2) == 0 ? column_of(key_type(), rows) : nullptr;
    auto column_labels = below(2) == 0 ? column_of(key_type(), columns) : nullptr;
    auto cells = column_of(types[below(std::size(types))], rows * columns);
    return value{std::make_shared<matrix>(cells, rows, columns, row_labels, column_labels)};
  }

  value any_dictionary(size_t size, int depth) {
    auto keys = column::make(type_id::string);
    for (size_t i = 0; i < size; ++i) keys->push_text("key" + std::to_string(i));
    auto values = below(2) == 0 ? column_of(plain_type(), size) : column::make(type_id::any, size);
    if (values->type() == type_id::any)
      for (auto& item : values->own_items()) item = any_value(depth - 1);
    return value{std::make_shared<dictionary>(keys, values, true)};
  }

  table_ptr any_table(size_t rows, size_t width, int depth) {
    std::vector<std::string> names;
    std::vector<column_ptr> columns;
    for (size_t i = 0; i < width; ++i) {
      names.push_back("c" + std::to_string(i));
      columns.push_back(vector(rows, depth));
    }
    return std::make_shared<table>(names, columns);
  }

  std::mt19937 dice_;
};

inline bool same_value(const value& a, const value& b);

inline bool same_column(const column& a, const column& b) {
  if (a.type() != b.type() || a.size() != b.size() || a.scale() != b.scale()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!same_value(element(a, i), element(b, i))) return false;
  return true;
}

/// Same form, type, scale and content; SYMBOL by text.
inline bool same_value(const value& a, const value& b) {
  if (a.form() != b.form() || a.type() != b.type()) return false;
  switch (a.form()) {
    case form::scalar:
      if (a.scale() != b.scale() || a.is_null() != b.is_null() || a.text() != b.text()) return false;
      return physical_of(a.type()) == physical::b16 ? a.raw_wide() == b.raw_wide() : a.raw_int() == b.raw_int();
    case form::vector: case form::pair: return same_column(a.vec(), b.vec());
    case form::table: {
      auto x = a.as<table>(), y = b.as<table>();
      if (x->names() != y->names()) return false;
      for (size_t i = 0; i < x->width(); ++i)
        if (!same_column(*x->col(i), *y->col(i))) return false;
      return true;
    }
    default: return encode(a) == encode(b);
  }
}

} // namespace pelorus::testing
