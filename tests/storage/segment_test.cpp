#include "storage/segment.hpp"

#include <random>

#include <doctest/doctest.h>

#include "scratch.hpp"
#include "storage/chunk_reader.hpp"

using namespace pelorus;

namespace {

table_ptr sample(size_t rows, uint64_t seed) {
  std::mt19937_64 engine{seed};
  auto t = std::make_shared<table>(schema{{"sym", type_id::symbol, 0, "", ""}, {"at", type_id::datetime, 0, "", ""},
                                          {"price", type_id::double_, 0, "", ""}, {"note", type_id::string, 0, "", ""}});
  for (size_t i = 0; i < rows; ++i) {
    t->own(0).push_text("S" + std::to_string(engine() % 50));
    t->own(1).push(static_cast<int32_t>(i * 60));
    t->own(2).push(engine() % 10 == 0 ? null_of<double> : static_cast<double>(engine() % 1000) / 100);
    t->own(3).push_text(i % 3 == 0 ? "" : "row number " + std::to_string(i));
  }
  return t;
}

void check_equal(const column& a, const column& b, size_t b_from = 0) {
  REQUIRE(a.type() == b.type());
  for (size_t i = 0; i < a.size(); ++i) {
    bool text = a.physical() == physical::str || a.physical() == physical::code;
    bool same = text ? a.text(i) == b.text(b_from + i)
                     : std::memcmp(a.raw(i), b.raw(b_from + i), width_of(a.physical())) == 0;
    if (!same) FAIL("row ", i);
  }
}

} // namespace

TEST_CASE("rows come back as they were, whole and by block, over several segments") {
  scratch dir;
  std::vector<segment_ref> refs;
  auto all = sample(0, 0);
  for (size_t size : {size_t{1}, segment_block_rows, segment_block_rows + 1, size_t{70'000}}) {
    auto t = sample(size, size);
    auto ref = write_segment(dir / "chunk", std::to_string(refs.size()) + ".seg", *t, {true, 2});
    REQUIRE(ref);
    refs.push_back(*ref);
    all->append(*t);
  }
  auto reader = chunk_reader::open(dir / "chunk", refs, all->schema());
  REQUIRE(reader);
  REQUIRE((*reader)->rows() == all->rows());
  for (size_t c = 0; c < all->width(); ++c) {
    auto col = (*reader)->read(c);
    REQUIRE(col);
    REQUIRE((*col)->size() == all->rows());
    check_equal(**col, *all->col(c));
  }
  std::vector<size_t> some{1, 4};
  auto part = (*reader)->read(2, some);
  REQUIRE(part);
  auto& blocks = (*reader)->blocks();
  CHECK((*part)->size() == blocks[1].rows + blocks[4].rows);
  check_equal(*(*part)->slice(0, blocks[1].rows), *all->col(2), blocks[1].first_row);
  auto range = (*reader)->range_of(1, 0);
  REQUIRE(range);
  CHECK(range->low.raw_int() == 0);
}

TEST_CASE("a column added later reads as nulls from old segments") {
  scratch dir;
  auto t = sample(10, 1);
  auto ref = write_segment(dir.path, "a.seg", *t, {});
  REQUIRE(ref);
  auto columns = t->schema();
  columns.push_back({"extra", type_id::long_, 0, "", ""});
  auto reader = chunk_reader::open(dir.path, {*ref}, columns);
  REQUIRE(reader);
  auto extra = (*reader)->read(4);
  REQUIRE(extra);
  CHECK((*extra)->count_nulls() == 10);
  CHECK_FALSE((*reader)->range_of(4, 0));
}

TEST_CASE("a segment stays readable after its file was removed") {
  scratch dir;
  auto t = sample(1000, 2);
  auto ref = write_segment(dir.path, "a.seg", *t, {});
  REQUIRE(ref);
  auto reader = chunk_reader::open(dir.path, {*ref}, t->schema());
  REQUIRE(reader);
  REQUIRE(remove_file(dir / "a.seg"));
  CHECK((*reader)->read(0));
}

TEST_CASE("every flipped bit and every cut is noticed") {
  scratch dir;
  auto t = sample(3000, 3);
  auto ref = write_segment(dir.path, "a.seg", *t, {});
  REQUIRE(ref);
  auto good = *read_file(dir / "a.seg");
  std::mt19937_64 engine{4};
  auto read_everything = [&]() -> expected<void> {
    PELORUS_ASSIGN(auto reader, chunk_reader::open(dir.path, {*ref}, t->schema()));
    for (size_t c = 0; c < t->width(); ++c) {
      PELORUS_ASSIGN(auto col, reader->read(c));
      check_equal(*col, *t->col(c));
    }
    return {};
  };
  for (int round = 0; round < 1500; ++round) {
    auto bad = good;
    auto at = round < 600 ? good.size() - 1 - static_cast<size_t>(round) % good.size() : engine() % good.size();
    bad[at] = static_cast<char>(bad[at] ^ (1 << (engine() % 8)));
    REQUIRE(write_file_atomically(dir / "a.seg", bad, false));
    auto done = read_everything();
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ec::corrupt);
    CHECK(done.error().message.find("a.seg") != std::string::npos);
  }
  for (size_t keep = 0; keep < good.size(); keep += 1 + good.size() / 400) {
    REQUIRE(write_file_atomically(dir / "a.seg", good.substr(0, keep), false));
    CHECK_FALSE(read_everything());
  }
}
