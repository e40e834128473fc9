// A column: the typed vector that everything computes on.
//
// Elements of one type lie contiguously in a shared buffer; slices share it, writers copy it first when it is
// shared. Nulls are the type's sentinel. SYMBOL elements are codes into a shared dictionary, STRING elements
// `string_ref`s into shared arenas, ANY elements `value`s, array vectors end offsets into a child column.
#pragma once

#include <cassert>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "storage/buffer.hpp"
#include "storage/object.hpp"
#include "storage/string_ref.hpp"
#include "storage/symbol_dictionary.hpp"
#include "storage/types.hpp"

namespace pelorus {

class column;
class value;
using column_ptr = std::shared_ptr<column>;

class column final : public object {
public:
  /// An empty column. `scale` is the number of decimals of DECIMAL types, else 0.
  explicit column(type_id type, int32_t scale = 0);
  column(const column&) = default;  // shares buffers; the first write copies them

  // -- makers --------------------------------------------------------------------------------------
  static column_ptr make(type_id type, size_t size = 0, int32_t scale = 0);  ///< elements uninitialised
  static column_ptr make_null(type_id type, size_t size, int32_t scale = 0);
  /// A SYMBOL column over an existing dictionary, codes uninitialised.
  static column_ptr make_symbol(std::shared_ptr<symbol_dictionary> dict, size_t size);
  template <class T>
  static column_ptr of(type_id type, std::span<const T> items, int32_t scale = 0);
  static column_ptr of_strings(std::span<const std::string> items, type_id type = type_id::string);

  // -- shape ---------------------------------------------------------------------------------------
  pelorus::form form() const override { return pelorus::form::vector; }
  type_id type() const override { return type_; }
  pelorus::physical physical() const { return physical_of(type_); }
  size_t size() const override { return size_; }
  bool empty() const { return size_ == 0; }
  int32_t scale() const { return scale_; }
  uint64_t bytes() const override;

  /// False only when it is known that no element is null; kernels use it to skip null checks.
  bool may_have_nulls() const { return may_have_nulls_; }
  void set_no_nulls() { may_have_nulls_ = false; }

  // -- elements ------------------------------------------------------------------------------------
  /// The elements as T, which must have the physical type's width (`string_ref` for `str`, `int32_t` for
  /// `code`, `int64_t` for `list`).
  template <class T>
  const T* data() const {
    check_width<T>();
    return data_ ? reinterpret_cast<const T*>(data_->data()) + offset_ : nullptr;
  }
  /// The same for writing; copies the buffer first when others share it. May introduce nulls.
  template <class T>
  T* mutable_data() {
    check_width<T>();
    own();
    may_have_nulls_ = true;
    return data_ ? reinterpret_cast<T*>(data_->data()) + offset_ : nullptr;
  }
  /// Raw bytes of element `i` on (fixed-width physical types).
  const std::byte* raw(size_t i = 0) const {
    return data_ ? data_->data() + (offset_ + i) * width_of(physical()) : nullptr;
  }

  bool is_null(size_t i) const;
  void set_null(size_t i);
  size_t count_nulls() const;

  /// Text of element `i` of a STRING, BLOB or SYMBOL column.
  std::string_view text(size_t i) const {
    return physical() == physical::code ? (*dict_)[data<int32_t>()[i]] : data<string_ref>()[i].view();
  }
  void set_text(size_t i, std::string_view text);
  void push_text(std::string_view text);
  template <class T>
  void push(T x) {
    resize(size_ + 1);
    reinterpret_cast<T*>(data_->data())[offset_ + size_ - 1] = x;
    may_have_nulls_ = true;
  }

  const std::shared_ptr<symbol_dictionary>& dict() const { return dict_; }
  /// The dictionary for adding codes; copied first when shared.
  symbol_dictionary& own_dict();

  /// ANY columns.
  const std::vector<value>& items() const;
  std::vector<value>& own_items();

  /// Array vectors: all values in one column; row i is [end(i-1), end(i)), `data<int64_t>()` holds the ends.
  const column_ptr& child() const { return child_; }
  void set_child(column_ptr child) { child_ = std::move(child); }
  int64_t list_begin(size_t i) const;
  int64_t list_end(size_t i) const { return data<int64_t>()[i]; }

  // -- whole-column operations ---------------------------------------------------------------------
  void reserve(size_t size);
  /// New elements are uninitialised for numbers, empty for strings, NULL for ANY.
  void resize(size_t size);
  /// Elements [from, from+count); shares memory.
  column_ptr slice(size_t from, size_t count) const;
  /// result[k] = this[rows[k]]; an index outside [0, size) gives null.
  column_ptr gather(std::span<const uint32_t> rows) const;
  column_ptr gather(std::span<const int64_t> rows) const;
  /// Appends elements [from, from+count) of `other`, which has the same type (and scale); SYMBOL codes are
  /// translated, STRING and SYMBOL append to each other.
  void append(const column& other, size_t from, size_t count);
  void append(const column& other) { append(other, 0, other.size()); }
  void append_nulls(size_t count);
  /// A deep copy that shares nothing with this one.
  column_ptr clone() const;
  /// The same elements under another type of the same physical layout (INT as DATE, ..); shares memory.
  column_ptr reinterpret(type_id type) const;

  /// Strings of a column refer to arenas that it keeps alive; a kernel that copies `string_ref`s from
  /// `other` into this column calls this once.
  void share_arenas(const column& other);
  /// The arena that new long strings of this column go to.
  string_arena& own_arena();

private:
  template <class T>
  void check_width() const {
    static_assert(std::is_trivially_copyable_v<T>);
    assert(sizeof(T) == width_of(physical()));
  }
  void own();
  void reserve_for(size_t size);
  void fill_null(size_t from, size_t count);
  template <class Index>
  column_ptr gather_rows(std::span<const Index> rows) const;
  template <class Index>
  column_ptr gather_list(std::span<const Index> rows) const;
  void append_list(const column& other, size_t from, size_t count);
  void append_codes(const column& other, size_t from, size_t count);

  type_id type_;
  bool may_have_nulls_ = true;
  int32_t scale_ = 0;
  size_t size_ = 0;
  size_t offset_ = 0;  // of the first element in data_, in elements
  std::shared_ptr<buffer> data_;
  std::shared_ptr<symbol_dictionary> dict_;
  std::shared_ptr<std::vector<value>> items_;
  column_ptr child_;
  std::vector<std::shared_ptr<string_arena>> arenas_;  // the last one may be written by its only owner
};

/// Calls `f(T{})` with the C++ type of a fixed-width physical layout; not for any and list.
template <class F>
decltype(auto) with_physical(physical p, F&& f) {
  switch (p) {
    case physical::i8: return f(int8_t{});
    case physical::i16: return f(int16_t{});
    case physical::i32: case physical::code: return f(int32_t{});
    case physical::f32: return f(float{});
    case physical::f64: return f(double{});
    case physical::b16: return f(int128{});
    case physical::str: return f(string_ref{});
    default: return f(int64_t{});
  }
}

template <class T>
column_ptr column::of(type_id type, std::span<const T> items, int32_t scale) {
  auto result = make(type, items.size(), scale);
  if (!items.empty())
    std::memcpy(result->template mutable_data<T>(), items.data(), items.size_bytes());
  return result;
}

} // namespace pelorus
