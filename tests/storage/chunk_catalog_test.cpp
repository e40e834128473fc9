#include "storage/chunk_catalog.hpp"

#include <doctest/doctest.h>

#include "scratch.hpp"

using namespace pelorus;

namespace {
const chunk_id one{1, 1}, two{1, 2};

staged_record staged(tid_t tid, chunk_id id, uint32_t base, const std::string& file, uint64_t rows) {
  staged_record x;
  x.tid = tid;
  x.chunk.id = id;
  x.chunk.directory = "db/p/" + to_string(id);
  x.base_version = base;
  x.segments = {{file, rows, rows * 10}};
  return x;
}

std::unique_ptr<chunk_catalog> open_catalog(const scratch& dir) {
  auto catalog = chunk_catalog::open(dir.path, true);
  if (!catalog) FAIL(catalog.error().message);
  return *std::move(catalog);
}
} // namespace

TEST_CASE("staged rows become a version of all their chunks at once, or go away") {
  scratch dir;
  {
    auto catalog = open_catalog(dir);
    REQUIRE(catalog->stage(staged(1, one, 0, "1.seg", 10)));
    REQUIRE(catalog->stage(staged(1, two, 0, "1.seg", 20)));
    CHECK_FALSE(catalog->find(one));
    CHECK(catalog->staged_by(two) == tid_t{1});
    REQUIRE(catalog->commit(1, 100));
    REQUIRE(catalog->stage(staged(2, one, 1, "2.seg", 5)));
    auto dropped = catalog->rollback(2);
    REQUIRE(dropped);
    CHECK(dropped->at(0).segments[0].file == "2.seg");
    REQUIRE(catalog->stage(staged(3, one, 1, "3.seg", 7)));
  }
  auto catalog = open_catalog(dir);
  CHECK(catalog->find(two)->newest()->rows() == 20);
  CHECK(catalog->find(one)->newest()->cid == 100);
  CHECK(catalog->staged().size() == 1);
  REQUIRE(catalog->commit(3, 101));
  CHECK(catalog->commit(3, 101));  // twice is harmless
  CHECK(catalog->find(one)->at(1)->rows() == 10);
  CHECK(catalog->find(one)->at(2)->rows() == 17);
  CHECK(catalog->find(one)->at(2)->segments.size() == 2);
}

TEST_CASE("a catalog knows the highest ids that it has seen, also after it was opened again") {
  scratch dir;
  {
    auto catalog = open_catalog(dir);
    CHECK(catalog->seen().tid == 0);
    REQUIRE(catalog->stage(staged(5, one, 0, "5.seg", 10)));
    CHECK(catalog->seen().tid == 5);
    REQUIRE(catalog->commit(5, 100));
    REQUIRE(catalog->rollback(9));
    CHECK(catalog->seen().tid == 9);
    CHECK(catalog->seen().cid == 100);
    held_record copied;
    copied.id = two;
    copied.versions = {{3, 120, 8, {}}};
    REQUIRE(catalog->install(copied));
  }
  auto catalog = open_catalog(dir);
  CHECK(catalog->seen().tid == 9);
  CHECK(catalog->seen().cid == 120);
}

TEST_CASE("a staged record without the start of its coordinator, as it was written once, is read") {
  auto record = staged(5, one, 0, "5.seg", 10);
  record.coordinator = "N1";
  record.incarnation = 7;
  auto now = encode_staged(record);
  CHECK(decode_staged(now)->incarnation == 7);
  auto before = decode_staged(std::string_view{now}.substr(0, now.size() - sizeof(uint64_t)));
  REQUIRE(before);
  CHECK(before->coordinator == "N1");
  CHECK(before->incarnation == 0);
}

TEST_CASE("rows that build on another version are refused as stale") {
  scratch dir;
  auto catalog = open_catalog(dir);
  auto refused = catalog->stage(staged(1, one, 3, "1.seg", 10));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::stale);
}

TEST_CASE("readers keep the version they hold, old versions are bounded") {
  scratch dir;
  auto catalog = open_catalog(dir);
  for (uint32_t v = 0; v < 9; ++v) {
    REQUIRE(catalog->stage(staged(v + 1, one, v, std::to_string(v) + ".seg", 1)));
    REQUIRE(catalog->commit(v + 1, v + 1));
  }
  auto held = catalog->find(one);
  CHECK(held->newest()->version == 9);
  CHECK(held->newest()->rows() == 9);
  CHECK(held->versions.size() == 5);
  CHECK(held->at(5)->rows() == 5);
  auto reopened = (catalog.reset(), open_catalog(dir));
  CHECK(reopened->find(one)->at(5)->segments == held->at(5)->segments);
  auto gone = reopened->drop(one);
  REQUIRE(gone);
  CHECK((*gone)->newest()->rows() == 9);
  CHECK_FALSE(reopened->find(one));
  CHECK(held->newest()->rows() == 9);
}

