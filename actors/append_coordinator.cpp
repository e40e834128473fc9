#include "actors/append_coordinator.hpp"

#include <algorithm>
#include <set>

#include <caf/event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/commit_outcome.hpp"
#include "actors/errors.hpp"
#include "cfg/log.hpp"
#include "query/wire.hpp"
#include "storage/dfs_codec.hpp"

namespace pelorus {

namespace {

using pointer = append_coordinator_actor::stateful_pointer<append_coordinator_state>;
using stream = append_coordinator_state::stream;
constexpr uint32_t credit = 4;  // frames on their way to one replica

uint64_t bytes_per_row(const table& rows) {
  return rows.rows() == 0 ? 1 : std::max<uint64_t>(1, rows.bytes() / rows.rows());
}

class coordinator {
public:
  coordinator(pointer self, peers_actor peers) : self_(self), peers_(std::move(peers)) {}

  caf::result<uint64_t> start() {
    auto& st = self_->state;
    st.promise = self_->make_response_promise<uint64_t>();
    find("",
         [this](const caf::actor& found) {
           self_->state.controller = caf::actor_cast<controller_door>(found);
           self_->monitor(found);
           begin();
         },
         [this](caf::error& err) { give_up(from_caf(err, "controller")); });
    return st.promise;
  }

  void lost(const caf::actor_addr& who) {
    if (self_->state.controller && self_->state.controller.address() == who) return lost_controller();
    for (auto& [node, door] : self_->state.doors)
      if (door.address() == who)
        return roll_back({ec::unavailable, fmt::format("connection to data node {} was lost during a write", node)});
  }

private:
  template <class Found, class Failed>
  void find(const std::string& alias, Found found, Failed failed) {
    auto known = self_->state.order.here.find(alias);
    if (known != self_->state.order.here.end()) return found(known->second);
    self_->request(peers_, deadline(), find_peer{alias}).then(std::move(found), std::move(failed));
  }

  /// A request on its way to a process that died gets no answer before its deadline: do not wait for that.
  void lost_controller() {
    auto& st = self_->state;
    error why{ec::unavailable, "connection to the controller was lost during a write"};
    if (st.deciding) return undecided(std::move(why));
    if (st.plan.tid == 0) return give_up(why);  // no rows were sent
    roll_back(why);
  }

  /// Which start of this process writes; nobody listens to an earlier one.
  uint64_t incarnation() const { return self_->state.order.begin.incarnation; }

  /// None where the controller is in this process, with all there is: who does not answer has ended, and CAF tells. A deadline wakes
  /// the thread of its clock twice.
  caf::duration deadline() const {
    auto& order = self_->state.order;
    return order.here.contains("") ? caf::duration{caf::infinite} : caf::duration{order.step_deadline};
  }

  void begin() {
    auto& st = self_->state;
    if (st.order.opened) {
      st.plan = *std::move(st.order.opened);
      st.order.rows_of.resize(st.plan.chunks.size());  // `stage` and `commit` name none
      return connect();
    }
    self_->request(st.controller, deadline(), st.order.begin)
        .then(
            [this](write_plan& plan) {
              self_->state.plan = std::move(plan);
              connect();
            },
            [this](caf::error& err) { give_up(from_caf(err, "begin of a write")); });
  }

  bool is_part(size_t part) const {
    auto& order = self_->state.order;
    switch (order.does) {
      case write_part::whole: return true;
      case write_part::stage: return part == order.part;
      case write_part::commit: break;
    }
    auto change = static_cast<chunk_change>(order.decision.changes[part]);
    return change == chunk_change::append || change == chunk_change::replace;
  }

