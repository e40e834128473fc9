#include "actors/membership.hpp"

#include <map>
#include <utility>

#include <caf/actor_addr.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/typed_broker.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/errors.hpp"
#include "cfg/limits.hpp"
#include "cfg/log.hpp"
#include "storage/dfs_entry.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;

// An agent forks at once, or not at all.
constexpr auto order_deadline = 15s;
// One sync of the metadata's log.
constexpr auto metadata_deadline = 30s;

using own_handle = membership_actor::extend<caf::reacts_to<caf::tick_atom>>;

struct actor_state {
  membership_options options;
  std::optional<membership_state> members;
  uint64_t told_view = 0;
  /// Registrars of the nodes; each is watched as long as its connection lasts.
  std::map<caf::actor_addr, std::pair<std::string, uint64_t>> registrars;
  static inline const char* name = "membership";
};
using pointer = own_handle::stateful_pointer<actor_state>;
using network_pointer = own_handle::stateful_broker_pointer<actor_state>;

// Asks the agent's door; `failed` hears of an agent that cannot be reached, too.
template <class Self, class Order>
void order_agent(Self self, const std::string& agent, Order order, caf::response_promise promise,
                 std::function<void()> accepted, std::function<void(const error&)> failed) {
  auto give_up = [promise, failed, agent](caf::error& err) mutable {
    auto why = from_caf(err, "agent " + agent);
    failed(why);
    promise.deliver(to_caf(why));
  };
  self->request(self->state.options.peers, order_deadline, find_peer{agent})
      .then(
          [self, order = std::move(order), promise, accepted, give_up](const caf::actor& door) mutable {
            auto done = [promise, accepted]() mutable {
              accepted();
              promise.deliver(caf::unit);
            };
            self->request(caf::actor_cast<agent_door>(door), order_deadline, std::move(order)).then(done, give_up);
          },
          give_up);
}

template <class Self>
caf::result<void> start(Self self, const std::string& name) {
  auto& st = self->state;
  auto todo = st.members->order_start(name, self->clock().now());
  if (!todo) return to_caf(todo.error());
  auto alias = todo->node.alias;
  auto failed = [self, alias](const error& why) {
    log_error("cannot start {}: {}", alias, why.message);
    self->state.members->start_failed(alias, why.message, self->clock().now());
  };
  log_info("starting {} by {}", alias, todo->agent);
  auto promise = self->make_response_promise();
  auto accepted = [self, alias] { self->state.members->start_accepted(alias); };
  self->request(st.options.cluster_files(), order_deadline, node_settings{alias})
      .then(
          [=, todo = *todo](std::vector<std::string>& settings) {
            launch order{todo.node, to_string(self->state.options.config.controller), std::move(settings)};
            order_agent(self, todo.agent, std::move(order), promise, accepted, failed);
          },
          [=](caf::error& err) mutable {
            auto why = from_caf(err, "settings of " + alias);
            failed(why);
            promise.deliver(to_caf(why));
          });
  return promise;
}

template <class Self>
caf::result<void> stop(Self self, const std::string& name) {
  auto todo = self->state.members->order_stop(name);
  if (!todo) return to_caf(todo.error());
  auto alias = todo->node.alias;
  log_info("stopping {} by {}", alias, todo->agent);
  auto promise = self->make_response_promise();
  auto failed = [self, alias](const error& why) {
    log_error("cannot stop {}: {}", alias, why.message);
    self->state.members->stop_failed(alias, why.message, self->clock().now());
  };
  terminate order{alias, uint32_t(self->state.options.config.stop_grace.count())};
  order_agent(self, todo->agent, std::move(order), promise, [] {}, failed);
  return promise;
}

/// Whoever needs the nodes has their list in the moment in which it changes.
template <class Self>
void tell_list(Self self) {
  auto& st = self->state;
  if (st.told_view == st.members->view()) return;
  st.told_view = st.members->view();
  auto list = st.members->list(self->clock().now());
  if (auto transactions = st.options.transactions ? st.options.transactions() : transactions_actor{})
    self->send(transactions, list);
  self->request(st.options.peers, caf::infinite, std::move(list)).then([] {}, [](caf::error&) {});
}

template <class Self>
caf::result<void> change_nodes(Self self, const std::string& text) {
  auto& config = self->state.options.config;
  diagnostics findings;
  auto nodes = parse_cluster_nodes(text, config.nodes.file, config.controller, findings);
  self->state.members->change_nodes(std::move(nodes), self->clock().now());
  tell_list(self);
  return caf::unit;
}

