#include "storage/symbol_dictionary.hpp"

#include <algorithm>

namespace pelorus {

symbol_dictionary::symbol_dictionary() { code(""); }

symbol_dictionary::symbol_dictionary(const symbol_dictionary& other) : strings_(other.strings_) {
  codes_.reserve(strings_.size());
  for (size_t i = 0; i < strings_.size(); ++i) codes_.emplace(strings_[i], static_cast<int32_t>(i));
}

int32_t symbol_dictionary::code(std::string_view text) {
  if (auto found = codes_.find(text); found != codes_.end()) return found->second;
  auto fresh = static_cast<int32_t>(strings_.size());
  strings_.emplace_back(text);
  codes_.emplace(strings_.back(), fresh);
  return fresh;
}

bool symbol_dictionary::is_prefix_of(const symbol_dictionary& other) const {
  return size() <= other.size() && std::equal(strings_.begin(), strings_.end(), other.strings_.begin());
}

int32_t symbol_dictionary::find(std::string_view text) const {
  auto found = codes_.find(text);
  return found == codes_.end() ? -1 : found->second;
}

} // namespace pelorus