  /// One stream per chunk and replica, then the doors of all their nodes.
  void connect() {
    auto& st = self_->state;
    auto table = decode_table(st.plan.table);
    if (!table) return roll_back(table.error());
    st.table = encode_table(as_stored(*std::move(table)));
    bool stages = st.order.does != write_part::commit;
    std::set<std::string> nodes;
    for (size_t part = 0; part < st.plan.chunks.size(); ++part) {
      if (!is_part(part)) continue;
      auto chunk = decode_chunk(st.plan.chunks[part]);
      if (!chunk) return roll_back(chunk.error());
      for (auto& replica : chunk->replicas) {
        if (stages) st.streams.push_back({part, replica.node, 0, frames_of(part), 0, false});
        nodes.insert(replica.node);
      }
    }
    st.unstaged = st.streams.size();
    if (nodes.empty()) return commit();
    auto missing = std::make_shared<size_t>(nodes.size());
    for (auto& node : nodes)
      find(node,
           [this, node, missing](const caf::actor& found) {
             auto door = caf::actor_cast<node_door>(found);
             self_->monitor(door);
             self_->state.doors.emplace(node, door);
             if (--*missing == 0) send_all();
           },
           [this, node, missing, stages](caf::error& err) {
             // One that has staged its rows and is away now completes them when it is back.
             if (stages) roll_back(from_caf(err, fmt::format("data node {}", node)));
             else if (--*missing == 0) send_all();
           });
  }

  size_t rows_in(size_t part) const {
    auto& order = self_->state.order;
    return order.rows_of[part].empty() ? order.rows->rows() : order.rows_of[part].size();
  }
  size_t frame_rows() const {
    return std::max<size_t>(1, self_->state.order.frame_bytes / bytes_per_row(*self_->state.order.rows));
  }
  uint32_t frames_of(size_t part) const {
    return static_cast<uint32_t>(std::max<size_t>(1, (rows_in(part) + frame_rows() - 1) / frame_rows()));
  }

  const bytes& frame(size_t part, uint32_t number) {
    auto& cached = self_->state.encoded[part][number];
    if (!cached.empty()) return cached;
    auto& order = self_->state.order;
    auto from = number * frame_rows(), count = std::min(frame_rows(), rows_in(part) - from);
    auto& picked = order.rows_of[part];
    auto piece = picked.empty() ? order.rows->slice(from, count)
                                : order.rows->gather(std::span{picked}.subspan(from, count));
    return cached = encode(value{piece});
  }

  /// All rows of a part. The columns are shared with the script's table, which copies what it changes.
  table_ptr rows_as_they_are(size_t part) const {
    auto& order = self_->state.order;
    auto& picked = order.rows_of[part];
    return picked.empty() ? std::make_shared<table>(*order.rows) : order.rows->gather(picked);
  }

  bool is_here(const std::string& node) const { return self_->state.doors.at(node).node() == self_->system().node(); }

  void send_all() {
    auto& st = self_->state;
    if (st.streams.empty() && !st.over) return commit();
    for (auto& s : st.streams)
      if (is_here(s.node)) s.here = true, s.frames = 1;
    for (size_t i = 0; i < st.streams.size() && !st.over; ++i) send_more(i);
  }

  void send_more(size_t i) {
    auto& s = self_->state.streams[i];
    while (s.unanswered < credit && s.next_frame < s.frames) send_frame(i, s.next_frame++);
  }

  void send_frame(size_t i, uint32_t number) {
    auto& st = self_->state;
    auto& s = st.streams[i];
    ++s.unanswered;
    stage_rows message{st.plan.tid, st.plan.chunks[s.part], st.table, {}, number, number + 1 == s.frames,
                       st.order.begin.coordinator, st.order.replaces, incarnation()};
    if (s.here) message.here = rows_as_they_are(s.part);
    else message.rows = frame(s.part, number);
    self_->request(st.doors.at(s.node), deadline(), std::move(message))
        .then([this, i, number](uint64_t) { taken(i, number); },
              [this, i](caf::error& err) {
                auto why = from_caf(err, fmt::format("data node {}", self_->state.streams[i].node));
                if (why.code == ec::stale) tell_of_stale(self_->state.streams[i], why);
                roll_back(why);
              });
    drop_sent_frames(s.part);
  }

