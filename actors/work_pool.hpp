// A pool of workers for blocking work: an event-based front that queues, and detached actors that do.
//
// The front never blocks; a worker that throws answers an error and lives on.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/errors.hpp"
#include "actors/protocol.hpp"

namespace pelorus {

template <class In, class Out>
struct work_pool {
  using handle = typename protocol<answers<In, Out>, answers<get_status, uint64_t>>::handle;
  using work = std::function<expected<Out>(const In&)>;
  using worker = typename protocol<answers<In, Out>>::handle;

  struct job {
    In request;
    caf::typed_response_promise<Out> promise;
  };

  struct state {
    std::vector<worker> workers, idle;
    std::deque<job> waiting;
    uint64_t running = 0;
  };

  static typename worker::behavior_type work_behavior(typename worker::pointer, work todo) {
    return {[todo](const In& request) -> caf::result<Out> {
      auto done = todo(request);
      if (!done) return to_caf(done.error());
      return *std::move(done);
    }};
  }

  using front = typename handle::template stateful_pointer<state>;

  static void dispatch(front self) {
    auto& st = self->state;
    while (!st.waiting.empty() && !st.idle.empty()) {
      auto next = std::move(st.waiting.front());
      st.waiting.pop_front();
      auto chosen = st.idle.back();
      st.idle.pop_back();
      ++st.running;
      auto promise = next.promise;
      auto done = [self, chosen] {
        --self->state.running;
        self->state.idle.push_back(chosen);
      };
      self->request(chosen, caf::infinite, std::move(next.request))
          .then(
              [self, promise, done](Out& result) mutable {
                done();
                promise.deliver(std::move(result));
                dispatch(self);
              },
              [self, promise, done](caf::error& err) mutable {
                done();
                promise.deliver(std::move(err));
                dispatch(self);
              });
    }
  }

  static typename handle::behavior_type front_behavior(front self, size_t size, work todo) {
    for (size_t i = 0; i < size; ++i) {
      auto one = self->template spawn<caf::linked + caf::detached>(work_behavior, todo);
      self->state.workers.push_back(one);
      self->state.idle.push_back(one);
    }
    return {[self](In& request) -> caf::result<Out> {
              auto promise = self->template make_response_promise<Out>();
              self->state.waiting.push_back({std::move(request), promise});
              dispatch(self);
              return promise;
            },
            [self](const get_status&) -> caf::result<uint64_t> {
              return static_cast<uint64_t>(self->state.waiting.size());
            }};
  }

  /// `todo` runs on several threads at once.
  static handle spawn(caf::actor_system& system, size_t size, work todo) {
    return system.spawn(front_behavior, size, std::move(todo));
  }
};

} // namespace pelorus
