#include "actors/registrar.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/errors.hpp"
#include "cfg/limits.hpp"
#include "cfg/log.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds first_pause = 500ms, last_pause = 2000ms;
constexpr auto answer_deadline = 5s;
/// A registration waits so long for its answer, then twice as long, ..: it may have got lost, or the controller has much to do.
constexpr milliseconds first_patience = 2s, last_patience = 16s;
/// A controller that has answered no heartbeat for so long is not heard from by this connection any more.
constexpr auto silence_limit = 8s;
// The process before this one may count as alive for a heartbeat timeout after its death; then it is a real conflict.
constexpr auto conflict_patience = 30s;

// A list costs the controller time for every node in it, and a cluster that starts changes with every node: a node asks
// at most this often, times the nodes of the cluster. What is missing until then, `peers` asks for when it is needed.
constexpr milliseconds list_pause_per_node = 4ms;

using beat_atom = caf::atom_constant<caf::atom("beat")>;
using retry_atom = caf::atom_constant<caf::atom("retry")>;
using own_handle = registrar_actor::extend<caf::reacts_to<beat_atom>, caf::reacts_to<retry_atom>>;

struct registrar_state {
  registrar_options options;
  controller_door controller;      ///< null while there is no connection
  bool known = false;              ///< registered, as far as we know
  bool looking = false;            ///< for the controller, or pausing before that
  bool beat_due = false;           ///< one beat_atom is on its way
  uint64_t sequence = 0, view = 0;
  bool asking = false;             ///< for the list
  std::chrono::steady_clock::time_point next_list{};
  milliseconds pause = first_pause, patience = first_patience, interval{limits::heartbeat_interval};
  std::chrono::steady_clock::time_point last_answer{};
  std::chrono::steady_clock::time_point conflict_since{};
  static inline const char* name = "registrar";
};
using pointer = own_handle::stateful_pointer<registrar_state>;

void look_for_controller(pointer self);

void retry_later(pointer self, const std::string& why) {
  auto& st = self->state;
  st.controller = nullptr;
  if (st.looking) return;
  st.looking = true;
  if (st.known || st.pause == first_pause) log_warn("no controller: {}; trying again", why);
  st.known = false;
  self->delayed_send(self, st.pause, retry_atom::value);
  st.pause = std::min(st.pause * 2, last_pause);
}

/// It may hear us all the same, so waiting for the connection to break would be for ever.
void hang_up(pointer self, const std::string& why) {
  auto& st = self->state;
  auto door = caf::actor_cast<caf::actor>(st.controller);
  self->demonitor(door);
  if (st.options.hang_up) st.options.hang_up(door);
  retry_later(self, why);
}

void ask_for_list(pointer self, uint64_t view) {
  auto& st = self->state;
  if (st.asking || self->clock().now() < st.next_list) return;  // a later heartbeat asks
  st.asking = true;
  self->request(st.controller, answer_deadline, list_nodes{})
      .then(
          [self, view](member_list& nodes) {
            auto& st = self->state;
            st.asking = false;
            st.view = view;
            st.next_list = self->clock().now() + list_pause_per_node * nodes.size();
            self->request(self->state.options.peers, caf::infinite, std::move(nodes)).then([] {}, [](caf::error&) {});
          },
          [self](caf::error&) { self->state.asking = false; });  // the next heartbeat asks again
}

// True for what only a person can put right.
bool is_permanent(const error& why) {
  return why.code == ec::bad_config || why.code == ec::not_found || why.code == ec::bad_argument;
}

void refused(pointer self, const caf::error& err) {
  auto& st = self->state;
  auto why = from_caf(err, "registration");
  auto now = self->clock().now();
  if (why.code == ec::conflict) {
    if (st.conflict_since == std::chrono::steady_clock::time_point{}) st.conflict_since = now;
    if (now - st.conflict_since < conflict_patience) return retry_later(self, why.message);
  }
  if (!is_permanent(why) && why.code != ec::conflict) return retry_later(self, why.message);
  if (st.options.on_refused) st.options.on_refused(why.message);
}

void enter(pointer self) {
  auto& st = self->state;
  self->request(st.controller, st.patience, st.options.who)
      .then(
          [self](const registration_reply& reply) {
            auto& st = self->state;
            st.known = true;
            st.pause = first_pause;
            st.patience = first_patience;
            st.last_answer = self->clock().now();
            st.conflict_since = {};
            st.interval = milliseconds{std::max(reply.heartbeat_ms, 50u)};
            log_info("registered with the controller {}", reply.controller_alias);
            if (st.options.on_registered) st.options.on_registered({reply, st.options.who.incarnation});
            self->state.next_list = {};
            self->state.asking = false;  // an old controller is not going to answer
            ask_for_list(self, 0);
            if (!std::exchange(self->state.beat_due, true)) self->send(self, beat_atom::value);
          },
          [self, asked = st.controller](caf::error& err) {
            auto& st = self->state;
            if (st.controller != asked) return;
            if (err != caf::sec::request_timeout) return refused(self, err);
            st.patience = std::min(st.patience * 2, last_patience);
            hang_up(self, "it does not answer the registration");
          });
}

void beat(pointer self) {
  auto& st = self->state;
  st.beat_due = false;
  if (!st.controller || !st.known) return;
  heartbeat message{st.options.who.who.alias, st.options.who.incarnation, ++st.sequence, {}};
  if (st.options.load) message.load = st.options.load();
  self->request(st.controller, answer_deadline, std::move(message))
      .then(
          [self, asked = st.controller](const heartbeat_reply& reply) {
            auto& st = self->state;
            if (st.controller != asked || !st.known) return;
            st.last_answer = self->clock().now();
            if (!reply.known) {
              st.known = false;
              log_info("the controller does not know this process any more; registering again");
              return enter(self);
            }
            if (reply.view != st.view) ask_for_list(self, reply.view);
          },
          [self, asked = st.controller](caf::error& err) {
            auto& st = self->state;
            if (st.controller != asked) return;
            auto why = from_caf(err, "heartbeat");
            if (why.code == ec::timed_out) {  // slow, or not there any more
              if (st.known && self->clock().now() - st.last_answer > silence_limit) hang_up(self, "it does not answer heartbeats");
              return;
            }
            self->demonitor(caf::actor_cast<caf::actor>(st.controller));
            retry_later(self, why.message);
          });
  st.beat_due = true;
  self->delayed_send(self, st.interval, beat_atom::value);
}

void look_for_controller(pointer self) {
  self->request(self->state.options.peers, 15s, find_peer{})
      .then(
          [self](const caf::actor& door) {
            self->state.looking = false;
            self->state.controller = caf::actor_cast<controller_door>(door);
            self->monitor(door);
            enter(self);
          },
          [self](caf::error& err) {
            self->state.looking = false;
            retry_later(self, from_caf(err, "finding the controller").message);
          });
}

own_handle::behavior_type behaviour(pointer self, registrar_options options) {
  self->state.options = std::move(options);
  self->set_down_handler([self](caf::scheduled_actor*, caf::down_msg& down) {
    auto& st = self->state;
    if (!st.controller || down.source != st.controller.address()) return;
    retry_later(self, "the connection was lost");
  });
  self->state.looking = true;
  look_for_controller(self);
  return {
      [self](const get_status&) -> caf::result<uint64_t> { return uint64_t(self->mailbox().size()); },
      [self](beat_atom) { beat(self); },
      [self](retry_atom) { look_for_controller(self); },
  };
}

} // namespace

registrar_actor spawn_registrar(caf::actor_system& system, registrar_options options) {
  return system.spawn(behaviour, std::move(options));
}

} // namespace pelorus
