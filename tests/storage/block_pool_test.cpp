#include "storage/block_pool.hpp"

#include <doctest/doctest.h>

using namespace pelorus;

namespace {
constexpr size_t mib = size_t{1} << 20;
void age(int seconds) {
  for (int i = 0; i < seconds; ++i) age_blocks();
}
} // namespace

TEST_CASE("blocks: what is freed is taken again, the one freed last first") {
  trim_blocks(0);
  auto *first = take_block(3 * mib), *second = take_block(3 * mib);
  give_block(first, 3 * mib);
  give_block(second, 3 * mib);
  CHECK(kept_block_bytes() == 6 * mib);
  CHECK(take_block(3 * mib) == second);
  CHECK(take_block(3 * mib) == first);
  CHECK(kept_block_bytes() == 0);
  give_block(first, 3 * mib);
  give_block(second, 3 * mib);
  trim_blocks(0);
}

TEST_CASE("blocks: only what was not used for a minute goes, a share of all a second") {
  trim_blocks(0);
  auto* idle = take_block(64 * mib);
  auto* used = take_block(32 * mib);
  give_block(idle, 64 * mib);
  for (int second = 0; second < 60; ++second) {  // a query a second that needs one of them
    give_block(used, 32 * mib);
    age_blocks();
    used = take_block(32 * mib);
  }
  give_block(used, 32 * mib);
  CHECK(kept_block_bytes() == 96 * mib);
  age(1);
  CHECK(kept_block_bytes() == 32 * mib);
  std::vector<void*> many;
  for (int i = 0; i < 12; ++i) many.push_back(take_block(8 * mib));
  for (auto* each : many) give_block(each, 8 * mib);  // 128 MiB with the other one
  age(60);
  CHECK(kept_block_bytes() == 96 * mib);  // what was freed before went first
  age(1);
  CHECK(kept_block_bytes() == 72 * mib);
  age(20);
  CHECK(kept_block_bytes() == 0);
}
