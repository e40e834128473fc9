#include "actors/chunk_store.hpp"

#include <filesystem>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include "actors/cache_order.hpp"
#include "actors/errors.hpp"
#include "actors/message_types.hpp"
#include "query/wire.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/file.hpp"
#include "tests/actors/virtual_clock.hpp"
#include "tests/storage/scratch.hpp"

using namespace pelorus;

namespace {

const schema columns{{"x", type_id::int_, 0, "", ""}};

/// A chunk store on a new directory, and one chunk that transactions write to.
struct data_node {
  scratch dir;
  struct config : caf::actor_system_config {
    config() {
      pelorus::add_message_types(*this);
      set("logger.verbosity", caf::atom("quiet"));
    }
  } cfg;
  caf::actor_system system{cfg};
  std::shared_ptr<chunk_files> files;
  chunk_store_actor store;
  caf::scoped_actor self{system};
  chunk_id id{1, 1};
  table_info info;

  explicit data_node(bool with_log = false) {
    info.database = "dfs://a";
    info.name = "t";
    info.columns = columns;
    start(with_log);
  }
  ~data_node() { stop(caf::exit_reason::user_shutdown); }

  void start(bool with_log) {
    files = *chunk_files::open({dir / "volume"}, dir / "metadata", false);
    cache_engine::options how{.log = {.directory = dir / "redo"}, .sync = false, .olap_bytes = 1 << 24, .tsdb_bytes = 1 << 24};
    if (with_log) REQUIRE(files->open_cache(how, 0));
    files->sweep();
    store = spawn_chunk_store(system, {.files = files, .peers = {}});
  }
  /// With user_shutdown it ends as a process that is told to, else as one that is killed.
  void stop(caf::exit_reason reason) {
    self->send_exit(store, reason);
    self->wait_for(store);
    store = nullptr;
    files.reset();
  }
  void kill_and_start() {
    stop(caf::exit_reason::kill);
    start(true);
  }
  bytes order(const std::string& what, bool tsdb = false) {
    bytes answer;
    self->request(caf::actor_cast<cache_orders>(store), caf::infinite, cache_order{what, tsdb})
        .receive([&](bytes& x) { answer = std::move(x); }, [](caf::error& err) { FAIL(from_caf(err, "order").message); });
    return answer;
  }

  stage_rows message(tid_t tid, uint32_t base, const std::vector<int32_t>& values, bool replaces = false, uint64_t incarnation = 0) {
    chunk_info chunk;
    chunk.id = id;
    chunk.partition = "p";
    chunk.version = base;
    auto rows = std::make_shared<table>(columns);
    for (auto v : values) rows->own(0).push(v);
    return {tid, encode_chunk(chunk), encode_table(info), encode(value{rows}), 0, true, "N1", replaces, incarnation};
  }
  expected<void> stage(tid_t tid, uint32_t base, const std::vector<int32_t>& values, bool replaces = false, uint64_t incarnation = 0) {
    expected<void> done;
    self->request(store, caf::infinite, message(tid, base, values, replaces, incarnation)).receive([](uint64_t) {}, [&](caf::error& err) { done = from_caf(err, "staging"); });
    return done;
  }
  template <class Message> void tell(Message message) {
    self->request(store, caf::infinite, message).receive([] {}, [](caf::error& err) { FAIL(from_caf(err, "telling").message); });
  }
  std::vector<int32_t> rows(uint32_t version) {
    auto reader = files->open_version(id, version, columns);
    if (!reader) FAIL(reader.error().message);
    auto col = (*reader)->read(0);
    if (!col) FAIL(col.error().message);
    std::vector<int32_t> result;
    for (size_t i = 0; i < (*col)->size(); ++i) result.push_back(*reinterpret_cast<const int32_t*>((*col)->raw(i)));
    return result;
  }
  size_t segment_files() const {
    size_t count = 0;
    for (auto& entry : std::filesystem::recursive_directory_iterator{dir / "volume"}) count += entry.is_regular_file();
    return count;
  }
};

} // namespace

TEST_CASE("rows that arrive again after their commit do not touch it") {
  for (bool with_log : {false, true}) {
    data_node node{with_log};
    REQUIRE(node.stage(1, 0, {1, 2, 3}));
    node.tell(complete_write{1, 10});
    CHECK(node.stage(1, 0, {1, 2, 3}).error().code == ec::aborted);
    CHECK(node.stage(1, 1, {4}).error().code == ec::aborted);
    node.tell(forget_write{1});
    CHECK(node.rows(1) == std::vector<int32_t>{1, 2, 3});
    CHECK(node.segment_files() == (with_log ? 0 : 1));
  }
}

