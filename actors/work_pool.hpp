// A pool of workers for blocking work: an event-based front that queues, and detached actors that do.
//
// The front never blocks; a worker that throws answers an error and lives on. When whoever asked ends, here or on another
// node, its waiting jobs are dropped and its running ones are told to end.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
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
  using flag = std::shared_ptr<std::atomic<bool>>;
  /// The flag turns true when nobody wants the answer any more.
  using work = std::function<expected<Out>(const In&, const flag&)>;
  using worker = typename protocol<answers<In, Out>>::handle;

  struct job {
    In request;
    caf::typed_response_promise<Out> promise;
    caf::actor asker;
  };
  struct seat {
    worker who;
    flag cancelled;
    caf::actor asker;  // of the job that it does
    bool busy = false;
  };

  struct state {
    std::vector<seat> seats;
    std::deque<job> waiting;
  };

  static typename worker::behavior_type work_behavior(typename worker::pointer, work todo, flag cancelled) {
    return {[todo, cancelled](const In& request) -> caf::result<Out> {
      auto done = todo(request, cancelled);
      if (!done) return to_caf(done.error());
      return *std::move(done);
    }};
  }

  using front = typename handle::template stateful_pointer<state>;

  static size_t idle_seat(const state& st) {
    auto found = std::find_if(st.seats.begin(), st.seats.end(), [](auto& one) { return !one.busy; });
    return static_cast<size_t>(found - st.seats.begin());
  }

  static void dispatch(front self) {
    auto& st = self->state;
    for (auto i = idle_seat(st); !st.waiting.empty() && i < st.seats.size(); i = idle_seat(st)) {
      auto next = std::move(st.waiting.front());
      st.waiting.pop_front();
      auto& chosen = st.seats[i];
      chosen.busy = true;
      chosen.asker = next.asker;
      chosen.cancelled->store(false);
      auto promise = next.promise;
      auto done = [self, i] {
        auto& one = self->state.seats[i];
        if (one.asker) self->demonitor(one.asker);
        one.asker = nullptr;
        one.busy = false;
      };
      self->request(chosen.who, caf::infinite, std::move(next.request))
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

  static void forget(front self, const caf::actor_addr& asker) {
    auto& st = self->state;
    for (auto& one : st.seats)
      if (one.busy && one.asker && one.asker.address() == asker) one.cancelled->store(true);
    std::erase_if(st.waiting, [&](auto& one) { return one.asker && one.asker.address() == asker; });
  }

  static typename handle::behavior_type front_behavior(front self, size_t size, work todo) {
    for (size_t i = 0; i < size; ++i) {
      auto cancelled = std::make_shared<std::atomic<bool>>(false);
      auto one = self->template spawn<caf::linked + caf::detached>(work_behavior, todo, cancelled);
      self->state.seats.push_back({one, cancelled, nullptr, false});
    }
    self->set_down_handler([self](const caf::down_msg& down) { forget(self, down.source); });
    return {[self](In& request) -> caf::result<Out> {
              auto asker = caf::actor_cast<caf::actor>(self->current_sender());  // a promise takes it away
              auto promise = self->template make_response_promise<Out>();
              if (asker) self->monitor(asker);
              self->state.waiting.push_back({std::move(request), promise, asker});
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
