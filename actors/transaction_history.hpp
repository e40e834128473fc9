// What getTransactionStatus and getUnresolvedTxn tell: open transactions, the last ones that ended, and questions of data
// nodes about them. Pure state of the `transactions` actor.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>

#include "actors/messages.hpp"

namespace pelorus {

class transaction_history {
public:
  void begun(transaction_view x);
  /// Its commit record is on its way to the log.
  void deciding(uint64_t tid);
  void ended(uint64_t tid, bool committed, int64_t now_ms);
  /// A data node asked about a chunk of an open transaction.
  void asked(const resolve_transaction& ask, int64_t now_ms);

  /// Newest first.
  transaction_views list() const;
  /// Questions about transactions that are open still.
  unresolved_views unresolved() const;

private:
  using question = std::tuple<uint64_t, uint64_t, uint64_t>;  // tid, chunk
  static constexpr size_t ended_kept = 1024;

  std::map<uint64_t, transaction_view> open_;
  std::deque<transaction_view> ended_;
  std::map<question, std::pair<int64_t, int64_t>> questions_;  // asked first and last
};

} // namespace pelorus
