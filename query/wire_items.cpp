// Items of columns to bytes and back.
#include <algorithm>
#include <cstring>
#include <span>

#include "query/wire_format.hpp"

namespace pelorus::wire {

// -- out ----------------------------------------------------------------------------------------------

namespace {
/// NUL-terminated texts, copied as they are; an item that holds a NUL itself makes the run go the careful way.
void put_texts(std::string& out, std::span<const string_ref> refs) {
  constexpr size_t slack = string_ref::inline_bytes + 1;
  size_t bytes = refs.size();
  for (auto& ref : refs) bytes += ref.size();
  auto begin = out.size();
  out.resize(begin + bytes + slack);
  auto* to = out.data() + begin;
  for (auto& ref : refs) {
    auto text = ref.view();
    // Short texts move as the whole of their room, which costs no call; what stands behind is written over.
    if (text.size() <= string_ref::inline_bytes) std::memcpy(to, text.data(), string_ref::inline_bytes);
    else std::memcpy(to, text.data(), text.size());
    to[text.size()] = '\0';
    to += text.size() + 1;
  }
  out.resize(begin + bytes);
  auto nuls = std::count(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '\0');
  if (static_cast<size_t>(nuls) == refs.size()) return;
  out.resize(begin);
  for (auto& ref : refs) put_text(out, ref.view());
}
} // namespace

size_t put_items_up_to(std::string& out, const column& col, size_t from, size_t to, size_t bytes) {
  if (col.physical() != physical::str) {
    put_items(out, col, from, to);
    return to;
  }
  auto refs = col.data<string_ref>();
  auto stop = from;
  for (size_t sum = out.size(); stop < to && sum < bytes; ++stop) sum += refs[stop].size() + 1;
  put_items(out, col, from, stop);
  return stop;
}

void put_items(std::string& out, const column& col, size_t from, size_t to) {
  if (col.type() == type_id::void_ || from >= to) return;
  if (col.physical() == physical::code) {
    for (size_t i = from; i < to; ++i) put_text(out, col.text(i));
    return;
  }
  if (is_fixed(col.physical())) {
    out.append(reinterpret_cast<const char*>(col.raw(from)), (to - from) * width_of(col.physical()));
    return;
  }
  auto refs = col.data<string_ref>();
  if (col.type() != type_id::blob) return put_texts(out, {&refs[from], to - from});
  for (size_t i = from; i < to; ++i) {
    auto text = refs[i].view();
    put(out, static_cast<uint32_t>(text.size()));
    out.append(text);
  }
}

namespace {
template <class T>
void put_lengths(std::string& out, const column& col, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) put(out, static_cast<T>(col.list_end(i) - col.list_begin(i)));
}
} // namespace

void put_array_lengths(std::string& out, const column& col, size_t from, size_t to) {
  int64_t longest = 0;
  for (size_t i = from; i < to; ++i) longest = std::max(longest, col.list_end(i) - col.list_begin(i));
  uint8_t unit = longest <= 255 ? 1 : longest <= 65535 ? 2 : 4;
  put(out, static_cast<uint16_t>(to - from));
  put(out, unit);
  put(out, uint8_t{0});
  if (unit == 1) put_lengths<uint8_t>(out, col, from, to);
  else if (unit == 2) put_lengths<uint16_t>(out, col, from, to);
  else put_lengths<uint32_t>(out, col, from, to);
}

void put_array_blocks(std::string& out, const column& col) {
  for (size_t from = 0; from < col.size(); from += array_block_rows) {
    auto to = std::min(col.size(), from + array_block_rows);
    put_array_lengths(out, col, from, to);
    put_items(out, *col.child(), static_cast<size_t>(col.list_begin(from)), static_cast<size_t>(col.list_end(to - 1)));
  }
}

// -- in -----------------------------------------------------------------------------------------------

namespace {
column_ptr read_texts(reader& in, type_id type, uint32_t rows) {
  in.need(type == type_id::blob ? 4ull * rows : rows);
  auto result = column::make(type, rows);
  if (rows == 0) return result;
  auto to = result->mutable_data<string_ref>();
  auto& arena = result->own_arena();
  for (uint32_t i = 0; i < rows; ++i) {
    if (type != type_id::blob) {
      to[i] = arena.add(in.text());
      continue;
    }
    auto bytes = in.get<uint32_t>();
    to[i] = arena.add({in.take(bytes), bytes});
  }
  return result;
}

column_ptr read_fixed(reader& in, type_id type, uint32_t rows, int32_t scale) {
  auto bytes = static_cast<uint64_t>(rows) * width_of(physical_of(type));
  auto from = in.take(bytes);
  auto result = column::make(type, rows, scale);
  if (rows == 0) return result;
  auto to = with_physical(physical_of(type), [&]<class T>(T) {
    return reinterpret_cast<std::byte*>(result->mutable_data<T>());
  });
  std::memcpy(to, from, bytes);
  if (in.swaps()) swap_items(to, rows, type);
  return result;
}

uint32_t read_length(reader& in, uint8_t unit) {
  switch (unit) {
    case 1: return in.get<uint8_t>();
    case 2: return in.get<uint16_t>();
    case 4: return in.get<uint32_t>();
    default: throw script_error(ec::corrupt, "wire array vector with length unit " + std::to_string(unit));
  }
}

column_ptr read_array(reader& in, type_id type, uint32_t rows, int32_t scale) {
  auto child = column::make(element_of(type), 0, scale);
  in.need(rows);  // a length takes at least a byte
  auto result = column::make(type, rows, scale);
  auto ends = rows == 0 ? nullptr : result->mutable_data<int64_t>();
  int64_t end = 0;
  for (uint32_t row = 0; row < rows;) {
    auto block = in.get<uint16_t>();
    auto unit = in.get<uint8_t>();
    in.get<uint8_t>();
    if (block == 0 || block > rows - row) throw script_error(ec::corrupt, "wire array vector with a wrong block length");
    auto begin = end;
    for (uint32_t i = 0; i < block; ++i) ends[row++] = end += read_length(in, unit);
    child->append(*read_items(in, element_of(type), checked_rows(static_cast<uint64_t>(end - begin)), scale));
  }
  result->set_child(std::move(child));
  return result;
}
} // namespace

column_ptr read_items(reader& in, type_id type, uint32_t rows, int32_t scale) {
  if (is_array(type)) return read_array(in, type, rows, scale);
  if (type == type_id::void_) {
    if (rows > void_rows_max) throw script_error(ec::corrupt, "wire VOID vector of " + std::to_string(rows) + " elements");
    auto result = column::make(type, rows);
    if (rows != 0) std::memset(result->mutable_data<int8_t>(), 1, rows);
    return result;
  }
  if (type == type_id::symbol) {
    auto texts = read_texts(in, type_id::string, rows);
    auto result = column::make(type);
    result->append(*texts);
    return result;
  }
  if (physical_of(type) == physical::str) return read_texts(in, type, rows);
  if (physical_of(type) == physical::any)
    throw script_error(ec::not_supported, "wire vector of type " + std::to_string(static_cast<int>(type)));
  return read_fixed(in, type, rows, scale);
}

} // namespace pelorus::wire
