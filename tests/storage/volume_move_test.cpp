#include "storage/volume_move.hpp"

#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scratch.hpp"
#include "storage/chunk_files.hpp"
#include "storage/disk_watch.hpp"
#include "storage/file.hpp"
#include "storage/segment.hpp"

using namespace pelorus;

namespace {

namespace fs = std::filesystem;
const chunk_id id{1, 7};
const schema columns{{"x", type_id::int_, 0, "", ""}};

/// The process ends at its n-th step on the disk: that one and all later ones do not happen.
struct dying_disk : disk_watch {
  int left;
  explicit dying_disk(int steps) : left(steps) { watched_disk = this; }
  ~dying_disk() override { watched_disk = nullptr; }
  bool is_dead() const { return left < 0; }
  expected<void> before(const disk_operation& operation) override {
    if (--left >= 0) return {};
    left = -1;
    return error{ec::io_failed, operation.path + ": the process is dead"};
  }
};

/// A data node with a chunk of two versions, each of one more file, on the first of two volumes.
struct two_volumes {
  scratch dir;
  std::vector<std::string> volumes{dir / "v1", dir / "v2"};
  std::shared_ptr<chunk_files> files;
  std::string directory = "a/p/" + to_string(id);

  two_volumes() {
    open();
    held_record held;
    held.id = id;
    held.directory = directory;
    auto first = put(volumes[0] + "/" + directory, 1), second = put(volumes[0] + "/" + directory, 2);
    held.versions = {{1, 10, 1, {first}}, {2, 20, 2, {first, second}}};
    REQUIRE(files->catalog->install(held));
  }
  void open() {
    files.reset();
    files = *chunk_files::open(volumes, dir / "metadata", true);
    files->sweep();
  }
  static std::string name(tid_t tid) { return fmt::format("{:016x}.seg", tid); }
  static segment_ref put(const std::string& path, tid_t tid) {
    table rows(columns);
    for (int32_t i = 0; i < 1000; ++i) rows.own(0).push(static_cast<int32_t>(tid) * 1000 + i);
    auto written = write_segment(path, name(tid), rows, {});
    REQUIRE(written);
    return *written;
  }
  expected<void> move(const std::string& volume) {
    PELORUS_ASSIGN(auto copy, begin_copy(*files, id, volume));
    PELORUS_TRY(extend_copy(*files, copy));
    return switch_to(*files, copy);
  }
  /// The first and last value of a version, and its rows.
  std::vector<int64_t> summary(uint32_t version) const {
    auto reader = files->open_version(id, version, columns);
    if (!reader) FAIL(reader.error().message);
    auto col = (*reader)->read(0);
    if (!col) FAIL(col.error().message);
    auto* data = (*col)->data<int32_t>();
    return {data[0], data[(*col)->size() - 1], static_cast<int64_t>((*col)->size())};
  }
  bool is_whole() const { return summary(1) == std::vector<int64_t>{1000, 1999, 1000} && summary(2) == std::vector<int64_t>{1000, 2999, 2000}; }
  /// Directories with segments in them.
  std::vector<std::string> places() const {
    std::vector<std::string> found;
    for (auto& volume : volumes)
      for (auto& entry : fs::recursive_directory_iterator{volume})
        if (entry.path().extension() == ".seg" && (found.empty() || found.back() != entry.path().parent_path())) found.push_back(entry.path().parent_path());
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }
};

} // namespace

TEST_CASE("a chunk moves to another volume and back, and each time it is at one place") {
  two_volumes node;
  REQUIRE(node.move(node.volumes[1]));
  CHECK(node.is_whole());
  CHECK(node.places() == std::vector<std::string>{node.volumes[1] + "/" + node.directory + ".1"});
  CHECK(volume_of(*node.files, *node.files->catalog->find(id)) == node.volumes[1]);
  REQUIRE(node.move(node.volumes[0]));
  CHECK(node.is_whole());
  CHECK(node.places() == std::vector<std::string>{node.volumes[0] + "/" + node.directory + ".2"});
  node.open();
  CHECK(node.is_whole());
  CHECK(unmoved(node.files->catalog->find(id)->directory) == node.directory);
  CHECK(node.move(node.volumes[0]).error().code == ec::bad_argument);  // it is there
  CHECK(node.move("/elsewhere").error().code == ec::bad_argument);
}

TEST_CASE("readers that have begun go on, and those that begin meanwhile find the files") {
  two_volumes node;
  auto before = *node.files->open_version(id, 2, columns);
  REQUIRE(node.move(node.volumes[1]));
  auto col = before->read_once(0);
  REQUIRE(col);
  CHECK((*col)->size() == 2000);
}

