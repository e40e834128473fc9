// An actor system whose scheduler and clock are driven by the test.
#pragma once

#include <chrono>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/message_types.hpp"

namespace pelorus::testing {

struct virtual_clock {
  struct config : caf::actor_system_config {
    config() {
      pelorus::add_message_types(*this);
      set("scheduler.policy", caf::atom("testing"));
      set("logger.verbosity", caf::atom("quiet"));
    }
  } cfg;
  caf::actor_system system{cfg};
  caf::scheduler::test_coordinator& sched = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());

  /// Runs everything that falls due within this time, in steps.
  void pass(std::chrono::milliseconds time, std::chrono::milliseconds step = std::chrono::milliseconds{50}) {
    sched.run();
    for (auto passed = std::chrono::milliseconds{0}; passed < time; passed += step) {
      sched.clock().advance_time(step);
      sched.run();
    }
  }
};

} // namespace pelorus::testing