TEST_CASE("what an earlier start of the coordinator says does not touch the rows of the present one") {
  for (bool with_log : {false, true}) {
    data_node node{with_log};
    auto refused = [&](auto message) {
      ec code{};
      node.self->request(node.store, caf::infinite, message).receive([] {}, [&](caf::error& err) { code = from_caf(err, "telling").code; });
      return code == ec::stale;
    };
    REQUIRE(node.stage(1, 0, {1, 2, 3}, false, 7));
    CHECK(refused(complete_write{1, 10, 6}));
    CHECK(refused(forget_write{1, 6}));
    CHECK(node.stage(1, 0, {1, 2, 3}, false, 6).error().code == ec::stale);
    if (with_log) node.kill_and_start();
    CHECK(refused(forget_write{1, 8}));
    CHECK(node.files->catalog->staged_in(1) == uint64_t{7});
    node.tell(complete_write{1, 10, 7});
    CHECK(node.rows(1) == std::vector<int32_t>{1, 2, 3});
    REQUIRE(node.stage(2, 1, {4}, false, 7));
    node.tell(complete_write{2, 11});  // the controller's word
    CHECK(node.rows(2) == std::vector<int32_t>{1, 2, 3, 4});
  }
}

TEST_CASE("frames of another start of the coordinator are no part of a write") {
  data_node node;
  auto first = node.message(1, 0, {1}, false, 7), second = node.message(1, 0, {2}, false, 6);
  first.last = false;
  second.frame = 1;
  ec code{};
  auto note = [&](caf::error& err) { code = from_caf(err, "staging").code; };
  node.self->request(node.store, caf::infinite, first).receive([](uint64_t) {}, note);
  CHECK(code == ec{});
  node.tell(forget_write{1, 6});
  node.self->request(node.store, caf::infinite, second).receive([](uint64_t) {}, note);
  CHECK(code == ec::stale);
}

TEST_CASE("rows that arrive after their transaction was forgotten are refused, seen before or not") {
  for (bool with_log : {false, true}) {
    data_node node{with_log};
    node.tell(forget_write{1});
    CHECK(node.stage(1, 0, {1}).error().code == ec::aborted);
    REQUIRE(node.stage(2, 0, {1}));
    node.tell(forget_write{2});
    CHECK(node.stage(2, 0, {1}).error().code == ec::aborted);
    CHECK(node.files->catalog->staged().empty());
    CHECK(node.segment_files() == 0);
  }
}

TEST_CASE("rows that arrive twice are staged once, other rows of the same transaction do not replace them") {
  for (bool with_log : {false, true}) {
    data_node node{with_log};
    REQUIRE(node.stage(1, 0, {1, 2, 3}));
    CHECK(node.stage(1, 0, {1, 2, 3}));
    CHECK(node.stage(1, 0, {7, 8, 9}).error().code == ec::already_exists);
    node.tell(complete_write{1, 10});
    CHECK(node.rows(1) == std::vector<int32_t>{1, 2, 3});
    CHECK(node.segment_files() == (with_log ? 0 : 1));
  }
}

TEST_CASE("messages that wait in one mailbox are staged as a group, each with its own answer") {
  data_node node{true};
  using pending = decltype(node.self->request(node.store, caf::infinite, node.message(1, 0, {})));
  std::vector<pending> waiting;
  std::vector<chunk_id> ids;
  size_t staged = 0, refused = 0;
  for (tid_t tid = 1; tid <= 20; ++tid) {
    node.id = {1, tid};
    ids.push_back(node.id);
    waiting.push_back(node.self->request(node.store, caf::infinite, node.message(tid, tid % 5 == 0 ? 7 : 0, {static_cast<int32_t>(tid)})));
  }
  for (auto& one : waiting) one.receive([&](uint64_t rows) { staged += rows; }, [&](caf::error&) { ++refused; });
  CHECK(staged == 16);
  CHECK(refused == 4);
  for (tid_t tid = 1; tid <= 20; ++tid) node.self->send(node.store, complete_write{tid, 100 + tid});
  node.tell(complete_write{99, 1});
  for (tid_t tid = 1; tid <= 20; ++tid) {
    node.id = ids[tid - 1];
    if (tid % 5 != 0) CHECK(node.rows(1) == std::vector<int32_t>{static_cast<int32_t>(tid)});
  }
}

