#include "query/key_index.hpp"

#include <bit>
#include <cstring>

#include <xxhash.h>

namespace pelorus {

namespace {

uint64_t mix(uint64_t x) {
  x ^= x >> 32;
  x *= 0x9e3779b97f4a7c15ull;
  x ^= x >> 29;
  x *= 0xbf58476d1ce4e5b9ull;
  return x ^ x >> 32;
}

template <class T>
uint64_t bits_of(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    double d = x == 0 ? 0.0 : static_cast<double>(x); // -0 equals 0
    return std::bit_cast<uint64_t>(d);
  } else {
    return static_cast<uint64_t>(static_cast<int64_t>(x));
  }
}

uint64_t hash_of(const column& col, size_t i) {
  switch (col.physical()) {
  case physical::i8: return mix(bits_of(col.data<int8_t>()[i]));
  case physical::i16: return mix(bits_of(col.data<int16_t>()[i]));
  case physical::i32: return mix(bits_of(col.data<int32_t>()[i]));
  case physical::f32: return mix(bits_of(col.data<float>()[i]));
  case physical::f64: return mix(bits_of(col.data<double>()[i]));
  case physical::b16: {
    uint64_t half[2];
    std::memcpy(half, col.raw(i), sizeof half);
    return mix(half[0] ^ mix(half[1]));
  }
  case physical::str:
  case physical::code: {
    auto text = col.text(i);
    return XXH3_64bits(text.data(), text.size());
  }
  default: return mix(bits_of(col.data<int64_t>()[i]));
  }
}

bool equal(const column& a, size_t i, const column& b, size_t k) {
  switch (a.physical()) {
  case physical::i8: return a.data<int8_t>()[i] == b.data<int8_t>()[k];
  case physical::i16: return a.data<int16_t>()[i] == b.data<int16_t>()[k];
  case physical::i32: return a.data<int32_t>()[i] == b.data<int32_t>()[k];
  case physical::f32: return a.data<float>()[i] == b.data<float>()[k];
  case physical::f64: return a.data<double>()[i] == b.data<double>()[k];
  case physical::b16: return std::memcmp(a.raw(i), b.raw(k), 16) == 0;
  case physical::str:
  case physical::code: return a.text(i) == b.text(k);
  default: return a.data<int64_t>()[i] == b.data<int64_t>()[k];
  }
}

} // namespace

bool key_index::can_hold(type_id type) {
  auto p = physical_of(type);
  return p != physical::any && p != physical::list && type != type_id::void_;
}

size_t key_index::slot_of(const column& keys, const column& probe, size_t i, uint64_t hash) const {
  auto mask = slots_.size() - 1;
  auto high = static_cast<uint32_t>(hash >> 32);
  for (size_t s = hash & mask;; s = (s + 1) & mask) {
    auto& slot = slots_[s];
    if (slot.at == absent || (slot.hash == high && equal(keys, slot.at, probe, i))) return s;
  }
}

uint32_t key_index::find(const column& keys, const column& probe, size_t i) const {
  if (slots_.empty()) return absent;
  return slots_[slot_of(keys, probe, i, hash_of(probe, i))].at;
}

uint32_t key_index::find_or_add(const column& keys, const column& probe, size_t i, uint32_t next) {
  if ((used_ + 1) * 2 > slots_.size()) grow();
  auto hash = hash_of(probe, i);
  auto& slot = slots_[slot_of(keys, probe, i, hash)];
  if (slot.at != absent) return slot.at;
  slot = {next, static_cast<uint32_t>(hash >> 32)};
  if (hashes_.size() <= next) hashes_.resize(next + 1);
  hashes_[next] = hash;
  ++used_;
  return next;
}

void key_index::clear() {
  slots_.clear();
  hashes_.clear();
  used_ = 0;
}

void key_index::reserve(size_t keys) {
  hashes_.reserve(keys);
  while (slots_.size() < keys * 2)
    grow();
}

void key_index::grow() {
  auto size = slots_.empty() ? size_t{16} : slots_.size() * 2;
  std::vector<slot> old(size);
  old.swap(slots_);
  for (auto& kept : old) {
    if (kept.at == absent) continue;
    auto s = hashes_[kept.at] & (size - 1);
    while (slots_[s].at != absent)
      s = (s + 1) & (size - 1);
    slots_[s] = kept;
  }
}

void key_index::rebuild(const column& keys) {
  clear();
  for (size_t i = 0; i < keys.size(); ++i)
    find_or_add(keys, keys, i, static_cast<uint32_t>(i));
}

std::vector<uint32_t> first_equal(const column& col, std::vector<uint32_t>& distinct) {
  key_index index;
  std::vector<uint32_t> result(col.size());
  for (size_t i = 0; i < col.size(); ++i) {
    result[i] = index.find_or_add(col, col, i, static_cast<uint32_t>(i));
    if (result[i] == i) distinct.push_back(static_cast<uint32_t>(i));
  }
  return result;
}

} // namespace pelorus
