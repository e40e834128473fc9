#include "actors/peers.hpp"

#include <chrono>
#include <map>
#include <unordered_map>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "cfg/log.hpp"
#include "cfg/node_role.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

namespace {

using door_promise = caf::typed_response_promise<caf::actor>;
constexpr std::chrono::seconds confirm_deadline{2};

/// How long a node leaves it to one that started after it to connect. CAF's BASP knows one connection between two processes:
/// when both connect at once, each holds on to its own and drops what comes by the other, and neither is told.
constexpr std::chrono::seconds newcomer_first{1};

struct peers_state {
  peers_options options;
  std::map<std::string, caf::actor> local;
  std::map<std::string, caf::actor> connected;
  std::map<std::string, std::vector<door_promise>> waiting;
  member_list nodes;
  std::map<std::string, uint64_t> given_way;       // alias -> the incarnation that had its second to connect
  std::unordered_map<std::string, size_t> places;  // of the aliases in nodes
  static inline const char* name = "peers";

  const node_view* find(const std::string& alias) const {
    auto it = places.find(alias);
    return it == places.end() ? nullptr : &nodes[it->second];
  }

  /// This process in the list, when it is there.
  const node_view* own() const {
    for (const auto& [alias, door] : local)
      if (const auto* node = alias.empty() ? nullptr : find(alias)) return node;
    return nullptr;
  }

  void replace(const member_list& newer) {
    nodes = newer;
    places.clear();
    for (size_t i = 0; i < nodes.size(); ++i) places.try_emplace(nodes[i].address.alias, i);
  }

