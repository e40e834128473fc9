// From the io thread to a job thread and back. Internal to actors/gateway.
#pragma once

#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "actors/gateway/job_pool.hpp"

namespace pelorus {

/// Runs `f()` on a thread of the pool and resumes on `home`. A pool that is stopped drops the job, and the waiting
/// coroutine is destroyed with its io_context.
template <class F>
boost::asio::awaitable<void> run_on(job_pool& pool, boost::asio::any_io_executor home, F f,
                                   int priority = job_pool::usual_priority) {
  auto start = [&pool, home, priority](auto handler, F f) {
    pool.post([home, handler = std::move(handler), f = std::move(f)]() mutable {
      f();
      boost::asio::post(home, std::move(handler));
    }, priority);
  };
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      std::move(start), boost::asio::use_awaitable, std::move(f));
}

} // namespace pelorus
