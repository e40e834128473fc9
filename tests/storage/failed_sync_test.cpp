// What becomes of a sync that failed once, and of what a killed process had not come to sync.
#include <algorithm>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "scratch.hpp"
#include "storage/chunk_files.hpp"
#include "storage/disk_watch.hpp"
#include "storage/file.hpp"
#include "storage/lmdb.hpp"
#include "storage/lmdb_sum.hpp"
#include "storage/metadata_log.hpp"
#include "storage/segment.hpp"

using namespace pelorus;

namespace {

/// Remembers what was synced; fails the next sync of a directory when it is told to.
struct watching_disk : disk_watch {
  std::vector<std::pair<disk_step, std::string>> syncs;
  bool fails_next = false, fails_sync = false;
  std::string written;  // since the last sync of a file
  std::string synced;   // what the last one was of
  watching_disk() { watched_disk = this; }
  ~watching_disk() override { watched_disk = nullptr; }
  expected<void> before(const disk_operation& operation) override {
    if (operation.step == disk_step::sync_directory && std::exchange(fails_next, false)) return error{ec::io_failed, operation.path + " fails"};
    if (operation.step == disk_step::write) written += operation.bytes;
    if (operation.step == disk_step::sync) {
      if (std::exchange(fails_sync, false)) return error{ec::io_failed, operation.path + " fails"};
      synced = std::exchange(written, {});
    }
    if (operation.step == disk_step::sync_directory || operation.step == disk_step::sync_all) syncs.emplace_back(operation.step, operation.path);
    return {};
  }
  size_t count(disk_step step, const std::string& path) const { return std::count(syncs.begin(), syncs.end(), std::pair{step, path}); }
};

} // namespace

TEST_CASE("a directory whose name failed to be synced is made anew before a segment in it counts") {
  scratch dir;
  watching_disk disk;
  table rows(schema{{"x", type_id::int_, 0, "", ""}});
  rows.own(0).push(7);
  auto chunk = dir / "db/p/chunk";
  disk.fails_next = true;
  CHECK_FALSE(write_segment(chunk, "1.seg", rows, {.sync = true}));
  CHECK_FALSE(file_exists(dir / "db"));
  disk.syncs.clear();
  CHECK(write_segment(chunk, "1.seg", rows, {.sync = true}));
  for (auto& parent : {dir.path, dir / "db", dir / "db/p", chunk}) CHECK(disk.count(disk_step::sync_directory, parent) == 1);
}

TEST_CASE("the sum of an LMDB file whose removal failed to be synced is removed again before anything is written") {
  scratch dir;
  auto directory = dir / "lmdb";
  auto store = lmdb_store::open(directory, true);
  REQUIRE(store);
  auto write = [&] { return store->write([](lmdb_store::writer& out) { return out.put("a", "1"); }); };
  REQUIRE(write());
  REQUIRE(sum_lmdb(directory));
  watching_disk disk;
  disk.fails_next = true;
  CHECK_FALSE(write());
  CHECK_FALSE(has_lmdb_sum(directory));
  CHECK(write());
  CHECK(disk.count(disk_step::sync_directory, directory) == 1);
  CHECK(write());
  CHECK(disk.count(disk_step::sync_directory, directory) == 1);
}

TEST_CASE("the name of a log that is found is durable before it is gone on with") {
  scratch dir;
  auto open = [&] { return metadata_log::open(dir / "log", [](log_mark, std::string_view) -> expected<void> { return {}; }); };
  {
    auto log = open();
    REQUIRE(log);
    REQUIRE(log->append({"a record"}, true));
  }
  watching_disk disk;
  REQUIRE(open());
  CHECK(disk.count(disk_step::sync_directory, dir.path) == 1);
}

TEST_CASE("what a killed process left is made durable before it counts") {
  scratch dir;
  auto volume = dir / "volume", metadata = dir / "metadata";
  watching_disk disk;
  {
    auto files = chunk_files::open({volume}, metadata, true);
    REQUIRE(files);
    CHECK(disk.count(disk_step::sync_all, volume) == 0);
  }
  {
    auto files = chunk_files::open({volume}, metadata, true);
    REQUIRE(files);
    CHECK(disk.count(disk_step::sync_all, volume) == 1);
    CHECK(disk.count(disk_step::sync_all, metadata) == 1);
    REQUIRE((*files)->close());
  }
  REQUIRE(chunk_files::open({volume}, metadata, true));
  CHECK(disk.count(disk_step::sync_all, volume) == 1);
}

TEST_CASE("records whose sync failed are written again by the next start, not believed to be durable because they can be read") {
  scratch dir;
  std::vector<std::string> records;
  auto open = [&] {
    records.clear();
    return metadata_log::open(dir / "log", [&](log_mark, std::string_view record) -> expected<void> {
      records.emplace_back(record);
      return {};
    });
  };
  watching_disk disk;
  {
    auto log = open();
    REQUIRE(log);
    REQUIRE(log->append({"first"}, true));
    disk.fails_sync = true;
    CHECK_FALSE(log->append({"second"}, true));
    CHECK_FALSE(log->append({"third"}, true));
  }
  disk.written.clear();
  REQUIRE(open());
  CHECK(records == std::vector<std::string>{"first", "second"});
  CHECK(disk.synced.find("second") != std::string::npos);
  CHECK(disk.synced.find("first") == std::string::npos);
}
