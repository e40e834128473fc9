// Finds where objects end, over a stream that arrives in parts.
#include <algorithm>

#include "query/wire.hpp"
#include "query/wire_format.hpp"

namespace pelorus {

using namespace wire;

namespace {
constexpr size_t stack_max = 4096;

error broken(std::string what) { return {ec::corrupt, "wire stream: " + std::move(what)}; }
} // namespace

wire_scanner::wire_scanner(size_t objects, decode_options options) : options_(options) {
  push(want::object, 0, objects);
}

void wire_scanner::push(want what, uint8_t type, uint64_t count) {
  if (count != 0) steps_.push_back({what, type, count});
}

/// The step being worked on becomes another one (or is done, with a count of 0).
void wire_scanner::replace(want what, uint8_t type, uint64_t count) {
  steps_.pop_back();
  push(what, type, count);
}

uint32_t wire_scanner::u32(std::string_view bytes, size_t ahead) const {
  uint32_t x;
  std::memcpy(&x, bytes.data() + at_ + ahead, 4);
  return options_.little_endian ? x : __builtin_bswap32(x);
}

expected<bool> wire_scanner::scan(std::string_view bytes) {
  while (!steps_.empty()) {
    if (steps_.size() > stack_max) return broken("objects are nested too deeply");
    auto more = advance(bytes);
    if (!more) return more;
    if (!*more) return false;
  }
  return true;
}

/// One step onward; false when it needs bytes that are not there yet.
expected<bool> wire_scanner::advance(std::string_view bytes) {
  auto left = bytes.size() - at_;
  auto& step = steps_.back();
  switch (step.what) {
    case want::object: return open_object(bytes);
    case want::texts: return skip_texts(bytes);
    case want::vector: case want::pair: return open_vector(bytes);
    case want::matrix: case want::matrix_body: return open_matrix(bytes);
    case want::table: return open_table(bytes);
    case want::blocks: return open_blocks(bytes);
    case want::skip: {
      auto skipped = std::min<uint64_t>(step.count, left);
      at_ += skipped;
      if ((step.count -= skipped) == 0) steps_.pop_back();
      return skipped != 0;
    }
    case want::blobs: {
      if (left < 4) return false;
      auto size = u32(bytes, 0);
      at_ += 4;
      if (--step.count == 0) steps_.pop_back();
      push(want::skip, 0, size);
      return true;
    }
    case want::symbol_base: {
      if (left < 8) return false;
      auto base = u32(bytes, 4);
      if (base > symbol_base_max) return broken("a symbol base of " + std::to_string(base) + " strings");
      auto rows = step.count;
      at_ += 8;
      replace(want::skip, 0, rows * 4);
      push(want::texts, 0, base);
      return true;
    }
    case want::compressed: {
      if (left < compressed_header) return false;
      auto size = static_cast<int32_t>(u32(bytes, 0));
      if (size < 20) return broken("a compressed column of " + std::to_string(size) + " bytes");
      at_ += compressed_header;
      replace(want::skip, 0, static_cast<uint64_t>(size) - 20);
      return true;
    }
  }
  return false;
}

expected<bool> wire_scanner::skip_texts(std::string_view bytes) {
  auto& step = steps_.back();
  while (step.count != 0) {
    auto left = bytes.size() - at_;
    auto nul = left == 0 ? nullptr : std::memchr(bytes.data() + at_, 0, left);
    if (nul == nullptr) {
      at_ = bytes.size();
      return false;
    }
    at_ = static_cast<size_t>(static_cast<const char*>(nul) - bytes.data()) + 1;
    --step.count;
  }
  steps_.pop_back();
  return true;
}

/// Items of a vector or matrix behind its counts.
expected<void> wire_scanner::push_items(uint8_t type, uint64_t count) {
  if (count > limits::vector_elements) return broken("a vector of " + std::to_string(count) + " elements");
  if (type == symbol_base_type) {
    // Even without rows the base follows.
    steps_.push_back({want::symbol_base, 0, count});
    return {};
  }
  if (!known_type(type)) return error{ec::not_supported, "wire stream: type " + std::to_string(type)};
  auto id = static_cast<type_id>(type);
  if (is_array(id)) push(want::blocks, type, count);
  else if (id == type_id::void_) return {};
  else if (id == type_id::symbol || id == type_id::string) push(want::texts, 0, count);
  else if (id == type_id::blob) push(want::blobs, 0, count);
  else if (physical_of(id) == physical::any) push(want::object, 0, count);
  else push(want::skip, 0, count * width_of(physical_of(id)));
  if (is_decimal(element_of(id))) push(want::skip, 0, 4);
  return {};
}

expected<bool> wire_scanner::open_object(std::string_view bytes) {
  if (bytes.size() - at_ < 2) return false;
  auto type = static_cast<uint8_t>(bytes[at_]);
  auto f = static_cast<form>(bytes[at_ + 1]);
  at_ += 2;
  if (--steps_.back().count == 0) steps_.pop_back();
  switch (f) {
    case form::scalar:
      if (!known_type(type) || type >= array_type_base)
        return error{ec::not_supported, "wire stream: scalar of type " + std::to_string(type)};
      if (type == 0) push(want::skip, 0, 1);
      else if (type >= 20 && type <= 24) push(want::texts, 0, 1);
      else PELORUS_TRY(push_items(type, 1));
      if (static_cast<type_id>(type) == type_id::functiondef) push(want::skip, 0, 1);
      return true;
    case form::vector: case form::pair:
      push(type == compressed_type ? want::compressed : want::vector, type, 1);
      return true;
    case form::matrix: push(want::matrix, type, 1); return true;
    case form::set: push(want::object, 0, 1); return true;
    case form::dictionary: case form::chart: push(want::object, 0, 2); return true;
    case form::table: push(want::table, type, 1); return true;
    default: return error{ec::not_supported, "wire stream: form " + std::to_string(static_cast<int>(f))};
  }
}

expected<bool> wire_scanner::open_vector(std::string_view bytes) {
  if (bytes.size() - at_ < 8) return false;
  auto rows = u32(bytes, 0);
  auto type = steps_.back().type;
  at_ += 8;
  steps_.pop_back();
  PELORUS_TRY(push_items(type, rows));
  return true;
}

expected<bool> wire_scanner::open_matrix(std::string_view bytes) {
  if (steps_.back().what == want::matrix) {
    if (bytes.size() == at_) return false;
    auto labels = static_cast<uint8_t>(bytes[at_++]);
    replace(want::matrix_body, 0, 1);
    push(want::object, 0, (labels & 1u) + (labels >> 1 & 1u));
    return true;
  }
  if (bytes.size() - at_ < 10) return false;
  auto type = static_cast<uint8_t>(bytes[at_]);
  auto cells = static_cast<uint64_t>(u32(bytes, 2)) * u32(bytes, 6);
  at_ += 10;
  steps_.pop_back();
  PELORUS_TRY(push_items(type, cells));
  return true;
}

expected<bool> wire_scanner::open_table(std::string_view bytes) {
  if (bytes.size() - at_ < 8) return false;
  auto columns = u32(bytes, 4);
  if (columns > limits::table_columns) return broken("a table of " + std::to_string(columns) + " columns");
  at_ += 8;
  steps_.pop_back();
  push(want::object, 0, columns);
  push(want::texts, 0, 1 + uint64_t{columns});
  return true;
}

/// One block of an array vector: header, lengths, then its values.
expected<bool> wire_scanner::open_blocks(std::string_view bytes) {
  auto left = bytes.size() - at_;
  if (left < 4) return false;
  uint16_t rows;
  std::memcpy(&rows, bytes.data() + at_, 2);
  if (!options_.little_endian) rows = __builtin_bswap16(rows);
  auto unit = static_cast<uint8_t>(bytes[at_ + 2]);
  auto& step = steps_.back();
  if (rows == 0 || rows > step.count || (unit != 1 && unit != 2 && unit != 4)) return broken("a broken array vector");
  if (left < 4 + size_t{rows} * unit) return false;
  uint64_t values = 0;
  for (size_t i = 0; i < rows; ++i) {
    auto at = bytes.data() + at_ + 4 + i * unit;
    if (unit == 1) values += static_cast<uint8_t>(*at);
    else if (unit == 4) values += u32(bytes, 4 + i * unit);
    else values += options_.little_endian ? static_cast<uint8_t>(at[0]) + 256u * static_cast<uint8_t>(at[1])
                                          : static_cast<uint8_t>(at[1]) + 256u * static_cast<uint8_t>(at[0]);
  }
  at_ += 4 + size_t{rows} * unit;
  auto type = static_cast<uint8_t>(step.type - array_type_base);
  if ((step.count -= rows) == 0) steps_.pop_back();
  // The scale of DECIMAL arrays stands once before the blocks.
  auto before = steps_.size();
  PELORUS_TRY(push_items(type, values));
  if (is_decimal(static_cast<type_id>(type)) && steps_.size() > before) steps_.pop_back();
  return true;
}

} // namespace pelorus