TEST_CASE("a node that is killed has what it staged and committed, decided or not") {
  data_node node{true};
  REQUIRE(node.stage(1, 0, {1, 2}));
  node.tell(complete_write{1, 10});
  REQUIRE(node.stage(2, 1, {3}));
  node.kill_and_start();
  CHECK(node.rows(1) == std::vector<int32_t>{1, 2});
  CHECK(node.files->catalog->is_staged(node.id, 2));
  node.tell(complete_write{2, 11});
  REQUIRE(node.stage(3, 2, {9, 9}, true));  // an update: in place of all rows
  node.tell(complete_write{3, 12});
  node.kill_and_start();
  CHECK(node.rows(3) == std::vector<int32_t>{9, 9});
  CHECK(node.rows(2) == std::vector<int32_t>{1, 2, 3});
  CHECK(node.segment_files() == 0);
}

TEST_CASE("a flush makes one file of many small writes, and the node goes on as before") {
  data_node node{true};
  std::vector<int32_t> all;
  for (int32_t i = 1; i <= 30; ++i) {
    REQUIRE(node.stage(static_cast<tid_t>(i), static_cast<uint32_t>(i - 1), {i}));
    node.tell(complete_write{static_cast<tid_t>(i), static_cast<uint64_t>(100 + i)});
    all.push_back(i);
  }
  REQUIRE(node.stage(31, 30, {31}));  // not decided at the flush
  node.order("flush");
  CHECK(node.segment_files() == 1);
  CHECK(node.rows(30) == all);
  all.pop_back();
  CHECK(node.rows(29) == all);  // for a query that began before
  node.tell(complete_write{31, 131});
  node.kill_and_start();
  auto rows = node.rows(31);
  CHECK(rows.size() == 31);
  CHECK(rows.back() == 31);
  CHECK(node.segment_files() == 1);
}

TEST_CASE("rows of a TSDB table are in order in the file, equal keys as they were committed") {
  data_node node{true};
  node.info.columns = {{"k", type_id::int_, 0, "", ""}, {"x", type_id::int_, 0, "", ""}};
  node.info.sort_columns = {"k"};
  auto stage = [&](tid_t tid, int32_t k, int32_t x) {
    auto rows = std::make_shared<table>(node.info.columns);
    rows->own(0).push(k);
    rows->own(1).push(x);
    auto message = node.message(tid, static_cast<uint32_t>(tid - 1), {});
    message.rows = encode(value{rows});
    node.self->request(node.store, caf::infinite, message).receive([](uint64_t) {}, [](caf::error& err) { FAIL(from_caf(err, "").message); });
    node.tell(complete_write{tid, 10 + tid});
  };
  stage(1, 5, 1);
  stage(2, 3, 2);
  stage(3, 5, 3);
  stage(4, 3, 4);
  node.order("flush");
  CHECK(node.segment_files() == 0);  // that was for OLAP tables
  node.order("flush", true);
  CHECK(node.segment_files() == 1);
  auto reader = *node.files->open_version(node.id, 4, node.info.columns);
  std::vector<int32_t> x;
  auto col = *reader->read(1);
  for (size_t i = 0; i < 4; ++i) x.push_back(*reinterpret_cast<const int32_t*>(col->raw(i)));
  CHECK(x == std::vector<int32_t>{2, 4, 1, 3});
}

TEST_CASE("a big write is a file at once, between small ones") {
  data_node node{true};
  REQUIRE(node.stage(1, 0, {1}));
  node.tell(complete_write{1, 10});
  REQUIRE(node.stage(2, 1, std::vector<int32_t>(1'000'000, 7)));
  node.tell(complete_write{2, 11});
  REQUIRE(node.stage(3, 2, {3}));
  node.tell(complete_write{3, 12});
  CHECK(node.segment_files() == 1);
  node.kill_and_start();
  CHECK(node.rows(3).size() == 1'000'002);
  node.order("flush");
  CHECK(node.segment_files() == 3);  // rows keep their order
  auto rows = node.rows(3);
  CHECK(rows.front() == 1);
  CHECK(rows.back() == 3);
}

