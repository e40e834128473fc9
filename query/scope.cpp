#include "query/scope.hpp"

#include <algorithm>

namespace pelorus {

size_t name_hash(std::string_view name) {
  size_t hash = 14695981039346656037ULL; // FNV-1a
  for (char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash ^ (hash >> 32);
}

int32_t scope::lookup(std::string_view name, size_t hash) const {
  if (slots_.empty()) return -1;
  size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at] >= 0; at = (at + 1) & mask) {
    const auto& e = entries_[static_cast<size_t>(slots_[at])];
    if (e.hash == hash && e.name == name) return slots_[at];
  }
  return -1;
}

const value* scope::find(std::string_view name, size_t hash) const {
  auto i = lookup(name, hash);
  if (i < 0 || !entries_[static_cast<size_t>(i)].live) return nullptr;
  return &target(static_cast<size_t>(i)).held;
}

value* scope::find_mutable(std::string_view name, size_t hash) {
  return const_cast<value*>(std::as_const(*this).find(name, hash));
}

const scope::entry& scope::target(size_t i) const {
  return entries_[i].same_as >= 0 ? entries_[static_cast<size_t>(entries_[i].same_as)]
                                  : entries_[i];
}

size_t scope::place_of(std::string_view name, size_t hash) {
  if (auto i = lookup(name, hash); i >= 0) return static_cast<size_t>(i);
  if (entries_.size() * 2 >= slots_.size()) rebuild();
  entries_.push_back({std::string{name}, hash, {}, false, false, -1});
  size_t mask = slots_.size() - 1, at = hash & mask;
  while (slots_[at] >= 0)
    at = (at + 1) & mask;
  slots_[at] = static_cast<int32_t>(entries_.size() - 1);
  return entries_.size() - 1;
}

value& scope::set(std::string_view name, size_t hash, value x) {
  auto i = place_of(name, hash);
  if (!entries_[i].live) ++live_;
  entries_[i].live = true;
  auto& place =
      entries_[i].same_as >= 0 ? entries_[static_cast<size_t>(entries_[i].same_as)] : entries_[i];
  place.held = std::move(x);
  return place.held;
}

bool scope::bind(std::string_view name, std::string_view to) {
  auto source = lookup(to, name_hash(to));
  if (source < 0 || !entries_[static_cast<size_t>(source)].live) return false;
  if (name == to) return true;
  auto i = place_of(name, name_hash(name));
  if (!entries_[i].live) ++live_;
  int32_t final = entries_[static_cast<size_t>(source)].same_as;
  entries_[i].live = true;
  entries_[i].held = value{};
  entries_[i].same_as = final >= 0 ? final : source;
  return true;
}

bool scope::erase(std::string_view name) {
  auto found = lookup(name, name_hash(name));
  if (found < 0 || !entries_[static_cast<size_t>(found)].live) return false;
  auto& e = entries_[static_cast<size_t>(found)];
  // Names bound to this one keep its value.
  auto heir = std::find_if(entries_.begin(), entries_.end(),
                           [&](const entry& x) { return x.live && x.same_as == found; });
  if (heir != entries_.end()) {
    heir->held = std::move(e.held);
    heir->same_as = -1;
    auto owner = static_cast<int32_t>(heir - entries_.begin());
    for (auto& x : entries_)
      if (x.live && x.same_as == found) x.same_as = owner;
  }
  e.held = value{};
  e.live = e.is_const = false;
  e.same_as = -1;
  --live_;
  return true;
}

void scope::clear() {
  entries_.clear();
  slots_.clear();
  live_ = 0;
  any_const_ = false;
}

void scope::rebuild() {
  slots_.assign(std::max<size_t>(32, slots_.size() * 2), -1);
  size_t mask = slots_.size() - 1;
  for (size_t i = 0; i < entries_.size(); ++i) {
    size_t at = entries_[i].hash & mask;
    while (slots_[at] >= 0)
      at = (at + 1) & mask;
    slots_[at] = static_cast<int32_t>(i);
  }
}

void scope::set_const(std::string_view name) {
  auto i = lookup(name, name_hash(name));
  if (i < 0) return;
  entries_[static_cast<size_t>(i)].is_const = true;
  any_const_ = true;
}

bool scope::is_const(std::string_view name, size_t hash) const {
  if (!any_const_) return false;
  auto i = lookup(name, hash);
  return i >= 0 && entries_[static_cast<size_t>(i)].is_const;
}

std::vector<std::string> scope::names() const {
  std::vector<std::string> result;
  for (const auto& e : entries_)
    if (e.live) result.push_back(e.name);
  return result;
}

} // namespace pelorus
