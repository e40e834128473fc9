#include "actors/membership_state.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "cfg/version.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

const membership_state::time_point start{1h};

membership_config cluster() {
  membership_config c;
  c.self = {"C", "10.0.0.80", 8900, 18900, uint8_t(node_role::controller)};
  c.controller = {"10.0.0.80", 8900, "C"};
  c.nodes.file = "cluster.nodes";
  c.nodes.nodes = {{{"10.0.0.81", 8901, "A"}, node_role::agent, {}, {}, 2},
                   {{"10.0.0.81", 8902, "N1"}, node_role::datanode, {}, {}, 3},
                   {{"10.0.0.82", 8902, "N2"}, node_role::datanode, {}, {}, 4}};
  c.reply.controller_alias = "C";
  return c;
}

registration entry(const std::string& alias, uint64_t incarnation) {
  registration r;
  bool agent = alias == "A";
  r.who = {alias, alias == "N2" ? "10.0.0.82" : "10.0.0.81", uint16_t(agent ? 8901 : 8902), 18902,
           uint8_t(agent ? node_role::agent : node_role::datanode)};
  r.incarnation = incarnation;
  r.controller_site = "10.0.0.80:8900:C";
  r.version = std::string{program_version};
  return r;
}

node_state state_of(const membership_state& m, const std::string& alias, membership_state::time_point now) {
  for (const auto& v : m.list(now))
    if (v.address.alias == alias) return node_state(v.state);
  return node_state::stopped;
}

std::string note_of(const membership_state& m, const std::string& alias) {
  for (const auto& v : m.list(start))
    if (v.address.alias == alias) return v.note;
  return "?";
}

} // namespace

TEST_CASE("silence makes a node suspect after half the timeout and dead after all of it") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("N1", 7), start));
  auto now = start;
  for (; now <= start + 4s; now += 250ms) m.tick(now);
  CHECK(state_of(m, "N1", now) == node_state::alive);
  m.tick(now);
  CHECK(state_of(m, "N1", now) == node_state::suspect);
  for (; now <= start + 8s; now += 250ms) m.tick(now);
  CHECK(state_of(m, "N1", now) == node_state::suspect);
  m.tick(now);
  CHECK(state_of(m, "N1", now) == node_state::dead);
  CHECK(m.beat({"N1", 7, 1, {}}, now).known);
  CHECK(state_of(m, "N1", now) == node_state::alive);
}

TEST_CASE("a controller that was paused does not blame the nodes") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("N1", 7), start));
  m.tick(start + 250ms);
  m.tick(start + 60s);
  CHECK(state_of(m, "N1", start + 60s) == node_state::alive);
}

TEST_CASE("a second live process of an alias is refused, a newer one after the end of the first is not") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("N1", 7), start));
  CHECK(m.enter(entry("N1", 7), start));  // the same process, connected again
  auto second = m.enter(entry("N1", 8), start);
  REQUIRE(!second);
  CHECK(second.error().code == ec::conflict);
  SUBCASE("its agent saw it end") { m.ended({"N1", "killed by signal 9", false}, start); }
  SUBCASE("its connection broke") { m.connection_lost("N1", 7); }
  CHECK(m.enter(entry("N1", 8), start));
  CHECK(!m.beat({"N1", 7, 1, {}}, start).known);
  CHECK(m.beat({"N1", 8, 1, {}}, start).known);
}

TEST_CASE("registrations that contradict the files are refused for good") {
  membership_state m{cluster(), start};
  auto wrong = entry("N1", 7);
  SUBCASE("alias") { wrong.who.alias = "N9"; }
  SUBCASE("role") { wrong.who.role = uint8_t(node_role::computenode); }
  SUBCASE("site") { wrong.who.site_port = 8903; }
  SUBCASE("controller's alias") { wrong.controller_site = "10.0.0.80:8900:c"; }
  auto refused = m.enter(wrong, start);
  REQUIRE(!refused);
  CHECK(refused.error().code != ec::conflict);
}

