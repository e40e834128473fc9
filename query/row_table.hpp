// Small tables made row by row: what administrative functions answer.
#pragma once

#include <cassert>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "storage/table.hpp"
#include "storage/value.hpp"

namespace pelorus {

class row_table {
public:
  explicit row_table(std::initializer_list<std::pair<const char*, type_id>> columns)
      : table_(std::make_shared<table>()) {
    for (auto& [name, type] : columns) table_->add(name, column::make(type));
  }
  /// One cell a column; a VOID cell is that column's null.
  void add(std::initializer_list<value> cells) {
    assert(cells.size() == table_->width());
    size_t i = 0;
    for (auto& cell : cells) {
      [[maybe_unused]] auto done = push_element(table_->own(i++), cell);
      assert(done);
    }
  }
  table_ptr take() { return std::move(table_); }

private:
  table_ptr table_;
};

} // namespace pelorus
