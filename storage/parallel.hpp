// Runs independent pieces of work on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "cfg/error.hpp"

namespace pelorus {

/// Calls `work(i)` for each i below `count` on up to `threads` threads, this one included. The error with the smallest
/// i wins, so that the outcome does not depend on the scheduling. `work` must not throw.
template <class Work>
expected<void> parallel_for(size_t count, unsigned threads, Work&& work) {
  std::vector<expected<void>> outcomes(count);
  std::atomic<size_t> next{0};
  auto run = [&] {
    for (auto i = next.fetch_add(1); i < count; i = next.fetch_add(1)) outcomes[i] = work(i);
  };
  std::vector<std::thread> helpers;
  for (size_t t = 1; t < std::min<size_t>(threads, count); ++t) helpers.emplace_back(run);
  run();
  for (auto& helper : helpers) helper.join();
  for (auto& outcome : outcomes)
    if (!outcome) return outcome;
  return {};
}

} // namespace pelorus