TEST_CASE("orders need a living agent; names may be host:port") {
  membership_state m{cluster(), start};
  auto offline = m.order_start("N1", start);
  REQUIRE(!offline);
  CHECK(offline.error().message.find("agent offline") != std::string::npos);
  REQUIRE(m.enter(entry("A", 1), start));
  auto order = m.order_start("10.0.0.81:8902", start);
  REQUIRE(order);
  CHECK(order->node.alias == "N1");
  CHECK(order->agent == "A");
  CHECK(state_of(m, "N1", start) == node_state::starting);
  m.ended({"N1", "exit code 1: no volume", false}, start);
  CHECK(state_of(m, "N1", start) == node_state::stopped);
  CHECK(note_of(m, "N1") == "exit code 1: no volume");
  CHECK(!m.order_start("A", start));
  CHECK(!m.order_start("nobody", start));
}

TEST_CASE("the second of two start orders does not undo the first") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("A", 1), start));
  REQUIRE(m.order_start("N1", start));
  SUBCASE("the first is accepted") {
    m.start_accepted("N1");
    REQUIRE(m.order_start("N1", start));
    m.start_failed("N1", "N1 runs already", start);
    CHECK(state_of(m, "N1", start) == node_state::starting);
    CHECK(note_of(m, "N1") == "");
  }
  SUBCASE("both fail") {
    REQUIRE(m.order_start("N1", start));
    m.start_failed("N1", "no such program", start);
    m.start_failed("N1", "no such program", start);
    CHECK(state_of(m, "N1", start) == node_state::stopped);
    CHECK(note_of(m, "N1") == "no such program");
  }
}

TEST_CASE("a dead node whose process hangs stays dead when it cannot be started") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("A", 1), start));
  REQUIRE(m.enter(entry("N1", 7), start));
  auto now = start;
  for (; now <= start + 9s; now += 250ms) {
    m.beat({"A", 1, 1, {}}, now);
    m.tick(now);
  }
  REQUIRE(state_of(m, "N1", now) == node_state::dead);
  REQUIRE(m.order_start("N1", now));
  m.start_failed("N1", "N1 runs already", now);
  CHECK(state_of(m, "N1", now) == node_state::dead);
  CHECK(note_of(m, "N1") == "N1 runs already");
}

TEST_CASE("a process that its agent saw end is dead at once, whatever beats of it are still on their way") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("A", 1), start));
  auto process = entry("N1", 7);
  process.pid = 100;
  REQUIRE(m.enter(process, start));
  m.ended({"N1", "killed by signal 9", false, 100}, start + 1s);
  CHECK(state_of(m, "N1", start + 1s) == node_state::dead);
  CHECK(note_of(m, "N1") == "killed by signal 9");
  CHECK(!m.beat({"N1", 7, 1, {}}, start + 1s).known);
  CHECK(state_of(m, "N1", start + 1s) == node_state::dead);
  REQUIRE(m.order_start("N1", start + 1s));
  process.pid = 101;
  process.incarnation = 8;
  REQUIRE(m.enter(process, start + 2s));
  CHECK(state_of(m, "N1", start + 2s) == node_state::alive);
}

TEST_CASE("a late report of an earlier process says nothing of the present one") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("A", 1), start));
  auto process = entry("N1", 7);
  process.pid = 100;
  REQUIRE(m.enter(process, start));
  SUBCASE("the present one runs") {
    m.ended({"N1", "killed by signal 9", false, 99}, start);
    CHECK(state_of(m, "N1", start) == node_state::alive);
    CHECK(note_of(m, "N1") == "");
    CHECK(!m.order_start("N1", start));  // it runs
  }
  SUBCASE("the present one is starting") {
    auto now = start;
    for (; now <= start + 9s; now += 250ms) {
      m.beat({"A", 1, 1, {}}, now);
      m.tick(now);
    }
    REQUIRE(m.order_start("N1", now));
    m.ended({"N1", "killed by signal 9", false, 100}, now);
    CHECK(state_of(m, "N1", now) == node_state::starting);
    m.ended({"N1", "exit code 1", false, 101}, now);
    CHECK(state_of(m, "N1", now) == node_state::stopped);
  }
}

