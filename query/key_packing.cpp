#include "query/key_packing.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "storage/parallel.hpp"

namespace pelorus {

namespace {

template <class T>
struct extent {
  T low = 0, high = 0;
  bool nulls = false, any = false;
};

/// Smallest and largest element that is not null.
template <class T>
extent<T> extent_of(const T* at, size_t from, size_t to) {
  // The null is the smallest value: shifting by one lets it wrap to the top and keeps the loop branch-free.
  using U = std::make_unsigned_t<T>;
  auto low = std::numeric_limits<U>::max(), top = U{0};
  auto high = std::numeric_limits<T>::min();
  for (size_t i = from; i < to; ++i) {
    auto shifted = static_cast<U>(static_cast<U>(at[i]) - static_cast<U>(null_of<T>) - 1);
    low = std::min(low, shifted);
    top = std::max(top, shifted);
    high = std::max(high, at[i]);
  }
  return {static_cast<T>(static_cast<U>(low + static_cast<U>(null_of<T>) + 1)), high,
          top == std::numeric_limits<U>::max(), high != null_of<T>};
}

template <class T>
extent<T> extent_of(const T* at, size_t rows) {
  auto parts = parts_of(rows);
  std::vector<extent<T>> found(parts);
  for_each_part(rows, parts, [&](size_t p, size_t from, size_t to) { found[p] = extent_of(at, from, to); });
  extent<T> all;
  for (auto& e : found) {
    all.nulls = all.nulls || e.nulls;
    if (!e.any) continue;
    all.low = all.any ? std::min(all.low, e.low) : e.low;
    all.high = all.any ? std::max(all.high, e.high) : e.high;
    all.any = true;
  }
  return all;
}

bool is_integer(physical p) {
  return p == physical::i8 || p == physical::i16 || p == physical::i32 || p == physical::i64;
}

/// The eight bytes behind a common prefix as a number with the order of the texts.
uint64_t head_of(std::string_view text) {
  unsigned char bytes[8] = {};
  std::memcpy(bytes, text.data(), std::min<size_t>(text.size(), 8));
  uint64_t head = 0;
  for (auto b : bytes) head = head << 8 | b;
  return head;
}

} // namespace

std::vector<int32_t> alphabetic(const symbol_dictionary& dict, std::vector<int32_t> codes) {
  auto before = [&](int32_t a, int32_t b) { return dict[a] < dict[b]; };
  if (std::is_sorted(codes.begin(), codes.end(), before)) return codes;
  std::string_view prefix;
  bool first = true;
  for (auto c : codes) {
    auto text = dict[c];
    if (text.empty()) continue;  // the null sorts first by its empty rest
    if (first) prefix = text;
    first = false;
    auto same = std::mismatch(prefix.begin(), prefix.end(), text.begin(), text.end()).first;
    prefix = prefix.substr(0, static_cast<size_t>(same - prefix.begin()));
  }
  struct entry {
    uint64_t head;
    int32_t code;
  };
  std::vector<entry> entries;
  entries.reserve(codes.size());
  for (auto c : codes) {
    auto text = dict[c];
    entries.push_back({text.size() < prefix.size() ? 0 : head_of(text.substr(prefix.size())), c});
  }
  std::sort(entries.begin(), entries.end(), [&](const entry& a, const entry& b) {
    return a.head != b.head ? a.head < b.head : before(a.code, b.code);
  });
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = entries[i].code;
  return codes;
}

key_packing::part key_packing::part_of(const column_ptr& keys, size_t rows, symbols how) {
  part p;
  p.keys = keys;
  if (keys->physical() == physical::code) {
    auto& dict = *keys->dict();
    p.range = std::max<size_t>(1, dict.size());
    if (how == symbols::as_coded || p.range <= 1) return p;
    if (p.range <= std::max<size_t>(rows, 1 << 16)) {
      std::vector<int32_t> codes(p.range);
      std::iota(codes.begin(), codes.end(), 0);
      codes = alphabetic(dict, std::move(codes));
      p.rank.resize(p.range);
      for (uint32_t r = 0; r < codes.size(); ++r) p.rank[static_cast<size_t>(codes[r])] = r;
      return p;
    }
  }
  bool fits = is_integer(keys->physical());
  with_physical(keys->physical(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>) {
      if (!fits) return;
      auto e = extent_of(keys->data<T>(), keys->size());
      p.nulls = e.nulls;
      if (!e.any) return;
      p.base = static_cast<uint64_t>(static_cast<int64_t>(e.low)) - (e.nulls ? 1 : 0);
      p.range = static_cast<uint64_t>(static_cast<int64_t>(e.high)) - p.base + 1;
      fits = p.range != 0 && p.range <= uint64_t{1} << 62;
    }
  });
  if (fits) return p;
  auto coded = encode_keys(*keys);
  p.coded = std::move(coded.codes);
  p.range = coded.range;
  return p;
}

bool key_packing::multiply_out() {
  range_ = 1;
  for (size_t k = parts_.size(); k-- > 0;) {
    parts_[k].stride = range_;
    if (parts_[k].range > (uint64_t{1} << 62) / range_) return false;
    range_ *= parts_[k].range;
  }
  return true;
}

std::optional<key_packing> key_packing::of(std::span<const column_ptr> keys, size_t rows, symbols how) {
  key_packing result;
  for (auto& k : keys) result.parts_.push_back(part_of(k, rows, how));
  if (!result.multiply_out()) return std::nullopt;
  return result;
}

