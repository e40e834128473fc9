// Asking an actor from a job: blocking, with a deadline, and no longer than the other end is there.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include <caf/actor_cast.hpp>
#include <caf/attachable.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/errors.hpp"

namespace pelorus {

/// While it lives, an asker gets an error for an answer when the process of `whom`, or the connection to it, goes. CAF does
/// not tell: what is on its way to a proxy that dies, or sent to a dead one, waits for its deadline.
class hang_up_notice {
public:
  hang_up_notice(const caf::strong_actor_ptr& whom, caf::strong_actor_ptr asker, caf::message_id answer);
  hang_up_notice(const hang_up_notice&) = delete;
  hang_up_notice& operator=(const hang_up_notice&) = delete;
  ~hang_up_notice();

private:
  caf::strong_actor_ptr watched_;  ///< null for an actor of this process, which answers what it cannot do itself
};

/// Whether something comes for `self` in time. A deadline of CAF's own wakes the thread of its clock twice, for a request and
/// for its answer: on a busy core that is half of what the question costs.
bool hears_within(const caf::scoped_actor& self, std::chrono::milliseconds deadline);

error deadline_passed(std::string_view doing);

template <class Request>
auto notice_for(const caf::scoped_actor& self, const caf::strong_actor_ptr& whom, const Request& request) {
  return hang_up_notice{whom, caf::strong_actor_ptr{self->ctrl()}, request.id()};
}

template <class Out, class Handle, class Message>
expected<Out> ask(caf::actor_system& system, const Handle& whom, const Message& message, std::chrono::milliseconds deadline,
                  std::string_view doing) {
  caf::scoped_actor self{system};
  auto request = self->request(whom, caf::infinite, message);
  auto notice = notice_for(self, caf::actor_cast<caf::strong_actor_ptr>(whom), request);
  if (!hears_within(self, deadline)) return deadline_passed(doing);
  expected<Out> answer = error{ec::internal, "no answer"};
  request.receive([&](Out& x) { answer = std::move(x); }, [&](caf::error& err) { answer = from_caf(err, doing); });
  return answer;
}

template <class Handle, class Message>
expected<void> tell(caf::actor_system& system, const Handle& whom, const Message& message, std::chrono::milliseconds deadline,
                    std::string_view doing) {
  caf::scoped_actor self{system};
  auto request = self->request(whom, caf::infinite, message);
  auto notice = notice_for(self, caf::actor_cast<caf::strong_actor_ptr>(whom), request);
  if (!hears_within(self, deadline)) return deadline_passed(doing);
  expected<void> answer;
  request.receive([] {}, [&](caf::error& err) { answer = from_caf(err, doing); });
  return answer;
}

} // namespace pelorus
