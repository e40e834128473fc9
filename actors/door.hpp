// What all doors share: hand each message on to the child in charge, show the supervision tree.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/delegated.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/result.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/errors.hpp"
#include "actors/protocol.hpp"
#include "actors/supervisor.hpp"

namespace pelorus {

struct door_config {
  std::string owner;                     ///< name in the tree: role and alias
  std::vector<child_plan> children;      ///< in the order in which they start
  std::function<void(const std::string&)> escalate;
  /// What a message gets for a child that this role does not have: "data nodes keep chunks", ..
  std::string missing_hint;
};

struct door_state {
  supervisor sup;
  std::string missing_hint;
  static inline const char* name = "door";
  ~door_state() { sup.stop_all(); }
};

/// The door's own handle: its protocol, and the restarts it tells itself.
template <class Handle>
using door_self = typename Handle::template extend<caf::reacts_to<restart_atom, std::string>>;

/// Handlers that send each message of a protocol to one child.
template <class Protocol>
struct routes;
template <class... In, class... Out>
struct routes<protocol<caf::typed_mpi<caf::detail::type_list<In>, caf::output_tuple<Out>>...>> {
  template <class Self>
  static auto to(Self self, const std::string& child) {
    return std::make_tuple(route<In, Out>(self, child)...);
  }

private:
  template <class In1, class Out1, class Self>
  static auto route(Self self, std::string child) {
    return [self, child = std::move(child)](In1& message) -> caf::result<Out1> {
      auto& st = self->state;
      auto target = st.sup.running(child);
      if (!target && target.error().code == ec::not_supported)
        return to_caf(error{ec::not_supported, target.error().message + st.missing_hint});
      if (!target) return to_caf(target.error());
      using handle = typename protocol<answers<In1, Out1>>::handle;
      return self->delegate(caf::actor_cast<handle>(*target), std::move(message));
    };
  }
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

/// The body of a door: starts the children and returns its behaviour. `handlers` are tuples made by `routes`.
template <class Self, class... Handlers>
auto open_door(Self self, door_config config, Handlers... handlers) {
  using behavior = typename std::remove_pointer_t<Self>::behavior_type;
  auto& st = self->state;
  st.missing_hint = std::move(config.missing_hint);
  st.sup.owner = std::move(config.owner);
  st.sup.escalate = std::move(config.escalate);
  self->set_down_handler([self](caf::scheduled_actor*, caf::down_msg& down) {
    self->state.sup.on_down(down.source, to_string(down.reason));
  });
  st.sup.start(self, std::move(config.children));
  auto tree = std::make_tuple([self](const get_status&) { return answer_tree(self); });
  auto restart = std::make_tuple(
      [self](restart_atom, const std::string& name) { self->state.sup.on_restart(name); });
  return std::apply([](auto... each) { return behavior{std::move(each)...}; },
                    std::tuple_cat(std::move(handlers)..., std::move(tree), std::move(restart)));
}

} // namespace pelorus
