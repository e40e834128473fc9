#include "storage/symbol_dictionary.hpp"

#include <algorithm>
#include <bit>

#include "storage/checksum.hpp"

namespace pelorus {

namespace {

constexpr size_t fewest_slots = 16;

uint32_t hash_of(std::string_view text) { return static_cast<uint32_t>(checksum(text)); }

} // namespace

symbol_dictionary::symbol_dictionary() { code(""); }

symbol_dictionary::symbol_dictionary(const symbol_dictionary& other) : long_bytes_(other.long_bytes_), slots_(other.slots_) {
  for (auto& text : other.texts_) texts_.push_back(long_texts_.add(text.view()));
}

/// The slot that has `text`, or the free one where it belongs.
size_t symbol_dictionary::slot_of(std::string_view text, uint32_t hash) const {
  auto mask = slots_.size() - 1;
  auto at = hash & mask;
  while (slots_[at].code >= 0 && (slots_[at].hash != hash || (*this)[slots_[at].code] != text)) at = (at + 1) & mask;
  return at;
}

void symbol_dictionary::arrange(size_t slots) {
  std::vector<slot> before(slots, {0, -1});
  std::swap(before, slots_);
  for (auto& s : before) {
    if (s.code < 0) continue;
    auto at = s.hash & (slots - 1);
    while (slots_[at].code >= 0) at = (at + 1) & (slots - 1);
    slots_[at] = s;
  }
}

void symbol_dictionary::reserve(size_t count) {
  auto slots = std::bit_ceil(std::max(2 * count, fewest_slots));
  if (slots > slots_.size()) arrange(slots);
}

int32_t symbol_dictionary::code(std::string_view text) {
  if (2 * (texts_.size() + 1) > slots_.size()) reserve(2 * texts_.size());
  auto hash = hash_of(text);
  auto& s = slots_[slot_of(text, hash)];
  if (s.code >= 0) return s.code;
  s = {hash, static_cast<int32_t>(texts_.size())};
  if (text.size() > string_ref::inline_bytes) long_bytes_ += text.size();
  texts_.push_back(long_texts_.add(text));
  return s.code;
}

bool symbol_dictionary::is_prefix_of(const symbol_dictionary& other) const {
  return size() <= other.size() && std::equal(texts_.begin(), texts_.end(), other.texts_.begin());
}

int32_t symbol_dictionary::find(std::string_view text) const { return slots_[slot_of(text, hash_of(text))].code; }

uint64_t symbol_dictionary::bytes() const { return texts_.size() * sizeof(string_ref) + slots_.size() * sizeof(slot) + long_bytes_; }

} // namespace pelorus
