// The threads that run clients' jobs: a few for regular ones and a few kept for urgent ones.
#pragma once

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
class job_pool {
public:
  job_pool(std::string name, size_t threads, size_t max_threads, std::chrono::milliseconds patience);
  /// Jobs that wait are dropped; those that run are waited for.
  ~job_pool() { stop(); }
  job_pool(const job_pool&) = delete;
  job_pool& operator=(const job_pool&) = delete;

  /// Runs `job()`, which must not throw, on a thread of the pool; drops it when the pool is stopped.
  template <class F>
  void post(F job) {
    push(std::make_unique<holder<F>>(std::move(job)));
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

  void push(std::unique_ptr<job> one);
  void work();

  const std::string name_;
  const size_t max_threads_;
  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::unique_ptr<job>> queue_;
  std::vector<std::thread> threads_;
  size_t busy_ = 0, idle_ = 0;
  bool stopped_ = false;
};

} // namespace pelorus
