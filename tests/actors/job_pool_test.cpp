#include "actors/gateway/job_pool.hpp"

#include <future>

#include <doctest/doctest.h>

using namespace pelorus;

namespace {
/// A pool of one thread, which is held until `go`; what is posted meanwhile notes in which order it ran.
class held_pool {
public:
  held_pool() {
    pool_.post([this] { go_.get_future().wait(); });
    while (pool_.busy() == 0) std::this_thread::yield();
  }
  void post(int id, int priority) {
    pool_.post([this, id] { order_.push_back(id); }, priority);
  }
  std::vector<int> go() {
    std::promise<void> last;
    go_.set_value();
    pool_.post([&] { last.set_value(); }, 0);
    last.get_future().wait();
    return order_;
  }

private:
  std::promise<void> go_;
  std::vector<int> order_;
  job_pool pool_{"test", 1, 1, std::chrono::milliseconds{0}};
};
} // namespace

TEST_CASE("jobs of a higher priority go first, those of one priority in their order") {
  held_pool pool;
  pool.post(1, 4);
  pool.post(2, 0);
  pool.post(3, 8);
  pool.post(4, 4);
  pool.post(5, 8);
  pool.post(6, 100);
  CHECK(pool.go() == std::vector{6, 3, 5, 1, 4, 2});
}

TEST_CASE("a job that has waited long enough goes before those of a higher priority") {
  held_pool pool;
  pool.post(1, 0);
  std::this_thread::sleep_for(job_pool::waited_enough);
  pool.post(2, 9);
  CHECK(pool.go() == std::vector{1, 2});
}
