#include "storage/metadata_store.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include <sys/resource.h>

#include <doctest/doctest.h>

#include "scratch.hpp"
#include "storage/disk_watch.hpp"

using namespace pelorus;

namespace {

constexpr int64_t now_ms = 1'700'000'000'000;

metadata_store open_store(const std::string& dir) {
  auto store = metadata_store::open({dir, true, 64 << 20, [](const std::string&) {}});
  if (!store) FAIL(store.error().message);
  return *std::move(store);
}

dfs_entry database(const std::string& path) {
  database_info db;
  db.path = path;
  partition_level level;
  level.key_type = type_id::date;
  level.values = column::of<int32_t>(type_id::date, std::vector<int32_t>{1, 2, 3});
  db.levels.push_back(level);
  return create_database{db};
}

dfs_entry table_in(const std::string& path, const std::string& name) {
  table_info t;
  t.database = path;
  t.name = name;
  t.columns = {{"at", type_id::datetime, 0, "", ""}, {"x", type_id::double_, 0, "", ""}};
  t.partition_columns = {0};
  return create_table{t};
}

dfs_entry commit_of(const metadata_store& store, tid_t tid, chunk_id id, uint64_t rows) {
  chunk_info chunk;
  chunk.id = id;
  chunk.table_id = store.state().find_table("dfs://a", "t")->id;
  chunk.partition = "p" + std::to_string(id.low);
  if (auto* before = store.state().find_chunk(id)) chunk = *before;
  ++chunk.version;
  chunk.rows += rows;
  chunk.replicas = {{"N1", chunk.version, false}};
  return commit_transaction{tid, 0, 0, {chunk}, ""};
}

void fill(metadata_store& store, int commits) {
  REQUIRE(store.commit({database("dfs://a"), table_in("dfs://a", "t")}, now_ms)[1]);
  for (int i = 1; i <= commits; ++i)
    REQUIRE(store.commit({commit_of(store, static_cast<tid_t>(i), {9, static_cast<uint64_t>(i % 5 + 1)}, 10)}, now_ms)[0]);
}

std::string everything(const metadata_store& store) {
  std::string all;
  auto keys = store.state().all_keys();
  std::sort(keys.begin(), keys.end());
  for (auto& key : keys) all += key + "=" + *store.state().record(key) + "\n";
  return all;
}

} // namespace

TEST_CASE("what was committed is there after reopening, flushed or not") {
  scratch dir;
  std::string before;
  {
    auto store = open_store(dir.path);
    fill(store, 7);
    REQUIRE(store.flush());
    REQUIRE(store.commit({commit_of(store, 50, {9, 1}, 5)}, now_ms)[0]);
    before = everything(store);
  }
  auto store = open_store(dir.path);
  CHECK(everything(store) == before);
  CHECK(store.state().last_cid() == 8);
  CHECK(store.state().find_chunk({9, 1})->rows == 15);
}

TEST_CASE("entries that make no sense are refused one by one, also within a group") {
  scratch dir;
  auto store = open_store(dir.path);
  auto results = store.commit({database("dfs://a"), database("dfs://a"), table_in("dfs://b", "t"), database("nodfs"),
                               table_in("dfs://a", "t")}, now_ms);
  CHECK(results[0]);
  CHECK(results[1].error().code == ec::already_exists);
  CHECK(results[2].error().code == ec::not_found);
  CHECK(results[3].error().code == ec::bad_argument);
  CHECK(results[4]);
  auto stale = commit_of(store, 1, {9, 1}, 1);
  std::get<commit_transaction>(stale).chunks[0].version = 5;
  CHECK(store.commit({stale}, now_ms)[0].error().code == ec::conflict);
}

