#include "actors/peers.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include "actors/errors.hpp"
#include "tests/actors/virtual_clock.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

node_view node(const std::string& alias, node_state state, uint64_t incarnation) {
  node_view v;
  v.address = {alias, "10.0.0.81", 8902, 18902, 0};
  v.state = uint8_t(state);
  v.incarnation = incarnation;
  return v;
}

struct stage : testing::virtual_clock {
  int connects = 0;
  caf::actor far = make_door(), own = make_door();
  connector_actor connector = system.spawn([this](connector_actor::pointer) -> connector_actor::behavior_type {
    return {[this](const std::string&, uint16_t, uint16_t) -> caf::result<caf::actor> {
      ++connects;
      return far;
    }};
  });
  peers_handle peers = spawn_peers(system, {site{"10.0.0.80", 8900, "C"}, connector});

  caf::actor make_door() {
    return system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  }
  void tell(member_list nodes) {
    caf::anon_send(peers, std::move(nodes));
    sched.run();
  }
  expected<caf::actor> find(const std::string& alias) {
    caf::scoped_actor self{system};
    expected<caf::actor> result{caf::actor{}};
    auto pending = self->request(peers, 10s, find_peer{alias});
    sched.run();
    pending.receive([&](caf::actor& door) { result = door; },
                    [&](caf::error& err) { result = from_caf(err, "finding"); });
    return result;
  }
  ~stage() {
    for (auto& each : {far, own, caf::actor_cast<caf::actor>(connector), caf::actor_cast<caf::actor>(peers)})
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    sched.run();
  }
};

} // namespace

TEST_CASE("peers connect once, by alias, and to the controller by either name") {
  stage s;
  auto unknown = s.find("N1");
  REQUIRE(!unknown);
  CHECK(unknown.error().code == ec::not_found);
  s.tell({node("N1", node_state::alive, 1)});
  CHECK(s.find("N1"));
  CHECK(s.find("N1"));
  CHECK(s.connects == 1);
  CHECK(s.find(""));
  CHECK(s.find("C"));
  CHECK(s.connects == 2);
}

TEST_CASE("of two nodes the one that started later connects, so that they never do it at once") {
  stage s;
  caf::anon_send(s.peers, local_atom::value, std::string{"N1"}, s.own);
  s.tell({node("N1", node_state::alive, 5), node("N0", node_state::alive, 4), node("N2", node_state::alive, 6)});
  CHECK(s.connects == 1);  // to N0, which was there before
  CHECK(s.find("N0"));
  CHECK(s.connects == 1);
  bool answered = false;
  auto asker = s.system.spawn([&](caf::event_based_actor* self) {
    self->request(s.peers, caf::infinite, find_peer{"N2"}).then([&](caf::actor&) { answered = true; }, [](caf::error&) {});
  });
  s.pass(900ms);
  CHECK(s.connects == 1);
  s.pass(200ms);
  CHECK(s.connects == 2);
  CHECK(answered);
}

TEST_CASE("a peer that is gone or newly started is connected to again; a dead one is not tried") {
  stage s;
  s.tell({node("N1", node_state::alive, 1)});
  CHECK(s.find("N1"));
  SUBCASE("the connection broke") {
    caf::anon_send_exit(std::exchange(s.far, s.make_door()), caf::exit_reason::kill);
    s.sched.run();
  }
  SUBCASE("a new incarnation") { s.tell({node("N1", node_state::alive, 2)}); }
  SUBCASE("dead, then back") {
    s.tell({node("N1", node_state::dead, 1)});
    auto dead = s.find("N1");
    REQUIRE(!dead);
    CHECK(dead.error().code == ec::unavailable);
    s.tell({node("N1", node_state::alive, 2)});
  }
  CHECK(s.connects == 1);
  CHECK(s.find("N1"));
  CHECK(s.connects == 2);
}

TEST_CASE("doors of the own process need no connection") {
  stage s;
  caf::anon_send(s.peers, local_atom::value, std::string{"me"}, s.own);
  s.sched.run();
  auto found = s.find("me");
  REQUIRE(found);
  CHECK(*found == s.own);
  CHECK(s.connects == 0);
}
