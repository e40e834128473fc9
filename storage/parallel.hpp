// Runs independent pieces of work on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "cfg/error.hpp"

namespace pelorus {

/// Calls `work(i)`, which answers expected<void>, for each i below `count` on up to `threads` threads, this one included.
/// The error with the smallest i wins, so that the outcome does not depend on the scheduling. What `work` throws becomes
/// an error: ec::out_of_memory for lack of memory, else ec::internal.
template <class Work>
expected<void> parallel_for(size_t count, unsigned threads, Work&& work) {
  std::vector<expected<void>> outcomes(count);
  std::atomic<size_t> next{0};
  auto one = [&](size_t i) -> expected<void> {
    try {
      return work(i);
    } catch (const std::bad_alloc& failed) {
      return error{ec::out_of_memory, failed.what()};
    } catch (const std::exception& failed) {
      return error{ec::internal, failed.what()};
    }
  };
  auto run = [&] {
    for (auto i = next.fetch_add(1); i < count; i = next.fetch_add(1)) outcomes[i] = one(i);
  };
  std::vector<std::thread> helpers;
  try {
    for (size_t t = 1; t < std::min<size_t>(threads, count); ++t) helpers.emplace_back(run);
  } catch (const std::system_error&) {
    // No more threads to have: those that run do the work.
  }
  run();
  for (auto& helper : helpers) helper.join();
  for (auto& outcome : outcomes)
    if (!outcome) return outcome;
  return {};
}

} // namespace pelorus
