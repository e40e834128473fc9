#include "actors/node_tables.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <doctest/doctest.h>

using namespace pelorus;
using lines = std::vector<std::string>;

TEST_CASE("pieces of a log from its tail and from its head are whole lines") {
  auto path = std::filesystem::temp_directory_path() / ("pelorus_lines_" + std::to_string(getpid()));
  std::ofstream{path} << "one\ntwo\nthree\n";
  auto tail = [&](int64_t length, int64_t offset) { return *lines_of_file(path, length, offset, true); };
  auto head = [&](int64_t length, int64_t offset) { return *lines_of_file(path, length, offset, false); };
  CHECK(tail(100, 0) == lines{"one", "two", "three"});
  CHECK(tail(6, 0) == lines{"three"});
  CHECK(tail(9, 0) == lines{"three"});         // "wo" is cut
  CHECK(tail(10, 0) == lines{"two", "three"});
  CHECK(tail(4, 6) == lines{"two"});
  CHECK(tail(0, 0).empty());
  CHECK(tail(10, 100).empty());
  CHECK(head(100, 0) == lines{"one", "two", "three"});
  CHECK(head(4, 0) == lines{"one"});
  CHECK(head(6, 0) == lines{"one"});           // "tw" is cut
  CHECK(head(8, 4) == lines{"two"});
  CHECK(head(100, 5) == lines{"three"});
  CHECK(head(100, 8) == lines{"three"});
  CHECK(head(10, 100).empty());
  CHECK(head(2, 4).empty());
  // Read piece by piece, every line comes once.
  lines all;
  for (int64_t at = 0; at < 14;) {
    auto piece = head(7, at);
    REQUIRE_FALSE(piece.empty());
    for (auto& line : piece) {
      at += static_cast<int64_t>(line.size()) + 1;
      all.push_back(line);
    }
  }
  CHECK(all == lines{"one", "two", "three"});
  std::filesystem::remove(path);
  CHECK_FALSE(lines_of_file(path, 1, 0, true));
}
