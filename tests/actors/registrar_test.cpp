#include "actors/registrar.hpp"

#include <optional>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include "actors/beat_times.hpp"
#include "actors/errors.hpp"
#include "tests/actors/virtual_clock.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

/// A registrar between a controller and peers that the test plays.
struct stage : testing::virtual_clock {
  int searches = 0, registrations = 0, beats = 0, asked = 0, lists = 0, told = 0, registered_calls = 0, hang_ups = 0;
  bool known = true;
  bool refuses = false; ///< heartbeats; as a door whose membership does not run
  seen_ids seen, told_seen;
  bool silent = false;  ///< the controller hears everything and its answers get lost
  std::optional<error> refusal;
  std::string refused;
  uint64_t view = 1;
  size_t nodes = 3;
  std::vector<std::chrono::milliseconds> beat_times;  ///< by `time_of_day`
  std::function<std::chrono::system_clock::time_point()> time_of_day;
  caf::actor controller = make_controller();
  peers_actor peers = system.spawn([this](peers_actor::pointer) -> peers_actor::behavior_type {
    return {[this](const find_peer&) -> caf::result<caf::actor> {
              ++searches;
              if (!controller) return to_caf(error{ec::unavailable, "nobody there"});
              return controller;
            },
            [](const is_alive&) { return true; }, [](const list_nodes&) { return member_list{}; },
            [this](const member_list&) -> caf::result<void> {
              ++told;
              return caf::unit;
            },
            [](const get_status&) -> caf::result<uint64_t> { return uint64_t{0}; }};
  });
  registrar_actor registrar;

  caf::actor make_controller() {
    return system.spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {[this, self](const registration& who) -> caf::result<registration_reply> {
                ++registrations;
                told_seen = {who.highest_tid, who.highest_cid};
                if (silent) return self->make_response_promise<registration_reply>();
                if (refusal) return to_caf(*refusal);
                known = true;
                registration_reply reply;
                reply.heartbeat_ms = 500;
                return reply;
              },
              [this, self](const heartbeat& sign) -> caf::result<heartbeat_reply> {
                ++beats;
                if (time_of_day) beat_times.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(time_of_day().time_since_epoch()));
                bool wants_answer = !self->current_mailbox_element()->mid.is_async();
                asked += wants_answer;
                if (refuses) return to_caf(error{ec::unavailable, "membership is starting"});
                bool has_news = !known || view != sign.view;
                if (silent || (!wants_answer && !has_news)) return self->make_response_promise<heartbeat_reply>();
                return heartbeat_reply{known, view};
              },
              [this](const list_nodes&) {
                ++lists;
                return member_list(nodes);
              }};
    });
  }

  void start() {
    registrar_options options;
    options.who.who.alias = "N1";
    options.peers = peers;
    options.time_of_day = time_of_day;
    options.seen = [this] { return seen; };
    options.hang_up = [this](const caf::actor& door) { hang_ups += door == controller; };
    options.on_registered = [this](const registered&) { ++registered_calls; };
    options.on_refused = [this](const std::string& why) { refused = why; };
    registrar = spawn_registrar(system, std::move(options));
    sched.run();
  }

  ~stage() {
    for (auto& each : {caf::actor_cast<caf::actor>(registrar), controller, caf::actor_cast<caf::actor>(peers)})
      if (each) caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    sched.run();
  }
};

} // namespace

TEST_CASE("a registrar registers once, beats twice a second and fetches the list when the view changes") {
  stage s;
  s.start();
  CHECK(s.registrations == 1);
  CHECK(s.registered_calls == 1);
  s.pass(2s);
  CHECK(s.beats == 5);
  auto lists = s.lists;
  s.view = 2;
  s.pass(500ms);
  CHECK(s.lists == lists + 1);
  CHECK(s.told == s.lists);
}

TEST_CASE("one heartbeat in three asks for its answer; to the others the controller answers when it has something to say") {
  stage s;
  s.start();
  s.pass(500ms);  // with the list in hand
  s.beats = s.asked = 0;
  s.pass(6s);
  CHECK(s.beats == 12);
  CHECK(s.asked == 4);
  auto lists = s.lists;
  for (int i = 1; i <= 3; ++i) {
    ++s.view;
    s.pass(500ms);
    CHECK(s.lists == lists + i);
  }
  s.known = false;
  s.pass(500ms);
  CHECK(s.registrations == 2);
}

