#include "actors/ask.hpp"

#include <utility>

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
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

bool hears_within(const caf::scoped_actor& self, std::chrono::milliseconds deadline) {
  return self->has_next_message() || self->await_data(std::chrono::high_resolution_clock::now() + deadline);
}

error deadline_passed(std::string_view doing) { return from_caf(caf::make_error(caf::sec::request_timeout), doing); }

hang_up_notice::hang_up_notice(const caf::strong_actor_ptr& whom, caf::strong_actor_ptr asker, caf::message_id answer) {
  if (!whom || whom->node() == asker->node()) return;
  watched_ = whom;
  watched_->get()->attach(caf::attachable_ptr{new notice{this, std::move(asker), answer}});
}

hang_up_notice::~hang_up_notice() {
  if (watched_) watched_->get()->detach(caf::attachable::token{notice_token, this});
}

} // namespace pelorus
