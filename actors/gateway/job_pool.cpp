#include "actors/gateway/job_pool.hpp"

#include <pthread.h>

namespace pelorus {

job_pool::job_pool(std::string name, size_t threads, size_t max_threads, std::chrono::milliseconds patience)
    : name_(std::move(name)), max_threads_(max_threads), patience_(patience) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void job_pool::push(std::unique_ptr<job> one) {
  one->since = std::chrono::steady_clock::now();
  {
    std::lock_guard lock{mutex_};
    if (stopped_) return;
    queue_.push_back(std::move(one));
    if (idle_ == 0) return;  // whoever is busy looks at the queue before it waits
  }
  more_.notify_one();
}

void job_pool::work() {
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  std::unique_lock lock{mutex_};
  while (true) {
    while (queue_.empty() && !stopped_) {
      ++idle_;
      more_.wait(lock);
      --idle_;
    }
    if (stopped_) return;
    auto one = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    lock.unlock();
    one->run();
    one.reset();
    lock.lock();
    --busy_;
  }
}

void job_pool::look_after() {
  std::lock_guard lock{mutex_};
  if (stopped_ || queue_.empty() || threads_.size() >= max_threads_) return;
  if (std::chrono::steady_clock::now() - queue_.front()->since < patience_) return;
  threads_.emplace_back([this] { work(); });
}

void job_pool::stop() {
  std::deque<std::unique_ptr<job>> dropped;
  std::vector<std::thread> threads;
  {
    std::lock_guard lock{mutex_};
    stopped_ = true;
    dropped.swap(queue_);
    threads.swap(threads_);
  }
  more_.notify_all();
  for (auto& t : threads) t.join();
}

size_t job_pool::waiting() const {
  std::lock_guard lock{mutex_};
  return queue_.size();
}
size_t job_pool::busy() const {
  std::lock_guard lock{mutex_};
  return busy_;
}
size_t job_pool::threads() const {
  std::lock_guard lock{mutex_};
  return threads_.size();
}

} // namespace pelorus
