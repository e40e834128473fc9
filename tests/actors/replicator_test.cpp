#include "actors/replicator.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "actors/chunk_store.hpp"
#include "actors/errors.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/disk_watch.hpp"
#include "storage/file.hpp"
#include "storage/segment.hpp"
#include "tests/actors/virtual_clock.hpp"
#include "tests/storage/scratch.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

const chunk_id id{1, 1};

/// A replicator and its store; who it asks is played by the test, and may keep its answers to itself.
struct target_node {
  testing::virtual_clock time;
  scratch dir;
  std::shared_ptr<chunk_files> files = *chunk_files::open({dir / "volume"}, dir / "metadata", false);
  caf::actor other, peers, store, replicator;
  uint64_t lists = 0, frames = 0, reports = 0, unanswered = 0, silent_frames = 0, lost_frames = 0;
  std::vector<std::string> answers;  // to orders, "ok" or what went wrong
  std::string directory = "a/p/" + to_string(id);  // of the chunk at its source
  std::string image;
  segment_ref segment;
  std::vector<segment_ref> more;  // of the same rows

  target_node() {
    table rows(schema{{"x", type_id::int_, 0, "", ""}});
    rows.own(0).push(7);
    image = *encode_segment(rows, {}, {});
    segment = {fmt::format("{:016x}.seg", 1), 1, image.size()};
    other = time.system.spawn([this](caf::event_based_actor* self) -> caf::behavior { return play(self); });
    peers = time.system.spawn([this](caf::event_based_actor*) -> caf::behavior { return {[this](const find_peer&) { return other; }}; });
    auto handle = caf::actor_cast<peers_actor>(peers);
    auto made = spawn_chunk_store(time.system, {.files = files, .peers = handle, .own_thread = false});
    store = caf::actor_cast<caf::actor>(made);
    replicator = caf::actor_cast<caf::actor>(spawn_replicator(time.system, {.files = files, .peers = handle, .store = made, .alias = "N1", .own_thread = false}));
  }
  ~target_node() {
    for (auto& each : {replicator, store, peers, other}) caf::anon_send_exit(each, caf::exit_reason::kill);
    time.sched.run();
  }

  template <class T> caf::result<T> unless_silent(caf::event_based_actor* self, T answer) {
    if (unanswered == 0) return answer;
    --unanswered;
    self->make_response_promise();  // kept for ever
    return caf::delegated<T>{};
  }

  caf::behavior play(caf::event_based_actor* self) {
    return {[this, self](const chunk_report&) {
              ++reports;
              return unless_silent(self, chunk_report_reply{});
            },
            [this, self](const list_segments&) {
              ++lists;
              held_record held;
              held.id = id;
              held.directory = directory;
              held.versions = {{1, 10, 1, {segment}}};
              for (auto& each : more) held.versions[0].segments.push_back(each);
              return unless_silent(self, bytes{encode_held(held)});
            },
            [this, self](const fetch_segment& ask) -> caf::result<bytes> {
              ++frames;
              if (lost_frames > 0 && --lost_frames == 0) return to_caf({ec::not_found, "merged away"});
              if (silent_frames > 0) return --silent_frames, self->make_response_promise(), caf::delegated<bytes>{};
              return bytes{image.substr(ask.offset, ask.size)};
            }};
  }

  void add_segments(uint64_t n) {
    for (uint64_t i = 0; i < n; ++i) more.push_back({fmt::format("{:016x}.seg", i + 2), 1, image.size()});
  }
  std::string path_of(const segment_ref& x) const { return files->path_of(id, directory) + "/" + x.file; }

  static replicate copy_order(bool corrupted = false, const std::string& source = "N2", const chunk_id& of = id) {
    chunk_info chunk;
    chunk.id = of;
    chunk.version = 1;
    chunk.replicas = {{"N1", corrupted ? 1u : 0u, corrupted}, {"N2", 1, false}};
    return {encode_chunk(chunk), {}, source};
  }
  void order(const replicate& x) {
    auto asker = time.system.spawn([this, x](caf::event_based_actor* self) {
      self->request(replicator, caf::infinite, x)
          .then([this](const held_chunk&) { answers.push_back("ok"); },
                [this](caf::error& err) { answers.push_back(from_caf(err, "replicator").message); });
    });
    time.sched.run();
  }
};

} // namespace

TEST_CASE("a chunk report is sent until it is answered") {
  target_node node;
  node.unanswered = 2;
  caf::anon_send(node.replicator, registered{{}, 5});
  node.time.pass(200s, 1s);
  CHECK(node.reports == 3);
}

TEST_CASE("an order for a copy that is under way joins it, and both are answered") {
  target_node node;
  node.unanswered = 1;  // the source is slow: it gives its list at the second question only
  node.order(target_node::copy_order());
  node.order(target_node::copy_order());
  CHECK(node.lists == 1);
  CHECK(node.answers.empty());
  node.time.pass(6s);
  REQUIRE(node.answers.size() == 2);  // it is still made: ask again
  CHECK(node.answers[0].find("is being copied") != std::string::npos);
  node.order(target_node::copy_order());
  CHECK(node.lists == 1);
  node.time.pass(30s);
  REQUIRE(node.answers.size() > 2);  // the source did not answer
  node.answers.clear();
  node.order(target_node::copy_order());
  node.time.pass(1s);
  CHECK(node.answers == std::vector<std::string>{"ok"});
  REQUIRE(node.files->catalog->find(id));
  CHECK(node.files->catalog->find(id)->newest()->version == 1);
}

