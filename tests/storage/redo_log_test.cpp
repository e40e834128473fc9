#include "storage/redo_log.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "scratch.hpp"
#include "storage/disk_watch.hpp"
#include "storage/redo_record.hpp"
#include "storage/redo_salvage.hpp"

using namespace pelorus;

namespace {

struct reading {
  expected<redo_log> log;
  std::vector<std::string> records;
  std::vector<uint64_t> positions;
};

redo_log::options small_files(const scratch& dir) { return {.directory = dir / "redo", .file_bytes = 250, .allocation_step = 512}; }

reading read_log(const redo_log::options& how) {
  std::vector<std::string> records;
  std::vector<uint64_t> positions;
  auto log = redo_log::open(how, [&](uint64_t position, std::string_view record) -> expected<void> {
    records.emplace_back(record);
    positions.push_back(position);
    return {};
  });
  return {std::move(log), std::move(records), std::move(positions)};
}

std::string record(int i) { return "record " + std::to_string(i) + std::string(static_cast<size_t>(i) * 7 % 60, 'x'); }

std::vector<std::string> files_of(const scratch& dir) {
  std::vector<std::string> paths;
  for (auto& entry : std::filesystem::directory_iterator{dir / "redo"}) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Fails one kind of step as long as it lives.
struct failing_disk : disk_watch {
  disk_step step;
  ec code;
  failing_disk(disk_step which, ec with) : step(which), code(with) { watched_disk = this; }
  ~failing_disk() override { watched_disk = nullptr; }
  expected<void> before(const disk_operation& operation) override {
    if (operation.step != step) return {};
    return error{code, operation.path + " fails"};
  }
};

/// A log of several files, all of it durable.
void write_log(const redo_log::options& how, int count) {
  auto [log, none, at] = read_log(how);
  REQUIRE(log);
  for (int i = 0; i < count; ++i) REQUIRE(log->append({record(i)}, true));
}

} // namespace

TEST_CASE("the redo log goes on over files and starts, and gives everything back in order") {
  scratch dir;
  auto how = small_files(dir);
  write_log(how, 10);
  {
    auto [log, records, positions] = read_log(how);
    REQUIRE(log);
    CHECK(records.size() == 10);
    CHECK(log->files() > 2);
    CHECK(*log->append({record(10), record(11)}, true) == 12);
  }
  auto [log, records, positions] = read_log(how);
  REQUIRE(log);
  REQUIRE(records.size() == 12);
  for (int i = 0; i < 12; ++i) {
    CHECK(records[static_cast<size_t>(i)] == record(i));
    CHECK(positions[static_cast<size_t>(i)] == static_cast<uint64_t>(i) + 1);
  }
}

TEST_CASE("purging removes files of which nothing is needed, and positions go on") {
  scratch dir;
  auto how = small_files(dir);
  write_log(how, 10);
  {
    auto [log, records, positions] = read_log(how);
    auto before = log->files();
    CHECK(*log->purge(5) > 0);
    CHECK(log->files() < before);
    CHECK(log->oldest() <= 5);
  }
  {
    auto [log, records, positions] = read_log(how);
    REQUIRE(log);
    CHECK(positions.front() <= 5);
    CHECK(positions.front() > 1);
    CHECK(positions.back() == 10);
    CHECK(log->oldest() == positions.front());
    REQUIRE(log->append({std::string(100'000, 'y')}, true));
    CHECK(*log->purge(log->position() + 1) > 0);  // a big file is not kept for nothing
  }
  auto [log, records, positions] = read_log(how);
  REQUIRE(log);
  CHECK(records.empty());
  CHECK(log->files() == 1);
  CHECK(*log->append({"next"}, true) == 12);
}

TEST_CASE("a log that is behind is brought to the position that somebody else knows") {
  scratch dir;
  auto how = small_files(dir);
  write_log(how, 3);
  {
    auto [log, records, positions] = read_log(how);
    REQUIRE(log->skip_to(100));
    REQUIRE(log->skip_to(50));
    CHECK(*log->append({"after"}, true) == 101);
  }
  auto [log, records, positions] = read_log(how);
  REQUIRE(log);
  CHECK(positions == std::vector<uint64_t>{1, 2, 3, 101});
}

TEST_CASE("a redo log cut at any byte of its newest file gives a beginning of what was written") {
  scratch dir;
  auto how = small_files(dir);
  write_log(how, 9);
  auto path = files_of(dir).back();
  auto whole = *read_file(path);
  auto known = read_log(how).records;
  auto earlier = read_log(how).positions;
  for (size_t cut = 0; cut <= whole.find_last_not_of('\0') + 1; ++cut)
    for (bool padded : {false, true}) {
      INFO("cut at ", cut, padded ? ", zeros behind" : "");
      REQUIRE(write_file_atomically(path, whole.substr(0, cut) + std::string(padded ? whole.size() - cut : 0, '\0'), false));
      auto [log, records, positions] = read_log(how);
      if (!log) {
        // The head was synced before the file was used.
        CHECK(log.error().code == ec::corrupt);
        CHECK(cut < 32);
        CHECK(log.error().message.find(path) != std::string::npos);
        continue;
      }
      REQUIRE(records.size() <= known.size());
      CHECK(std::equal(records.begin(), records.end(), known.begin()));
      CHECK(*log->append({"after"}, true) > positions.back());
      auto again = read_log(how);
      REQUIRE(again.log);
      CHECK(again.records.back() == "after");
    }
}

TEST_CASE("a bit flipped at any byte of a redo log is noticed, or cost nothing but the unsynced end") {
  scratch dir;
  auto how = small_files(dir);
  write_log(how, 9);
  auto known = read_log(how).records;
  for (auto& path : files_of(dir)) {
    bool newest = path == files_of(dir).back();
    auto whole = *read_file(path);
    auto end = whole.find_last_not_of('\0') + 1;
    for (size_t at = 0; at < end; ++at) {
      INFO(path, " byte ", at);
      auto flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
      REQUIRE(write_file_atomically(path, flipped, false));
      auto [log, records, positions] = read_log(how);
      if (!log) CHECK(log.error().code == ec::corrupt);
      else CHECK(newest);
      // Whatever was read is what was written.
      REQUIRE(records.size() <= known.size());
      CHECK(std::equal(records.begin(), records.end(), known.begin()));
      if (log && records.size() < known.size()) CHECK(records.size() == known.size() - 1);
    }
    REQUIRE(write_file_atomically(path, whole, false));
  }
}

TEST_CASE("a redo log whose next file or its name may not be on the disk takes no more records until it is opened anew") {
  scratch dir;
  auto how = small_files(dir);
  auto step = disk_step::sync_directory;
  SUBCASE("its name") {}
  SUBCASE("its head") { step = disk_step::sync; }
  {
    auto [log, none, at] = read_log(how);
    REQUIRE(log);
    int count = 0;
    while (log->bytes() < how.file_bytes) REQUIRE(log->append({record(count++)}, true));
    {
      failing_disk disk{step, ec::io_failed};
      CHECK_FALSE(log->append({record(count)}, true));
    }
    CHECK(log->broken());
    CHECK_FALSE(log->append({record(count)}, true));
  }
  auto [log, records, at] = read_log(how);
  REQUIRE(log);
  CHECK_FALSE(log->broken());
  CHECK(log->append({record(int(records.size()))}, true));
}

TEST_CASE("a redo log that finds no room for its next file goes on when there is some") {
  scratch dir;
  auto how = small_files(dir);
  int count = 0;
  {
    auto [log, none, at] = read_log(how);
    REQUIRE(log);
    while (log->bytes() < how.file_bytes) REQUIRE(log->append({record(count++)}, true));
    {
      failing_disk disk{disk_step::write, ec::disk_full};
      CHECK_FALSE(log->append({record(count)}, true));
    }
    CHECK_FALSE(log->broken());
    REQUIRE(log->append({record(count++)}, true));
  }
  CHECK(read_log(how).records.size() == size_t(count));
}

TEST_CASE("a file of the redo log that is missing is noticed") {
  scratch dir;
  auto how = small_files(dir);
  write_log(how, 20);
  auto files = files_of(dir);
  REQUIRE(files.size() > 2);
  std::filesystem::remove(files[1]);
  auto [log, records, positions] = read_log(how);
  REQUIRE_FALSE(log);
  CHECK(log.error().code == ec::corrupt);
}

TEST_CASE("of a damaged redo log all that stands in front of the damage goes on, the rest is kept") {
  scratch dir;
  auto how = small_files(dir);
  write_log(how, 20);
  CHECK_FALSE(*salvage_redo_log(how.directory, "now"));  // it is whole
  auto known = read_log(how).records;
  scratch safe;
  auto original = safe / "redo";
  std::filesystem::copy(how.directory, original);
  auto files = files_of(dir);
  REQUIRE(files.size() > 3);
  auto restore = [&] {
    std::filesystem::remove_all(how.directory);
    std::filesystem::copy(original, how.directory);
  };
  for (size_t i = 0; i + 1 < files.size(); ++i) {
    auto size = std::filesystem::file_size(files[i]);
    auto end = read_file(original + "/" + std::filesystem::path{files[i]}.filename().string())->find_last_not_of('\0') + 1;
    for (uint64_t at = 0; at < size; at += 7) {
      INFO(files[i], " byte ", at);
      restore();
      auto bytes = *read_file(files[i]);
      bytes[at] = static_cast<char>(bytes[at] ^ 16);
      REQUIRE(write_file_atomically(files[i], bytes, false));
      auto damage = salvage_redo_log(how.directory, "now");
      REQUIRE(damage);
      REQUIRE(*damage);
      CHECK((*damage)->what.find(files[i]) != std::string::npos);
      CHECK(*read_file((*damage)->directory + "/" + std::filesystem::path{files[i]}.filename().string()) == bytes);
      bool only_tail = file_exists(files[i + 1]);
      CHECK(only_tail == (at >= end));
      for (size_t later = i + 1; later < files.size(); ++later) {
        auto name = std::filesystem::path{files[later]}.filename().string();
        CHECK(file_exists(files[later]) == only_tail);
        CHECK(*read_file((only_tail ? how.directory : (*damage)->directory) + "/" + name) == *read_file(original + "/" + name));
      }
      CHECK_FALSE(*salvage_redo_log(how.directory, "again"));
      auto [log, records, positions] = read_log(how);
      REQUIRE(log);
      CHECK(records.size() == (only_tail ? known.size() : (*damage)->position));
      CHECK(std::equal(records.begin(), records.end(), known.begin()));
      CHECK(*log->append({"after"}, true) == records.size() + 1);
    }
  }
}

TEST_CASE("records of the redo log come back as they were, and cut ones are refused") {
  staged_record rows;
  rows.tid = 7;
  rows.chunk.id = {1, 2};
  rows.chunk.directory = "db/p";
  rows.base_version = 3;
  rows.segments = {{"7.mem", 10, 100}};
  redo_record written{.tid = 7, .rows = rows, .table = "a table", .image = "an image"};
  auto bytes = encode_redo(written);
  auto read = decode_redo(bytes);
  REQUIRE(read);
  CHECK(read->tid == 7);
  CHECK(read->rows.base_version == 3);
  CHECK(read->rows.segments == rows.segments);
  CHECK(read->table == "a table");
  CHECK(read->image == "an image");
  for (size_t cut = 0; cut < bytes.size(); ++cut) CHECK_FALSE(decode_redo(std::string_view{bytes}.substr(0, cut)));
  auto decided = encode_redo({.what = redo_record::kind::decided, .tid = 7, .cid = 9});
  CHECK(decode_redo(decided)->cid == 9);
  CHECK_FALSE(decode_redo(decided + "x"));
}
