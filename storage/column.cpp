#include "storage/column.hpp"

#include <algorithm>
#include <cstring>

#include "storage/parallel.hpp"
#include "storage/sole_owner.hpp"
#include "storage/value.hpp"

namespace pelorus {

column::column(type_id type, int32_t scale) : type_(type), scale_(scale) {
  if (physical() == physical::code) dict_ = std::make_shared<symbol_dictionary>();
  if (physical() == physical::any) items_ = std::make_shared<std::vector<value>>();
  if (physical() == physical::list) child_ = make(element_of(type), 0, scale);
}

// -- makers -----------------------------------------------------------------------------------------

column_ptr column::make(type_id type, size_t size, int32_t scale) {
  auto result = std::make_shared<column>(type, scale);
  result->resize(size);
  return result;
}

column_ptr column::make_null(type_id type, size_t size, int32_t scale) {
  auto result = std::make_shared<column>(type, scale);
  result->append_nulls(size);
  return result;
}

column_ptr column::make_symbol(std::shared_ptr<symbol_dictionary> dict, size_t size) {
  auto result = std::make_shared<column>(type_id::symbol);
  result->dict_ = std::move(dict);
  result->resize(size);
  return result;
}

column_ptr column::of_strings(std::span<const std::string> items, type_id type) {
  auto result = std::make_shared<column>(type);
  result->reserve(items.size());
  for (auto& text : items) result->push_text(text);
  return result;
}

// -- shape ------------------------------------------------------------------------------------------

uint64_t column::bytes() const {
  uint64_t total = sizeof(column) + size_ * width_of(physical());
  if (items_)
    for (auto& item : *items_) total += sizeof(value) + item.bytes();
  if (child_) total += child_->bytes();
  if (physical() == physical::str)
    for (auto& ref : std::span{data<string_ref>(), size_})
      if (!ref.is_inline()) total += ref.size();
  return total;
}

// -- ownership --------------------------------------------------------------------------------------

void column::own() {
  if (!data_ || is_sole_owner(data_)) return;
  auto width = width_of(physical());
  auto fresh = std::make_shared<buffer>(size_ * width);
  if (size_ != 0) std::memcpy(fresh->data(), raw(), size_ * width);
  data_ = std::move(fresh);
  offset_ = 0;
}

symbol_dictionary& column::own_dict() {
  if (!is_sole_owner(dict_)) dict_ = std::make_shared<symbol_dictionary>(*dict_);
  return *dict_;
}

const std::vector<value>& column::items() const {
  assert(items_);
  return *items_;
}

std::vector<value>& column::own_items() {
  assert(items_);
  if (!is_sole_owner(items_)) items_ = std::make_shared<std::vector<value>>(*items_);
  return *items_;
}

string_arena& column::own_arena() {
  if (arenas_.empty() || !is_sole_owner(arenas_.back()))
    arenas_.push_back(std::make_shared<string_arena>());
  return *arenas_.back();
}

void column::share_arenas(const column& other) {
  if (this == &other) return;
  for (auto& arena : other.arenas_) {
    if (std::find(arenas_.begin(), arenas_.end(), arena) == arenas_.end())
      arenas_.insert(arenas_.begin(), arena);  // in front: the last one is the one that is written
  }
}

// -- elements ---------------------------------------------------------------------------------------

bool column::is_null(size_t i) const {
  switch (physical()) {
    case physical::i8: return pelorus::is_null(data<int8_t>()[i]);
    case physical::i16: return pelorus::is_null(data<int16_t>()[i]);
    case physical::i32: return pelorus::is_null(data<int32_t>()[i]);
    case physical::i64: {
      auto x = data<int64_t>()[i];
      return type_ == type_id::duration ? static_cast<int32_t>(x) == null_of<int32_t>
                                        : pelorus::is_null(x);
    }
    case physical::f32: return pelorus::is_null(data<float>()[i]);
    case physical::f64: return pelorus::is_null(data<double>()[i]);
    case physical::code: return data<int32_t>()[i] == 0;
    case physical::str: return data<string_ref>()[i].empty();
    case physical::b16: {
      int128 x;
      std::memcpy(&x, raw(i), sizeof x);
      if (type_ == type_id::decimal128) return pelorus::is_null(x);
      if (type_ == type_id::complex || type_ == type_id::point) {
        double first;
        std::memcpy(&first, raw(i), sizeof first);
        return pelorus::is_null(first);
      }
      return x == 0;
    }
    case physical::any: return items()[i].is_null();
    case physical::list: return list_begin(i) == list_end(i);
  }
  return false;
}

void column::fill_null(size_t from, size_t count) {
  auto fill = [&](auto zero) {
    using T = decltype(zero);
    auto* to = mutable_data<T>() + from;
    std::fill(to, to + count, null_of<T>);
  };
  switch (physical()) {
    case physical::i8: return fill(int8_t{});
    case physical::i16: return fill(int16_t{});
    case physical::i32: return fill(int32_t{});
    case physical::f32: return fill(float{});
    case physical::f64: return fill(double{});
    case physical::i64:
      if (type_ != type_id::duration) return fill(int64_t{});
      std::fill_n(mutable_data<int64_t>() + from, count,
                  static_cast<int64_t>(static_cast<uint32_t>(null_of<int32_t>)));
      return;
    case physical::code: std::fill_n(mutable_data<int32_t>() + from, count, 0); return;
    case physical::str: std::fill_n(mutable_data<string_ref>() + from, count, string_ref{}); return;
    case physical::b16: {
      int128 null = 0;
      if (type_ == type_id::decimal128) null = null_of<int128>;
      if (type_ == type_id::complex || type_ == type_id::point) {
        double both[2] = {null_of<double>, null_of<double>};
        std::memcpy(&null, both, sizeof null);
      }
      std::fill_n(mutable_data<int128>() + from, count, null);
      return;
    }
    case physical::any: std::fill_n(own_items().begin() + static_cast<ptrdiff_t>(from), count, value{}); return;
    case physical::list: {
      auto end = from == 0 ? int64_t{0} : list_end(from - 1);
      std::fill_n(mutable_data<int64_t>() + from, count, end);
      return;
    }
  }
}

void column::set_null(size_t i) {
  if (physical() == physical::list) return;  // a row of an array vector is emptied by rebuilding it
  fill_null(i, 1);
}

size_t column::count_nulls() const {
  if (!may_have_nulls_) return 0;
  size_t count = 0;
  for (size_t i = 0; i < size_; ++i) count += is_null(i);
  return count;
}

void column::set_text(size_t i, std::string_view text) {
  if (physical() == physical::code) {
    auto code = own_dict().code(text);
    mutable_data<int32_t>()[i] = code;
  } else {
    auto ref = text.size() <= string_ref::inline_bytes ? string_ref{text} : own_arena().add(text);
    mutable_data<string_ref>()[i] = ref;
  }
}

void column::push_text(std::string_view text) {
  resize(size_ + 1);
  set_text(size_ - 1, text);
}

int64_t column::list_begin(size_t i) const {
  if (i != 0) return data<int64_t>()[i - 1];
  // A slice starts where the row before it ended.
  return offset_ == 0 ? 0 : reinterpret_cast<const int64_t*>(data_->data())[offset_ - 1];
}

// -- whole-column operations ------------------------------------------------------------------------

void column::reserve(size_t size) {
  if (items_) return own_items().reserve(size);
  auto width = width_of(physical());
  if (!data_) {
    data_ = std::make_shared<buffer>(size * width);
  } else if (!is_sole_owner(data_)) {
    if (physical() == physical::list && offset_ != 0) *this = *clone();
    auto fresh = std::make_shared<buffer>(std::max(size, size_) * width);
    if (size_ != 0) std::memcpy(fresh->data(), raw(), size_ * width);
    data_ = std::move(fresh);
    offset_ = 0;
  } else {
    data_->grow((offset_ + size) * width, (offset_ + size_) * width);
  }
}

/// Room for `size` elements in a buffer of its own, with some more for the next ones when it grows.
void column::reserve_for(size_t size) {
  bool fits = data_ && is_sole_owner(data_) && (offset_ + size) * width_of(physical()) <= data_->capacity();
  if (!fits) reserve(data_ && size > size_ ? std::max(size, size_ + size_ / 2 + 8) : size);
}

void column::resize(size_t size) {
  if (items_) {
    own_items().resize(size);
    size_ = size;
    return;
  }
  reserve_for(size);
  auto before = size_;
  size_ = size;
  if (size > before && (physical() == physical::str || physical() == physical::code ||
                        physical() == physical::list))
    fill_null(before, size - before);
}

column_ptr column::slice(size_t from, size_t count) const {
  assert(from + count <= size_);
  auto result = std::make_shared<column>(*this);
  result->size_ = count;
  if (items_) {
    auto begin = items_->begin() + static_cast<ptrdiff_t>(from);
    result->items_ = std::make_shared<std::vector<value>>(begin, begin + static_cast<ptrdiff_t>(count));
  } else {
    result->offset_ += from;
  }
  return result;
}

column_ptr column::gather(std::span<const uint32_t> rows) const { return gather_rows(rows); }
column_ptr column::gather(std::span<const int64_t> rows) const { return gather_rows(rows); }

template <class Index>
column_ptr column::gather_rows(std::span<const Index> rows) const {
  if (physical() == physical::list) return gather_list(rows);
  auto inside = [this](Index row) { return static_cast<uint64_t>(row) < size_; };
  if (items_) {
    auto result = make(type_, rows.size());
    auto& to = result->own_items();
    for (size_t k = 0; k < rows.size(); ++k)
      if (inside(rows[k])) to[k] = (*items_)[static_cast<size_t>(rows[k])];
    return result;
  }
  auto result = std::make_shared<column>(type_, scale_);
  result->dict_ = dict_;
  result->arenas_ = arenas_;
  result->reserve(rows.size());
  result->size_ = rows.size();
  bool outside = false;
  with_physical(physical(), [&](auto zero) {
    using T = decltype(zero);
    auto* from = data<T>();
    auto* to = reinterpret_cast<T*>(result->data_->data());
    auto parts = parts_of(rows.size());
    std::vector<uint8_t> outsides(parts, 0);
    for_each_part(rows.size(), parts, [&](size_t part, size_t begin, size_t end) {
      bool any = false;
      for (size_t k = begin; k < end; ++k) {
        if (inside(rows[k])) to[k] = from[static_cast<size_t>(rows[k])];
        else any = true;
      }
      outsides[part] = any;
    });
    for (auto any : outsides) outside = outside || any;
  });
  if (outside)
    for (size_t k = 0; k < rows.size(); ++k)
      if (!inside(rows[k])) result->fill_null(k, 1);
  result->may_have_nulls_ = may_have_nulls_ || outside;
  return result;
}

template <class Index>
column_ptr column::gather_list(std::span<const Index> rows) const {
  auto result = make(type_, 0, scale_);
  result->reserve(rows.size());
  for (auto row : rows) {
    if (static_cast<uint64_t>(row) < size_) result->append_list(*this, static_cast<size_t>(row), 1);
    else result->append_nulls(1);
  }
  return result;
}

void column::append_list(const column& other, size_t from, size_t count) {
  auto shift = size_ == 0 ? int64_t{0} : list_end(size_ - 1);
  if (offset_ != 0) *this = *clone();
  if (count == 0) return;
  auto begin = other.list_begin(from), end = other.list_end(from + count - 1);
  if (!is_sole_owner(child_)) child_ = child_->clone();
  child_->append(*other.child_, static_cast<size_t>(begin), static_cast<size_t>(end - begin));
  auto before = size_;
  resize(size_ + count);
  auto* to = mutable_data<int64_t>() + before;
  for (size_t k = 0; k < count; ++k) to[k] = other.list_end(from + k) - begin + shift;
}

void column::append_codes(const column& other, size_t from, size_t count) {
  auto before = size_;
  if (physical() == other.physical() && dict_ != other.dict_ && before == 0 && dict_->size() == 1)
    dict_ = other.dict_;
  auto same = physical() == other.physical() &&
              (dict_ == other.dict_ || (other.dict_->size() <= 2 * count && other.dict_->is_prefix_of(*dict_)));
  auto& dict = same ? *dict_ : own_dict();
  reserve_for(before + count);
  size_ = before + count;
  own();
  may_have_nulls_ = true;
  auto* to = reinterpret_cast<int32_t*>(data_->data()) + offset_ + before;
  if (same) {
    std::memcpy(to, other.data<int32_t>() + from, count * 4);
    return;
  }
  if (other.physical() == physical::code) {
    auto* codes = other.data<int32_t>() + from;
    std::vector<int32_t> translated(other.dict_->size(), -1);
    for (size_t k = 0; k < count; ++k) {
      auto& code = translated[static_cast<size_t>(codes[k])];
      if (code < 0) code = dict.code((*other.dict_)[codes[k]]);
      to[k] = code;
    }
  } else {
    auto* refs = other.data<string_ref>() + from;
    for (size_t k = 0; k < count; ++k)  // runs of one string are common
      to[k] = k != 0 && refs[k] == refs[k - 1] ? to[k - 1] : dict.code(refs[k].view());
  }
}

void column::append(const column& other, size_t from, size_t count) {
  if (count == 0) return;
  if (physical() == physical::list) return append_list(other, from, count);
  if (physical() == physical::code) return append_codes(other, from, count);
  if (items_) {
    auto& to = own_items();
    for (size_t k = 0; k < count; ++k) to.push_back(element(other, from + k));
    size_ = to.size();
    return;
  }
  auto before = size_;
  if (physical() == physical::str && other.physical() == physical::code) {
    for (size_t k = 0; k < count; ++k) push_text(other.text(from + k));
    return;
  }
  assert(physical() == other.physical());
  bool nulls = (before != 0 && may_have_nulls_) || other.may_have_nulls_;
  if (this == &other) return append(*clone(), from, count);
  resize(before + count);
  own();
  auto width = width_of(physical());
  std::memcpy(data_->data() + (offset_ + before) * width, other.raw(from), count * width);
  if (physical() == physical::str) share_arenas(other);
  may_have_nulls_ = nulls;
}

void column::append_nulls(size_t count) {
  auto before = size_;
  resize(before + count);
  fill_null(before, count);
}

column_ptr column::clone() const {
  auto result = std::make_shared<column>(type_, scale_);
  if (physical() == physical::list) {
    result->append_list(*this, 0, size_);
    return result;
  }
  result->append(*this);
  if (dict_) result->dict_ = std::make_shared<symbol_dictionary>(*dict_);
  result->may_have_nulls_ = may_have_nulls_;
  return result;
}

column_ptr column::reinterpret(type_id type) const {
  assert(physical_of(type) == physical());
  auto result = std::make_shared<column>(*this);
  result->type_ = type;
  return result;
}

} // namespace pelorus
