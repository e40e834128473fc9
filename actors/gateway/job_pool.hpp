// The threads that run clients' jobs: a few for regular ones and a few kept for urgent ones.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace pelorus {

/// A queue with a fixed number of threads. When all of them are busy and the first job in the queue has waited for
/// `patience`, a thread is added, up to `max_threads`: a long job on the urgent thread must not keep an administrator
/// from cancelling another one.
///
/// Jobs of a higher priority go first, those of one priority in their order; but one that has waited for `waited_enough`
/// goes before all others, so that nobody waits for ever.
class job_pool {
public:
  job_pool(std::string name, size_t threads, size_t max_threads, std::chrono::milliseconds patience);
  /// Jobs that wait are dropped; those that run are waited for.
  ~job_pool() { stop(); }
  job_pool(const job_pool&) = delete;
  job_pool& operator=(const job_pool&) = delete;

  static constexpr int highest_priority = 9, usual_priority = 4;
  static constexpr std::chrono::seconds waited_enough{2};

  /// Runs `job()`, which must not throw, on a thread of the pool; drops it when the pool is stopped.
  template <class F>
  void post(F job, int priority = usual_priority) {
    push(std::make_unique<holder<F>>(std::move(job)), priority);
  }
  /// To be called now and then: adds a thread when the queue stands.
  void look_after();
  void stop();

  size_t waiting() const;
  size_t busy() const;
  size_t threads() const;

private:
  struct job {
    virtual ~job() = default;
    virtual void run() = 0;
    std::chrono::steady_clock::time_point since;
  };
  template <class F>
  struct holder final : job {
    explicit holder(F f) : f(std::move(f)) {}
    void run() override { f(); }
    F f;
  };

  using line = std::deque<std::unique_ptr<job>>;
  void push(std::unique_ptr<job> one, int priority);
  void work();
  /// The line of the job that is next, or of the one that waits longest; null when nobody waits. Under the lock.
  line* next();
  line* oldest();

  const std::string name_;
  const size_t max_threads_;
  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::array<line, highest_priority + 1> queue_;
  std::vector<std::thread> threads_;
  size_t waiting_ = 0, busy_ = 0, idle_ = 0;
  bool stopped_ = false;
};

} // namespace pelorus