TEST_CASE("log and checkpoint alone restore the metadata, as operators roll back") {
  scratch dir, backup;
  std::string before;
  namespace fs = std::filesystem;
  {
    auto store = open_store(dir.path);
    fill(store, 4);
    REQUIRE(store.checkpoint(true));
    REQUIRE(store.commit({commit_of(store, 30, {9, 2}, 1)}, now_ms)[0]);
    before = everything(store);
  }
  for (auto* name : {"DFSMetaLog.0", "DFSMasterMetaCheckpoint.0"}) fs::copy_file(dir / name, backup / name);
  {
    auto store = open_store(dir.path);
    REQUIRE(store.commit({commit_of(store, 31, {9, 3}, 1)}, now_ms)[0]);
    REQUIRE(store.checkpoint(true));
    REQUIRE(store.commit({commit_of(store, 32, {9, 3}, 1)}, now_ms)[0]);
  }
  for (auto* name : {"DFSMetaLog.0", "DFSMasterMetaCheckpoint.0"})
    fs::copy_file(backup / name, dir / name, fs::copy_options::overwrite_existing);
  CHECK(everything(open_store(dir.path)) == before);
  fs::remove_all(dir / "lmdb");
  CHECK(everything(open_store(dir.path)) == before);
}

TEST_CASE("LMDB alone goes on when both files are gone") {
  scratch dir;
  std::string before;
  {
    auto store = open_store(dir.path);
    fill(store, 3);
    REQUIRE(store.flush());
    before = everything(store);
  }
  std::filesystem::remove(dir / "DFSMetaLog.0");
  CHECK(everything(open_store(dir.path)) == before);
  CHECK(everything(open_store(dir.path)) == before);
}

TEST_CASE("a last entry torn at any byte is dropped, what came before stays") {
  scratch dir;
  std::string all_but_last;
  uint64_t good = 0, end = 0;
  {
    auto store = open_store(dir.path);
    fill(store, 3);
    all_but_last = everything(store);
    REQUIRE(store.commit({set_blob{"k", "some bytes"}}, now_ms)[0]);
  }
  auto log = *read_file(dir / "DFSMetaLog.0");
  end = log.find_last_not_of('\0') + 1;
  good = log.rfind("PLOG");
  for (auto cut = good; cut < end; ++cut) {
    std::filesystem::remove_all(dir / "lmdb");
    REQUIRE(write_file_atomically(dir / "DFSMetaLog.0", log.substr(0, cut), false));
    CHECK(everything(open_store(dir.path)) == all_but_last);
  }
}

TEST_CASE("a damaged log, checkpoint or record is noticed, never read as something else") {
  scratch dir;
  std::string before;
  {
    auto store = open_store(dir.path);
    fill(store, 6);
    REQUIRE(store.checkpoint(true));
    for (int i = 0; i < 5; ++i) REQUIRE(store.commit({commit_of(store, 40 + static_cast<tid_t>(i), {9, 2}, 1)}, now_ms)[0]);
    before = everything(store);
  }
  std::filesystem::remove_all(dir / "lmdb");
  std::mt19937_64 engine{5};
  for (auto* name : {"DFSMetaLog.0", "DFSMasterMetaCheckpoint.0"}) {
    auto good = *read_file(dir / name);
    auto used = good.find_last_not_of('\0') + 1;
    auto last_frame = std::string_view{name} == "DFSMetaLog.0" ? good.rfind("PLOG") : used;
    for (int round = 0; round < 60; ++round) {
      auto bad = good;
      auto at = engine() % used;
      bad[at] = static_cast<char>(bad[at] ^ (1 << (engine() % 8)));
      REQUIRE(write_file_atomically(dir / name, bad, false));
      auto opened = metadata_store::open({dir.path, true, 64 << 20, [](const std::string&) {}});
      std::filesystem::remove_all(dir / "lmdb");
      if (at >= last_frame) continue;  // cannot be told from a torn write
      REQUIRE_FALSE(opened);
      CHECK(opened.error().code == ec::corrupt);
    }
    REQUIRE(write_file_atomically(dir / name, good, false));
  }
  CHECK(everything(open_store(dir.path)) == before);
}

TEST_CASE("one process at a time") {
  scratch dir;
  auto store = open_store(dir.path);
  auto second = metadata_store::open({dir.path, true, 64 << 20, [](const std::string&) {}});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ec::conflict);
}

