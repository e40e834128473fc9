#include "query/join_runs.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "query/group_runs.hpp"
#include "query/grouping.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

struct run {
  uint32_t part, from, size;
  uint32_t to = 0;  ///< where it goes
};

bool can_copy(const std::vector<table_ptr>& parts) {
  auto& first = *parts.front();
  for (size_t c = 0; c < first.width(); ++c)
    for (auto& p : parts) {
      auto &a = *first.col(c), &b = *p->col(c);
      auto as_it_is = b.physical() != physical::str && b.physical() != physical::list && b.physical() != physical::any;
      if (!as_it_is || a.type() != b.type() || a.scale() != b.scale()) return false;
      if (b.physical() == physical::code && b.dict()->size() > 2 * b.size() + 16) return false;  // more to look at than rows
    }
  return true;
}

/// Runs of all parts in the order in which they are to lie; none when some part does not come in runs.
std::vector<run> ordered_runs(const std::vector<table_ptr>& parts, size_t key) {
  std::vector<run> runs;
  auto heads = column::make(parts.front()->col(key)->type(), 0, parts.front()->col(key)->scale());
  for (uint32_t p = 0; p < parts.size(); ++p) {
    auto& keys = *parts[p]->col(key);
    auto offsets = offsets_of_runs(keys);
    if (offsets.empty()) return {};
    for (size_t r = 0; r + 1 < offsets.size(); ++r) runs.push_back({p, offsets[r], offsets[r + 1] - offsets[r]});
    heads->append(*keys.gather(std::span<const uint32_t>{offsets}.first(offsets.size() - 1)));
  }
  auto keys = std::vector<column_ptr>{heads};
  auto found = group_rows(keys, runs.size());
  auto order = order_by_group(found.ids, found.groups());
  std::vector<run> result;
  uint32_t to = 0;
  for (auto r : order.rows) {
    result.push_back(runs[r]);
    result.back().to = to;
    to += runs[r].size;
  }
  return result;
}

/// One dictionary for the parts of a SYMBOL column, and for each part its codes there; none when they are the same.
struct joined_symbols {
  std::shared_ptr<symbol_dictionary> dict;
  std::vector<std::vector<int32_t>> codes;
};

joined_symbols join_symbols(const std::vector<table_ptr>& parts, size_t c) {
  joined_symbols result{parts.front()->col(c)->dict(), std::vector<std::vector<int32_t>>(parts.size())};
  bool shared = true;
  for (size_t p = 1; p < parts.size(); ++p) {
    auto& dict = parts[p]->col(c)->dict();
    if (dict == result.dict || dict->is_prefix_of(*result.dict)) continue;
    if (std::exchange(shared, false)) result.dict = std::make_shared<symbol_dictionary>(*result.dict);
    for (size_t i = 0; i < dict->size(); ++i) result.codes[p].push_back(result.dict->code((*dict)[static_cast<int32_t>(i)]));
  }
  return result;
}

template <class T>
void copy_runs(const std::vector<table_ptr>& parts, size_t c, std::span<const run> runs, const joined_symbols& symbols, T* to) {
  std::vector<const T*> from;
  for (auto& p : parts) from.push_back(p->col(c)->data<T>());
  for_each_part(runs.size(), parts_of(parts.front()->rows() * parts.size()), [&](size_t, size_t begin, size_t end) {
    for (auto& r : runs.subspan(begin, end - begin)) {
      auto* source = from[r.part] + r.from;
      if constexpr (std::is_same_v<T, int32_t>)
        if (!symbols.codes.empty() && !symbols.codes[r.part].empty()) {
          auto& codes = symbols.codes[r.part];
          for (uint32_t i = 0; i < r.size; ++i) to[r.to + i] = codes[static_cast<size_t>(source[i])];
          continue;
        }
      std::memcpy(to + r.to, source, r.size * sizeof(T));
    }
  });
}

} // namespace

table_ptr join_in_runs(const std::vector<table_ptr>& given, size_t key) {
  auto parts = given;
  std::erase_if(parts, [](auto& p) { return p->rows() == 0; });
  if (parts.size() < 2 || !can_copy(parts)) return nullptr;
  auto runs = ordered_runs(parts, key);
  if (runs.empty()) return nullptr;
  auto result = std::make_shared<table>();
  for (size_t c = 0; c < parts.front()->width(); ++c) {
    auto& like = *parts.front()->col(c);
    auto symbols = like.physical() == physical::code ? join_symbols(parts, c) : joined_symbols{};
    auto rows = size_t{runs.back().to} + runs.back().size;
    auto joined = symbols.dict ? column::make_symbol(symbols.dict, rows) : column::make(like.type(), rows, like.scale());
    with_physical(like.physical(), [&](auto zero) {
      using T = decltype(zero);
      copy_runs<T>(parts, c, runs, symbols, joined->mutable_data<T>());
    });
    if (std::none_of(parts.begin(), parts.end(), [&](auto& p) { return p->col(c)->may_have_nulls(); })) joined->set_no_nulls();
    result->add(parts.front()->name(c), joined);
  }
  return result;
}

} // namespace pelorus