TEST_CASE("a file that lies there already counts when it is whole") {
  target_node node;
  auto directory = node.files->path_of(id, "a/p/" + to_string(id));
  REQUIRE(make_directories(directory));
  std::string there = node.image;
  SUBCASE("whole") {}
  SUBCASE("damaged") { there[there.size() / 2] ^= 1; }
  REQUIRE(write_file_atomically(directory + "/" + node.segment.file, there, false));
  node.order(target_node::copy_order());
  node.time.pass(1s);
  CHECK(node.answers == std::vector<std::string>{"ok"});
  CHECK(*read_file(directory + "/" + node.segment.file) == node.image);
}

TEST_CASE("frames of some files are asked for before the first is here") {
  target_node node;
  node.add_segments(9);
  node.silent_frames = 100;
  node.order(target_node::copy_order());
  CHECK(node.frames == 4);
  node.silent_frames = 0;
  node.time.pass(31s);  // they were not answered
  REQUIRE(node.answers.size() >= 1);
  node.answers.clear();
  node.frames = 0;
  node.order(target_node::copy_order());
  node.time.pass(1s);
  CHECK(node.answers == std::vector<std::string>{"ok"});
  CHECK(node.frames == 10);
  for (auto& each : node.more) CHECK(*read_file(node.path_of(each)) == node.image);
}

TEST_CASE("files that lie there, damaged ones and one that goes at its source do not disturb those under way") {
  target_node node;
  node.add_segments(9);
  REQUIRE(make_directories(node.files->path_of(id, node.directory)));
  for (size_t whole : {1u, 2u, 6u}) REQUIRE(write_file_atomically(node.path_of(node.more[whole]), node.image, false));
  auto damaged = node.image;
  damaged[damaged.size() / 2] ^= 1;
  REQUIRE(write_file_atomically(node.path_of(node.more[4]), damaged, false));
  SUBCASE("all is there") {}
  SUBCASE("the first goes") { node.lost_frames = 1; }
  SUBCASE("the third goes") { node.lost_frames = 3; }
  SUBCASE("the last goes") { node.lost_frames = 7; }
  bool lost = node.lost_frames > 0;
  node.order(target_node::copy_order());
  node.time.pass(1s);
  CHECK(node.answers == std::vector<std::string>{"ok"});
  CHECK(node.lists == (lost ? 2 : 1));
  CHECK(node.frames >= 7);
  for (auto& each : node.more) CHECK(*read_file(node.path_of(each)) == node.image);
  REQUIRE(node.files->catalog->find(id));
  CHECK(node.files->catalog->find(id)->newest()->segments.size() == 10);
}

TEST_CASE("a replica that is marked and has no other is read, and the mark may go when it is whole") {
  target_node node;
  node.order(target_node::copy_order());
  node.time.pass(1s);
  node.answers.clear();
  auto path = node.files->path_of(id, "a/p/" + to_string(id)) + "/" + node.segment.file;
  node.order(target_node::copy_order(true, ""));
  node.time.pass(1s);
  CHECK(node.answers == std::vector<std::string>{"ok"});
  REQUIRE(write_file_atomically(path, "rubbish", false));
  node.order(target_node::copy_order(true, ""));
  node.time.pass(1s);
  REQUIRE(node.answers.size() == 2);
  CHECK(node.answers[1].find(path) != std::string::npos);
}

namespace {

/// The next sync of this directory fails.
struct failing_directory : disk_watch {
  std::string path;
  bool fails = true;
  explicit failing_directory(std::string which) : path(std::move(which)) { watched_disk = this; }
  ~failing_directory() override { watched_disk = nullptr; }
  expected<void> before(const disk_operation& operation) override {
    if (operation.step == disk_step::sync_directory && operation.path == path && std::exchange(fails, false)) return error{ec::io_failed, path + " fails"};
    return {};
  }
};

} // namespace

TEST_CASE("a copied file whose name failed to be synced is not taken for one that lies there already") {
  target_node node;
  auto directory = node.files->path_of(id, "a/p/" + to_string(id));
  failing_directory disk{directory};
  node.order(target_node::copy_order());
  node.time.pass(1s);
  REQUIRE(node.answers.size() == 1);
  CHECK(node.answers[0].find("fails") != std::string::npos);
  CHECK_FALSE(file_exists(directory + "/" + node.segment.file));
  CHECK_FALSE(file_exists(directory + "/" + node.segment.file + ".tmp"));
  node.order(target_node::copy_order());
  node.time.pass(1s);
  CHECK(node.answers.back() == "ok");
}

TEST_CASE("a chunk that has moved between volumes at its source lies where it always did at its target") {
  target_node node;
  node.directory += ".3";
  node.order(target_node::copy_order());
  node.time.pass(1s);
  CHECK(node.answers == std::vector<std::string>{"ok"});
  REQUIRE(node.files->catalog->find(id));
  CHECK(node.files->catalog->find(id)->directory == "a/p/" + to_string(id));
}

TEST_CASE("no more chunks are copied at one time than the node is told") {
  target_node node;
  node.files->recovery_workers = 1;
  node.unanswered = 3;
  for (uint64_t low : {1, 2, 3}) node.order(target_node::copy_order(false, "N2", {1, low}));
  CHECK(node.lists == 1);
  node.files->recovery_workers = 2;
  node.time.pass(6s);
  CHECK(node.lists == 2);
  CHECK(node.answers.size() == 3);  // all of them are told that it is not done yet
  node.time.pass(26s);              // the source has not answered the first one
  CHECK(node.lists == 3);
}
