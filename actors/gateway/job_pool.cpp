#include "actors/gateway/job_pool.hpp"

#include <algorithm>

#include <pthread.h>

namespace pelorus {

job_pool::job_pool(std::string name, size_t threads, size_t max_threads, std::chrono::milliseconds patience)
    : name_(std::move(name)), max_threads_(max_threads), patience_(patience) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void job_pool::push(std::unique_ptr<job> one, int priority) {
  one->since = std::chrono::steady_clock::now();
  {
    std::lock_guard lock{mutex_};
    if (stopped_) return;
    queue_[static_cast<size_t>(std::clamp(priority, 0, highest_priority))].push_back(std::move(one));
    ++waiting_;
    if (idle_ == 0) return;  // whoever is busy looks at the queue before it waits
  }
  more_.notify_one();
}

job_pool::line* job_pool::oldest() {
  line* found = nullptr;
  for (auto& one : queue_)
    if (!one.empty() && (!found || one.front()->since < found->front()->since)) found = &one;
  return found;
}

job_pool::line* job_pool::next() {
  if (waiting_ == 0) return nullptr;
  auto* first = oldest();
  if (std::chrono::steady_clock::now() - first->front()->since >= waited_enough) return first;
  return &*std::find_if(queue_.rbegin(), queue_.rend(), [](auto& one) { return !one.empty(); });
}

void job_pool::work() {
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  std::unique_lock lock{mutex_};
  while (true) {
    while (waiting_ == 0 && !stopped_) {
      ++idle_;
      more_.wait(lock);
      --idle_;
    }
    if (stopped_) return;
    auto* from = next();
    auto one = std::move(from->front());
    from->pop_front();
    --waiting_;
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
  if (stopped_ || waiting_ == 0 || threads_.size() >= max_threads_) return;
  if (std::chrono::steady_clock::now() - oldest()->front()->since < patience_) return;
  threads_.emplace_back([this] { work(); });
}

void job_pool::stop() {
  decltype(queue_) dropped;
  std::vector<std::thread> threads;
  {
    std::lock_guard lock{mutex_};
    stopped_ = true;
    dropped.swap(queue_);
    waiting_ = 0;
    threads.swap(threads_);
  }
  more_.notify_all();
  for (auto& t : threads) t.join();
}

size_t job_pool::waiting() const {
  std::lock_guard lock{mutex_};
  return waiting_;
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
