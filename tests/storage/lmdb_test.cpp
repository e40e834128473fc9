#include "storage/lmdb.hpp"

#include <map>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scratch.hpp"
#include "storage/file.hpp"
#include "storage/lmdb_sum.hpp"

using namespace pelorus;

namespace {

lmdb_store open_lmdb(const scratch& dir) {
  auto store = lmdb_store::open(dir.path, false);
  if (!store) FAIL(store.error().message);
  return *std::move(store);
}

expected<void> put(lmdb_store& store, const std::string& key, const std::string& record) {
  return store.write([&](lmdb_store::writer& out) { return out.put(key, record); });
}

} // namespace

TEST_CASE("a transaction happens as a whole or not") {
  scratch dir;
  auto store = open_lmdb(dir);
  REQUIRE(put(store, "a", "1"));
  auto failed = store.write([](lmdb_store::writer& out) -> expected<void> {
    PELORUS_TRY(out.put("a", "2"));
    PELORUS_TRY(out.put("b", "2"));
    return error{ec::aborted, "on purpose"};
  });
  CHECK(failed.error().code == ec::aborted);
  CHECK(**store.get("a") == "1");
  CHECK_FALSE(store.get("b")->has_value());
  REQUIRE(store.write([](lmdb_store::writer& out) -> expected<void> {
    PELORUS_TRY(out.erase("a"));
    PELORUS_TRY(out.erase("not there"));
    return out.put("b", "");
  }));
  size_t seen = 0;
  REQUIRE(store.for_each("", [&](std::string_view key, std::string_view record) -> expected<void> {
    CHECK(key == "b");
    CHECK(record.empty());
    ++seen;
    return {};
  }));
  CHECK(seen == 1);
}

TEST_CASE("the map grows under small and under huge transactions") {
  scratch dir;
  const std::string big(1 << 20, 'x');
  {
    auto store = open_lmdb(dir);
    auto before = store.map_bytes();
    REQUIRE(store.write([&](lmdb_store::writer& out) -> expected<void> {
      for (int i = 0; i < 150; ++i) PELORUS_TRY(out.put(fmt::format("huge/{:03}", i), big));
      return {};
    }));
    for (int i = 0; i < 60; ++i) REQUIRE(put(store, fmt::format("small/{:03}", i), big));
    CHECK(store.map_bytes() > 2 * before);
  }
  auto store = open_lmdb(dir);
  size_t seen = 0;
  REQUIRE(store.for_each("", [&](auto, std::string_view record) -> expected<void> {
    seen += record == big;
    return {};
  }));
  CHECK(seen == 210);
}

TEST_CASE("a damaged record is named, the others stay readable") {
  scratch dir;
  {
    auto store = open_lmdb(dir);
    for (int i = 0; i < 20; ++i) REQUIRE(put(store, fmt::format("k{:02}", i), fmt::format("the record number {:02}", i)));
  }
  auto data = *read_file(dir / "data.mdb");
  // LMDB copies pages when it writes; the record may lie in several.
  for (auto at = data.find("number 07"); at != std::string::npos; at = data.find("number 07", at + 1)) data[at] ^= 4;
  REQUIRE(write_file_atomically(dir / "data.mdb", data, false));
  auto store = open_lmdb(dir);
  auto bad = store.get("k07");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == ec::corrupt);
  CHECK(bad.error().message.find("k07") != std::string::npos);
  CHECK_FALSE(store.for_each("", [](auto, auto) { return expected<void>{}; }));
  size_t good = 0, damaged = 0;
  REQUIRE(store.for_each("", [&](auto, auto) { return ++good, expected<void>{}; }, [&](error) { ++damaged; }));
  CHECK(good == 19);
  CHECK(damaged == 1);
}