TEST_CASE("a crash between checkpoint and restart of the log loses and doubles nothing") {
  scratch dir;
  std::string before, log;
  {
    auto store = open_store(dir.path);
    fill(store, 6);
    log = *read_file(dir / "DFSMetaLog.0");
    REQUIRE(store.checkpoint(true));
    before = everything(store);
  }
  // The log as it was before its restart; then as a restart leaves it that ended between truncating and writing.
  for (auto& left : {log, std::string{}}) {
    REQUIRE(write_file_atomically(dir / "DFSMetaLog.0", left, false));
    for (bool with_lmdb : {true, false}) {
      if (!with_lmdb) std::filesystem::remove_all(dir / "lmdb");
      auto store = open_store(dir.path);
      CHECK(everything(store) == before);
      CHECK(store.state().last_cid() == 6);
    }
  }
  auto store = open_store(dir.path);
  REQUIRE(store.commit({commit_of(store, 70, {9, 1}, 1)}, now_ms)[0]);
  before = everything(store);
  { auto closing = std::move(store); }
  CHECK(everything(open_store(dir.path)) == before);
}

TEST_CASE("files of another history of the same length are not mixed with LMDB") {
  scratch dir, backup;
  namespace fs = std::filesystem;
  auto copy = [](const scratch& from, const scratch& to) {
    for (auto* name : {"DFSMetaLog.0", "DFSMasterMetaCheckpoint.0"})
      fs::copy_file(from / name, to / name, fs::copy_options::overwrite_existing);
  };
  scratch first;
  std::string before;
  {
    auto store = open_store(dir.path);
    fill(store, 3);
    REQUIRE(store.checkpoint(true));
  }
  copy(dir, backup);
  {
    auto store = open_store(dir.path);
    for (tid_t tid = 40; tid < 44; ++tid) REQUIRE(store.commit({commit_of(store, tid, {9, 1}, 100)}, now_ms)[0]);
    before = everything(store);
  }
  copy(dir, first);
  copy(backup, dir);
  {
    auto store = open_store(dir.path);  // rolled back, then another way on
    for (tid_t tid = 50; tid < 52; ++tid) REQUIRE(store.commit({commit_of(store, tid, {9, 2}, 7)}, now_ms)[0]);
    REQUIRE(store.flush());
  }
  copy(first, dir);
  CHECK(everything(open_store(dir.path)) == before);
}

