#include "tests/simulator/network.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_actor.hpp>
#include <caf/node_id.hpp>

#include "actors/errors.hpp"

namespace pelorus::simulation {

namespace {

/// Stands for an actor of another process, for a request on the way there or for its answer on the way back.
class wire final : public caf::actor_proxy {
public:
  wire(caf::actor_config& config, network& net, place from, place to, caf::strong_actor_ptr receiver, bool is_answer)
      : actor_proxy(config), net_(net), from_(std::move(from)), to_(std::move(to)), receiver_(std::move(receiver)), is_answer_(is_answer) {}

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    net_.send(from_, to_, receiver_, *what, is_answer_);
  }
  void kill_proxy(caf::execution_unit* context, caf::error reason) override { cleanup(std::move(reason), context); }

private:
  network& net_;
  place from_, to_;
  caf::strong_actor_ptr receiver_;
  bool is_answer_;
};

/// What lives elsewhere is known by its node: rows go there in frames and not as they are.
caf::node_id elsewhere() {
  caf::node_id::default_data::host_id_type host;
  host.fill(0x5e);
  return caf::make_node_id(1, host);
}

caf::strong_actor_ptr make_wire(caf::actor_system& system, network& net, const place& from, const place& to,
                                const caf::strong_actor_ptr& receiver, bool is_answer) {
  caf::actor_config config;
  auto node = from.alias == to.alias ? system.node() : elsewhere();
  return caf::make_actor<wire, caf::strong_actor_ptr>(system.next_actor_id(), node, &system, config, net, from, to, receiver, is_answer);
}

constexpr milliseconds outage_time{20'000}, lateness{7'000};

} // namespace

std::string_view name_of(message_fault fault) {
  switch (fault) {
    case message_fault::none: return "none";
    case message_fault::lost: return "message lost";
    case message_fault::doubled: return "message doubled";
    case message_fault::late: return "message late";
    case message_fault::sender_dies: return "sender dies after sending";
    case message_fault::receiver_dies_before: return "receiver dies before it";
    case message_fault::receiver_dies_after: return "receiver dies after it";
    case message_fault::link_cut: return "link cut one way";
    case message_fault::receiver_hangs: return "receiver hangs";
  }
  return "?";
}

caf::actor network::connect(const place& from, const place& to, const caf::actor& door) {
  auto& known = doors_[{from, to}];
  if (!known) known = caf::actor_cast<caf::actor>(make_wire(system_, *this, from, to, caf::actor_cast<caf::strong_actor_ptr>(door), false));
  return known;
}

void network::reset_connections(const place& to) {
  for (auto it = doors_.begin(); it != doors_.end();) {
    if (it->first.second != to) {
      ++it;
      continue;
    }
    auto door = it->second;
    it = doors_.erase(it);
    static_cast<wire*>(caf::actor_cast<caf::abstract_actor*>(door))->kill_proxy(nullptr, caf::exit_reason::remote_link_unreachable);
  }
}

void network::send(const place& from, const place& to, const caf::strong_actor_ptr& receiver, caf::mailbox_element& what, bool is_answer) {
  if (!hooks_.runs(from)) return;
  packet x{from, to, receiver, what.sender, what.mid, what.move_content_to_message(), is_answer};
  auto now = hooks_.now();
  // A connection keeps its order; a late or doubled message comes behind later ones.
  auto& last = last_due_[{from.alias, to.alias}];
  auto due = last = std::max(last, now + hooks_.latency());
  auto fate = counts_ ? hooks_.fate(messages_++, x) : message_fault::none;
  switch (fate) {
    case message_fault::none: break;
    case message_fault::lost: return;
    case message_fault::doubled: under_way_.emplace(due + hooks_.latency(), x); break;
    case message_fault::late: due += lateness; break;
    case message_fault::sender_dies: hooks_.dies(from); break;
    case message_fault::receiver_dies_before: hooks_.dies(to); return;
    case message_fault::receiver_dies_after: x.kills_receiver = true; break;
    case message_fault::link_cut: cut(from.alias, to.alias, now + outage_time); break;
    case message_fault::receiver_hangs: hooks_.hangs(to); break;
  }
  if (cut_since(from.alias, to.alias)) return;
  under_way_.emplace(due, std::move(x));
}

std::optional<time_point> network::cut_since(const std::string& from, const std::string& to) const {
  auto found = cuts_.find({from, to});
  if (found == cuts_.end() || hooks_.now() >= found->second.until) return std::nullopt;
  return found->second.since;
}

std::optional<time_point> network::next_due() const {
  return under_way_.empty() ? std::nullopt : std::optional{under_way_.begin()->first};
}

bool network::deliver_next() {
  if (under_way_.empty() || under_way_.begin()->first > hooks_.now()) return false;
  auto x = std::move(under_way_.extract(under_way_.begin()).mapped());
  deliver(std::move(x));
  return true;
}

void network::deliver(packet x) {
  if (!hooks_.runs(x.to)) return;
  auto back = x.is_answer || !x.sender ? nullptr : make_wire(system_, *this, x.to, x.from, x.sender, true);
  auto to = x.to;
  // A late answer of a commit and a refused second one alike.
  if (errors_mean_rollback_ && x.is_answer && x.content.match_elements<caf::error>())
    x.content = caf::make_message(to_caf(error{ec::aborted, "rolled back"}));
  x.receiver->enqueue(caf::make_mailbox_element(std::move(back), x.id, {}, std::move(x.content)), nullptr);
  if (x.kills_receiver) hooks_.dies_when_idle(to);
}

void network::heal() {
  counts_ = false;
  cuts_.clear();
}

void network::clear() {
  heal();
  under_way_.clear();
  doors_.clear();
  last_due_.clear();
}

} // namespace pelorus::simulation
