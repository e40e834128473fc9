#include "actors/chunk_store.hpp"

#include <filesystem>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include "actors/errors.hpp"
#include "query/wire.hpp"
#include "storage/dfs_codec.hpp"
#include "tests/storage/scratch.hpp"

using namespace pelorus;

namespace {

const schema columns{{"x", type_id::int_, 0, "", ""}};

/// A chunk store on a new directory, and one chunk that transactions write to.
struct data_node {
  scratch dir;
  struct config : caf::actor_system_config {
    config() {
      add_message_types<caf::id_block::pelorus>();
      set("logger.verbosity", caf::atom("quiet"));
    }
  } cfg;
  caf::actor_system system{cfg};
  std::shared_ptr<chunk_files> files = *chunk_files::open({dir / "volume"}, dir / "metadata", false);
  chunk_store_actor store = spawn_chunk_store(system, {files, {}, false, 1});
  caf::scoped_actor self{system};
  chunk_id id{1, 1};

  ~data_node() { self->send_exit(store, caf::exit_reason::user_shutdown); }

  expected<void> stage(tid_t tid, uint32_t base, std::vector<int32_t> values) {
    chunk_info chunk;
    chunk.id = id;
    chunk.partition = "p";
    chunk.version = base;
    table_info info;
    info.database = "dfs://a";
    info.name = "t";
    info.columns = columns;
    auto rows = std::make_shared<table>(columns);
    for (auto v : values) rows->own(0).push(v);
    stage_rows message{tid, encode_chunk(chunk), encode_table(info), encode(value{rows}), 0, true, "N1", false};
    expected<void> done;
    self->request(store, caf::infinite, message).receive([](uint64_t) {}, [&](caf::error& err) { done = from_caf(err, "staging"); });
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
  data_node node;
  REQUIRE(node.stage(1, 0, {1, 2, 3}));
  node.tell(complete_write{1, 10});
  CHECK(node.stage(1, 0, {1, 2, 3}).error().code == ec::aborted);
  CHECK(node.stage(1, 1, {4}).error().code == ec::aborted);
  node.tell(forget_write{1});
  CHECK(node.rows(1) == std::vector<int32_t>{1, 2, 3});
  CHECK(node.segment_files() == 1);
}

TEST_CASE("rows that arrive after their transaction was forgotten are refused, seen before or not") {
  data_node node;
  node.tell(forget_write{1});
  CHECK(node.stage(1, 0, {1}).error().code == ec::aborted);
  REQUIRE(node.stage(2, 0, {1}));
  node.tell(forget_write{2});
  CHECK(node.stage(2, 0, {1}).error().code == ec::aborted);
  CHECK(node.files->catalog->staged().empty());
  CHECK(node.segment_files() == 0);
}

TEST_CASE("rows that arrive twice are staged once, other rows of the same transaction do not replace them") {
  data_node node;
  REQUIRE(node.stage(1, 0, {1, 2, 3}));
  CHECK(node.stage(1, 0, {1, 2, 3}));
  CHECK(node.stage(1, 0, {7, 8, 9}).error().code == ec::already_exists);
  node.tell(complete_write{1, 10});
  CHECK(node.rows(1) == std::vector<int32_t>{1, 2, 3});
  CHECK(node.segment_files() == 1);
}
