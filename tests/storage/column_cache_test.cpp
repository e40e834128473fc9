#include "storage/column_cache.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "scratch.hpp"
#include "storage/chunk_reader.hpp"

using namespace pelorus;

namespace {

column_ptr numbers(size_t count, int32_t first = 0) {
  auto col = column::make(type_id::int_, count);
  for (size_t i = 0; i < count; ++i) col->mutable_data<int32_t>()[i] = first + static_cast<int32_t>(i);
  return col;
}

} // namespace

TEST_CASE("the least recently used column goes first") {
  column_cache cache;
  cache.set_limit(3 * 4600);
  for (uint64_t k = 1; k <= 3; ++k) cache.put({k, 0, 0}, numbers(1000));
  CHECK(cache.find({1, 0, 0}));
  CHECK_FALSE(cache.find({4, 0, 0}));
  cache.put({4, 0, 0}, numbers(1000));
  CHECK(cache.find({1, 0, 0}));
  CHECK_FALSE(cache.find({2, 0, 0}));
  CHECK(cache.find({4, 0, 0}));
  cache.put({5, 0, 0}, numbers(100'000));  // larger than the cache
  CHECK_FALSE(cache.find({5, 0, 0}));
  auto stats = cache.stats();
  CHECK(stats.entries == 3);
  CHECK(stats.hits == 3);
  CHECK(stats.misses == 3);
  CHECK(stats.evicted == 1);
  CHECK(stats.bytes <= cache.limit());
  cache.set_limit(0);
  CHECK(cache.stats().bytes == 0);
}

TEST_CASE("a scan of more than fits finds the next time what it left there, and new work takes over") {
  column_cache cache;
  cache.set_limit(100 * 4600);
  auto scan = [&](uint64_t first, uint64_t count) {
    uint64_t hits = 0;
    for (uint64_t k = first; k < first + count; ++k) {
      if (cache.find({k, 0, 0})) ++hits;
      else cache.put({k, 0, 0}, numbers(1000));
    }
    return hits;
  };
  CHECK(scan(0, 150) == 0);
  uint64_t hits = 0;
  for (int round = 0; round < 20; ++round) hits += scan(0, 150);
  CHECK(hits > 20 * 80);  // the least recently used first: 0
  CHECK(hits <= 20 * cache.stats().entries);
  for (int round = 0; round < 20; ++round) scan(1000, 50);
  CHECK(scan(1000, 50) == 50);
}

TEST_CASE("changing a column from the cache changes nobody else's") {
  column_cache cache;
  cache.put({1, 2, 3}, numbers(10));
  auto mine = cache.find({1, 2, 3});
  mine->mutable_data<int32_t>()[0] = 99;
  mine->push(int32_t{7});
  auto theirs = cache.find({1, 2, 3});
  CHECK(theirs->size() == 10);
  CHECK(theirs->data<int32_t>()[0] == 0);
}

TEST_CASE("the cache gives way to whoever needs memory") {
  auto& cache = column_cache::shared();
  cache.clear();
  cache.set_limit(uint64_t{1} << 30);
  for (uint64_t k = 0; k < 10; ++k) cache.put({k, 77, 0}, numbers(250'000));
  CHECK(cache.stats().entries == 10);
  memory::set_limit(memory::in_use() + 1000);
  auto needed = numbers(1'000'000);  // as much as four entries
  CHECK(cache.stats().entries <= 6);
  CHECK(cache.stats().entries >= 4);
  CHECK_THROWS_AS(numbers(20'000'000), memory_exceeded);
  CHECK(cache.stats().entries == 0);
  memory::set_limit(0);
}

TEST_CASE("readers on many threads share what was decoded") {
  scratch dir;
  table t{{"n"}, {numbers(200'000)}};
  auto ref = write_segment(dir.path, "a.seg", t, {});
  REQUIRE(ref);
  auto& cache = column_cache::shared();
  cache.clear();
  auto reader = chunk_reader::open(dir.path, {*ref}, t.schema());
  REQUIRE(reader);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([&, k] {
      for (int round = 0; round < 50; ++round) {
        auto whole = (*reader)->read(0);
        std::vector<size_t> some{static_cast<size_t>(k % 3), 3};
        auto part = (*reader)->read(0, some);
        bool good = whole && part && (*whole)->data<int32_t>()[199'999] == 199'999 &&
                    (*part)->data<int32_t>()[0] == static_cast<int32_t>(some[0] * segment_block_rows);
        if (!good) ++wrong;
        if (good) (*part)->mutable_data<int32_t>()[0] = -1;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  auto before = cache.stats();
  REQUIRE((*chunk_reader::open(dir.path, {*ref}, t.schema()))->read(0));
  CHECK(cache.stats().hits == before.hits + 1);
}

TEST_CASE("columns and orders of the process are kept apart, and both give way") {
  auto& columns_kept = column_cache::shared();
  auto& orders = column_cache::indexes();
  auto columns_limit = columns_kept.limit(), orders_limit = orders.limit();
  columns_kept.set_limit(1 << 20);
  orders.set_limit(1 << 20);
  columns_kept.clear();
  orders.clear();
  columns_kept.put({901, 0, 0}, numbers(1000));
  orders.put({901, 0, 0}, numbers(2000));
  CHECK(columns_kept.find({901, 0, 0})->size() == 1000);
  CHECK(orders.find({901, 0, 0})->size() == 2000);
  memory::set_limit(memory::in_use() + 1000);
  { auto taken = numbers(2500); }  // no room without both
  memory::set_limit(0);
  CHECK(columns_kept.stats().entries == 0);
  CHECK(orders.stats().entries == 0);
  columns_kept.set_limit(columns_limit);
  orders.set_limit(orders_limit);
}
