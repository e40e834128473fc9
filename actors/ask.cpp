#include "actors/ask.hpp"

#include <utility>

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/attachable.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/others.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>

namespace pelorus {

namespace {

constexpr size_t notice_token = 0x70656c;  // no subtype of CAF's own

class notice final : public caf::attachable {
public:
  notice(const void* owner, caf::strong_actor_ptr asker, caf::message_id answer)
      : owner_(owner), asker_(std::move(asker)), answer_(answer) {}

  void actor_exited(const caf::error&, caf::execution_unit*) override {
    asker_->enqueue(nullptr, answer_, caf::make_message(caf::make_error(caf::sec::request_receiver_down)), nullptr);
  }

  bool matches(const token& what) override { return what.subtype == notice_token && what.ptr == owner_; }

private:
  const void* owner_;
  caf::strong_actor_ptr asker_;
  caf::message_id answer_;
};

} // namespace

hang_up_notice::hang_up_notice(const caf::strong_actor_ptr& whom, caf::strong_actor_ptr asker, caf::message_id answer) {
  if (!whom || whom->node() == asker->node()) return;
  watched_ = whom;
  watched_->get()->attach(caf::attachable_ptr{new notice{this, std::move(asker), answer}});
}

hang_up_notice::~hang_up_notice() {
  if (watched_) watched_->get()->detach(caf::attachable::token{notice_token, this});
}

expected<caf::message> ask_message(caf::actor_system& system, const caf::strong_actor_ptr& whom, caf::message message,
                                   std::chrono::milliseconds deadline, std::string_view doing) {
  caf::scoped_actor self{system};
  auto request = self->request(caf::actor_cast<caf::actor>(whom), caf::infinite, std::move(message));
  hang_up_notice notice{whom, caf::strong_actor_ptr{self->ctrl()}, request.id()};
  auto until = std::chrono::high_resolution_clock::now() + deadline;
  if (!self->has_next_message() && !self->await_data(until)) return from_caf(caf::make_error(caf::sec::request_timeout), doing);
  expected<caf::message> answer = error{ec::internal, "no answer"};
  request.receive([&](caf::error& err) { answer = from_caf(err, doing); },
                  caf::others >> [&](caf::message_view& whole) -> caf::result<caf::message> {
                    answer = whole.move_content_to_message();
                    return caf::message{};
                  });
  return answer;
}

} // namespace pelorus