  /// The replica may be behind without anybody knowing it but its node.
  void tell_of_stale(const stream& s, const error& why) {
    auto& st = self_->state;
    if (auto chunk = decode_chunk(st.plan.chunks[s.part]); chunk && !st.over)
      self_->send(st.controller, damaged_chunk{s.node, chunk->id.high, chunk->id.low, 0, why.message});
  }

  /// A frame that every replica of its chunk was sent is not needed any more.
  void drop_sent_frames(size_t part) {
    auto& st = self_->state;
    uint32_t lowest = UINT32_MAX;
    for (auto& s : st.streams)
      if (s.part == part && !s.here) lowest = std::min(lowest, s.next_frame);
    auto& frames = st.encoded[part];
    frames.erase(frames.begin(), frames.lower_bound(lowest));
  }

  void taken(size_t i, uint32_t number) {
    auto& st = self_->state;
    if (st.over) return;
    auto& s = st.streams[i];
    --s.unanswered;
    if (number + 1 < s.frames) return send_more(i);
    s.staged = true;
    if (--st.unstaged == 0) commit();
  }

  commit_write decision() const {
    auto& st = self_->state;
    auto decision = st.order.does == write_part::commit ? st.order.decision : commit_write{st.plan.tid, {}, {}};
    decision.incarnation = incarnation();
    if (st.order.does == write_part::commit) return decision;
    for (size_t part = 0; part < st.plan.chunks.size(); ++part) decision.rows.push_back(rows_in(part));
    return decision;
  }

  void commit() {
    auto& st = self_->state;
    if (st.order.does == write_part::stage) {
      st.over = true;
      st.promise.deliver(st.plan.tid);
      return self_->quit();
    }
    st.over = st.deciding = true;  // from here on the controller decides, not we
    self_->request(st.controller, deadline(), decision())
        .then([this](uint64_t cid) { complete(cid); },
              [this](caf::error& err) {
                auto why = from_caf(err, "commit of a write");
                if (!surely_not_committed(why.code)) return undecided(std::move(why));
                forget();
                finish(to_caf(why));
              });
  }

  void undecided(error why) {
    why.message += fmt::format(" (transaction {} may or may not have been committed)", self_->state.plan.tid);
    finish(to_caf(why));
  }

  void complete(uint64_t cid) {
    for (auto& [node, door] : self_->state.doors) self_->send(door, complete_write{self_->state.plan.tid, cid, incarnation()});
    self_->state.promise.deliver(cid);
    self_->quit();
  }

  void forget() {
    for (auto& [node, door] : self_->state.doors) self_->send(door, forget_write{self_->state.plan.tid, incarnation()});
  }

  void roll_back(const error& why) {
    auto& st = self_->state;
    if (st.over) return;
    log_warn("transaction {} is rolled back: {}", st.plan.tid, why.message);
    self_->send(st.controller, abort_write{st.plan.tid, why.message, incarnation()});
    forget();
    give_up(why);
  }

  void give_up(const error& why) {
    if (self_->state.over) return;
    self_->state.over = true;
    finish(to_caf(why));
  }

  void finish(caf::error why) {
    self_->state.promise.deliver(std::move(why));
    self_->quit();
  }

  pointer self_;
  peers_actor peers_;
};

} // namespace

append_coordinator_actor::behavior_type
append_coordinator(append_coordinator_actor::stateful_pointer<append_coordinator_state> self,
                   peers_actor peers, append_order order) {
  self->state.order = std::move(order);
  auto logic = std::make_shared<coordinator>(self, std::move(peers));
  self->set_down_handler([logic](caf::down_msg& down) { logic->lost(down.source); });
  return {[logic](run_append) { return logic->start(); }};
}

} // namespace pelorus
