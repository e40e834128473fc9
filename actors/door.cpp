#include "actors/door.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include <caf/event_based_actor.hpp>
#include <caf/io/broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/errors.hpp"

namespace pelorus {

namespace {

struct door_state {
  supervisor sup;
  std::string missing_hint;
  std::map<caf::rtti_pair, std::string> children;  ///< by the type of message that they answer
  static inline const char* name = "door";
  ~door_state() { sup.stop_all(); }
};

/// Asks every child for its mailbox size; one that does not answer in time is busy.
template <class Self>
caf::result<actor_tree> answer_tree(Self self) {
  struct gathering {
    actor_tree tree;
    size_t missing = 0;
  };
  auto& sup = self->state.sup;
  auto promise = self->template make_response_promise<actor_tree>();
  auto all = std::make_shared<gathering>();
  auto now = self->clock().now();
  actor_view own;
  own.name = sup.owner;
  own.mailbox = self->mailbox().size();
  own.state = "running";
  own.uptime_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - sup.started).count();
  all->tree.push_back(own);
  for (const auto& c : sup.children) all->tree.push_back(describe(c, sup.owner, std::nullopt, now));
  for (size_t i = 0; i < sup.children.size(); ++i) {
    if (!sup.children[i].handle) continue;
    ++all->missing;
    auto done = [all, promise]() mutable {
      if (--all->missing == 0) promise.deliver(std::move(all->tree));
    };
    self->request(sup.children[i].handle, std::chrono::milliseconds{200}, get_status{})
        .then(
            [all, i, done](uint64_t mailbox) mutable {
              all->tree[i + 1].mailbox = mailbox;
              all->tree[i + 1].state = "running";
              done();
            },
            [done](caf::error&) mutable { done(); });
  }
  if (all->missing == 0) promise.deliver(std::move(all->tree));
  return promise;
}

caf::result<caf::message> hand_on(caf::scheduled_actor* self, door_state& state, caf::message_view& what) {
  auto child = what.content().size() == 1 ? state.children.find(what.content().type(0)) : state.children.end();
  if (child == state.children.end()) return caf::print_and_drop(self, what);
  auto target = state.sup.running(child->second);
  if (!target && target.error().code == ec::not_supported)
    return to_caf(error{ec::not_supported, target.error().message + state.missing_hint});
  if (!target) return to_caf(target.error());
  return self->delegate(*target, what.move_content_to_message());
}

template <class Self>
caf::behavior open_door(Self self, door_config config, std::vector<door_route> routes) {
  auto& state = self->state;
  for (auto& route : routes)
    for (auto& message : route.messages) state.children[message] = route.child;
  state.missing_hint = std::move(config.missing_hint);
  state.sup.owner = std::move(config.owner);
  state.sup.escalate = std::move(config.escalate);
  self->set_down_handler([self](caf::scheduled_actor*, caf::down_msg& down) {
    self->state.sup.on_down(down.source, to_string(down.reason));
  });
  self->set_default_handler([self](caf::scheduled_actor*, caf::message_view& what) { return hand_on(self, self->state, what); });
  state.sup.start(self, std::move(config.children));
  return {
      [self](const get_status&) { return answer_tree(self); },
      [self](restart_atom, const std::string& name) { self->state.sup.on_restart(name); },
  };
}

} // namespace

caf::actor spawn_untyped_door(caf::actor_system& system, door_config config, door_thread where,
                              std::vector<door_route> routes) {
  if (where == door_thread::network && system.has_middleman())
    return system.middleman().spawn_broker(open_door<caf::stateful_actor<door_state, caf::io::broker>*>, std::move(config),
                                           std::move(routes));
  return system.spawn(open_door<caf::stateful_actor<door_state>*>, std::move(config), std::move(routes));
}

} // namespace pelorus
