// Runs independent pieces of work on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sched.h>

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

/// Threads that compute at present, those that wait for helpers included.
inline std::atomic<unsigned> computing_threads{0};

/// Processors that this thread may run on: fewer than the machine has under taskset or in a cpuset.
inline unsigned usable_processors() {
  cpu_set_t mine;
  if (sched_getaffinity(0, sizeof mine, &mine) != 0) return std::max(1u, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&mine)));
}

/// Processors of this process, as they were when it was first asked for them.
inline unsigned processors() {
  static const auto n = usable_processors();
  return n;
}

/// Helpers that the job of this thread may still take, shared by all threads of the job; null when nothing limits it.
inline thread_local std::atomic<int>* helpers_left = nullptr;

/// While it lives, what this thread does in `for_each_task` takes at most `threads` threads, this one included.
class thread_limit {
public:
  explicit thread_limit(int threads) : left_(std::max(threads, 1) - 1), outer_(std::exchange(helpers_left, &left_)) {}
  ~thread_limit() { helpers_left = outer_; }
  thread_limit(const thread_limit&) = delete;
  thread_limit& operator=(const thread_limit&) = delete;

  /// How many threads this thread may make of itself at most.
  static unsigned here() {
    if (helpers_left == nullptr) return std::numeric_limits<unsigned>::max();
    return static_cast<unsigned>(std::max(helpers_left->load(), 0)) + 1;
  }
  /// Takes one helper of `left`, if there is one; give it back with `++*left`.
  static bool take(std::atomic<int>* left) {
    if (left == nullptr) return true;
    for (auto n = left->load(); n > 0;)
      if (left->compare_exchange_weak(n, n - 1)) return true;
    return false;
  }

private:
  std::atomic<int> left_;
  std::atomic<int>* outer_;
};

/// Calls `work(i)` for each i below `count`, on this thread and on as many helpers as there are idle processors and the
/// `thread_limit` allows. What `work` throws is thrown here once all have ended, the one with the smallest i.
template <class Work>
void for_each_task(size_t count, Work&& work) {
  std::atomic<size_t> next{0};
  std::vector<std::exception_ptr> failures(count);
  auto run = [&] {
    for (auto i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      try {
        work(i);
      } catch (...) {
        failures[i] = std::current_exception();
        next = count;  // the rest is not needed any more
      }
    }
  };
  auto busy = computing_threads.fetch_add(1) + 1;
  auto* left = helpers_left;
  int taken = 0;
  std::vector<std::thread> helpers;
  try {
    for (auto t = busy; t < processors() && helpers.size() + 1 < count && thread_limit::take(left); ++t) {
      ++taken;
      helpers.emplace_back([&run, left] {
        helpers_left = left;
        ++computing_threads;
        run();
        --computing_threads;
      });
    }
  } catch (const std::system_error&) {
    // No more threads to have: those that run do the work.
  }
  run();
  for (auto& helper : helpers) helper.join();
  if (left != nullptr) *left += taken;
  --computing_threads;
  for (auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

/// Parts to cut `rows` into, each of at least `least` rows: depends on the processors of this process, not on their load, so
/// that sums of reals come out the same every time.
inline size_t parts_of(size_t rows, size_t least = size_t{1} << 16) {
  return std::clamp<size_t>(rows / least, 1, processors());
}

/// Calls `work(part, from, to)` for each of `parts` nearly equal ranges of rows.
template <class Work>
void for_each_part(size_t rows, size_t parts, Work&& work) {
  if (parts <= 1) return work(size_t{0}, size_t{0}, rows);
  auto bound = [&](size_t part) { return rows / parts * part + std::min(part, rows % parts); };
  for_each_task(parts, [&](size_t part) { work(part, bound(part), bound(part + 1)); });
}

} // namespace pelorus