TEST_CASE("acknowledged entries that only LMDB has are not given up silently") {
  scratch dir;
  std::string before;
  {
    auto store = open_store(dir.path);
    fill(store, 3);
    REQUIRE(store.flush());
    before = everything(store);
  }
  auto log = *read_file(dir / "DFSMetaLog.0");
  auto bad = log;
  bad[bad.find_last_not_of('\0')] ^= 1;  // in the last entry: like a torn end, but LMDB has it
  REQUIRE(write_file_atomically(dir / "DFSMetaLog.0", bad, false));
  auto refused = metadata_store::open({dir.path, true, 64 << 20, [](const std::string&) {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::corrupt);
  CHECK(refused.error().message.find("move") != std::string::npos);
  std::filesystem::remove(dir / "DFSMetaLog.0");  // what the message advises
  CHECK(everything(open_store(dir.path)) == before);
}

TEST_CASE("LMDB is rebuilt when a record is damaged, or when reading it ended a process twice") {
  scratch dir;
  std::string before;
  {
    auto store = open_store(dir.path);
    fill(store, 5);
    REQUIRE(store.flush());
    before = everything(store);
  }
  auto data = *read_file(dir / "lmdb/data.mdb");
  size_t flipped = 0;
  for (auto at = data.find("dfs://a"); at != std::string::npos; at = data.find("dfs://a", at + 1), ++flipped) data[at] ^= 1;
  REQUIRE(flipped > 0);
  REQUIRE(write_file_atomically(dir / "lmdb/data.mdb", data, false));
  std::vector<std::string> reports;
  auto open_reporting = [&] { return metadata_store::open({dir.path, true, 64 << 20, [&](auto& text) { reports.push_back(text); }}); };
  {
    auto store = open_reporting();
    REQUIRE(store);
    CHECK(everything(*store) == before);
    CHECK(reports.size() == 1);
  }
  REQUIRE(write_file_atomically(dir / "lmdb.loading", "x", false));  // may have been a kill
  CHECK(everything(*open_reporting()) == before);
  CHECK(reports.size() == 1);
  REQUIRE(write_file_atomically(dir / "lmdb.loading", "xx", false));
  auto store = open_reporting();
  REQUIRE(store);
  CHECK(everything(*store) == before);
  CHECK(reports.size() == 2);
  CHECK_FALSE(file_exists(dir / "lmdb.loading"));
}

TEST_CASE("a partition has one chunk, and chunks that went away do not come back") {
  scratch dir;
  auto store = open_store(dir.path);
  fill(store, 5);
  auto other = commit_of(store, 60, {7, 7}, 1);
  std::get<commit_transaction>(other).chunks[0].partition = "p1";
  CHECK(store.commit({other}, now_ms)[0].error().code == ec::conflict);
  auto twice = commit_of(store, 61, {9, 1}, 1);
  auto& chunks = std::get<commit_transaction>(twice).chunks;
  chunks.push_back(chunks[0]);
  CHECK(store.commit({twice}, now_ms)[0].error().code == ec::bad_argument);
  auto exchange = commit_of(store, 62, {9, 1}, 1);
  std::get<commit_transaction>(exchange).dropped = {{9, 2}};
  REQUIRE(store.commit({exchange}, now_ms)[0]);
  CHECK_FALSE(store.state().find_chunk({9, 2}));
  CHECK(store.commit({drop_chunks_entry{0, {{9, 2}}}}, now_ms)[0].error().code == ec::not_found);
  REQUIRE(store.flush());
  auto before = everything(store);
  { auto closing = std::move(store); }
  CHECK(everything(open_store(dir.path)) == before);
}

TEST_CASE("without room for the log nothing happens, and it goes on when there is room again") {
  scratch dir;
  std::string before;
  {
    auto store = open_store(dir.path);
    fill(store, 3);
    before = everything(store);
    // The limit on file sizes stands for a full disk: both refuse the allocation.
    rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    rlimit tight = old;
    tight.rlim_cur = 3 << 19;
    auto* handler = std::signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    auto results = store.commit({set_blob{"big", std::string(2 << 20, 'b')}, set_blob{"small", "s"}}, now_ms);
    setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, handler);
    CHECK_FALSE(results[0]);
    CHECK_FALSE(results[1]);
    CHECK(store.usable());
    CHECK(everything(store) == before);
    REQUIRE(store.commit({set_blob{"small", "s"}}, now_ms)[0]);
    before = everything(store);
  }
  CHECK(everything(open_store(dir.path)) == before);
}

TEST_CASE("readers on other threads see what was decided, a group whole or not at all") {
  scratch dir;
  auto store = open_store(dir.path);
  fill(store, 0);
  std::atomic<bool> over{false};
  std::atomic<int> wrong{0}, looks{0};
  std::thread reader{[&] {
    uint64_t seen = 0;
    while (!over) {
      auto found = store.read([](const dfs_metadata& state) { return state.snapshot("dfs://a", "t"); });
      uint64_t rows = 0;
      if (found)
        for (auto& chunk : found->chunks) rows += chunk.rows;
      if (!found || rows % 20 != 0 || rows < seen) ++wrong;
      seen = rows;
      ++looks;
    }
  }};
  for (tid_t tid = 1; tid <= 200 || looks < 20; tid += 2)
    for (auto& done : store.commit({commit_of(store, tid, {9, 1}, 10), commit_of(store, tid + 1, {9, 2}, 10)}, now_ms)) CHECK(done);
  over = true;
  reader.join();
  CHECK(wrong == 0);
  auto missing = store.read([](const dfs_metadata& state) { return state.table("dfs://a", "none"); });
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ec::not_found);
}

TEST_CASE("the store is usable for readers while a flush or a checkpoint writes the log") {
  scratch dir;
  auto store = metadata_store::open({dir.path, false, 64 << 20, [](const std::string&) {}});  // commits leave the sync to flush
  REQUIRE(store);
  fill(*store, 1);
  std::atomic<bool> done{false};
  std::atomic<int> read{0}, refused{0};
  std::thread reader{[&] {
    while (!done) {
      auto tables = store->read([](const dfs_metadata& x) -> expected<bool> { return x.find_table("dfs://a", "t") != nullptr; });
      ++(tables && *tables ? read : refused);
    }
  }};
  for (int i = 2; i < 102; ++i) {
    CHECK(store->commit({commit_of(*store, static_cast<tid_t>(i), {9, 2}, 10)}, now_ms)[0]);
    CHECK((i % 10 == 0 ? store->checkpoint(true) : store->flush()));
  }
  done = true;
  reader.join();
  CHECK(read > 0);
  CHECK(refused == 0);
}

