// A hash table that numbers distinct keys in order of first appearance.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include "storage/string_ref.hpp"
#include "storage/types.hpp"

namespace pelorus {

__extension__ typedef unsigned __int128 wide_product;

/// Mixes all bits of a key (a multiply and a fold, as in wyhash).
inline uint64_t mix_key(uint64_t x) {
  auto product = static_cast<wide_product>(x ^ 0x9e3779b97f4a7c15ull) * 0xd6e8feb86659fd93ull;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <class T>
uint64_t hash_key(const T& key) {
  if constexpr (std::is_same_v<T, string_ref>) {
    if (!key.is_inline()) return mix_key(std::hash<std::string_view>{}(key.view()));
    uint64_t words[2];
    std::memcpy(words, &key, sizeof words);
    return mix_key(words[0] ^ mix_key(words[1]));
  } else if constexpr (sizeof(T) == 16) {
    uint64_t words[2];
    std::memcpy(words, &key, sizeof words);
    return mix_key(words[0] ^ mix_key(words[1]));
  } else {
    uint64_t word = 0;
    std::memcpy(&word, &key, sizeof key);
    return mix_key(word);
  }
}

/// Open addressing with linear probing; keys lie beside the table in their order of appearance.
template <class T>
class dense_ids {
public:
  explicit dense_ids(size_t expected = 1024) { resize(std::bit_ceil(expected * 2)); }

  /// The number of `key`, a new one when it was not seen before.
  uint32_t id(const T& key) {
    auto hash = hash_key(key);
    for (auto at = hash & mask_;; at = (at + 1) & mask_) {
      auto& s = slots_[at];
      if (s.id == empty) {
        s = {static_cast<uint32_t>(hash >> 32), static_cast<uint32_t>(keys_.size())};
        keys_.push_back(key);
        if (keys_.size() * 2 > slots_.size()) resize(slots_.size() * 2);
        return static_cast<uint32_t>(keys_.size() - 1);
      }
      if (s.tag == static_cast<uint32_t>(hash >> 32) && keys_[s.id] == key) return s.id;
    }
  }
  /// Distinct keys; the position is the number.
  const std::vector<T>& keys() const { return keys_; }

private:
  static constexpr uint32_t empty = 0xffffffff;
  struct slot {
    uint32_t tag, id;
  };

  void resize(size_t slots) {
    slots_.assign(slots, {0, empty});
    mask_ = slots - 1;
    for (uint32_t i = 0; i < keys_.size(); ++i) {
      auto hash = hash_key(keys_[i]);
      auto at = hash & mask_;
      while (slots_[at].id != empty) at = (at + 1) & mask_;
      slots_[at] = {static_cast<uint32_t>(hash >> 32), i};
    }
  }

  std::vector<slot> slots_;
  std::vector<T> keys_;
  uint64_t mask_ = 0;
};

} // namespace pelorus
