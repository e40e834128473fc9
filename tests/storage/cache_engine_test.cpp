#include "storage/cache_engine.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "scratch.hpp"
#include "storage/chunk_files.hpp"
#include "storage/dfs_codec.hpp"

using namespace pelorus;

namespace {

const chunk_id one{1, 1}, two{1, 2};
const schema columns{{"x", type_id::int_, 0, "", ""}};

table_info info() {
  table_info t;
  t.database = "dfs://a";
  t.name = "t";
  t.id = 5;
  t.columns = columns;
  return t;
}

std::shared_ptr<table> rows_of(const std::vector<int32_t>& values) {
  auto rows = std::make_shared<table>(columns);
  for (auto v : values) rows->own(0).push(v);
  return rows;
}

/// A data node's store without its actor.
struct data_node {
  std::string path;
  std::shared_ptr<chunk_files> files;
  expected<void> opened;

  explicit data_node(const std::string& where) : path(where) {
    files = *chunk_files::open({path + "/volume"}, path + "/metadata", false);
    opened = files->open_cache({.log = {.directory = path + "/redo", .file_bytes = 4096, .allocation_step = 4096},
                                .sync = true, .olap_bytes = 1 << 20, .tsdb_bytes = 1 << 20}, 0);
  }
  cache_engine& cache() { return *files->cache; }

  cache_engine::staging staging(tid_t tid, chunk_id id, uint32_t base, const std::vector<int32_t>& values) {
    cache_engine::staging one;
    one.rows.tid = tid;
    one.rows.chunk.id = id;
    one.rows.chunk.table_id = 5;
    one.rows.chunk.database = "dfs://a";
    one.rows.chunk.table = "t";
    one.rows.chunk.directory = "a/" + to_string(id);
    one.rows.base_version = base;
    one.image = std::make_shared<const std::string>(*encode_segment(*rows_of(values), {}, {}));
    one.rows.segments = {{std::to_string(tid) + std::string{cached_suffix}, values.size(), one.image->size()}};
    one.table = encode_table(info());
    return one;
  }
  expected<void> stage(tid_t tid, chunk_id id, uint32_t base, const std::vector<int32_t>& values) {
    return cache().stage({staging(tid, id, base, values)}, 1).front();
  }
  void flush(const chunk_id& id) {
    auto held = files->catalog->find(id);
    auto& segments = held->newest()->segments;
    auto directory = files->path_of(id, held->directory);
    auto whole = write_segment(directory, segments.back().file + ".whole", *rows_of(rows(id, held->newest()->version)), {});
    REQUIRE(whole);
    segment_merge merge{id, {}, *whole};
    for (auto& s : segments) merge.files.push_back(s.file);
    CHECK(*files->catalog->merge({merge}) == 1);
  }
  uint32_t newest(const chunk_id& id) const {
    auto held = files->catalog->find(id);
    return held && held->newest() ? held->newest()->version : 0;
  }
  std::vector<int32_t> rows(const chunk_id& id, uint32_t version) const {
    auto reader = files->open_version(id, version, columns);
    if (!reader) FAIL(reader.error().message);
    auto col = (*reader)->read(0);
    if (!col) FAIL(col.error().message);
    std::vector<int32_t> result;
    for (size_t i = 0; i < (*col)->size(); ++i) result.push_back(*reinterpret_cast<const int32_t*>((*col)->raw(i)));
    return result;
  }
};

} // namespace

TEST_CASE("rows in memory are read by version, and come back from the redo log") {
  scratch dir;
  {
    data_node node{dir.path};
    REQUIRE(node.opened);
    REQUIRE(node.stage(1, one, 0, {1, 2}));
    CHECK(node.newest(one) == 0);
    REQUIRE(node.cache().commit(1, 10));
    REQUIRE(node.stage(2, one, 1, {3}));
    REQUIRE(node.cache().commit(2, 11));
    REQUIRE(node.stage(3, two, 0, {7}));
    REQUIRE(node.stage(4, one, 2, {4}));
    REQUIRE(node.cache().rollback(4));
    CHECK(node.rows(one, 1) == std::vector<int32_t>{1, 2});
    CHECK(node.rows(one, 2) == std::vector<int32_t>{1, 2, 3});
    CHECK_FALSE(std::filesystem::exists(dir / "volume/a"));
  }
  for (bool checkpoint : {false, true, false}) {
    INFO("checkpoint ", checkpoint);
    data_node node{dir.path};
    REQUIRE(node.opened);
    CHECK(node.newest(one) == 2);
    CHECK(node.rows(one, 2) == std::vector<int32_t>{1, 2, 3});
    CHECK(node.files->catalog->staged().size() == 1);
    CHECK(node.files->catalog->is_staged(two, 3));
    CHECK(node.stage(4, one, 2, {4}).error().code == ec::aborted);
    CHECK(node.cache().chunks().size() == 2);
    if (checkpoint) REQUIRE(node.cache().purge());
  }
  data_node node{dir.path};
  REQUIRE(node.cache().commit(3, 12));
  CHECK(node.rows(two, 1) == std::vector<int32_t>{7});
}

