#include "actors/transaction_history.hpp"

#include <algorithm>
#include <limits>

namespace pelorus {

void transaction_history::begun(transaction_view x) {
  x.status = "BEGIN";
  auto tid = x.tid;
  open_.insert_or_assign(tid, std::move(x));
}

void transaction_history::deciding(uint64_t tid) {
  if (auto found = open_.find(tid); found != open_.end()) found->second.status = "COMMIT";
}

void transaction_history::ended(uint64_t tid, bool committed, int64_t now_ms) {
  auto found = open_.find(tid);
  if (found == open_.end()) return;
  found->second.status = committed ? "COMPLETE" : "ROLLBACK";
  found->second.end_ms = now_ms;
  ended_.push_back(std::move(found->second));
  if (ended_.size() > ended_kept) ended_.pop_front();
  open_.erase(found);
  constexpr auto highest = std::numeric_limits<uint64_t>::max();
  questions_.erase(questions_.lower_bound({tid, 0, 0}), questions_.upper_bound({tid, highest, highest}));
}

void transaction_history::asked(const resolve_transaction& ask, int64_t now_ms) {
  if (!open_.contains(ask.tid)) return;
  auto [found, fresh] = questions_.try_emplace({ask.tid, ask.chunk_high, ask.chunk_low}, now_ms, now_ms);
  if (!fresh) found->second.second = now_ms;
}

transaction_views transaction_history::list() const {
  transaction_views result{ended_.begin(), ended_.end()};
  for (auto& [tid, x] : open_) result.push_back(x);
  std::sort(result.begin(), result.end(), [](auto& a, auto& b) { return a.tid > b.tid; });
  return result;
}

unresolved_views transaction_history::unresolved() const {
  unresolved_views result;
  for (auto& [key, times] : questions_) {
    auto& [tid, high, low] = key;
    result.push_back({tid, 0, high, low, open_.at(tid).coordinator, times.first, times.second});
  }
  return result;
}

} // namespace pelorus