  // The controller has one key, whatever name it is asked for by.
  std::string key_of(const std::string& alias) const {
    return options.controller && alias == options.controller->alias ? std::string{} : alias;
  }
};
/// `peers` tells itself that a newcomer had its time.
using with_turns = peers_handle::extend<caf::reacts_to<caf::connect_atom, std::string>>;
using pointer = with_turns::stateful_pointer<peers_state>;

struct target {
  std::string host;
  uint16_t site_port = 0, actor_port = 0;
};

expected<target> locate(const peers_state& st, const std::string& key) {
  if (key.empty() && st.options.controller) return target{st.options.controller->host, st.options.controller->port, 0};
  if (key.empty()) return error{ec::unavailable, "the controller of this process is starting"};
  const auto* node = st.find(key);
  if (!node) return error{ec::not_found, fmt::format("no node {} in the cluster", strings::quoted(key))};
  auto state = node_state(node->state);
  if (state == node_state::dead || state == node_state::stopped)
    return error{ec::unavailable, fmt::format("{} is not running", key)};
  if (node->address.actor_port == 0) return error{ec::unavailable, fmt::format("{} is starting", key)};
  return target{node->address.host, node->address.site_port, node->address.actor_port};
}

void answer(pointer self, const std::string& key, const std::function<void(door_promise&)>& f) {
  auto node = self->state.waiting.extract(key);
  if (node.empty()) return;
  for (auto& promise : node.mapped()) f(promise);
}

void connect(pointer self, const std::string& key, const target& where) {
  self->request(self->state.options.connector, std::chrono::seconds{10}, where.host, where.site_port,
                where.actor_port)
      .then(
          [self, key](const caf::actor& door) {
            self->monitor(door);
            self->state.connected[key] = door;
            answer(self, key, [&](auto& promise) { promise.deliver(door); });
          },
          [self, key](caf::error& err) {
            auto who = key.empty() ? std::string{"the controller"} : key;
            auto why = from_caf(err, "connecting to " + who);
            why = {ec::unavailable, fmt::format("{} does not answer: {}", who, why.message)};
            answer(self, key, [&](auto& promise) { promise.deliver(to_caf(why)); });
          });
}

// To a node that started after this one: it connects by itself, and this connection is then found to be there.
bool gives_way(peers_state& st, const std::string& key) {
  const auto *own = st.own(), *node = st.find(key);
  if (!own || !node || node->incarnation <= own->incarnation) return false;
  return std::exchange(st.given_way[key], node->incarnation) != node->incarnation;
}

// A newcomer connects to those who were there before, so that they need not.
void connect_to_elders(pointer self) {
  auto& st = self->state;
  const auto* own = st.own();
  if (!own || !st.options.connector) return;
  for (const auto& node : st.nodes) {
    const auto& alias = node.address.alias;
    bool elder = node_state(node.state) == node_state::alive && node.incarnation < own->incarnation && node.address.actor_port != 0;
    auto role = node_role(node.address.role);
    if (!elder || (role != node_role::datanode && role != node_role::computenode)) continue;
    if (st.connected.contains(alias) || st.waiting.contains(alias)) continue;
    st.waiting[alias] = {};
    connect(self, alias, {node.address.host, node.address.site_port, node.address.actor_port});
  }
}

// A node that died or started anew gets a new connection.
void take_list(pointer self, const member_list& newer) {
  auto& st = self->state;
  for (const auto& node : newer) {
    const auto* old = st.find(node.address.alias);
    auto state = node_state(node.state);
    bool gone = state == node_state::dead || state == node_state::stopped ||
                (old && old->incarnation != 0 && old->incarnation != node.incarnation);
    auto held = st.connected.find(node.address.alias);
    if (!gone || held == st.connected.end()) continue;
    self->demonitor(held->second);
    st.connected.erase(held);
  }
  st.replace(newer);
  connect_to_elders(self);
}

void await_connection(pointer self, const std::string& key, const target& where, door_promise promise) {
  auto& st = self->state;
  if (!st.options.connector) {
    promise.deliver(to_caf(error{ec::not_found, fmt::format("no node {}", strings::quoted(key))}));
    return;
  }
  bool first = !st.waiting.contains(key);
  st.waiting[key].push_back(promise);
  if (!first) return;
  if (gives_way(st, key)) self->delayed_send(self, newcomer_first, caf::connect_atom::value, key);
  else connect(self, key, where);
}

// This list may be a heartbeat older than the controller's: a node that just started is no reason to fail.
void confirm_refusal(pointer self, const std::string& key, const error& why, door_promise promise) {
  auto controller = self->state.connected.find(std::string{});
  if (key.empty() || controller == self->state.connected.end()) {
    promise.deliver(to_caf(why));
    return;
  }
  self->request(caf::actor_cast<controller_door>(controller->second), confirm_deadline, list_nodes{})
      .then(
          [self, key, promise](const member_list& newer) mutable {
            take_list(self, newer);
            if (auto where = locate(self->state, key)) await_connection(self, key, *where, promise);
            else promise.deliver(to_caf(where.error()));
          },
          [promise, why](caf::error&) mutable { promise.deliver(to_caf(why)); });
}

caf::result<caf::actor> find(pointer self, const std::string& alias) {
  auto& st = self->state;
  if (auto own = st.local.find(alias); own != st.local.end()) return own->second;
  auto key = st.key_of(alias);
  if (auto known = st.connected.find(key); known != st.connected.end()) return known->second;
  auto promise = self->make_response_promise<caf::actor>();
  if (auto where = locate(st, key)) await_connection(self, key, *where, promise);
  else confirm_refusal(self, key, where.error(), promise);
  return promise;
}

with_turns::behavior_type behaviour(pointer self, peers_options options) {
  self->state.options = std::move(options);
  self->set_down_handler([self](caf::scheduled_actor*, caf::down_msg& down) {
    std::erase_if(self->state.connected, [&](const auto& each) { return each.second.address() == down.source; });
  });
  return {
      [self](const find_peer& x) { return find(self, x.alias); },
      [self](const is_alive& x) {
        const auto* node = self->state.find(x.alias);
        return node && node_state(node->state) == node_state::alive;
      },
      [self](const list_nodes&) { return self->state.nodes; },
      [self](const member_list& newer) -> caf::result<void> {
        take_list(self, newer);
        return caf::unit;
      },
      [self](const get_status&) -> caf::result<uint64_t> { return uint64_t(self->mailbox().size()); },
      [self](local_atom, const std::string& alias, const caf::actor& door) { self->state.local[alias] = door; },
      [self](caf::connect_atom, const std::string& key) {
        if (auto where = locate(self->state, key)) return connect(self, key, *where);
        answer(self, key, [&](auto& promise) { promise.deliver(to_caf({ec::unavailable, fmt::format("{} is not running", key)})); });
      },
  };
}

} // namespace

peers_handle spawn_peers(caf::actor_system& system, peers_options options) {
  return system.spawn(behaviour, std::move(options));
}

} // namespace pelorus
