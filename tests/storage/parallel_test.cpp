#include "storage/parallel.hpp"

#include <doctest/doctest.h>

#include <mutex>
#include <set>

using namespace pelorus;

namespace {
/// The threads that worked on `tasks` tasks, each of which takes a while, and begins `nested` tasks of its own.
std::set<std::thread::id> workers(size_t tasks, size_t nested = 0) {
  std::mutex lock;
  std::set<std::thread::id> seen;
  auto note = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    std::lock_guard guard{lock};
    seen.insert(std::this_thread::get_id());
  };
  for_each_task(tasks, [&](size_t) {
    note();
    if (nested != 0) for_each_task(nested, [&](size_t) { note(); });
  });
  return seen;
}
} // namespace

TEST_CASE("a job that may take one thread works on its own, whatever it begins") {
  thread_limit one{1};
  CHECK(thread_limit::here() == 1);
  CHECK(workers(20, 5) == std::set{std::this_thread::get_id()});
}

TEST_CASE("helpers count for the job that began them, and come back") {
  CHECK(thread_limit::here() == std::numeric_limits<unsigned>::max());
  {
    thread_limit two{2};
    for (int i = 0; i < 5; ++i) {
      for_each_task(40, [](size_t) {
        // With the one helper at work nobody gets another one.
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        CHECK(thread_limit::here() <= 2);
      });
      CHECK(thread_limit::here() == 2);
    }
    CHECK_THROWS_AS(for_each_task(4, [](size_t) { throw std::bad_alloc{}; }), std::bad_alloc);
    CHECK(thread_limit::here() == 2);
    {
      thread_limit none{0};
      CHECK(thread_limit::here() == 1);
    }
    CHECK(thread_limit::here() == 2);
  }
  CHECK(thread_limit::here() == std::numeric_limits<unsigned>::max());
}

TEST_CASE("only processors that a thread may run on count") {
  cpu_set_t all;
  REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
  CHECK(usable_processors() == static_cast<unsigned>(CPU_COUNT(&all)));
  unsigned seen = 0;
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
      if (CPU_ISSET(i, &all)) CPU_SET(i, &one);
    if (sched_setaffinity(0, sizeof one, &one) == 0) seen = usable_processors();
  }).join();
  CHECK(seen == 1);
}

TEST_CASE("helpers share the budget of their job") {
  std::atomic<int> left{1};
  CHECK(thread_limit::take(nullptr));
  CHECK(thread_limit::take(&left));
  CHECK_FALSE(thread_limit::take(&left));
  ++left;
  CHECK(thread_limit::take(&left));
}