TEST_CASE("a node that ends in order leaves nothing in memory and nothing to replay") {
  data_node node{true};
  for (tid_t tid = 1; tid <= 3; ++tid) {
    REQUIRE(node.stage(tid, static_cast<uint32_t>(tid - 1), {static_cast<int32_t>(tid)}));
    node.tell(complete_write{tid, 10 + tid});
  }
  auto sum = node.dir / "metadata/CHUNK_METADATA/data.mdb.sum";
  node.stop(caf::exit_reason::user_shutdown);
  CHECK(node.segment_files() == 1);
  CHECK(file_exists(sum));
  node.start(true);
  CHECK_FALSE(file_exists(sum));
  CHECK(node.files->left.failures.empty());
  CHECK(node.files->catalog->damage().empty());
  CHECK(node.files->cache->chunks().empty());
  CHECK(node.rows(3) == std::vector<int32_t>{1, 2, 3});
}

TEST_CASE("chunks that the controller does not know go to quarantine with the rows that were in memory") {
  data_node node{true};
  REQUIRE(node.stage(1, 0, {1, 2, 3}));
  node.tell(complete_write{1, 10});
  node.tell(quarantine{{{node.id.high, node.id.low, 1, 10, 3}}});
  CHECK_FALSE(node.files->catalog->find(node.id));
  CHECK(node.segment_files() == 2);  // the rows and the record beside them
}

TEST_CASE("what was written since a node reported it is not put away") {
  data_node node{true};
  REQUIRE(node.stage(1, 0, {1, 2, 3}));
  node.tell(complete_write{1, 10});
  node.tell(quarantine{{{node.id.high, node.id.low, 0, 0, 0}}});  // it was reported before its first commit
  CHECK(node.rows(1) == std::vector<int32_t>{1, 2, 3});
}

TEST_CASE("a directory of a chunk that nobody knows goes to quarantine, one that is written again stays") {
  data_node node{true};
  REQUIRE(node.stage(1, 0, {1}));
  node.tell(complete_write{1, 10});
  const chunk_id stray{7, 7}, again{8, 8};
  for (auto& id : {stray, again}) {
    auto directory = node.dir / "volume" + std::string{"/a/p/"} + to_string(id);
    std::filesystem::create_directories(directory);
    REQUIRE(write_file_atomically(directory + "/0000000000000009.seg", "rows", false));
  }
  node.kill_and_start();
  REQUIRE(node.files->left.directories.size() == 2);
  node.id = again;
  REQUIRE(node.stage(12, 0, {4}));
  node.tell(quarantine{{{stray.high, stray.low, 0, 0, 0}, {again.high, again.low, 0, 0, 0}}});
  CHECK_FALSE(file_exists(node.files->left.directories.at(stray)));
  CHECK(file_exists(node.dir / "volume/.quarantine/" + to_string(stray) + "/0000000000000009.seg"));
  CHECK(file_exists(node.files->left.directories.at(again)));
}

TEST_CASE("a transaction in doubt is rolled back only when none of its chunks says that it was committed") {
  testing::virtual_clock time;
  scratch dir;
  auto files = *chunk_files::open({dir / "volume"}, dir / "metadata", false);
  const chunk_id overwritten{1, 2}, newest{1, 1};  // others have committed to the first since, so it cannot tell any more
  auto controller = time.system.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const resolve_transaction& ask) {
      bool knows = ask.chunk_low == newest.low;
      return resolution{static_cast<uint8_t>(knows ? outcome::committed : outcome::aborted), knows ? uint64_t{7} : uint64_t{0}};
    }};
  });
  auto peers = time.system.spawn([&](caf::event_based_actor*) -> caf::behavior { return {[&](const find_peer&) { return controller; }}; });
  auto store = spawn_chunk_store(time.system, {.files = files, .peers = caf::actor_cast<peers_actor>(peers), .own_thread = false});
  for (auto& id : {overwritten, newest}) {
    chunk_info chunk;
    chunk.id = id;
    chunk.partition = "p";
    table_info info;
    info.database = "dfs://a";
    info.name = "t";
    info.columns = columns;
    auto rows = std::make_shared<table>(columns);
    rows->own(0).push(1);
    caf::anon_send(store, stage_rows{1, encode_chunk(chunk), encode_table(info), encode(value{rows}), 0, true, "N1", false});
  }
  time.pass(std::chrono::seconds{12});
  CHECK(files->catalog->staged().empty());
  for (auto& id : {overwritten, newest}) {
    REQUIRE(files->catalog->find(id));
    CHECK(files->catalog->find(id)->newest()->cid == 7);
  }
  for (auto& each : {controller, peers, caf::actor_cast<caf::actor>(store)}) caf::anon_send_exit(each, caf::exit_reason::kill);
  time.sched.run();
}
