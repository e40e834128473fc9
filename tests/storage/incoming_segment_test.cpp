#include "storage/incoming_segment.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scratch.hpp"
#include "storage/segment.hpp"

using namespace pelorus;

namespace {

constexpr uint64_t tail_bytes = 8192, frame_bytes = 10'000;

std::string sample_image(size_t rows) {
  table t(schema{{"sym", type_id::symbol, 0, "", ""}, {"x", type_id::double_, 0, "", ""}, {"y", type_id::long_, 0, "", ""}});
  for (size_t i = 0; i < rows; ++i) {
    t.own(0).push_text(fmt::format("S{}", i % 7));
    t.own(1).push(static_cast<double>(i * 2654435761 % 1000003) / 7);
    t.own(2).push(static_cast<int64_t>(i * 40503 % 65537));
  }
  return *encode_segment(t, {}, {});
}

/// The first error of a copy of `image`, its tail first and then its frames, each `step` places after the one before.
expected<void> receive(const std::string& path, const std::string& image, uint64_t rows, size_t step = 1, uint64_t tail = tail_bytes) {
  PELORUS_ASSIGN(auto file, incoming_segment::open(path, image.size(), rows, tail));
  std::string_view all{image};
  auto end = file.tail_begin(), frames = (end + frame_bytes - 1) / frame_bytes;
  PELORUS_TRY(file.take(end, all.substr(end)));
  for (uint64_t i = 0; i < frames; ++i) {
    CHECK(!file.complete());
    auto at = i * step % frames * frame_bytes;
    PELORUS_TRY(file.take(at, all.substr(at, std::min(frame_bytes, end - at))));
  }
  CHECK(file.complete());
  return file.settle();
}

} // namespace

TEST_CASE("a segment that comes in frames has its name when it is whole") {
  scratch dir;
  for (size_t rows : {size_t{1}, size_t{900}, size_t{150'000}}) {
    auto image = sample_image(rows);
    auto path = dir / "1.seg";
    REQUIRE(receive(path, image, rows));
    CHECK(*read_file(path) == image);
    CHECK(!file_exists(path + ".tmp"));
  }
}

TEST_CASE("frames in another order, and a footer longer than the tail, cost a second look at the file") {
  scratch dir;
  auto image = sample_image(150'000);
  auto tail = tail_bytes;
  size_t step = 1;
  SUBCASE("order") { step = ((image.size() - tail_bytes) / frame_bytes + 1) - 1; }
  SUBCASE("footer") { tail = 64; }
  REQUIRE(receive(dir / "1.seg", image, 150'000, step, tail));
  CHECK(*read_file(dir / "1.seg") == image);
  image[image.size() / 2] ^= 1;
  auto damaged = receive(dir / "2.seg", image, 150'000, step, tail);
  REQUIRE(!damaged);
  CHECK(damaged.error().code == ec::corrupt);
  CHECK(!file_exists(dir / "2.seg"));
}

TEST_CASE("a bit that flips on the way is found wherever it is, and the file gets no name") {
  scratch dir;
  auto image = sample_image(70'000);
  REQUIRE(image.size() > 10 * frame_bytes);
  auto tried = 0;
  for (size_t at = 0; at < image.size(); at = at < 16 || at + 64 >= image.size() ? at + 1 : std::min(at + 9973, image.size() - 64), ++tried) {
    auto flipped = image;
    flipped[at] ^= static_cast<char>(1 << at % 8);
    auto done = receive(dir / "1.seg", flipped, 70'000);
    CAPTURE(at);
    REQUIRE(!done);
    CHECK(done.error().code == ec::corrupt);
    CHECK(!file_exists(dir / "1.seg"));
  }
  CHECK(tried > 80);
}

TEST_CASE("a file of another number of rows is refused") {
  scratch dir;
  auto done = receive(dir / "1.seg", sample_image(900), 901);
  REQUIRE(!done);
  CHECK(done.error().message.find("holds 900 rows, 901 were committed") != std::string::npos);
}