TEST_CASE("a decided transaction stays decided, also for messages that come late") {
  scratch dir;
  {
    auto catalog = open_catalog(dir);
    REQUIRE(catalog->stage(staged(1, one, 0, "1.seg", 10)));
    CHECK(catalog->stage(staged(1, one, 0, "1.seg", 10)));  // the same again
    CHECK(catalog->staged().size() == 1);
    CHECK(catalog->stage(staged(1, one, 0, "x.seg", 11)).error().code == ec::already_exists);
    CHECK(catalog->is_staged(one, 1));
    REQUIRE(catalog->commit(1, 100));
    REQUIRE(catalog->rollback(2));  // before its rows arrive
  }
  auto catalog = open_catalog(dir);
  CHECK(catalog->stage(staged(1, one, 1, "1.seg", 10)).error().code == ec::aborted);
  CHECK(catalog->stage(staged(2, one, 1, "2.seg", 10)).error().code == ec::aborted);
  CHECK(catalog->find(one)->at_cid(99) == nullptr);
  CHECK(catalog->find(one)->at_cid(100)->version == 1);
}

TEST_CASE("rows that replication brought first are not added again") {
  scratch dir;
  auto catalog = open_catalog(dir);
  REQUIRE(catalog->stage(staged(1, one, 0, "mine.seg", 10)));
  held_record copied;
  copied.id = one;
  copied.directory = "db/p";
  copied.versions = {{1, 100, 1, {{"theirs.seg", 10, 100}}}};
  REQUIRE(catalog->install(copied));
  REQUIRE(catalog->commit(1, 100));
  CHECK(catalog->find(one)->newest()->rows() == 10);
  auto garbage = catalog->take_garbage();
  REQUIRE(garbage.size() == 1);
  CHECK(garbage[0].file == "mine.seg");
  CHECK(catalog->files_of(one) == std::set<std::string>{"theirs.seg"});
}

TEST_CASE("rows that a copied version contains are not forgotten with their transaction") {
  scratch dir;
  auto catalog = open_catalog(dir);
  REQUIRE(catalog->stage(staged(1, one, 0, "1.seg", 10)));
  REQUIRE(catalog->stage(staged(1, two, 0, "1.seg", 10)));
  held_record copied;  // transaction 1 was committed, and 2 after it, while this node was away
  copied.id = one;
  copied.versions = {{2, 101, 2, {{"1.seg", 10, 100}, {"2.seg", 5, 50}}}};
  REQUIRE(catalog->install(copied));
  CHECK_FALSE(catalog->is_staged(one, 1));
  CHECK(catalog->is_staged(two, 1));
  CHECK(catalog->take_garbage().empty());
  auto dropped = catalog->rollback(1);
  REQUIRE(dropped);
  CHECK(dropped->size() == 1);
  CHECK(catalog->files_of(one) == std::set<std::string>{"1.seg", "2.seg"});
}

TEST_CASE("pinned versions stay, the files of pruned ones are handed out once") {
  scratch dir;
  auto catalog = open_catalog(dir);
  catalog->pin(2);
  for (uint32_t v = 0; v < 8; ++v) {
    auto rows = staged(v + 1, one, v, std::to_string(v + 1) + ".seg", 1);
    rows.replaces = true;
    REQUIRE(catalog->stage(rows));
    REQUIRE(catalog->commit(v + 1, v + 1));
  }
  CHECK(catalog->find(one)->at_cid(2)->version == 2);
  CHECK(catalog->find(one)->versions.size() == 7);
  catalog->pin(std::numeric_limits<cid_t>::max());
  REQUIRE(catalog->prune(one, 2));
  CHECK(catalog->find(one)->versions.size() == 2);
  CHECK(catalog->files_of(one) == std::set<std::string>{"7.seg", "8.seg"});
  CHECK(catalog->take_garbage().size() == 6);
  CHECK(catalog->take_garbage().empty());
}

TEST_CASE("a chunk in quarantine is out of sight and comes back whole") {
  scratch dir;
  {
    auto catalog = open_catalog(dir);
    REQUIRE(catalog->stage(staged(1, one, 0, "1.seg", 10)));
    REQUIRE(catalog->commit(1, 100));
    REQUIRE(catalog->quarantine(one));
    CHECK(catalog->quarantine(two).error().code == ec::not_found);
    CHECK_FALSE(catalog->find(one));
  }
  auto catalog = open_catalog(dir);
  CHECK(catalog->all().empty());
  CHECK(catalog->quarantined().size() == 1);
  CHECK(catalog->files_of(one).contains("1.seg"));
  REQUIRE(catalog->release(one));
  CHECK(catalog->find(one)->newest()->rows() == 10);
}

TEST_CASE("a damaged record costs its chunk, not the catalog") {
  scratch dir;
  {
    auto catalog = open_catalog(dir);
    auto second = staged(1, two, 0, "unlucky.seg", 20);
    REQUIRE(catalog->stage(staged(1, one, 0, "1.seg", 10)));
    REQUIRE(catalog->stage(second));
    REQUIRE(catalog->commit(1, 100));
  }
  auto data = *read_file(dir / "data.mdb");
  for (auto at = data.find("unlucky"); at != std::string::npos; at = data.find("unlucky", at + 1)) data[at] ^= 1;
  REQUIRE(write_file_atomically(dir / "data.mdb", data, false));
  auto catalog = open_catalog(dir);
  CHECK(catalog->find(one)->newest()->rows() == 10);
  CHECK_FALSE(catalog->find(two));
  REQUIRE(catalog->damage().size() == 1);
  CHECK(catalog->damage()[0].find(to_string(two)) != std::string::npos);
  held_record copied;
  copied.id = two;
  copied.versions = {{1, 100, 1, {{"good.seg", 20, 200}}}};
  REQUIRE(catalog->install(copied));
  CHECK(catalog->find(two)->newest()->rows() == 20);
}
