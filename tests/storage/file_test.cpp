#include "storage/file.hpp"

#include <doctest/doctest.h>

#include "scratch.hpp"

using namespace pelorus;

TEST_CASE("files are written whole or not at all, and read back exactly") {
  scratch dir;
  auto path = dir / "a";
  REQUIRE(write_file_atomically(path, "first", true));
  REQUIRE(write_file_atomically(path, "second", true));
  CHECK(*read_file(path) == "second");
  CHECK_FALSE(file_exists(path + ".tmp"));
  auto in = file::open_read(path);
  REQUIRE(in);
  char bytes[8];
  auto short_read = in->read_at(2, bytes, 8);
  REQUIRE_FALSE(short_read);
  CHECK(short_read.error().code == ec::corrupt);
}

TEST_CASE("errors name the path and the reason") {
  scratch dir;
  auto missing = read_file(dir / "none");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ec::not_found);
  CHECK(missing.error().message.find(dir / "none") != std::string::npos);
  auto full = file::open_write("/dev/full");
  REQUIRE(full);
  auto refused = full->write_at(0, "x");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::disk_full);
  CHECK(refused.error().message.find("No space left") != std::string::npos);
  CHECK_FALSE(write_file_atomically(dir / "no/such/folder/x", "x", false));
}

TEST_CASE("a directory has one owner at a time") {
  scratch dir;
  {
    auto first = directory_lock::acquire(dir.path);
    REQUIRE(first);
    auto second = directory_lock::acquire(dir.path);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ec::conflict);
    CHECK(second.error().message.find(dir.path) != std::string::npos);
  }
  CHECK(directory_lock::acquire(dir.path));
}