TEST_CASE("commits go on while LMDB follows, and it holds what was decided when the batch was set aside") {
  scratch dir;
  std::string before;
  {
    auto store = open_store(dir.path);
    fill(store, 3);
    CHECK(*store.begin_flush());
    before = everything(store);
    std::thread follower{[&] { store.write_batch(); }};
    for (int i = 50; i < 60; ++i) REQUIRE(store.commit({commit_of(store, static_cast<tid_t>(i), {9, 1}, 1)}, now_ms)[0]);
    follower.join();
    CHECK_FALSE(*store.begin_flush());  // the last one is not settled
    CHECK(store.settle_flush());
    CHECK(store.unflushed() > 0);
  }
  SUBCASE("with the log nothing is missing") {
    auto store = open_store(dir.path);
    CHECK(store.state().find_chunk({9, 1})->rows == 10);
  }
  SUBCASE("without it") {
    std::filesystem::remove(dir / "DFSMetaLog.0");
    CHECK(everything(open_store(dir.path)) == before);
  }
}

namespace {

/// LMDB takes nothing.
struct full_lmdb : disk_watch {
  full_lmdb() { watched_disk = this; }
  ~full_lmdb() override { watched_disk = nullptr; }
  expected<void> before(const disk_operation& operation) override {
    return operation.step == disk_step::commit_lmdb ? expected<void>{error{ec::disk_full, "no room"}} : expected<void>{};
  }
};

} // namespace

TEST_CASE("a batch that LMDB does not take is unflushed again, one that nobody wrote is written when it is settled") {
  scratch dir;
  auto store = open_store(dir.path);
  fill(store, 3);
  auto changed = store.unflushed();
  {
    full_lmdb disk;
    CHECK(*store.begin_flush());
    CHECK(store.unflushed() == 0);
    store.write_batch();
    CHECK(store.settle_flush().error().code == ec::disk_full);
    CHECK(store.unflushed() == changed);
  }
  CHECK(*store.begin_flush());
  CHECK(store.settle_flush());
  CHECK(store.unflushed() == 0);
  auto before = everything(store);
  { auto closed = std::move(store); }
  std::filesystem::remove(dir / "DFSMetaLog.0");
  CHECK(everything(open_store(dir.path)) == before);
}

TEST_CASE("only chunks with a replica behind, damaged or on a named node are unwell") {
  scratch dir;
  auto store = open_store(dir.path);
  fill(store, 5);  // chunks 1..5, each with one whole replica on N1
  auto ids = [&](const std::vector<std::string>& nodes) {
    std::vector<uint64_t> out;
    for (auto& chunk : store.state().unwell_chunks(nodes)) out.push_back(chunk.id.low);
    std::sort(out.begin(), out.end());
    return out;
  };
  using list = std::vector<uint64_t>;
  CHECK(ids({}) == list{});
  CHECK(ids({"N2"}) == list{});
  REQUIRE(store.commit({set_replicas{{9, 2}, {{"N2", 0, false}}}}, now_ms)[0]);
  auto version = store.state().find_chunk({9, 4})->version;
  REQUIRE(store.commit({set_replicas{{9, 4}, {{"N3", version, true}}}}, now_ms)[0]);
  CHECK(ids({}) == list{2, 4});
  CHECK(ids({"N2"}) == list{2, 4});
  CHECK(ids({"N1"}) == list{1, 2, 3, 4, 5});
  REQUIRE(store.commit({set_replicas{{9, 2}, {{"N2", store.state().find_chunk({9, 2})->version, false}}}}, now_ms)[0]);
  REQUIRE(store.commit({set_replicas{{9, 4}, {{"N3", version, false}}}}, now_ms)[0]);
  CHECK(ids({}) == list{});
  CHECK(ids({"N3"}) == list{4});

  // A commit that leaves a replica out makes its chunk unwell, also after reopening; dropping it ends that.
  auto entry = std::get<commit_transaction>(commit_of(store, 60, {9, 4}, 1));
  REQUIRE(store.commit({entry}, now_ms)[0]);
  CHECK(ids({}) == list{4});
  REQUIRE(store.checkpoint(true));
  { auto gone = std::move(store); }
  store = open_store(dir.path);
  CHECK(ids({}) == list{4});
  REQUIRE(store.commit({drop_chunks_entry{0, {{9, 4}}}}, now_ms)[0]);
  CHECK(ids({}) == list{});
}
