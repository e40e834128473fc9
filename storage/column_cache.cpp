#include "storage/column_cache.hpp"

#include <unistd.h>

namespace pelorus {

namespace {
constexpr uint64_t share_of_limit = 4, share_of_machine = 8;
constexpr uint64_t entry_overhead = 128;

uint64_t machine_bytes() {
  static const auto bytes = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}
} // namespace

void request_counts::add(uint64_t hash, size_t entries) {
  for (int which : {0, 1}) {
    auto& count = counts_[slot(hash, which)];
    if (count < most) ++count;
  }
  if (++added_ < std::max(least_sample, 8 * entries)) return;
  added_ = 0;
  for (auto& count : counts_) count /= 2;
}

namespace {

struct process_caches {
  column_cache columns, indexes;
};

/// Never destroyed: columns may be freed by threads that outlive the statics.
process_caches& caches_of_process() {
  static process_caches* caches = [] {
    auto* made = new process_caches;
    // Columns first: to read again costs less than to sort again.
    memory::on_pressure([](uint64_t bytes) { return column_cache::shared().shrink(bytes) != 0 || column_cache::indexes().shrink(bytes) != 0; });
    return made;
  }();
  return *caches;
}

} // namespace

column_cache& column_cache::shared() { return caches_of_process().columns; }
column_cache& column_cache::indexes() { return caches_of_process().indexes; }

size_t column_cache::key_hash::operator()(const column_key& k) const {
  return (k.rows ^ (k.column * 0x9e3779b97f4a7c15ULL) ^ (k.part * 0xc2b2ae3d27d4eb4fULL));
}

void column_cache::set_limit(uint64_t bytes) {
  entries gone;
  std::lock_guard held{lock_};
  limit_ = bytes;
  gone = take_oldest(bytes);
}

uint64_t column_cache::limit() const {
  std::lock_guard held{lock_};
  if (limit_) return *limit_;
  auto all = memory::limit();
  return all == 0 ? machine_bytes() / share_of_machine : all / share_of_limit;
}

column_ptr column_cache::find(const column_key& key) {
  std::lock_guard held{lock_};
  asked_.add(key_hash{}(key), order_.size());
  auto found = known_.find(key);
  if (found == known_.end()) {
    ++stats_.misses;
    return nullptr;
  }
  ++stats_.hits;
  order_.splice(order_.begin(), order_, found->second);
  return std::make_shared<column>(*found->second->col);
}

void column_cache::put(const column_key& key, column_ptr col, uint64_t extra_bytes) {
  auto bytes = col->bytes() + extra_bytes + entry_overhead;
  auto most = limit();
  if (bytes > most) return;
  entries gone;
  std::lock_guard held{lock_};
  if (known_.contains(key) || !may_displace(key, most - bytes)) return;
  gone = take_oldest(most - bytes);
  order_.push_front({key, std::move(col), bytes});
  known_.emplace(key, order_.begin());
  stats_.bytes += bytes;
}

bool column_cache::may_displace(const column_key& key, uint64_t most) const {
  auto wanted = asked_.of(key_hash{}(key));
  auto left = stats_.bytes;
  for (auto oldest = order_.rbegin(); left > most && oldest != order_.rend(); ++oldest) {
    if (asked_.of(key_hash{}(oldest->key)) >= wanted) return false;
    left -= oldest->bytes;
  }
  return true;
}

column_cache::entries column_cache::take_oldest(uint64_t most) {
  entries gone;
  while (stats_.bytes > most && !order_.empty()) {
    auto last = std::prev(order_.end());
    stats_.bytes -= last->bytes;
    ++stats_.evicted;
    known_.erase(last->key);
    gone.splice(gone.end(), order_, last);
  }
  return gone;
}

void column_cache::clear() {
  entries gone;
  std::lock_guard held{lock_};
  gone = take_oldest(0);
}

uint64_t column_cache::shrink(uint64_t bytes) {
  entries gone;
  std::lock_guard held{lock_};
  auto before = stats_.bytes;
  gone = take_oldest(before > bytes ? before - bytes : 0);
  return before - stats_.bytes;
}

column_cache::statistics column_cache::stats() const {
  std::lock_guard held{lock_};
  auto result = stats_;
  result.entries = order_.size();
  return result;
}

} // namespace pelorus