const uint32_t* key_packing::codes() const {
  if (parts_.size() != 1) return nullptr;
  auto& p = parts_.front();
  if (!p.coded.empty()) return p.coded.data();
  auto plain = p.keys->physical() == physical::code && p.rank.empty() && p.keys->size() != 1;
  return plain ? reinterpret_cast<const uint32_t*>(p.keys->data<int32_t>()) : nullptr;
}

template <class T>
void key_packing::read_part(const part& p, bool first, size_t from, size_t n, const uint32_t* rows, T* to) const {
  auto factor = static_cast<T>(p.range);
  auto put = [&](auto&& code_at) {
    if (first)
      for (size_t i = 0; i < n; ++i) to[i] = static_cast<T>(code_at(i));
    else
      for (size_t i = 0; i < n; ++i) to[i] = to[i] * factor + static_cast<T>(code_at(i));
  };
  auto put_rows = [&](auto* at, auto&& code) {
    if (p.keys->size() == 1) {
      auto one = code(at[0]);
      put([&](size_t) { return one; });
    } else if (rows == nullptr) {
      put([&, at = at + from](size_t i) { return code(at[i]); });
    } else {
      put([&, at = at + from](size_t i) { return code(at[rows[i]]); });
    }
  };
  if (!p.coded.empty()) return put_rows(p.coded.data(), [](uint32_t c) { return c; });
  if (!p.rank.empty())
    return put_rows(p.keys->data<int32_t>(), [rank = p.rank.data()](int32_t c) { return rank[static_cast<size_t>(c)]; });
  with_physical(p.keys->physical(), [&](auto zero) {
    using K = decltype(zero);
    if constexpr (std::is_integral_v<K>) {
      auto base = p.base;
      auto code = [base](K x) { return static_cast<T>(static_cast<uint64_t>(static_cast<int64_t>(x)) - base); };
      if (!p.nulls) put_rows(p.keys->data<K>(), code);
      else put_rows(p.keys->data<K>(), [&](K x) { return is_null(x) ? T{0} : code(x); });
    }
  });
}

template <class T>
void key_packing::read(size_t from, size_t n, const uint32_t* rows, T* to) const {
  for (size_t k = 0; k < parts_.size(); ++k) read_part(parts_[k], k == 0, from, n, rows, to);
  if (parts_.empty()) std::fill_n(to, n, T{0});
}

template void key_packing::read<uint32_t>(size_t, size_t, const uint32_t*, uint32_t*) const;
template void key_packing::read<uint64_t>(size_t, size_t, const uint32_t*, uint64_t*) const;

bool key_packing::can_unpack() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const part& p) { return p.coded.empty(); });
}

column_ptr key_packing::unpack(size_t k, std::span<const uint32_t> numbers) const {
  auto& p = parts_[k];
  auto code_of = [&](uint32_t number) { return number / p.stride % p.range; };
  if (p.keys->physical() == physical::code) {
    std::vector<int32_t> code_at(p.rank.size());
    for (size_t c = 0; c < p.rank.size(); ++c) code_at[p.rank[c]] = static_cast<int32_t>(c);
    auto result = column::make_symbol(p.keys->dict(), numbers.size());
    auto* to = result->mutable_data<int32_t>();
    for (size_t i = 0; i < numbers.size(); ++i) {
      auto code = code_of(numbers[i]);
      to[i] = p.rank.empty() ? static_cast<int32_t>(code) : code_at[code];
    }
    return result;
  }
  auto result = column::make(p.keys->type(), numbers.size(), p.keys->scale());
  with_physical(p.keys->physical(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>) {
      auto* to = result->template mutable_data<T>();
      for (size_t i = 0; i < numbers.size(); ++i) {
        auto code = code_of(numbers[i]);
        to[i] = p.nulls && code == 0 ? null_of<T> : static_cast<T>(p.base + code);
      }
    }
  });
  if (!p.nulls) result->set_no_nulls();
  return result;
}

std::vector<uint32_t> key_packing::in_key_order(std::vector<uint32_t> numbers) const {
  bool ordered = true;
  std::vector<std::vector<uint32_t>> ranks(parts_.size());
  for (size_t k = 0; k < parts_.size(); ++k) {
    auto& p = parts_[k];
    if (p.keys->physical() != physical::code || !p.rank.empty() || !p.coded.empty()) continue;
    std::vector<uint8_t> seen(p.range, 0);
    for (auto n : numbers) seen[n / p.stride % p.range] = 1;
    std::vector<int32_t> codes;
    for (size_t c = 0; c < seen.size(); ++c)
      if (seen[c]) codes.push_back(static_cast<int32_t>(c));
    auto sorted = alphabetic(*p.keys->dict(), codes);
    if (sorted == codes) continue;
    ordered = false;
    ranks[k].resize(p.range);
    for (uint32_t r = 0; r < sorted.size(); ++r) ranks[k][static_cast<size_t>(sorted[r])] = r;
  }
  if (ordered) return numbers;
  std::vector<std::pair<uint64_t, uint32_t>> by_rank(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    uint64_t rank = 0;
    for (size_t k = 0; k < parts_.size(); ++k) {
      auto& p = parts_[k];
      auto code = numbers[i] / p.stride % p.range;
      rank += (ranks[k].empty() ? code : ranks[k][code]) * p.stride;
    }
    by_rank[i] = {rank, numbers[i]};
  }
  std::sort(by_rank.begin(), by_rank.end());
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = by_rank[i].second;
  return numbers;
}

} // namespace pelorus