template <class Self>
void watch_registrar(Self self, const registration& who, const caf::actor& sender) {
  if (!sender) return;
  auto& entry = self->state.registrars[sender.address()];
  if (entry.first.empty()) self->monitor(sender);
  entry = {who.who.alias, who.incarnation};
}

template <class Self>
expected<registration_reply> enter(Self self, const registration& who, const caf::actor& sender) {
  auto reply = self->state.members->enter(who, self->clock().now());
  if (!reply) log_warn("registration refused: {}", reply.error().message);
  if (reply) watch_registrar(self, who, sender);
  tell_list(self);
  return reply;
}

/// A node that has seen ids is let in when the metadata is past them. After that nothing can be written there with an id
/// that it knows already, whatever old state the metadata was put back to.
template <class Self>
caf::result<registration_reply> enter_past_its_ids(Self self, const registration& who) {
  auto& options = self->state.options;
  auto sender = caf::actor_cast<caf::actor>(self->current_sender());
  if ((who.highest_tid == 0 && who.highest_cid == 0) || !options.metadata) return to_result(enter(self, who, sender));
  auto metadata = options.metadata();
  if (!metadata) return to_caf({ec::unavailable, "the metadata is starting"});
  auto promise = self->template make_response_promise<registration_reply>();
  self->request(metadata, metadata_deadline, mutate{encode_entry(raise_ids{who.highest_tid, who.highest_cid})})
      .then(
          [self, who, sender, promise]() mutable {
            auto reply = enter(self, who, sender);
            if (reply) promise.deliver(*std::move(reply));
            else promise.deliver(to_caf(reply.error()));
          },
          [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
  return promise;
}

/// To a beat that was only sent there is an answer when there is something to say. That a silent node is back the next tick
/// tells: many may be at once, and a list costs time for every node in it.
template <class Self>
caf::result<heartbeat_reply> beat(Self self, const heartbeat& sign) {
  bool asked = !self->current_mailbox_element()->mid.is_async();
  auto reply = self->state.members->beat(sign, self->clock().now());
  if (asked || !reply.known || reply.view != sign.view) return reply;
  return self->template make_response_promise<heartbeat_reply>();
}

template <class Self>
void tick(Self self) {
  auto& st = self->state;
  if (st.options.own_load) st.members->set_own_load(st.options.own_load());
  for (const auto& alias : st.members->tick(self->clock().now()))
    self->request(caf::actor_cast<membership_actor>(self), caf::infinite, start_node{alias})
        .then([] {}, [](caf::error&) {});  // logged where it failed
  tell_list(self);
  self->delayed_send(self, limits::liveness_tick, caf::tick_atom::value);
}

template <class Self>
own_handle::behavior_type behaviour(Self self, membership_options options) {
  self->state.options = std::move(options);
  self->state.members.emplace(self->state.options.config, self->clock().now());
  self->set_down_handler([self](caf::scheduled_actor*, caf::down_msg& down) {
    auto gone = self->state.registrars.extract(down.source);
    if (!gone.empty()) self->state.members->connection_lost(gone.mapped().first, gone.mapped().second);
  });
  tick(self);
  return {
      [self](const registration& who) { return enter_past_its_ids(self, who); },
      [self](const heartbeat& sign) { return beat(self, sign); },
      [self](const list_nodes&) { return self->state.members->list(self->clock().now()); },
      [self](const start_node& order) { return start(self, order.alias); },
      [self](const stop_node& order) {
        auto done = stop(self, order.alias);
        tell_list(self);
        return done;
      },
      [self](const process_ended& report) -> caf::result<void> {
        self->state.members->ended(report, self->clock().now());
        tell_list(self);
        return caf::unit;
      },
      [self](const nodes_changed& change) { return change_nodes(self, change.text); },
      [self](const get_status&) -> caf::result<uint64_t> { return uint64_t(self->mailbox().size()); },
      [self](caf::tick_atom) { tick(self); },
  };
}

} // namespace

membership_actor spawn_membership(caf::actor_system& system, membership_options options) {
  if (system.has_middleman()) return system.middleman().spawn_broker(behaviour<network_pointer>, std::move(options));
  return system.spawn(behaviour<pointer>, std::move(options));
}

} // namespace pelorus