TEST_CASE("a process that dies at any step of a move leaves the chunk whole at one place") {
  bool finished = false;
  for (int steps = 0; !finished; ++steps) {
    CAPTURE(steps);
    REQUIRE(steps < 100);
    two_volumes node;
    {
      dying_disk disk{steps};
      auto moved = node.move(node.volumes[1]);
      finished = !disk.is_dead();
      CHECK(moved.has_value() == finished);
      node.files.reset();
    }
    node.open();
    CHECK(node.is_whole());
    CHECK(node.places().size() == 1);
    REQUIRE(node.move(node.volumes[volume_of(*node.files, *node.files->catalog->find(id)) == node.volumes[0] ? 1 : 0]));
    CHECK(node.is_whole());
    CHECK(node.places().size() == 1);
  }
}

TEST_CASE("an old directory that went by half is removed, one with younger rows stays") {
  two_volumes node;
  REQUIRE(node.move(node.volumes[1]));
  auto old = node.volumes[0] + "/" + node.directory;
  two_volumes::put(old, 2);
  node.open();
  CHECK(node.places().size() == 1);
  two_volumes::put(old, 9);  // perhaps of a commit that this node has forgotten
  node.open();
  CHECK(node.places().size() == 2);
  CHECK(node.is_whole());
}

TEST_CASE("what a move has begun and what is left of an old directory are not there after a start") {
  two_volumes node;
  REQUIRE(begin_copy(*node.files, id, node.volumes[1]));
  node.open();
  CHECK_FALSE(file_exists(node.volumes[1] + "/" + node.directory + ".1"));
  REQUIRE(node.move(node.volumes[1]));
  fs::create_directories(node.volumes[0] + "/" + node.directory);
  node.open();
  CHECK_FALSE(file_exists(node.volumes[0] + "/" + node.directory));
  CHECK(file_exists(node.volumes[1] + "/" + node.directory + ".1"));
  CHECK(node.is_whole());
}

TEST_CASE("segments that were merged after they had been copied are not in the new directory") {
  two_volumes node;
  auto copy = *begin_copy(*node.files, id, node.volumes[1]);
  REQUIRE(extend_copy(*node.files, copy));
  auto both = two_volumes::put(node.volumes[0] + "/" + node.directory, 3);
  REQUIRE(node.files->catalog->swap(id, {two_volumes::name(1), two_volumes::name(2)}, {both.file, both.rows, both.bytes}));
  REQUIRE(node.files->catalog->prune(id, 1));
  REQUIRE(extend_copy(*node.files, copy));
  REQUIRE(switch_to(*node.files, copy));
  std::vector<std::string> names;
  for (auto& entry : fs::directory_iterator{copy.path}) names.push_back(entry.path().filename());
  CHECK(names == std::vector<std::string>{both.file});
}

TEST_CASE("a chunk that was dropped while it was copied is waited for by nobody") {
  two_volumes node;
  auto copy = *begin_copy(*node.files, id, node.volumes[1]);
  REQUIRE(node.files->catalog->drop(id));
  CHECK(extend_copy(*node.files, copy).error().code == ec::not_found);
  CHECK(switch_to(*node.files, copy).error().code == ec::not_found);
  REQUIRE(discard_copy(*node.files, copy));
  CHECK_FALSE(file_exists(copy.path));
}

TEST_CASE("a chunk that is being written, has changed or is damaged does not move") {
  two_volumes node;
  auto copy = *begin_copy(*node.files, id, node.volumes[1]);
  REQUIRE(extend_copy(*node.files, copy));
  staged_record staged;
  staged.tid = 3;
  staged.chunk.id = id;
  staged.chunk.directory = node.directory;
  staged.base_version = 2;
  staged.segments = {two_volumes::put(node.volumes[0] + "/" + node.directory, 3)};
  REQUIRE(node.files->catalog->stage(staged));
  CHECK(switch_to(*node.files, copy).error().code == ec::conflict);
  REQUIRE(node.files->catalog->commit(3, 30));
  CHECK(switch_to(*node.files, copy).error().code == ec::stale);  // the new file is not there
  REQUIRE(extend_copy(*node.files, copy));
  REQUIRE(switch_to(*node.files, copy));
  CHECK(node.summary(3) == std::vector<int64_t>{1000, 3999, 3000});
  CHECK(extend_copy(*node.files, copy).error().code == ec::stale);  // it has moved

  auto path = node.volumes[1] + "/" + copy.to + "/" + two_volumes::name(2);
  auto bytes = *read_file(path);
  bytes[bytes.size() / 2] ^= 1;
  REQUIRE(write_file_atomically(path, bytes, false));
  auto back = *begin_copy(*node.files, id, node.volumes[0]);
  CHECK(extend_copy(*node.files, back).error().code == ec::corrupt);
  REQUIRE(discard_copy(*node.files, back));
  CHECK(node.places().size() == 1);
}

TEST_CASE("names of directories") {
  CHECK(unmoved("a/" + to_string(id) + ".12") == "a/" + to_string(id));
  CHECK(unmoved("a/" + to_string(id)) == "a/" + to_string(id));
  CHECK(unmoved("a/b.12") == "a/b.12");
}
