#include "storage/metadata_log.hpp"

#include <cstring>

#include <doctest/doctest.h>

#include "scratch.hpp"

using namespace pelorus;

namespace {

struct reading {
  expected<metadata_log> log;
  std::vector<std::string> entries;
};

reading read_log(const std::string& path) {
  std::vector<std::string> entries;
  auto log = metadata_log::open(path, [&](log_mark, std::string_view entry) -> expected<void> {
    entries.emplace_back(entry);
    return {};
  });
  return {std::move(log), std::move(entries)};
}

void put_file(const std::string& path, std::string_view bytes) { REQUIRE(write_file_atomically(path, bytes, false)); }

/// Offsets of all frames.
std::vector<size_t> frames_of(const std::string& bytes) {
  std::vector<size_t> offsets;
  for (auto at = bytes.find("PLOG"); at != std::string::npos; at = bytes.find("PLOG", at + 1)) offsets.push_back(at);
  return offsets;
}

} // namespace

TEST_CASE("the log gives back its entries and continues their numbers") {
  scratch dir;
  auto path = dir / "log";
  log_mark before;
  {
    auto [log, none] = read_log(path);
    REQUIRE(log);
    CHECK(none.empty());
    REQUIRE(log->append({"one", "two", ""}, true));
    CHECK(log->synced());
    REQUIRE(log->append({"four"}, false));
    CHECK_FALSE(log->synced());
    before = log->mark();
    CHECK(before.position == 4);
  }
  auto [log, entries] = read_log(path);
  REQUIRE(log);
  CHECK(entries == std::vector<std::string>{"one", "two", "", "four"});
  CHECK(log->mark() == before);
  REQUIRE(log->restart(before));
  REQUIRE(log->append({"five"}, true));
  auto [again, rest] = read_log(path);
  CHECK(rest == std::vector<std::string>{"five"});
  CHECK(again->begin() == before);
  CHECK(again->mark() == log->mark());
}

TEST_CASE("an end torn at any byte is found, cut, and written over") {
  scratch dir;
  auto path = dir / "log";
  {
    auto [log, none] = read_log(path);
    REQUIRE(log->append({"one"}, true));
    REQUIRE(log->append({"two"}, true));
    REQUIRE(log->append({"a longer third entry"}, true));
  }
  auto whole = *read_file(path);
  auto last = frames_of(whole).back();
  auto end = whole.find_last_not_of('\0') + 1;
  for (auto cut = last; cut < end; ++cut) {
    // A file that ends there, and one whose pages behind the cut stayed zero.
    for (bool padded : {false, true}) {
      auto torn = whole.substr(0, cut) + std::string(padded ? whole.size() - cut : 0, '\0');
      put_file(path, torn);
      auto [log, entries] = read_log(path);
      REQUIRE(log);
      CHECK(entries == std::vector<std::string>{"one", "two"});
      CHECK(log->torn_at().has_value() == (cut != last));
      if (log->torn_at()) CHECK_FALSE(log->append({"not before it is cut"}, true));
      REQUIRE(log->cut_torn_end());
      REQUIRE(log->append({"new"}, true));
      CHECK(read_log(path).entries == std::vector<std::string>{"one", "two", "new"});
    }
  }
}

TEST_CASE("pages of the last group may reach the disk in any order, earlier groups were durable") {
  scratch dir;
  auto path = dir / "log";
  {
    auto [log, none] = read_log(path);
    REQUIRE(log->append({"durable 1", "durable 2"}, true));
    REQUIRE(log->append({"lost", "there", "there too"}, true));
  }
  auto whole = *read_file(path);
  auto frames = frames_of(whole);
  REQUIRE(frames.size() == 5);
  auto without = [&](size_t frame) {
    auto bytes = whole;
    std::memset(bytes.data() + frames[frame], 0, frames[frame + 1] - frames[frame]);
    return bytes;
  };
  put_file(path, without(2));
  auto [torn, entries] = read_log(path);
  REQUIRE(torn);
  CHECK(torn->torn_at() == frames[2]);
  CHECK(entries.size() == 2);
  for (size_t frame : {0, 1}) {
    put_file(path, without(frame));
    auto damaged = read_log(path).log;
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().code == ec::corrupt);
    CHECK(damaged.error().message.find(std::to_string(frames[frame])) != std::string::npos);
  }
}

TEST_CASE("every flipped bit ahead of the last group is noticed") {
  scratch dir;
  auto path = dir / "log";
  {
    auto [log, none] = read_log(path);
    for (int i = 0; i < 4; ++i) REQUIRE(log->append({"entry", "another one"}, true));
  }
  auto whole = *read_file(path);
  auto frames = frames_of(whole);
  auto last_group = frames[frames.size() - 2];
  for (size_t bit = 0; bit < last_group * 8; bit += 3) {
    auto bad = whole;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    put_file(path, bad);
    auto opened = read_log(path).log;
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ec::corrupt);
  }
}