TEST_CASE("nodes beat at the same times of the day, whenever they were started") {
  for (auto started : {1'000'000ms, 1'000'024ms, 1'000'026ms, 1'000'049ms}) {
    stage s;
    auto begin = s.sched.clock().now();
    s.time_of_day = [&s, begin, started] {
      return std::chrono::system_clock::time_point{started + std::chrono::duration_cast<std::chrono::milliseconds>(s.sched.clock().now() - begin)};
    };
    s.start();
    s.pass(10s, 1ms);
    CAPTURE(started.count());
    REQUIRE(s.beat_times.size() >= 20);
    CHECK(s.beat_times.size() <= 21);
    CHECK(s.beat_times[0] == started);
    for (size_t i = 1; i < s.beat_times.size(); ++i) {
      CHECK(s.beat_times[i] % beat_slot == 0ms);
      if (i > 1) CHECK(s.beat_times[i] - s.beat_times[i - 1] == 500ms);
    }
  }
}

TEST_CASE("a door that refuses heartbeats does not end the registrar") {
  stage s;
  s.start();
  s.refuses = true;
  s.pass(5s);
  CHECK(s.searches >= 2);
  s.refuses = false;
  s.pass(3s);
  auto registrations = s.registrations;
  auto beats = s.beats;
  s.pass(5s);
  CHECK(s.registrations == registrations);
  CHECK(s.beats - beats == 10);
}

TEST_CASE("each registration tells what ids the node has seen by then") {
  stage s;
  s.seen = {5, 3};
  s.start();
  CHECK(s.told_seen.tid == 5);
  s.seen = {9, 8};
  s.known = false;
  s.pass(1s);
  REQUIRE(s.registrations == 2);
  CHECK(s.told_seen.tid == 9);
  CHECK(s.told_seen.cid == 8);
}

TEST_CASE("in a large cluster that keeps changing the list is fetched every few seconds only") {
  stage s;
  s.nodes = 1000;
  s.start();
  for (int i = 0; i < 40; ++i) {
    ++s.view;
    s.pass(500ms);
  }
  CHECK(s.beats >= 40);
  CHECK(s.lists >= 5);
  CHECK(s.lists <= 6);
}

TEST_CASE("a controller that forgot the process gets a new registration; heartbeats keep their pace") {
  stage s;
  s.start();
  s.pass(1s);
  s.known = false;
  s.pass(1s);
  CHECK(s.registrations == 2);
  auto beats = s.beats;
  s.pass(5s);
  CHECK(s.beats - beats == 10);
}

TEST_CASE("a lost controller is looked for with growing pauses, and found again") {
  stage s;
  s.start();
  caf::anon_send_exit(std::exchange(s.controller, nullptr), caf::exit_reason::kill);
  s.pass(20s);
  CHECK(s.searches >= 9);
  CHECK(s.searches <= 13);
  s.controller = s.make_controller();
  s.pass(5s);
  CHECK(s.registrations == 2);
  CHECK(s.refused.empty());
}

TEST_CASE("a connection by which no answers come is given up for a new one") {
  stage s;
  SUBCASE("from the beginning") {
    s.silent = true;
    s.start();
    s.pass(1900ms);
    CHECK(s.hang_ups == 0);
    s.pass(200ms);
    CHECK(s.hang_ups == 1);
    CHECK(s.registrations == 1);
    s.silent = false;
    s.pass(600ms);
    CHECK(s.registrations == 2);
    CHECK(s.registered_calls == 1);
  }
  SUBCASE("later") {
    s.start();
    s.pass(1s);
    s.silent = true;
    s.pass(7s);
    CHECK(s.hang_ups == 0);
    s.pass(3s);
    CHECK(s.hang_ups == 1);
    s.silent = false;
    s.pass(1s);
    CHECK(s.registrations >= 2);
  }
  SUBCASE("one that has much to do gets more and more time") {
    s.silent = true;
    s.start();
    s.pass(60s);
    CHECK(s.hang_ups >= 5);
    CHECK(s.hang_ups <= 7);
  }
  auto hang_ups = s.hang_ups;
  s.silent = false;
  s.pass(20s);
  CHECK(s.registered_calls >= 1);
  auto beats = s.beats;
  s.pass(5s);
  CHECK(s.beats - beats == 10);
  CHECK(s.hang_ups <= hang_ups + 1);
}

TEST_CASE("a mistake in a file ends the process at once, a conflict only when it lasts") {
  stage s;
  SUBCASE("mistake") {
    s.refusal = error{ec::bad_config, "controllerSite"};
    s.start();
    CHECK(s.refused == "controllerSite");
  }
  SUBCASE("conflict") {
    s.refusal = error{ec::conflict, "another process"};
    s.start();
    s.pass(20s);
    CHECK(s.refused.empty());
    s.pass(20s);
    CHECK(s.refused == "another process");
  }
}
