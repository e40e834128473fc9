#include "actors/supervisor.hpp"

#include <optional>
#include <stdexcept>

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include "actors/agent_door.hpp"
#include "actors/errors.hpp"
#include "tests/actors/virtual_clock.hpp"

using namespace pelorus;
using namespace std::chrono_literals;

namespace {

/// A door whose children fail on demand.
struct house : testing::virtual_clock {
  int made = 0, made_dependant = 0;
  caf::actor child;
  std::string reason;
  agent_door door;

  house() {
    door_config config;
    config.owner = "agent A";
    config.escalate = [this](const std::string& why) { reason = why; };
    config.missing_hint = "; data nodes have it";
    config.children = {{.name = "launcher", .make = [this] { return make(made); }},
                       {.name = "user", .make = [this] { return make(made_dependant); }, .after = {"launcher"}}};
    door = spawn_agent_door(system, std::move(config));
    sched.run();
  }
  ~house() {
    child = nullptr;
    caf::anon_send_exit(door, caf::exit_reason::user_shutdown);
    sched.run();
  }

  caf::actor make(int& count) {
    ++count;
    auto one = system.spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](const launch&) { return caf::unit; }, [](const get_status&) { return uint64_t{0}; }};
    });
    if (&count == &made) child = one;
    return one;
  }
  void break_child() {
    caf::anon_send_exit(child, caf::exit_reason::unhandled_exception);
    sched.run();
  }
  /// The error of a message that goes to the launcher, or to a child that is not there.
  template <class Message>
  std::optional<error> ask(Message message) {
    caf::scoped_actor self{system};
    std::optional<error> result;
    auto pending = self->request(door, 10s, std::move(message));
    sched.run();
    using answer = std::conditional_t<std::is_same_v<Message, launch>, caf::unit_t, bytes>;
    auto failed = [&](caf::error& err) { result = from_caf(err, "asking"); };
    if constexpr (std::is_same_v<answer, bytes>) pending.receive([](bytes&) {}, failed);
    else pending.receive([] {}, failed);
    return result;
  }
};

} // namespace

TEST_CASE("pauses double up to a minute; five failures in ten minutes are too many") {
  restart_policy policy;
  restart_policy::time_point now{1h};
  CHECK(policy.failed(now) == 1s);
  CHECK(policy.failed(now) == 2s);
  CHECK(policy.failed(now) == 4s);
  CHECK(policy.failed(now) == 8s);
  CHECK(policy.failed(now) == std::nullopt);
  CHECK(policy.failed(now + 11min) == 1s);
}

TEST_CASE("a door routes to its children, says what it has not and restarts what fails, with dependants") {
  house h;
  CHECK(!h.ask(launch{}));
  auto missing = h.ask(remote_call{});
  REQUIRE(missing);
  CHECK(missing->code == ec::not_supported);
  CHECK(missing->message == "agent A has no call_runner; data nodes have it");
  h.break_child();
  auto down = h.ask(launch{});
  REQUIRE(down);
  CHECK(down->code == ec::unavailable);
  CHECK(down->message == "launcher of agent A is restarting");
  h.pass(900ms);
  CHECK(h.made == 1);
  h.pass(200ms);
  CHECK(h.made == 2);
  CHECK(h.made_dependant == 2);
  CHECK(!h.ask(launch{}));
  CHECK(h.reason.empty());
}

TEST_CASE("a door refuses what none of its children answers") {
  house h;
  caf::scoped_actor self{h.system};
  std::optional<caf::error> refused;
  auto pending = self->request(caf::actor_cast<caf::actor>(h.door), 10s, mutate{});
  h.sched.run();
  pending.receive([] {}, [&](caf::error& err) { refused = err; });
  REQUIRE(refused);
  CHECK(*refused == caf::sec::unexpected_message);
}

TEST_CASE("a child that cannot be made is tried again, and what needs it waits") {
  testing::virtual_clock h;
  int tries = 0, made_dependant = 0;
  auto any = [&] { return h.system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const launch&) {}}; }); };
  door_config config;
  config.owner = "agent A";
  config.children = {{.name = "launcher", .make = [&]() -> caf::actor {
                        if (++tries == 1) throw std::runtime_error{"no disk"};
                        return tries == 2 ? caf::actor{} : any();
                      }},
                     {.name = "user", .make = [&] { return ++made_dependant, any(); }, .after = {"launcher"}}};
  auto door = spawn_agent_door(h.system, std::move(config));
  h.sched.run();
  CHECK(tries == 1);
  CHECK(made_dependant == 0);
  h.pass(1100ms);
  CHECK(tries == 2);
  CHECK(made_dependant == 0);
  h.pass(2100ms);
  CHECK(tries == 3);
  CHECK(made_dependant == 1);
  caf::anon_send_exit(door, caf::exit_reason::user_shutdown);
  h.sched.run();
}

TEST_CASE("a child that keeps failing escalates with a reason") {
  house h;
  for (int i = 0; i < 5; ++i) {
    h.break_child();
    h.pass(10s);
  }
  CHECK(h.made == 5);
  CHECK(h.reason.find("launcher of agent A failed 5 times in 10 minutes") == 0);
}
