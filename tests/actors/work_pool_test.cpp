// Jobs whose asker has gone.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/work_pool.hpp"

using namespace pelorus;

TEST_CASE("a job ends when its asker has gone, and the worker takes the next one") {
  caf::actor_system_config config;
  caf::actor_system system{config};
  std::atomic<int> begun{0}, cancelled{0};
  using pool = work_pool<remote_call, bytes>;
  auto front = pool::spawn(system, 1, [&](const remote_call& call, const pool::flag& flag) -> expected<bytes> {
    ++begun;
    if (call.user == "quick") return bytes{"done"};
    while (!*flag) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    ++cancelled;
    return error{ec::cancelled, "The job was cancelled."};
  });
  {
    caf::scoped_actor asker{system};
    [[maybe_unused]] auto running = asker->request(front, caf::infinite, remote_call{"slow", false, {}, {}, {}});
    [[maybe_unused]] auto queued = asker->request(front, caf::infinite, remote_call{"slow", false, {}, {}, {}});
    while (begun == 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  caf::scoped_actor other{system};
  bytes answer;
  other->request(front, caf::infinite, remote_call{"quick", false, {}, {}, {}})
      .receive([&](bytes& x) { answer = x; }, [](caf::error&) {});
  CHECK(answer == "done");
  CHECK(cancelled == 1);
  CHECK(begun == 2);
  other->send_exit(front, caf::exit_reason::user_shutdown);
}