TEST_CASE("a file that was cut off is an error, not the end of the process") {
  scratch dir;
  {
    auto store = open_lmdb(dir);
    for (int i = 0; i < 500; ++i) REQUIRE(put(store, fmt::format("k{:03}", i), std::string(500, 'r')));
  }
  auto data = *read_file(dir / "data.mdb");
  for (auto part : {data.size() / 2, size_t{8192}, size_t{5000}, size_t{100}}) {
    REQUIRE(write_file_atomically(dir / "data.mdb", data.substr(0, part), false));
    auto store = lmdb_store::open(dir.path, false);
    auto read = store ? store->for_each("", [](auto, auto) { return expected<void>{}; }) : expected<void>{store.error()};
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ec::corrupt);
  }
}

// A longer value before it leaves the shorter one with more pages than it needs; a store is surveyed when it is opened.
TEST_CASE("records that are put again and erased in one transaction leave a file that is whole") {
  scratch dir;
  std::mt19937 random{7};
  std::map<std::string, std::string> wanted;
  for (int opening = 0; opening < 20; ++opening) {
    auto store = open_lmdb(dir);
    for (int transaction = 0; transaction < 10; ++transaction)
      REQUIRE(store.write([&](lmdb_store::writer& out) -> expected<void> {
        for (int i = 0; i < 12; ++i) {
          auto key = fmt::format("chunk/{}", random() % 6);
          if (random() % 8 == 0) {
            PELORUS_TRY(out.erase(key));
            wanted.erase(key);
            continue;
          }
          wanted[key] = std::string(random() % 40'000, static_cast<char>('a' + random() % 26));
          PELORUS_TRY(out.put(key, wanted[key]));
        }
        return {};
      }));
    for (auto& [key, record] : wanted) CHECK(**store.get(key) == record);
  }
}

TEST_CASE("the sum of a closed file tells of any change, is gone when it is opened, and never older than the file") {
  scratch dir;
  auto sum = dir / "data.mdb.sum";
  {
    auto store = open_lmdb(dir);
    for (int i = 0; i < 50; ++i) REQUIRE(put(store, fmt::format("k{:02}", i), std::string(500, 'r')));
    REQUIRE(sum_lmdb(dir.path));
    CHECK(file_exists(sum));
    REQUIRE(put(store, "after the sum", ""));
    CHECK_FALSE(file_exists(sum));
    REQUIRE(sum_lmdb(dir.path));
  }
  auto data = *read_file(dir / "data.mdb"), noted = *read_file(sum);
  auto damaged = [&](const std::string& bytes, const std::string& of) {
    REQUIRE(write_file_atomically(dir / "data.mdb", bytes, false));
    REQUIRE(write_file_atomically(sum, of, false));
    auto store = lmdb_store::open(dir.path, false);
    return !store && store.error().code == ec::corrupt && store.error().message.find(dir.path) != std::string::npos && file_exists(sum);
  };
  for (size_t at = 0; at < data.size(); at += 97) {
    auto flipped = data;
    flipped[at] = static_cast<char>(flipped[at] ^ 32);
    if (!damaged(flipped, noted)) FAIL("a flip at byte ", at);
  }
  for (size_t at = 0; at < noted.size(); ++at) {
    auto flipped = noted;
    flipped[at] = static_cast<char>(flipped[at] ^ 32);
    CHECK(damaged(data, flipped));
  }
  CHECK(damaged(data.substr(0, data.size() - 4096), noted));
  CHECK(damaged(data + std::string(4096, '\0'), noted));
  CHECK(damaged(data, noted.substr(0, 20)));
  // What is rescued has no sum that is older.
  std::vector<std::string> told;
  REQUIRE(lmdb_store::rescue(dir.path, false, [&](error err) { told.push_back(err.message); }));
  CHECK(told.size() == 1);
  CHECK_FALSE(file_exists(sum));
  REQUIRE(write_file_atomically(dir / "data.mdb", data, false));
  REQUIRE(write_file_atomically(sum, noted, false));
  auto store = open_lmdb(dir);
  CHECK_FALSE(file_exists(sum));
  CHECK(store.get("k49")->has_value());
}