TEST_CASE("a node that was stopped before it registered does not stay stopping when its agent is lost") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("A", 1), start));
  REQUIRE(m.order_start("N1", start));
  m.tick(start);
  REQUIRE(m.order_stop("N1"));
  auto now = start;
  for (; now <= start + 68s; now += 250ms) m.tick(now);
  CHECK(state_of(m, "N1", now) == node_state::stopping);
  m.tick(now);
  CHECK(state_of(m, "N1", now) == node_state::stopped);
}

TEST_CASE("an ordered stop ends in stopped as soon as the agent says so") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("A", 1), start));
  REQUIRE(m.enter(entry("N1", 7), start));
  REQUIRE(m.order_stop("N1"));
  m.beat({"N1", 7, 1, {}}, start);
  CHECK(state_of(m, "N1", start) == node_state::stopping);
  m.ended({"N1", "exit code 0", true}, start);
  CHECK(state_of(m, "N1", start) == node_state::stopped);
  CHECK(m.order_start("N1", start));
}

TEST_CASE("datanodeRestartInterval starts crashed nodes again, with growing pauses, five times at most") {
  auto config = cluster();
  config.restart_interval = 2s;
  membership_state m{config, start};
  REQUIRE(m.enter(entry("A", 1), start));
  int starts = 0;
  for (auto now = start; now < start + 5min; now += 250ms) {
    m.beat({"A", 1, 1, {}}, now);
    for (const auto& alias : m.tick(now)) {
      if (alias != "N1") continue;
      ++starts;
      REQUIRE(m.order_start(alias, now));
      m.ended({alias, "exit code 1", false}, now);
    }
  }
  CHECK(starts == 5);
}

TEST_CASE("the view changes exactly when a node's state does") {
  membership_state m{cluster(), start};
  auto view = m.view();
  m.tick(start);
  CHECK(m.view() == view);
  REQUIRE(m.enter(entry("N1", 7), start));
  CHECK(m.view() != view);
  view = m.view();
  m.beat({"N1", 7, 1, {}}, start);
  CHECK(m.view() == view);
}

TEST_CASE("cluster.nodes may change while the controller runs") {
  membership_state m{cluster(), start};
  REQUIRE(m.enter(entry("A", 1), start));
  REQUIRE(m.enter(entry("N1", 7), start));
  auto nodes = cluster().nodes;
  auto view = m.view();
  SUBCASE("a new node is there at once and can be started") {
    nodes.nodes.push_back({{"10.0.0.81", 8903, "N3"}, node_role::computenode, {}, {}, 5});
    m.change_nodes(nodes, start);
    CHECK(state_of(m, "N3", start) == node_state::stopped);
    CHECK(m.order_start("N3", start));
  }
  SUBCASE("a removed node goes when its process has ended, and is not started again") {
    std::erase_if(nodes.nodes, [](auto& n) { return n.address.alias != "A"; });
    m.change_nodes(nodes, start);
    CHECK(!m.enter(entry("N2", 9), start));
    CHECK(m.list(start).size() == 3);  // the controller, its agent, and the node that still runs
    REQUIRE(m.order_stop("N1"));
    m.ended({"N1", "exit code 0", true}, start);
    m.tick(start + 250ms);
    CHECK(m.list(start).size() == 2);
  }
  SUBCASE("a changed address counts from the next start") {
    nodes.nodes[1].address.port = 8910;
    nodes.nodes[2].address.port = 8911;
    m.change_nodes(nodes, start);
    CHECK(!m.order_start("10.0.0.82:8902", start));
    REQUIRE(m.order_stop("10.0.0.81:8902"));
    m.ended({"N1", "exit code 0", true}, start);
    auto order = m.order_start("N1", start);
    REQUIRE(order);
    CHECK(order->node.site_port == 8910);
  }
  CHECK(m.view() > view);
}
