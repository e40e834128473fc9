// Asking an actor from a job: blocking, with a deadline, and no longer than the other end is there.
#pragma once

#include <chrono>
#include <string_view>
#include <type_traits>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/message.hpp>
#include <caf/response_type.hpp>

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

/// The answer to any message. The deadline is not CAF's, which wakes the thread of its clock for the request and again for the answer.
expected<caf::message> ask_message(caf::actor_system& system, const caf::strong_actor_ptr& whom, caf::message message,
                                   std::chrono::milliseconds deadline, std::string_view doing);

/// Whether the type of the handle says so; one without a type may answer anything.
template <class Out, class Handle, class Message, class Answer = caf::response_type_t<typename Handle::signatures, Message>>
inline constexpr bool has_answer = std::is_same_v<Answer, caf::detail::type_list<Out>> || std::is_same_v<Answer, caf::message>;

template <class Out, class Handle, class Message>
expected<Out> ask(caf::actor_system& system, const Handle& whom, const Message& message, std::chrono::milliseconds deadline,
                  std::string_view doing) {
  static_assert(has_answer<Out, Handle, Message>);
  PELORUS_ASSIGN(auto answer, ask_message(system, caf::actor_cast<caf::strong_actor_ptr>(whom), caf::make_message(message), deadline, doing));
  if (!answer.template match_elements<Out>()) return error{ec::internal, "an answer of another type than the message has"};
  return std::move(answer.template get_mutable_as<Out>(0));
}

template <class Handle, class Message>
expected<void> tell(caf::actor_system& system, const Handle& whom, const Message& message, std::chrono::milliseconds deadline,
                    std::string_view doing) {
  static_assert(has_answer<void, Handle, Message>);
  PELORUS_TRY(ask_message(system, caf::actor_cast<caf::strong_actor_ptr>(whom), caf::make_message(message), deadline, doing));
  return {};
}

} // namespace pelorus
