#include "storage/segment.hpp"

#include <cmath>
#include <cstring>
#include <random>

#include <doctest/doctest.h>

#include "scratch.hpp"
#include "storage/chunk_reader.hpp"
#include "storage/column_cache.hpp"

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
  auto names = (*reader)->range_of(0, 1);
  REQUIRE(names);
  CHECK(names->low.text() == "S0");
  CHECK(names->high.text() == "S9");
  auto notes = (*reader)->range_of(3, 1);
  REQUIRE(notes);
  CHECK(notes->low.text() == "row number 1");
  CHECK(notes->nulls == (segment_block_rows + 2) / 3);
  CHECK((*reader)->nulls_of(3, 1) == notes->nulls);
}

TEST_CASE("picked rows are written without a table of them") {
  scratch dir;
  auto t = sample(150'000, 6);
  std::vector<uint32_t> picked;
  for (uint32_t i = 0; i < t->rows(); ++i)
    if (i % 3 != 1) picked.push_back(i);
  auto ref = write_segment(dir.path, "a.seg", *t, picked, {false, 2});
  REQUIRE(ref);
  CHECK(ref->rows == picked.size());
  auto reader = chunk_reader::open(dir.path, {*ref}, t->schema());
  REQUIRE(reader);
  auto wanted = t->gather(picked);
  for (size_t c = 0; c < t->width(); ++c) {
    auto col = (*reader)->read(c);
    REQUIRE(col);
    check_equal(**col, *wanted->col(c));
  }
  auto none = write_segment(dir.path, "none.seg", *t, std::span<const uint32_t>{}, {});
  REQUIRE(none);
  CHECK(none->rows == 0);
}

TEST_CASE("ranges hold infinities, and are unknown where NaN, only nulls or units are") {
  scratch dir;
  auto t = std::make_shared<table>(schema{{"inf", type_id::double_, 0, "", ""}, {"nan", type_id::double_, 0, "", ""},
                                          {"null", type_id::int_, 0, "", ""}, {"time", type_id::duration, 0, "", ""}});
  for (int i = 0; i < 3; ++i) {
    t->own(0).push(double{-INFINITY});
    t->own(1).push(i == 1 ? NAN : 1.0);
    t->own(2).push(null_of<int32_t>);
    t->own(3).append_nulls(1);
  }
  auto ref = write_segment(dir.path, "a.seg", *t, {});
  REQUIRE(ref);
  auto reader = chunk_reader::open(dir.path, {*ref}, t->schema());
  REQUIRE(reader);
  auto range = (*reader)->range_of(0, 0);
  REQUIRE(range);
  CHECK(range->low.raw_real() == -INFINITY);
  CHECK(range->high.raw_real() == -INFINITY);
  for (size_t c : {1, 2, 3}) CHECK_FALSE((*reader)->range_of(c, 0));
  CHECK((*reader)->nulls_of(3, 0) == 3);
  CHECK((*(*reader)->read(3))->count_nulls() == 3);
}

TEST_CASE("what cannot be stored is refused by name, and lack of memory is an error, not the end") {
  scratch dir;
  auto t = std::make_shared<table>(schema{{"mixed", type_id::any, 0, "", ""}});
  t->own(0).resize(2);
  auto refused = write_segment(dir.path, "a.seg", *t, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("mixed") != std::string::npos);
  CHECK_FALSE(file_exists(dir / "a.seg"));
  auto big = sample(200'000, 7);
  column_cache::shared().clear();
  memory::set_limit(memory::in_use() + 1000);
  auto starved = write_segment(dir.path, "a.seg", *big, {false, 2});
  memory::set_limit(0);
  REQUIRE_FALSE(starved);
  CHECK(starved.error().code == ec::out_of_memory);
  CHECK_FALSE(file_exists(dir / "a.seg"));
}

TEST_CASE("verify reads every byte that holds rows") {
  scratch dir;
  auto t = sample(2000, 8);
  auto ref = write_segment(dir.path, "a.seg", *t, {});
  REQUIRE(ref);
  auto good = *read_file(dir / "a.seg");
  REQUIRE((*segment::open(dir / "a.seg"))->verify());
  auto footer_at = good.size() - segment_format::trailer_bytes;
  uint32_t footer_size;
  std::memcpy(&footer_size, good.data() + footer_at, sizeof footer_size);
  for (size_t at = 8; at < footer_at - footer_size; at += 97) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    REQUIRE(write_file_atomically(dir / "a.seg", bad, false));
    auto opened = segment::open(dir / "a.seg");
    REQUIRE(opened);
    auto done = (*opened)->verify();
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ec::corrupt);
  }
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
    column_cache::shared().clear();  // else a block read before is not read again
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
