#include "storage/compaction.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scratch.hpp"
#include "storage/replica_files.hpp"

using namespace pelorus;

namespace {

segment_ref committed(tid_t tid, uint64_t rows = 100) { return {fmt::format("{:016x}.seg", tid), rows, rows * 8}; }
segment_ref merged_up_to(tid_t tid, char level, uint64_t rows = 100) { return {fmt::format("{:016x}.m{}00000000000000aa.seg", tid, level), rows, rows * 8}; }

std::vector<segment_ref> of_rows(std::vector<uint64_t> rows) {
  std::vector<segment_ref> all;
  for (auto r : rows) all.push_back(committed(all.size() + 1, r));
  return all;
}

void check_range(segment_range got, size_t first, size_t end) {
  CHECK(got.first == first);
  CHECK(got.end == end);
}

} // namespace

TEST_CASE("names of segments tell their last transaction and their level") {
  CHECK(last_tid_of(committed(0x1f)) == 0x1f);
  CHECK(level_of(committed(0x1f)) == 0);
  std::vector<segment_ref> sources{committed(7), merged_up_to(9, '2')};
  segment_ref merged{merged_name(sources, 0xabc), 1, 1};
  CHECK(last_tid_of(merged) == 9);
  CHECK(level_of(merged) == 3);
  sources = {merged};
  CHECK(level_of({merged_name(sources, 1), 1, 1}) == 3);
  CHECK(last_tid_of({"anything.seg", 1, 1}) == 0);
  CHECK(level_of({"anything.m1.seg", 1, 1}) == 0);
}

TEST_CASE("small neighbours at the end are merged, long ones in front of them are left alone") {
  compaction_limits limits;
  CHECK(pick_segments({}, true, limits).size() == 0);
  CHECK(pick_segments(of_rows({5}), true, limits).size() == 0);
  CHECK(pick_segments(of_rows({1, 1, 1, 1, 1, 1, 1}), false, limits).size() == 0);
  check_range(pick_segments(of_rows({1, 1, 1, 1, 1, 1, 1, 1}), false, limits), 0, 8);
  check_range(pick_segments(of_rows({1'000'000, 1, 1, 1, 1, 1, 1, 1, 1}), false, limits), 1, 9);
  check_range(pick_segments(of_rows({3'000'000, 3'000'000}), true, limits), 0, 2);
  CHECK(pick_segments(of_rows({3'000'000, 3'000'000}), false, limits).size() == 0);
  CHECK(pick_segments(of_rows({3'000'000, 1'000}), true, limits).size() == 0);
  CHECK(pick_segments(of_rows({15'000'000, 9'000'000}), true, limits).size() == 0);  // longer than a merged one may be
}

TEST_CASE("a row is rewritten a logarithmic number of times, and readers meet few segments") {
  compaction_limits limits;
  std::vector<segment_ref> segments;
  uint64_t rewritten = 0, appended = 0;
  size_t most = 0;
  for (tid_t tid = 1; tid <= 4096; ++tid) {
    segments.push_back(committed(tid, 1));
    ++appended;
    if (auto range = pick_segments(segments, false, limits); range.size() != 0) {
      uint64_t rows = 0;
      for (auto i = range.first; i < range.end; ++i) rows += segments[i].rows;
      rewritten += rows;
      segments.erase(segments.begin() + static_cast<ptrdiff_t>(range.first), segments.end());
      segments.push_back(merged_up_to(tid, '1', rows));
    }
    most = std::max(most, segments.size());
  }
  CHECK(rewritten < appended * 12);
  CHECK(most <= 24);
}

TEST_CASE("an order merges the neighbours of one level, or all") {
  std::vector<segment_ref> segments{merged_up_to(3, '1'), merged_up_to(6, '1'), committed(7), committed(8), committed(9)};
  check_range(pick_level(segments, 0, 1000), 2, 5);
  check_range(pick_level(segments, 1, 1000), 0, 2);
  check_range(pick_level(segments, -1, 1000), 0, 5);
  CHECK(pick_level(segments, 2, 1000).size() == 0);
  check_range(pick_level(segments, -1, 300), 0, 3);
}

TEST_CASE("replicas with the same rows in other files keep their own") {
  std::vector<segment_ref> own{committed(1), committed(2), committed(3)};
  std::vector<segment_ref> theirs{merged_up_to(3, '1'), committed(4)};
  auto joined = with_own_files(own, theirs);
  REQUIRE(joined.size() == 4);
  CHECK(joined[2] == committed(3));
  CHECK(joined[3] == committed(4));
  // What was replaced since has no transaction in common.
  std::vector<segment_ref> replaced{committed(5), committed(6)};
  CHECK(with_own_files(own, replaced) == replaced);
  CHECK(with_own_files({}, theirs) == theirs);
  // A merge that reaches beyond what is here is taken as it is.
  std::vector<segment_ref> beyond{merged_up_to(4, '1')};
  CHECK(with_own_files(own, beyond) == beyond);

  std::vector<segment_ref> mended{merged_up_to(2, '1')};
  auto with_tail = with_own_tail(mended, own);
  REQUIRE(with_tail);
  CHECK(*with_tail == std::vector<segment_ref>{merged_up_to(2, '1'), committed(3)});
  CHECK_FALSE(with_own_tail(replaced, own));
  CHECK_FALSE(with_own_tail({}, own));
}

TEST_CASE("one file takes the place of several in all versions that have them side by side") {
  scratch dir;
  auto opened = chunk_catalog::open(dir.path, false);
  REQUIRE(opened);
  auto& catalog = **opened;
  held_record held;
  held.id = {1, 2};
  held.directory = "d";
  held.versions = {{1, 1, 1, {committed(1)}}, {2, 2, 2, {committed(1), committed(2)}}, {3, 3, 3, {committed(1), committed(2), committed(3)}}};
  REQUIRE(catalog.install(held));
  REQUIRE(catalog.swap(held.id, {committed(1).file, committed(2).file}, merged_up_to(2, '1')));
  auto now = catalog.find(held.id);
  CHECK(now->at(1)->segments == std::vector<segment_ref>{committed(1)});
  CHECK(now->at(2)->segments == std::vector<segment_ref>{merged_up_to(2, '1')});
  CHECK(now->at(3)->segments == std::vector<segment_ref>{merged_up_to(2, '1'), committed(3)});
  auto garbage = catalog.take_garbage();
  REQUIRE(garbage.size() == 1);  // version 1 is still to be read
  CHECK(garbage[0].file == committed(2).file);
  CHECK(catalog.swap(held.id, {committed(1).file, committed(2).file}, merged_up_to(2, '2')).error().code == ec::stale);
  CHECK(catalog.swap({9, 9}, {committed(1).file}, merged_up_to(2, '2')).error().code == ec::stale);
  REQUIRE(catalog.prune(held.id, 1));
  CHECK(catalog.find(held.id)->versions.size() == 1);
  CHECK(catalog.take_garbage().size() == 1);
}
