#include "storage/leftovers.hpp"

#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scratch.hpp"
#include "storage/chunk_files.hpp"
#include "storage/file.hpp"

using namespace pelorus;

namespace {

const chunk_id known{1, 1}, unknown{2, 2}, partition{3, 3};

/// A node with one chunk of two segments, whose newest version is of transaction 5.
struct data_node {
  scratch dir;
  std::string chunk;

  data_node() {
    auto files = open();
    held_record held;
    held.id = known;
    held.directory = fmt::format("a/{}/{}", to_string(partition), to_string(known));  // the partition is called like a chunk
    held.versions = {{2, 10, 5, {{name(4), 1, 1}, {name(5), 1, 1}}}};
    REQUIRE(files->catalog->install(held));
    chunk = files->path_of(known, held.directory);
    for (tid_t tid : {4, 5}) put(chunk, name(tid));
  }
  static std::string name(tid_t tid) { return fmt::format("{:016x}.seg", tid); }
  std::string unknown_directory() const { return dir / "volume" + std::string{"/a/p/"} + to_string(unknown); }
  void put(const std::string& directory, const std::string& file) const {
    REQUIRE(make_directories(directory));
    REQUIRE(write_file_atomically(directory + "/" + file, "rows", false));
  }
  bool has(const std::string& file) const { return file_exists(chunk + "/" + file); }
  std::shared_ptr<chunk_files> open() const {
    auto files = *chunk_files::open({dir / "volume"}, dir / "metadata", false);
    files->sweep();
    return files;
  }
};

} // namespace

TEST_CASE("after a crash the files go that nobody needs, and no others") {
  data_node node;
  auto merged = fmt::format("{:016x}.m1{:016x}.seg", 5, 77);
  for (auto& file : {data_node::name(3), merged, data_node::name(9), data_node::name(5) + ".tmp", std::string{"notes.txt"}})
    node.put(node.chunk, file);
  node.put(node.unknown_directory(), data_node::name(7));
  auto files = node.open();
  CHECK(files->left.removed == 3);
  CHECK(files->left.failures.empty());
  CHECK_FALSE(node.has(data_node::name(3)));  // overtaken
  CHECK_FALSE(node.has(merged));              // made of what is there
  CHECK_FALSE(node.has(data_node::name(5) + ".tmp"));
  CHECK(node.has(data_node::name(4)));
  CHECK(node.has(data_node::name(5)));
  CHECK(node.has("notes.txt"));
  REQUIRE(files->left.files.size() == 1);
  CHECK(files->left.files.front().tid == 9);  // perhaps committed where this node was not asked
  CHECK(node.has(data_node::name(9)));
  REQUIRE(files->left.directories.size() == 1);
  CHECK(files->left.directories.at(unknown) == node.unknown_directory());
  CHECK(file_exists(node.unknown_directory() + "/" + data_node::name(7)));
}

TEST_CASE("a node that ended well is not searched") {
  data_node node;
  node.put(node.chunk, data_node::name(3));
  REQUIRE(node.open()->close());
  node.put(node.chunk, data_node::name(3));
  auto files = node.open();
  CHECK(files->left.removed == 0);
  CHECK(node.has(data_node::name(3)));
}

TEST_CASE("files stay when a catalog may have forgotten what they are") {
  data_node node;
  SUBCASE("a file of the newest version is missing, as when an older catalog was put back") {
    node.put(node.chunk, fmt::format("{:016x}.m1{:016x}.seg", 5, 77));
    REQUIRE(remove_file(node.chunk + "/" + data_node::name(4)));
    auto files = node.open();
    CHECK(files->left.removed == 0);
    CHECK(files->left.files.size() == 1);
  }
  SUBCASE("the catalog is empty") {
    std::filesystem::remove_all(node.dir / "metadata");
    REQUIRE(make_directories(node.dir / "metadata/CHUNK_METADATA"));
    REQUIRE(write_file_atomically(node.dir / "metadata/CHUNK_METADATA/open", "", false));
    auto files = node.open();
    CHECK(files->left.removed == 0);
    CHECK(files->left.directories.empty());
    CHECK(node.has(data_node::name(4)));
  }
}