TEST_CASE("a flush puts files in the place of rows in memory, older versions stay readable, the log goes") {
  scratch dir;
  {
    data_node node{dir.path};
    for (tid_t tid = 1; tid <= 3; ++tid) {
      REQUIRE(node.stage(tid, one, static_cast<uint32_t>(tid - 1), {static_cast<int32_t>(tid)}));
      REQUIRE(node.cache().commit(tid, 10 + tid));
    }
    auto before = node.files->open_version(one, 3, columns);
    node.flush(one);
    CHECK(node.files->catalog->find(one)->newest()->segments.size() == 1);
    CHECK_FALSE(node.files->catalog->find(one)->newest()->is_cached());
    CHECK(node.rows(one, 3) == std::vector<int32_t>{1, 2, 3});
    CHECK(node.rows(one, 2) == std::vector<int32_t>{1, 2});
    CHECK((*before)->read(0));
    node.files->catalog->forget_cached(one);
    CHECK_FALSE(node.files->open_version(one, 2, columns));
    // What comes after the flush is in memory again.
    REQUIRE(node.stage(4, one, 3, {4}));
    REQUIRE(node.cache().commit(4, 14));
    REQUIRE(node.cache().purge());
    CHECK(node.cache().chunks().size() == 1);
  }
  data_node node{dir.path};
  REQUIRE(node.opened);
  CHECK(node.files->catalog->damage().empty());
  CHECK(node.rows(one, 4) == std::vector<int32_t>{1, 2, 3, 4});
  node.flush(one);
  REQUIRE(node.cache().purge());
  CHECK(node.cache().chunks().empty());
  CHECK(node.cache().transactions().empty() == (node.cache().log().oldest() > 4));
}

TEST_CASE("a redo log that is lost costs the chunks that need it, and says so") {
  scratch dir;
  {
    data_node node{dir.path};
    REQUIRE(node.stage(1, one, 0, {1}));
    REQUIRE(node.stage(1, two, 0, {2}));
    REQUIRE(node.cache().commit(1, 10));
    node.flush(two);
    REQUIRE(node.stage(2, two, 1, {3}));
    REQUIRE(node.files->catalog->checkpoint());
  }
  std::filesystem::remove_all(dir / "redo");
  data_node node{dir.path};
  REQUIRE(node.opened);
  CHECK(node.files->catalog->damage().size() == 2);
  CHECK(node.newest(one) == 0);
  CHECK(node.rows(two, 1) == std::vector<int32_t>{2});
  CHECK_FALSE(node.files->catalog->is_staged(two, 2));
  // New records get positions that the catalog has not seen.
  REQUIRE(node.stage(3, two, 1, {4}));
  REQUIRE(node.cache().commit(3, 11));
  node.files.reset();
  data_node after{dir.path};
  CHECK(after.rows(two, 2) == std::vector<int32_t>{2, 4});
}

TEST_CASE("changes of other kinds meet those of the log in the right order") {
  scratch dir;
  {
    data_node node{dir.path};
    REQUIRE(node.stage(1, one, 0, {1}));
    REQUIRE(node.cache().commit(1, 10));
    REQUIRE(node.stage(2, two, 0, {2}));
    REQUIRE(node.files->catalog->drop(one));
    REQUIRE(node.cache().commit(2, 11));
  }
  data_node node{dir.path};
  REQUIRE(node.opened);
  CHECK(node.newest(one) == 0);
  CHECK(node.rows(two, 1) == std::vector<int32_t>{2});
  CHECK(node.files->catalog->damage().empty());
}

// redo_log_test cuts at every byte; here each cut opens a whole store.
TEST_CASE("a redo log that is cut off gives whole transactions up to some point and never other rows") {
  scratch dir;
  std::filesystem::create_directories(dir / "made");
  {
    data_node node{dir / "made"};
    for (tid_t tid = 1; tid <= 4; ++tid) {
      REQUIRE(node.stage(tid, one, static_cast<uint32_t>(tid - 1), {static_cast<int32_t>(tid), 0}));
      REQUIRE(node.cache().commit(tid, 10 + tid));
      if (tid == 1) REQUIRE(node.files->catalog->checkpoint());
    }
  }
  std::string log;
  for (auto& entry : std::filesystem::directory_iterator{dir / "made/redo"}) log = entry.path().filename().string();
  auto whole = *read_file((dir / "made/redo/") + log);
  auto end = whole.find_last_not_of('\0') + 1;
  constexpr size_t step = 23;
  for (size_t cut = 0; cut <= end + step; cut += step) {
    INFO("cut at ", cut);
    scratch copy;
    std::filesystem::copy(dir / "made", copy.path, std::filesystem::copy_options::recursive);
    REQUIRE(write_file_atomically((copy / "redo/") + log, whole.substr(0, cut), false));
    data_node node{copy.path};
    REQUIRE(node.opened);
    auto newest = node.newest(one);
    if (newest == 0) {
      CHECK_FALSE(node.files->catalog->damage().empty());
      continue;
    }
    std::vector<int32_t> wanted;
    for (uint32_t v = 1; v <= newest; ++v) wanted.insert(wanted.end(), {static_cast<int32_t>(v), 0});
    CHECK(node.rows(one, newest) == wanted);
  }
}
