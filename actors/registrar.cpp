#include "actors/registrar.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/beat_times.hpp"
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
/// Most heartbeats are sent and not asked: an answer is one more message that the controller has to write, and a node has two
/// beats a second. One in so many wants an answer, and one a second while an answer is missing.
constexpr int ask_every = 3;
constexpr auto missing_after = 1s;
/// A controller that has answered no heartbeat for so long is not heard from by this connection any more.
constexpr auto silence_limit = 9s;
// The process before this one may count as alive for a heartbeat timeout after its death; then it is a real conflict.
constexpr auto conflict_patience = 30s;

// A list costs the controller time for every node in it, and a cluster that starts changes with every node: a node asks
// at most this often, times the nodes of the cluster. What is missing until then, `peers` asks for when it is needed.
constexpr milliseconds list_pause_per_node = 4ms;

using beat_atom = caf::atom_constant<caf::atom("beat")>;
using retry_atom = caf::atom_constant<caf::atom("retry")>;
using own_handle = registrar_actor::extend<caf::reacts_to<beat_atom>, caf::reacts_to<retry_atom>, caf::reacts_to<heartbeat_reply>>;

struct registrar_state {
  registrar_options options;
  controller_door controller;      ///< null while there is no connection
  bool known = false;              ///< registered, as far as we know
  bool looking = false;            ///< for the controller, or pausing before that
  bool beat_due = false;           ///< one beat_atom is on its way
  uint64_t view = 0;
  int unasked = 0;                 ///< beats since the last one that was asked
  bool asking = false;             ///< for the list
  std::chrono::steady_clock::time_point next_list{};
  milliseconds pause = first_pause, patience = first_patience, interval{limits::heartbeat_interval};
  std::chrono::steady_clock::time_point last_answer{}, last_ask{};
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
  auto who = st.options.who;
  if (st.options.seen) {
    auto [tid, cid] = st.options.seen();
    who.highest_tid = tid;
    who.highest_cid = cid;
  }
  self->request(st.controller, st.patience, std::move(who))
      .then(
          [self](const registration_reply& reply) {
            auto& st = self->state;
            st.known = true;
            st.pause = first_pause;
            st.patience = first_patience;
            st.last_answer = st.last_ask = self->clock().now();
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

void answered(pointer self, const heartbeat_reply& reply) {
  auto& st = self->state;
  if (!st.controller || !st.known) return;
  st.last_answer = self->clock().now();
  if (!reply.known) {
    st.known = false;
    log_info("the controller does not know this process any more; registering again");
    return enter(self);
  }
  if (reply.view != st.view) ask_for_list(self, reply.view);
}

void ask_for_answer(pointer self, heartbeat message) {
  self->request(self->state.controller, answer_deadline, std::move(message))
      .then(
          [self, asked = self->state.controller](const heartbeat_reply& reply) {
            if (self->state.controller == asked) answered(self, reply);
          },
          [self, asked = self->state.controller](caf::error& err) {
            auto& st = self->state;
            if (st.controller != asked) return;
            auto why = from_caf(err, "heartbeat");
            if (why.code == ec::timed_out) return;  // slow, or not there any more: `beat` tells
            self->demonitor(caf::actor_cast<caf::actor>(st.controller));
            retry_later(self, why.message);
          });
}

void beat(pointer self) {
  auto& st = self->state;
  st.beat_due = false;
  if (!st.controller || !st.known) return;
  auto now = self->clock().now();
  if (now - st.last_answer > silence_limit) return hang_up(self, "it does not answer heartbeats");
  heartbeat message{st.options.who.who.alias, st.options.who.incarnation, st.view, {}};
  if (st.options.load) message.load = st.options.load();
  bool is_missing = st.last_ask > st.last_answer && now - st.last_ask >= missing_after;
  if (++st.unasked >= ask_every || is_missing) {
    st.last_ask = now;
    st.unasked = 0;
    ask_for_answer(self, std::move(message));
  } else {
    self->send(st.controller, std::move(message));
  }
  st.beat_due = true;
  auto& time = st.options.time_of_day;
  self->delayed_send(self, time ? until_next_beat(time(), st.interval) : st.interval, beat_atom::value);
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
  // A door without membership refuses a beat that was only sent; one that is asked tells of it soon.
  self->set_error_handler([](caf::error&) {});
  self->state.looking = true;
  look_for_controller(self);
  return {
      [self](const get_status&) -> caf::result<uint64_t> { return uint64_t(self->mailbox().size()); },
      [self](beat_atom) { beat(self); },
      [self](retry_atom) { look_for_controller(self); },
      [self](const heartbeat_reply& reply) {
        auto& sender = self->current_sender();  // the door's child, which the controller cannot be told from
        if (sender && self->state.controller && sender->node() == self->state.controller.node()) answered(self, reply);
      },
  };
}

} // namespace

registrar_actor spawn_registrar(caf::actor_system& system, registrar_options options) {
  return system.spawn(behaviour, std::move(options));
}

} // namespace pelorus
